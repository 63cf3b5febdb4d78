//! How healthy the data is.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Timestamp;
use crate::ownership::Ownership;
use crate::profile::Method;

/// A status badge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Health {
    /// Not measured yet.
    #[default]
    Unknown,
    Healthy,
    Warning,
    Critical,
}

impl Health {
    /// The word used in JSON and in tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Healthy => "healthy",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }

    /// The badge of that name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Unknown, Self::Healthy, Self::Warning, Self::Critical]
            .into_iter()
            .find(|health| health.as_str() == text)
    }
}

/// Why points were taken off.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Deduction {
    /// `null_jump`, `key_not_unique`, `stale`, `volume_drop`, …
    pub code: String,
    pub points: f64,
    pub reason: String,
}

/// A column's newest statistics: an item of `GET /api/quality`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ColumnStats {
    pub source: String,
    pub table: String,
    pub column: String,
    #[serde(rename = "type", default)]
    pub data_type: String,
    pub row_count: u64,
    pub null_percent: Option<f64>,
    pub uniqueness_percent: Option<f64>,
    pub distinct_count: Option<u64>,
    pub min: Option<Value>,
    pub max: Option<Value>,
    pub latest_value_at: Option<Timestamp>,
    pub last_write_at: Option<Timestamp>,
    /// The control plane's clock minus the table's newest value, in seconds.
    pub freshness_seconds: Option<i64>,
    pub method: Method,
    pub error_bound: Option<f64>,
    pub recorded_at: Timestamp,
    pub health: Health,
    pub score: Option<f64>,
    pub deductions: Vec<Deduction>,
    /// NULL % of the profile before, for a trend mark.
    #[serde(default)]
    pub previous_null_percent: Option<f64>,
    /// Who answers for it and how it is tagged.
    #[serde(default)]
    pub ownership: Ownership,
}

/// Answer of `GET /api/quality`: a page with totals beside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QualityPage {
    pub items: Vec<ColumnStats>,
    pub next_cursor: Option<String>,
    pub totals: HealthTotals,
    /// 0 to 100; missing before the first profile.
    pub score: Option<f64>,
}

/// How many columns wear each badge.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HealthTotals {
    pub healthy: u32,
    pub warning: u32,
    pub critical: u32,
    pub unknown: u32,
}

/// Answer of `GET /api/quality/trends?table=&from=&to=`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QualityTrends {
    /// Seconds since the newest value, by table; the stalest ten without a table filter.
    pub freshness: Vec<Series>,
    /// NULL %, by column; those that moved most, at most ten.
    pub null_percent: Vec<Series>,
    /// Points of `null_percent` that jumped, newest first.
    pub null_spikes: Vec<NullSpike>,
    /// Rows, by table; the ten largest without a table filter.
    pub row_count: Vec<Series>,
}

/// Values over time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Series {
    /// A table's or a column's path.
    pub name: String,
    pub points: Vec<Point>,
    /// What was there before the first of them, counted back by the table's own times and never measured.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub backfilled: Vec<Point>,
}

/// One value at one time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Point {
    pub at: Timestamp,
    /// Missing where nothing was measured.
    pub value: Option<f64>,
}

/// A jump of a column's NULL %.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NullSpike {
    pub source: String,
    pub table: String,
    pub column: String,
    pub at: Timestamp,
    pub before_percent: f64,
    pub after_percent: f64,
}

/// Answer of `GET /api/health/stats`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HealthStats {
    pub score: Option<f64>,
    pub totals: HealthTotals,
    /// How many columns are in each tenth of uniqueness, from 0–10 % to 90–100 %.
    pub uniqueness_distribution: Vec<Bucket>,
    pub null_distribution: Vec<Bucket>,
    /// Tables whose newest value is older than their own rhythm allows.
    pub stale_tables: u32,
    pub tables: u32,
}

/// The bars of columns by NULL %, each with its upper end in percent. Most columns have none, and a few percent matter: the
/// bars are not of one width.
pub const NULL_BARS: [(&str, f64); 6] = [
    ("0 %", 0.0),
    ("up to 1 %", 1.0),
    ("1–5 %", 5.0),
    ("5–25 %", 25.0),
    ("25–50 %", 50.0),
    ("50–100 %", 100.0),
];

/// A bar of a distribution.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Bucket {
    pub label: String,
    pub count: u32,
}
