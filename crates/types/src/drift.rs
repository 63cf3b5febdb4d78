//! Drift: what a scan found changed.

use serde::{Deserialize, Serialize};

use crate::change::{Change, ChangeSummary, Severity};
use crate::policy::Until;
use crate::{DriftId, RunId, SourceId, Timestamp};

/// What was decided about a drift event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DriftStatus {
    /// Nobody has looked.
    New,
    Acknowledged,
    /// Expected, and fine.
    Accepted,
    Ignored,
}

impl DriftStatus {
    /// The word used in JSON and in tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Acknowledged => "acknowledged",
            Self::Accepted => "accepted",
            Self::Ignored => "ignored",
        }
    }

    /// The status of that name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::New, Self::Acknowledged, Self::Accepted, Self::Ignored]
            .into_iter()
            .find(|status| status.as_str() == text)
    }
}

/// A drift event, in short: an item of `GET /api/drift` and `/history`, newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DriftSummary {
    pub id: DriftId,
    pub source_id: SourceId,
    pub source: String,
    pub old_version: u32,
    pub new_version: u32,
    pub detected_at: Timestamp,
    /// The highest of its changes, after policy.
    pub severity: Severity,
    /// The highest of its changes as they were found.
    pub found_severity: Severity,
    /// Whether any of its changes breaks something, after policy.
    pub breaking: bool,
    pub status: DriftStatus,
    pub summary: ChangeSummary,
    /// One sentence.
    pub sentence: String,
    /// Tables and views that it touches or that depend on what it touches; at most 20.
    pub affected: Vec<String>,
}

/// Answer of `GET /api/drift/{id}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DriftDetail {
    #[serde(flatten)]
    pub drift: DriftSummary,
    pub run_id: RunId,
    pub changes: Vec<Change>,
    /// Who decided, when and why; missing while it is new.
    pub decision: Option<Decision>,
}

/// Who decided what about a drift event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Decision {
    pub by: String,
    pub at: Timestamp,
    pub reason: Option<String>,
}

/// Body of `POST /api/drift/{id}/ack|accept|ignore`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DecideDrift {
    #[serde(default)]
    pub reason: Option<String>,
    /// `accept` and `ignore`: only these changes of the event; the whole event where it is empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<ChangeName>,
    /// `ignore`: the last day, or the moment, until which changes of these kinds in these places are left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Until>,
}

/// What tells a change apart from the others of its event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ChangeName {
    pub kind: String,
    pub path: String,
}
