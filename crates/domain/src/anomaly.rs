//! Anomalies: whether a newly measured value is one that its series has led us to expect.
//!
//! A [`Model`] is fitted from the history and judges a new point in constant time. The rules, and why each is there:
//!
//! 1. The point is judged by a history without it. A z-score over a window that holds the point cannot exceed
//!    (n − 1) / √n, so that with fourteen days nothing under six deviations shows (Elementary#1560).
//! 2. Median and 1.4826 × MAD, with a floor: 1 % of the level, √level and 1 for counts, half a point for percentages.
//!    A flat history has no spread, and a handful of rows is a Poisson's noise.
//! 3. A model that has seen too little says so ([`State::Learning`]); until then only the hard rules hold.
//! 4. Seasons are chosen by the data: a finer one only where it lowers the leave-one-out error by a fifth.
//! 5. Append-only tables are judged by what is added; other trends by their slope.
//! 6. Five points on a new, stable level are the new level: told once, then the series is re-based.
//! 7. The bounds also reach as far as the series' own tail: what happened by itself once a month is no alarm.
//! 8. Both must be exceeded: the deviation and 5 % of what was expected.
//! 9. Values of profiles have to be odd twice in a row; volumes and schemas once.
//! 10. A table that only grows may be judged sooner, by what its own times tell of it ([`Backfill`]).
//! 11. What a model saw last is not what was there last: fitted days ago, it counts what came in from the newest point on
//!     ([`Model::seen`]), and what came in over several days is expected of all of them.
//! 12. Volumes of a weekend are not judged before two weekends were seen: until then nobody knows that they are quiet.
//! 13. The bounds are part of the answer, to be stored with the point: a chart shows what was judged.

mod backfill;
mod calendar;
mod fit;
mod gap;
mod increments;
mod level;
mod replay;
mod robust;
mod score;
mod season;
mod sensitivity;
mod tail;
mod transform;

use serde::{Deserialize, Serialize};
use types::Timestamp;
use types::incident::LevelShift;
pub use types::sensitivity::Sensitivity;

pub use backfill::{Backfill, Refusal, days_apart};
pub use fit::fit;
pub use gap::{Freshness, GapModel};
pub use level::SHIFT_POINTS;
pub use replay::{Outcome, Replay, preview};
pub use score::{Direction, Score, Verdict};
pub use sensitivity::Sensitivities;

use increments::Increments;
use season::Season;
use tail::Tail;
use transform::Transform;

/// Points that a series needs before its model judges.
pub const LEARNING_POINTS: usize = 7;

/// What a series measures: it decides the floors, the scale and how often a value has to be odd.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Rows of a table, or rows that came in a day.
    RowCount,
    /// 0 to 100.
    Percent,
    /// Any other number: a mean, a length, a number of different values.
    Gauge,
}

impl Metric {
    /// How many points in a row have to be odd before anybody is told.
    #[must_use]
    pub fn confirmations(self) -> u32 {
        match self {
            Self::RowCount => 1,
            Self::Percent | Self::Gauge => 2,
        }
    }
}

/// What is known of a point of the history.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    #[default]
    None,
    /// The detector found it odd. Out of the baseline, unless it turns out to begin a new level.
    Suspect,
    /// A person confirmed it. Out of the baseline for good.
    Anomaly,
    /// A person marked it as normal. In the baseline, whatever the detector found.
    Normal,
}

/// A point of the history.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    pub at: Timestamp,
    pub value: f64,
    #[serde(default)]
    pub mark: Mark,
}

/// Whether a model judges yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// It has seen `seen` of `needed` points.
    Learning {
        seen: usize,
        needed: usize,
    },
    Active,
}

/// What a series has led us to expect: small, to be stored, and enough to judge a point without the history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Model {
    pub metric: Metric,
    /// Points that it was fitted from.
    pub points: usize,
    pub state: State,
    /// Where the level last shifted, if it did: the series was re-based there.
    #[serde(default)]
    pub shift: Option<LevelShift>,
    transform: Transform,
    /// Set when what is added is judged, rather than the value.
    #[serde(default)]
    increments: Option<Increments>,
    season: Season,
    /// Set while a volume on a weekend may be usual or not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    weekends_unknown: bool,
    /// Transformed value at `anchor`, without season.
    level: f64,
    /// Change of the level in a day.
    slope: f64,
    anchor: Timestamp,
    /// Robust deviation of the transformed values, before floors.
    spread: f64,
    tail: Tail,
    /// The least value of the baseline, which tells whether zero is news.
    least: f64,
    /// The median of the baseline.
    middle: f64,
}

impl Model {
    /// The season that the data chose: `none`, `weekend`, `day_of_week`, `day_of_month` or `hour_of_week`.
    #[must_use]
    pub fn season(&self) -> &'static str {
        self.season.name()
    }

    /// Whether what is added is judged, as for a table that only grows.
    #[must_use]
    pub fn by_increment(&self) -> bool {
        self.increments.is_some()
    }

    /// The same model where a newer point than those of its history is known, suspect or not: what is added is counted
    /// from there. What is expected stays as it was.
    #[must_use]
    pub fn seen(&self, newest: &Sample) -> Self {
        let increments = self.increments.map(|increments| increments.seen(newest));
        Self { increments, ..self.clone() }
    }
}

#[cfg(test)]
mod tests;
