//! Lines that steps log: stored, and streamed as they are written.

use serde::{Deserialize, Serialize};

use crate::agent::AgentName;
use crate::{RunId, StepId, Timestamp};

/// How serious a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    Debug,
    Info,
    Warn,
    Error,
}

impl LogLevel {
    /// The word used in JSON and in tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

/// One line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogLine {
    /// Grows within an organization; `Last-Event-ID` of the stream.
    pub seq: i64,
    pub at: Timestamp,
    pub level: LogLevel,
    pub agent: AgentName,
    pub run_id: RunId,
    pub step_id: StepId,
    pub source: String,
    pub message: String,
    /// Structured facts, such as `{"tables": 24}`.
    pub fields: serde_json::Map<String, serde_json::Value>,
}
