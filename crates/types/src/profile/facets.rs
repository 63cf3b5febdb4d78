//! What the newest profile of a table tells beyond the figures that are kept as history: what its values look like and
//! mean. Never a value of a text.

use serde::{Deserialize, Serialize};

use super::{ColumnProfile, Lengths, Level, Quantile, Semantics, Shape, TableProfile, TimeMethod, TopValue};

/// Of a table; only the newest are kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TableFacets {
    /// How far it was read.
    pub level: Level,
    /// Which budget ended the pass early.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partial_reason: Option<String>,
    /// How the time of the newest value was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest_value_method: Option<TimeMethod>,
    /// How the time of the last write was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_write_method: Option<TimeMethod>,
    /// In the table's order.
    #[serde(default)]
    pub columns: Vec<ColumnFacets>,
}

/// Of a column.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ColumnFacets {
    pub column: String,
    /// What the values mean, as far as their names and forms tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub semantics: Option<Semantics>,
    /// Numbers only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mean: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standard_deviation: Option<f64>,
    /// Of numbers and times, by rank.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quantiles: Vec<Quantile>,
    /// Of texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lengths: Option<Lengths>,
    /// Texts without a character.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub empty_count: Option<u64>,
    /// Texts of nothing but white space.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blank_count: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zero_count: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub negative_count: Option<u64>,
    /// How frequent the most frequent values are; the values themselves stay with the agent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub top_values: Vec<TopValue>,
    /// What texts look like, the most frequent first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shapes: Vec<Shape>,
}

impl TableFacets {
    /// Those of a profile; of a table that was skipped there are none.
    #[must_use]
    pub fn of(profile: &TableProfile) -> Option<Self> {
        profile.skipped.is_none().then(|| Self {
            level: profile.level,
            partial_reason: profile.partial_reason.clone().filter(|_| profile.partial),
            latest_value_method: profile.latest_value_method,
            last_write_method: profile.last_write_method,
            columns: profile.columns.iter().map(ColumnFacets::of).collect(),
        })
    }
}

impl ColumnFacets {
    fn of(profile: &ColumnProfile) -> Self {
        let masked = |top: &TopValue| TopValue { value: None, ..top.clone() };
        Self {
            column: profile.column.clone(),
            semantics: profile.semantics.clone(),
            mean: profile.mean,
            standard_deviation: profile.standard_deviation,
            quantiles: profile.quantiles.clone(),
            lengths: profile.lengths,
            empty_count: profile.empty_count,
            blank_count: profile.blank_count,
            zero_count: profile.zero_count,
            negative_count: profile.negative_count,
            top_values: profile.top_values.iter().map(masked).collect(),
            shapes: profile.shapes.clone(),
        }
    }
}
