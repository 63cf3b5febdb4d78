//! What the agent measures in a table's data.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Timestamp;

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Method {
    Exact,
    Sampled,
    Estimated,
}

/// What one pass over a table found. Times are the database's own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// The column that says best when a row came in.
    #[serde(default)]
    pub timestamp_column: Option<String>,
    /// When the engine says the table was last written.
    #[serde(default)]
    pub last_write_at: Option<Timestamp>,
    pub columns: Vec<ColumnProfile>,
    /// True when a budget ended the pass early.
    #[serde(default)]
    pub partial: bool,
    /// The database's clock at the start of the pass.
    pub profiled_at: Timestamp,
    /// Why the table was not read; then there are no columns.
    #[serde(default)]
    pub skipped: Option<String>,
}

/// What one pass over a table found in one column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// Half the width of a 95 % interval on the percentages, in points; only where sampled or sketched.
    #[serde(default)]
    pub error_bound: Option<f64>,
    /// Numbers and times only: text would be a customer's value.
    #[serde(default)]
    pub min: Option<Value>,
    #[serde(default)]
    pub max: Option<Value>,
    /// For a column of times: its newest value.
    #[serde(default)]
    pub latest_value_at: Option<Timestamp>,
}
