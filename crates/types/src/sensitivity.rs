//! How far out a measured value has to be before it is called odd: said of a source, a table, a column or one of their
//! measures, and inherited downwards.

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::incident::{LevelShift, Measure};

/// How far out a point has to be. Ordered from what says least to what says most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Sensitivity {
    /// Five robust deviations.
    Low,
    /// Four. What holds where nothing is said.
    #[default]
    Medium,
    /// Three.
    High,
}

impl Sensitivity {
    /// All of them, in order.
    pub const ALL: [Self; 3] = [Self::Low, Self::Medium, Self::High];

    /// The word used in JSON and in tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }

    /// The one of that word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }
}

/// What a sensitivity is said of. The whole source where nothing is named.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SensitivityPlace {
    /// A table's path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// A column's name, together with its table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// One measure only, all of them where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measure: Option<Measure>,
}

/// What was said of a place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SensitivityRule {
    /// A table's path; the whole source where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// A column's name, together with its table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// One measure only, all of them where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measure: Option<Measure>,
    pub sensitivity: Sensitivity,
}

impl SensitivityRule {
    /// What it is said of.
    #[must_use]
    pub fn place(&self) -> SensitivityPlace {
        SensitivityPlace { table: self.table.clone(), column: self.column.clone(), measure: self.measure }
    }
}

/// What was said of a place, by whom and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SensitivitySetting {
    #[serde(flatten)]
    pub rule: SensitivityRule,
    pub author: String,
    pub at: Timestamp,
}

/// Answer of `GET /api/sensitivity`: all that was said of one source, from the source itself to single columns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SensitivityDocument {
    /// The source's name.
    pub source: String,
    pub settings: Vec<SensitivitySetting>,
}

/// Body of `PUT /api/sensitivity`: what one place gets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetSensitivity {
    /// A table's path; the whole source if missing.
    #[serde(default)]
    pub table: Option<String>,
    /// A column's name, together with its table.
    #[serde(default)]
    pub column: Option<String>,
    /// One measure only, all of them if missing.
    #[serde(default)]
    pub measure: Option<Measure>,
    /// Inherited again if missing.
    #[serde(default)]
    pub sensitivity: Option<Sensitivity>,
}

/// What holds of a series, and where that was said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ResolvedSensitivity {
    pub sensitivity: Sensitivity,
    /// Missing where nothing was said.
    pub from: Option<SensitivityPlace>,
}

/// Answer of `GET /api/sensitivity/preview`: what each sensitivity would have said of the newest points of a series.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SensitivityPreview {
    /// The source's name.
    pub source: String,
    /// A table's or a column's path.
    pub name: String,
    pub measure: Measure,
    /// What holds now.
    pub current: ResolvedSensitivity,
    /// How many of the newest points were judged again, each by those before it: 60 at most.
    pub points: u32,
    /// Points that are still needed before the series is judged; 0 once it is.
    pub learning: u32,
    /// When the level last shifted, if it did: what is expected begins there.
    #[serde(default)]
    pub shift: Option<LevelShift>,
    /// One for each sensitivity, from low to high.
    pub replays: Vec<SensitivityReplay>,
}

/// What one sensitivity would have said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SensitivityReplay {
    pub sensitivity: Sensitivity,
    /// How often somebody would have been told.
    pub alarms: u32,
    /// Oldest first.
    pub points: Vec<ReplayedPoint>,
}

/// A point with the bounds that it would have been judged by.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReplayedPoint {
    pub at: Timestamp,
    pub value: f64,
    /// Missing while the series was learning.
    pub lower: Option<f64>,
    pub upper: Option<f64>,
    /// It would have been odd.
    pub odd: bool,
    /// Somebody would have been told: the first of a run that is odd often enough in a row.
    pub alarm: bool,
}
