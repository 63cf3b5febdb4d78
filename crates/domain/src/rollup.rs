//! Rollups: what was measured within a day or a week, in as few figures as charts and baselines need.
//!
//! A summary of summaries is that of all their values, in whatever parts they come: profiles are rolled up to days and
//! days to weeks, a batch at a time, and the result is what it would have been at once.

use chrono::{Datelike as _, Days, NaiveTime};
use types::Timestamp;

#[cfg(test)]
mod tests;

/// What one rollup spans, by the calendar of UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Period {
    Day,
    /// From Monday on.
    Week,
}

impl Period {
    /// The word that names it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
        }
    }

    /// When the period began that a time is in.
    #[must_use]
    pub fn start(self, at: Timestamp) -> Timestamp {
        let day = at.0.date_naive();
        let before = match self {
            Self::Day => 0,
            Self::Week => day.weekday().num_days_from_monday(),
        };
        // The first week that a date can express may have begun before it.
        let first = day.checked_sub_days(Days::new(before.into())).unwrap_or(day);
        Timestamp(first.and_time(NaiveTime::MIN).and_utc())
    }
}

/// The values of one measure within a period.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// How many values there were.
    pub points: u32,
    pub min: f64,
    pub max: f64,
    pub mean: f64,
    pub last: f64,
}

impl Summary {
    /// That of a single value; none of what is no number, which would spoil every figure.
    #[must_use]
    pub fn of(value: f64) -> Option<Self> {
        value.is_finite().then_some(Self { points: 1, min: value, max: value, mean: value, last: value })
    }

    /// Together with that of the values after these.
    #[must_use]
    pub fn then(self, later: Self) -> Self {
        let points = self.points.saturating_add(later.points);
        let share = f64::from(later.points) / f64::from(points.max(1));
        let (min, max) = (self.min.min(later.min), self.max.max(later.max));
        // Rounding must not bring the mean outside; numbers far apart may have no finite difference.
        let mean = (self.mean * (1.0 - share) + later.mean * share).clamp(min, max);
        Self { points, min, max, mean, last: later.last }
    }
}

/// The summary of two parts of a period, either of which may hold no value.
#[must_use]
pub fn then(earlier: Option<Summary>, later: Option<Summary>) -> Option<Summary> {
    match (earlier, later) {
        (Some(earlier), Some(later)) => Some(earlier.then(later)),
        (one, other) => one.or(other),
    }
}

/// A point of a series: when it was measured last, and what.
pub type Point = (Timestamp, Option<Summary>);

/// A point for each period that has any, dated when it was measured last. `points` are in the order of their times; they
/// may be rolled up to shorter periods already.
#[must_use]
pub fn fold(points: &[Point], period: Period) -> Vec<Point> {
    let same = |one: &Point, other: &Point| period.start(one.0) == period.start(other.0);
    let whole = |part: &[Point]| {
        let summary = part.iter().fold(None, |sum, (_, summary)| then(sum, *summary));
        part.last().map(|(at, _)| (*at, summary))
    };
    points.chunk_by(same).filter_map(whole).collect()
}
