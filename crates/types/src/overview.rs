//! The first page.

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::ownership::ResolvedOwner;
use crate::quality::{Bucket, Point};

/// Answer of `GET /api/overview`. Without a source it adds the sources up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Overview {
    pub tables: u32,
    pub columns: u32,
    pub last_scan_at: Option<Timestamp>,
    /// The newest version; with several sources the number of all their versions.
    pub schema_version: Option<u32>,
    pub drift: DriftState,
    /// 0 to 100; missing before the first profile.
    pub quality_score: Option<f64>,
    /// The same figures a week earlier; missing where there is no history that old.
    pub previous: PreviousWeek,
    /// For the cards' sparklines: at most 30 points each.
    pub sparklines: Sparklines,
    pub trust: Trust,
    /// Hours since the newest value, the mean over tables that have a rhythm, by day.
    pub freshness_trend: Vec<Point>,
    /// Columns by NULL %.
    pub null_distribution: Vec<Bucket>,
    pub schema_growth: Vec<GrowthPoint>,
    pub attention: Vec<Attention>,
    /// How many sources there are, and how many have been scanned.
    pub sources: u32,
    pub sources_scanned: u32,
}

/// The state of drift.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DriftState {
    /// `healthy` or `breaking_changes`.
    pub status: String,
    /// Breaking changes in events of the last seven days that nobody has accepted or ignored.
    pub breaking: u32,
    /// The oldest of those events.
    pub since: Option<Timestamp>,
}

/// Figures a week earlier.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PreviousWeek {
    pub tables: Option<u32>,
    pub columns: Option<u32>,
    pub last_scan_at: Option<Timestamp>,
    pub schema_version: Option<u32>,
    pub breaking: Option<u32>,
    pub quality_score: Option<f64>,
}

/// The cards' small lines.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Sparklines {
    pub tables: Vec<Point>,
    pub columns: Vec<Point>,
    pub quality_score: Vec<Point>,
    /// Breaking changes by day.
    pub breaking: Vec<Point>,
}

/// The answer to the question of questions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Trust {
    pub verdict: Verdict,
    /// `Data is trustworthy`, `Data is trustworthy with 2 cautions`, `Not trustworthy: …`.
    pub sentence: String,
    pub reasons: Vec<TrustReason>,
}

/// Whether the data can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing has been scanned.
    Unknown,
    Trustworthy,
    Cautions,
    NotTrustworthy,
}

/// One reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TrustReason {
    /// `caution` or `blocker`.
    pub severity: String,
    pub message: String,
    pub link: String,
}

/// The size of the schema at one time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GrowthPoint {
    pub at: Timestamp,
    pub tables: u32,
    pub columns: u32,
}

/// Something that somebody should look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Attention {
    /// `breaking_drift`, `stale_table`, `critical_column`, `failed_run`, …
    pub kind: String,
    /// `critical` or `warning`.
    pub severity: String,
    pub message: String,
    pub source: Option<String>,
    /// Who answers for the table or column that this is about; missing where nobody does, and where it is about none.
    #[serde(default)]
    pub owner: Option<ResolvedOwner>,
    pub at: Timestamp,
    pub link: String,
}
