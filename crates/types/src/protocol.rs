//! What `bastion-mcp`'s tools take and return (MCP `tools/call` arguments and structured content).
//!
//! Long work is a job: `*_start` answers a handle at once, `*_get` answers pages of at most 1 MiB. Handles survive
//! nothing: an agent that restarts answers `job_unknown`, and the control plane starts that step again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

mod backfill;
mod page;

pub use backfill::{
    BACKFILL_DAYS, BackfillPage, BackfillStartArguments, DayCount, MOST_BACKFILL_DAYS, TableBackfill,
};
pub use page::JobPage;

use crate::Timestamp;
use crate::expectation::TableExpectation;
use crate::profile::{Level, TableProfile, TimeMethod, WriteCounters};
use crate::snapshot::{Engine, Object, SnapshotHeader};

/// The most bytes of a page, and what `max_bytes` means when it is missing.
pub const PAGE_BYTES: usize = 1024 * 1024;

/// The error code for a job handle that the agent does not know.
pub const JOB_UNKNOWN: &str = "job_unknown";

/// Arguments of `source_info`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SourceInfoArguments {
    /// One source; all of them when missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// Answer of `source_info`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct SourceInfoAnswer {
    pub agent_version: String,
    pub sources: Vec<SourceInfo>,
}

/// What an agent says of one of its databases.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct SourceInfo {
    pub name: String,
    pub engine: Engine,
    /// Missing when the database could not be reached.
    #[serde(default)]
    pub engine_version: Option<String>,
    #[serde(default)]
    pub database: Option<String>,
    /// The database's clock.
    #[serde(default)]
    pub now: Option<Timestamp>,
    pub reachable: bool,
    /// What a database administrator would want to know about the role; empty is good.
    #[serde(default)]
    pub findings: Vec<Finding>,
    /// What the agent's owner lets its work cost; missing where no agent serves the database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<AgentLimits>,
}

/// What an agent's owner lets its work on a database cost, whatever a caller asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct AgentLimits {
    /// While others use the database: the part of the time, in percent, that a profile reads. It rests for the remainder.
    pub duty_percent: u8,
    /// The most bytes that one profile receives from the database; missing: as many as there are.
    #[serde(default)]
    pub bytes: Option<u64>,
    /// The most seconds of one profile; missing: as long as it takes.
    #[serde(default)]
    pub seconds: Option<u64>,
}

/// One thing about a role or a connection that the posture check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct Finding {
    /// `superuser`, `can_write`, `owns_objects`, `plaintext`, `unreachable`, …
    pub code: String,
    /// True when the agent refuses to work because of it.
    #[serde(rename = "unsafe")]
    pub unsafe_: bool,
    /// What it is and what to do.
    pub message: String,
}

/// Arguments of `schema_scan_start`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ScanStartArguments {
    pub source: String,
    /// Globs over paths, such as `public.*`; everything when empty.
    #[serde(default)]
    pub include: Vec<String>,
    #[serde(default)]
    pub exclude: Vec<String>,
    /// The last fingerprint: when it still holds, the answer is `unchanged` and there is no job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub if_none_match: Option<String>,
}

/// Answer of `schema_scan_start`, `profile_start` and `backfill_start`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct JobStarted {
    /// Missing when nothing has changed.
    #[serde(default)]
    pub job: Option<String>,
    #[serde(default)]
    pub unchanged: bool,
    /// The present fingerprint of the schema, or the profile's that still holds; empty where there is none.
    #[serde(default)]
    pub fingerprint: String,
}

/// Arguments of `schema_scan_get`, `profile_get` and `backfill_get`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PageArguments {
    pub job: String,
    /// From the previous page; the first page when missing or empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// The most bytes of the page, at most and by default 1 MiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_bytes: Option<usize>,
    /// How long the call may wait for a page, in milliseconds; at most 15,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait_ms: Option<u64>,
}

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum JobStatus {
    Running,
    Done,
    Failed,
    Cancelled,
}

/// How far a job is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct Progress {
    pub done: u64,
    /// Zero while it is unknown.
    pub total: u64,
    /// What is being done, such as `profiling public.film`.
    #[serde(default)]
    pub message: String,
}

