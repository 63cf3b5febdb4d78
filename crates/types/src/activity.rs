//! What happened in an organization, in order.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// One entry of the activity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Activity {
    /// Grows by one within an organization. One is missing where the end of a scan that found nothing new took the place of
    /// its start.
    pub seq: i64,
    pub at: Timestamp,
    /// `run.started`, `run.succeeded`, `run.failed`, `drift.detected`, `source.created`, `member.joined`, …
    pub kind: String,
    /// A person's name, an API key's name, `Bastion`.
    pub actor: String,
    /// One sentence.
    pub message: String,
    /// The source's name, where it concerns one.
    pub source: Option<String>,
    /// The page that shows it, such as `/dashboard/drift?event=…`.
    pub link: Option<String>,
}

/// Answer of `GET /api/activity?after=seq`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ActivityPage {
    /// Oldest first when `after` is given, else newest first.
    pub items: Vec<Activity>,
    /// The newest sequence number of the organization.
    pub latest_seq: i64,
}
