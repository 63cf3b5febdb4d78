//! Backfill: how many rows came in each day before anybody measured.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{JobStatus, Progress, ToolError};
use crate::Timestamp;

/// How many days are counted when `days` is missing.
pub const BACKFILL_DAYS: u32 = 90;
/// The most days that are counted.
pub const MOST_BACKFILL_DAYS: u32 = 400;

/// Arguments of `backfill_start`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct BackfillStartArguments {
    pub source: String,
    /// Paths of tables; all when empty.
    #[serde(default)]
    pub tables: Vec<String>,
    /// Table path → the column that says when a row came in; overrides the agent's choice.
    #[serde(default)]
    pub timestamp_columns: BTreeMap<String, String>,
    /// How many days back, from 1 to 400; 90 when missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<u32>,
    /// The end of the last day; days are the 24 hours that end at this hour. When missing, days are those of the calendar
    /// in UTC, and the last is the present one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Seconds from the start of the job; tables that it does not come to by then are skipped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u64>,
}

/// Answer of `backfill_get`: tables in the order they were finished. Pages come while the job runs.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct BackfillPage {
    pub status: JobStatus,
    pub progress: Progress,
    #[serde(default)]
    pub page: Vec<TableBackfill>,
    /// Give it back for what comes after this page. Present while the job runs or more is waiting.
    #[serde(default)]
    pub next_cursor: Option<String>,
    #[serde(default)]
    pub error: Option<ToolError>,
}

/// How many rows of a table came in each day, by its own times.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct TableBackfill {
    /// The table's path, such as `public.film`.
    pub table: String,
    /// The column that says when a row came in.
    #[serde(default)]
    pub timestamp_column: Option<String>,
    /// The beginning of the first day and the end of the last.
    pub since: Timestamp,
    pub until: Timestamp,
    /// Days with rows, oldest first.
    #[serde(default)]
    pub days: Vec<DayCount>,
    /// Why the table was not counted; then there are no days.
    #[serde(default)]
    pub skipped: Option<String>,
}

/// The rows of one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct DayCount {
    /// When the day began.
    pub from: Timestamp,
    pub rows: u64,
}