/// A failure of a job or a tool, as the agent tells it: a stable code and a sentence, never a DSN or a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct ToolError {
    /// `job_unknown`, `source_unknown`, `unreachable`, `no_permission`, `timeout`, `cancelled`, `database`, …
    pub code: String,
    pub message: String,
}

/// Answer of `schema_scan_get`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct ScanPage {
    pub status: JobStatus,
    pub progress: Progress,
    /// With the first page of a finished job.
    #[serde(default)]
    pub header: Option<SnapshotHeader>,
    /// Objects as read: neither canonical nor hashed.
    #[serde(default)]
    pub page: Vec<Object>,
    /// Missing on the last page, and while the job runs.
    #[serde(default)]
    pub next_cursor: Option<String>,
    #[serde(default)]
    pub error: Option<ToolError>,
}

/// Arguments of `profile_start`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ProfileStartArguments {
    pub source: String,
    /// Paths of tables; all when empty.
    #[serde(default)]
    pub tables: Vec<String>,
    /// Globs over paths; everything when empty.
    #[serde(default)]
    pub include: Vec<String>,
    #[serde(default)]
    pub exclude: Vec<String>,
    #[serde(default)]
    pub level: Level,
    /// Table path → the column that says when a row came in; overrides the agent's choice.
    #[serde(default)]
    pub timestamp_columns: BTreeMap<String, String>,
    /// What must hold in the tables read; judged in the same pass over them where that can tell, else by one statement
    /// more. At most 500 about a table, 5,000 altogether and 10,000 accepted values each. What is asked of a table that
    /// is not there is told beside a skipped one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expectations: Vec<TableExpectation>,
    /// Asks for frequent values as they are. Refused unless the agent's owner lets this caller have them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub values: bool,
    /// Reads every table again, even those that were not written since this agent last read them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub again: bool,
    /// The fingerprint of an earlier profile of the same kind: when it still holds, the answer is `unchanged` and there
    /// is no job. It holds while nobody has written to any table and the schema is the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub if_none_match: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<ProfileBudget>,
}

/// What a profile may cost; the agent's own limits hold besides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ProfileBudget {
    /// Bytes received from the database, all tables together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Seconds from the start of the job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u64>,
}

/// Answer of `profile_get`: tables in the order they were finished. Pages come while the job runs.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct ProfilePage {
    pub status: JobStatus,
    pub progress: Progress,
    #[serde(default)]
    pub page: Vec<TableProfile>,
    /// Give it back for what comes after this page. Present while the job runs or more is waiting.
    #[serde(default)]
    pub next_cursor: Option<String>,
    /// With the last page: what to give back as `if_none_match` next time. Missing where the engine cannot tell that
    /// nobody has written, when only a part was asked for, and when a table was left unread that may be read next time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    #[serde(default)]
    pub error: Option<ToolError>,
}

/// Arguments of `freshness`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FreshnessArguments {
    pub source: String,
    /// Paths of tables; at most 200.
    pub tables: Vec<String>,
    /// The column of times to go by, by the table's path, where it is not the one that looks best.
    #[serde(default)]
    pub timestamp_columns: BTreeMap<String, String>,
}

/// Answer of `freshness`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct FreshnessAnswer {
    /// The database's clock.
    pub now: Timestamp,
    pub tables: Vec<TableFreshness>,
}

/// How fresh one table is, without reading it whole.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct TableFreshness {
    pub table: String,
    #[serde(default)]
    pub latest_value_at: Option<Timestamp>,
    /// How `latest_value_at` was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest_value_method: Option<TimeMethod>,
    #[serde(default)]
    pub timestamp_column: Option<String>,
    #[serde(default)]
    pub last_write_at: Option<Timestamp>,
    /// How `last_write_at` was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_write_method: Option<TimeMethod>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub writes: Option<WriteCounters>,
}

/// Arguments of `job_cancel`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct JobArguments {
    pub job: String,
}

/// Answer of `job_cancel`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct JobCancelled {
    pub job: String,
    pub status: JobStatus,
}
