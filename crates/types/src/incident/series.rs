//! The series behind an incident, as they were judged.

use serde::{Deserialize, Serialize};

use super::Measure;
use crate::Timestamp;
use crate::sensitivity::Sensitivity;

/// Answer of `GET /api/incidents/{id}/series`: what a chart draws.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IncidentSeries {
    /// One for each odd value of the evidence, at most ten; none for changes of the schema.
    pub series: Vec<JudgedSeries>,
}

/// A series with what was expected of it at each point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JudgedSeries {
    /// A table's or a column's path.
    pub name: String,
    /// A table's path.
    #[serde(default)]
    pub table: String,
    /// Missing for what is measured of the whole table.
    #[serde(default)]
    pub column: Option<String>,
    pub measure: Measure,
    /// What the series is judged by now.
    #[serde(default)]
    pub sensitivity: Sensitivity,
    /// The season that the data chose: `none`, `weekend`, `day_of_week`, `day_of_month` or `hour_of_week`.
    pub season: String,
    /// Points that are still needed before the series is judged; 0 once it is.
    pub learning: u32,
    /// When the level last shifted, if it did among these points and those before them that they are judged by.
    #[serde(default)]
    pub shift: Option<LevelShift>,
    pub points: Vec<JudgedPoint>,
}

/// A series left its level for good: what is expected of it begins there.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LevelShift {
    /// The first point on the new level.
    pub at: Timestamp,
    /// About what was measured before.
    pub before: f64,
    /// About what has been measured since.
    pub after: f64,
    /// Both are what came in a day: the table only grows, and is judged by that.
    pub per_day: bool,
}

/// A point with the bounds that it was judged by.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JudgedPoint {
    pub at: Timestamp,
    pub value: f64,
    /// Missing where it was not judged, because the series was learning, and where its bounds are not kept any more.
    pub lower: Option<f64>,
    pub upper: Option<f64>,
    /// It was recorded as an anomaly.
    pub anomaly: bool,
    /// It was not measured: the table's own times tell how many rows there were.
    #[serde(default)]
    pub backfilled: bool,
}
