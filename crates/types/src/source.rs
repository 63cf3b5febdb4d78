//! Sources: the databases that are monitored.

use serde::{Deserialize, Serialize};

use crate::connection::Transport;
use crate::organization::SecretView;
use crate::protocol::{AgentLimits, Finding};
use crate::run::RunState;
use crate::snapshot::Engine;
use crate::{RunId, SourceId, Timestamp};

/// A monitored database.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Source {
    pub id: SourceId,
    /// Unique in the organization; `a-z`, `0-9`, `-`, `_`.
    pub name: String,
    pub transport: Transport,
    /// The agent's address; for a gateway missing.
    pub url: Option<String>,
    pub token: SecretView,
    /// What the agent calls this database.
    pub agent_source: String,
    /// For a gateway: the prefix of the agent's tools, `prefix__tool`; found by itself when missing.
    pub tool_prefix: Option<String>,
    pub engine: Option<Engine>,
    pub engine_version: Option<String>,
    pub database: Option<String>,
    /// The newest version of its schema; missing before the first scan.
    pub schema_version: Option<u32>,
    pub last_scan_at: Option<Timestamp>,
    pub last_run: Option<RunReference>,
    pub schedule: Schedule,
    /// What the agent's posture check said last.
    pub findings: Vec<Finding>,
    /// What the agent said last that its work may cost; missing before the first scan, and of agents that do not say it.
    pub limits: Option<AgentLimits>,
    pub created_at: Timestamp,
}

/// A run, in short.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunReference {
    pub id: RunId,
    pub state: RunState,
}

/// When a source is scanned by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// Minutes between scans, 5 to 10,080; missing: only by hand.
    #[serde(default)]
    pub every_minutes: Option<u32>,
}

/// Body of `POST /api/sources`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateSource {
    pub name: String,
    pub transport: Transport,
    /// Needed for `direct`: the address of the agent's MCP endpoint.
    #[serde(default)]
    pub url: Option<String>,
    #[serde(default)]
    pub token: Option<String>,
    /// What the agent calls this database; needed when the agent has several.
    #[serde(default)]
    pub agent_source: Option<String>,
    #[serde(default)]
    pub tool_prefix: Option<String>,
    #[serde(default)]
    pub schedule: Schedule,
}

/// Body of `PATCH /api/sources/{id}`: a missing field stays as it is.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PatchSource {
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub url: Option<String>,
    /// An empty text clears it.
    #[serde(default)]
    pub token: Option<String>,
    #[serde(default)]
    pub agent_source: Option<String>,
    #[serde(default)]
    pub tool_prefix: Option<String>,
}
