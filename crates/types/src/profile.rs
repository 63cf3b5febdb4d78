//! What the agent measures in a table's data.

use serde::{Deserialize, Serialize};
use serde_json::Value;

mod column;
mod facets;

pub use column::{Confidence, Lengths, PiiClass, Quantile, SemanticType, Semantics, Shape, TopValue};
pub use facets::{ColumnFacets, TableFacets};

use crate::Timestamp;
use crate::expectation::TableOutcome;

/// How far a profile reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The catalog's own statistics; reads no table.
    Estimate,
    /// A block sample.
    Sample,
    /// Every row, once.
    #[default]
    Full,
}

/// How a number was obtained.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Method {
    #[default]
    Exact,
    Sampled,
    Estimated,
}

/// Where a time of a table comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TimeMethod {
    /// The newest value that a pass over all rows found.
    FullPass,
    /// The newest value of a sample: the table may have newer ones.
    Sample,
    /// The end of an index.
    Index,
    /// The last pages of the table: a row in a reused gap may be newer.
    Tail,
    /// When the newest row of the last pages was committed.
    CommitTime,
    /// The engine's counters of written rows moved between two looks; the time is that of the later one.
    Counters,
    /// When the database's file was written, whichever table it was for.
    FileTime,
    /// The engine's own note of the table's last change.
    TableTime,
}

/// What the engine has counted of a table's writes. Counters start again after a crash or when somebody resets them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct WriteCounters {
    pub inserted: u64,
    pub updated: u64,
    pub deleted: u64,
    /// When counting began; missing when it never was reset.
    #[serde(default)]
    pub since: Option<Timestamp>,
}

/// What one pass over a table found. Times are the database's own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct TableProfile {
    /// The table's path, such as `public.film`.
    pub table: String,
    pub row_count: u64,
    pub row_count_method: Method,
    /// Bytes on disk, from the catalog; `None` where it does not say.
    #[serde(default)]
    pub bytes: Option<u64>,
    /// The newest plausible value of `timestamp_column`.
    #[serde(default)]
    pub latest_value_at: Option<Timestamp>,
    /// How `latest_value_at` was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest_value_method: Option<TimeMethod>,
    /// The column that says best when a row came in.
    #[serde(default)]
    pub timestamp_column: Option<String>,
    /// When the engine says the table was last written.
    #[serde(default)]
    pub last_write_at: Option<Timestamp>,
    /// How `last_write_at` was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_write_method: Option<TimeMethod>,
    /// Missing where the engine does not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub writes: Option<WriteCounters>,
    /// How far it was read.
    #[serde(default)]
    pub level: Level,
    pub columns: Vec<ColumnProfile>,
    /// How many of the table's columns were told before these. A table of more columns than a page has room for is told in
    /// parts, one after the other; what became of expectations is told with the first.
    #[serde(default)]
    pub columns_before: u32,
    /// True when a budget ended the pass early.
    #[serde(default)]
    pub partial: bool,
    /// Which budget that was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partial_reason: Option<String>,
    /// True when nothing was written since an earlier pass, whose figures and time these are.
    #[serde(default)]
    pub carried_over: bool,
    /// Rows that this pass did not read because an earlier one had, and nothing changed them since.
    #[serde(default)]
    pub rows_carried_over: u64,
    /// The database's clock at the start of the pass.
    pub profiled_at: Timestamp,
    /// Why the table was not read; then there are no columns.
    #[serde(default)]
    pub skipped: Option<String>,
    /// What became of the expectations about the table.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expectations: Vec<TableOutcome>,
}

/// What one pass over a table found in one column.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct ColumnProfile {
    pub column: String,
    pub null_count: u64,
    /// NULLs / rows × 100; null for an empty table.
    pub null_percent: Option<f64>,
    /// Number of different values that are not NULL.
    pub distinct_count: Option<u64>,
    /// distinct / non-null × 100, at most 100; null when there is no value.
    pub uniqueness_percent: Option<f64>,
    pub method: Method,
    /// Half the width of a 95 % interval, in points: on `null_percent` where sampled, whose `uniqueness_percent` is a
    /// guess without a bound; on `uniqueness_percent` where all rows were read and their values counted by a sketch.
    #[serde(default)]
    pub error_bound: Option<f64>,
    /// Numbers and times only: text would be a customer's value. Neither, nor `latest_value_at`, is told of personal data.
    #[serde(default)]
    pub min: Option<Value>,
    #[serde(default)]
    pub max: Option<Value>,
    /// For a column of times: its newest value.
    #[serde(default)]
    pub latest_value_at: Option<Timestamp>,
    /// Numbers only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mean: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standard_deviation: Option<f64>,
    /// Of numbers and times, by rank; exact while the different values were counted exactly, else within about a point.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quantiles: Vec<Quantile>,
    /// Of texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lengths: Option<Lengths>,
    /// Texts without a character. Where only a part of the rows was read, this and the counts that follow are told of all
    /// rows, as `null_count` is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub empty_count: Option<u64>,
    /// Texts of nothing but white space, without the empty ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blank_count: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zero_count: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub negative_count: Option<u64>,
    /// The most frequent values that came more than once, the most frequent first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub top_values: Vec<TopValue>,
    /// What texts look like, the most frequent first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shapes: Vec<Shape>,
    /// What the values mean, as far as their names and forms tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub semantics: Option<Semantics>,
}
