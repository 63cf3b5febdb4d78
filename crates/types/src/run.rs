//! Runs: one execution of the scan graph for one source.

use serde::{Deserialize, Serialize};

use crate::protocol::Progress;
use crate::{DriftId, RunId, SourceId, StepId, Timestamp};

/// Where a run or a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// Waits for a worker, or for a step before it.
    Queued,
    Running,
    Succeeded,
    Failed,
    Cancelled,
    /// A step that was not needed, such as a profile of nothing.
    Skipped,
}

impl RunState {
    /// The word used in JSON and in tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Skipped => "skipped",
        }
    }

    /// The state of that name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Queued, Self::Running, Self::Succeeded, Self::Failed, Self::Cancelled, Self::Skipped]
            .into_iter()
            .find(|state| state.as_str() == text)
    }

    /// Whether nothing more will happen.
    #[must_use]
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Queued | Self::Running)
    }
}

/// Who or what started a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Trigger {
    Manual,
    Schedule,
    Api,
}

impl Trigger {
    /// The word used in JSON and in tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::Schedule => "schedule",
            Self::Api => "api",
        }
    }
}

/// Body of `POST /api/scan/run`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct StartScan {
    /// Name or id; may be missing when there is one source.
    #[serde(default)]
    pub source: Option<String>,
}

/// Answer of `POST /api/scan/run`, status 202.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScanStarted {
    pub run_id: RunId,
}

/// One execution of the scan graph.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Run {
    pub id: RunId,
    pub source_id: SourceId,
    pub source: String,
    pub state: RunState,
    pub trigger: Trigger,
    pub created_at: Timestamp,
    pub started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
    /// The version that the schema had at the end.
    pub version: Option<u32>,
    /// True when the schema was as before.
    pub unchanged: Option<bool>,
    pub drift_id: Option<DriftId>,
    /// How many tables were profiled.
    pub tables_profiled: Option<u32>,
    pub error: Option<RunError>,
    pub steps: Vec<Step>,
}

/// Why a run or a step failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunError {
    /// A code of the problem table, such as `agent_unreachable`.
    pub code: String,
    /// What happened and what to do.
    pub message: String,
}

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    /// Reads the catalog and stages its objects.
    SchemaScan,
    /// Reads the data and stages its statistics.
    Profile,
    /// Compares with the version before, and makes the new state visible.
    Drift,
    /// Judges what was measured, and makes incidents of what is wrong.
    Detection,
    /// Describes what is new.
    Semantic,
}

impl StepKind {
    /// All of them, in the order in which a scan does them.
    pub const ALL: [Self; 5] =
        [Self::SchemaScan, Self::Profile, Self::Drift, Self::Detection, Self::Semantic];

    /// The word used in JSON and in tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SchemaScan => "schema_scan",
            Self::Profile => "profile",
            Self::Drift => "drift",
            Self::Detection => "detection",
            Self::Semantic => "semantic",
        }
    }

    /// The step of that name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// Whether the new state is visible when it begins: then there is nothing left to cancel.
    #[must_use]
    pub fn follows_publication(self) -> bool {
        matches!(self, Self::Detection | Self::Semantic)
    }
}

/// One node of a run's graph.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Step {
    pub id: StepId,
    pub kind: StepKind,
    pub state: RunState,
    pub depends_on: Vec<StepId>,
    pub attempts: u32,
    pub progress: Progress,
    pub started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
    pub error: Option<RunError>,
}
