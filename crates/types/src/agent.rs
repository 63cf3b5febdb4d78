//! What the interface calls agents: three groups of a run's steps.

use serde::{Deserialize, Serialize};

use crate::run::{RunError, RunState, StepKind};
use crate::{RunId, Timestamp};

/// One of the three agents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum AgentName {
    /// Scan and profile.
    Metadata,
    /// Descriptions and meaning.
    Semantic,
    /// Differences and their severity.
    Drift,
}

impl AgentName {
    /// All three, in the order of the page.
    pub const ALL: [Self; 3] = [Self::Metadata, Self::Semantic, Self::Drift];

    /// The word used in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Metadata => "metadata",
            Self::Semantic => "semantic",
            Self::Drift => "drift",
        }
    }

    /// Which agent does a step.
    #[must_use]
    pub fn of(kind: StepKind) -> Self {
        match kind {
            StepKind::SchemaScan | StepKind::Profile => Self::Metadata,
            StepKind::Drift | StepKind::Detection => Self::Drift,
            StepKind::Semantic => Self::Semantic,
        }
    }
}

/// What an agent is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AgentStatus {
    /// Has never run.
    Never,
    Idle,
    Running,
    /// Its last step failed.
    Failing,
    /// Needs something before it can run; `detail` says what.
    NotConfigured,
}

/// One agent's card.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Agent {
    pub name: AgentName,
    pub status: AgentStatus,
    /// One sentence: what it does or what it lacks.
    pub detail: String,
    pub last_run_id: Option<RunId>,
    pub last_run_at: Option<Timestamp>,
    pub last_state: Option<RunState>,
    pub last_duration_ms: Option<u64>,
    pub last_error: Option<RunError>,
}

/// Answer of `GET /api/agents`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Agents {
    pub agents: Vec<Agent>,
}
