//! What one pass over a column adds up: NULLs, distinct values, the least and the greatest, the newest.

mod distinct;

use serde_json::Value;
use types::Timestamp;
use types::profile::{ColumnProfile, Method};

pub(crate) use distinct::Distinct;

/// Half a 95 % interval, in standard deviations.
const CONFIDENCE: f64 = 1.96;

/// A value that has an order worth reporting. Text has none: the least of a column of names is somebody's name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Point {
    Integer(i64),
    Real(f64),
    /// Microseconds since 1970, UTC.
    Instant(i64),
    /// A day, as the microseconds since 1970 of its start.
    Day(i64),
    /// Microseconds since midnight.
    Clock(i64),
}

/// How many of a table's rows were read.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reading {
    All,
    /// A sample of a table that has about so many rows.
    Sample {
        of: u64,
    },
}

/// The running state of one column.
#[derive(Debug)]
pub(crate) struct Measure {
    nulls: u64,
    values: u64,
    /// `None` for types without a cheap equality.
    distinct: Option<Distinct>,
    least: Option<Point>,
    greatest: Option<Point>,
    newest: Option<i64>,
    /// Times after this are typing errors or plans, not arrivals.
    plausible_until: i64,
    /// A key of this one column: distinct by definition.
    unique: bool,
}

impl Measure {
    /// For a column of a pass that starts at `now` (the database's clock, microseconds since 1970).
    pub(crate) fn new(now: i64, unique: bool, distinct: Option<Distinct>) -> Self {
        const DAY: i64 = 24 * 60 * 60 * 1_000_000;
        Self {
            nulls: 0,
            values: 0,
            // What the database guarantees need not be counted.
            distinct: if unique { None } else { distinct },
            least: None,
            greatest: None,
            newest: None,
            plausible_until: now.saturating_add(DAY),
            unique,
        }
    }

    pub(crate) fn null(&mut self) {
        self.nulls += 1;
    }

    /// A value whose equality is its hash; `None` when the type has none that is cheap.
    pub(crate) fn value(&mut self, hash: Option<u64>, point: Option<Point>) {
        self.values += 1;
        if let (Some(distinct), Some(hash)) = (&mut self.distinct, hash) {
            distinct.insert(hash);
        }
        let Some(point) = point else { return };
        if self.least.is_none_or(|least| point.is_before(least)) {
            self.least = Some(point);
        }
        if self.greatest.is_none_or(|greatest| greatest.is_before(point)) {
            self.greatest = Some(point);
        }
        if let Point::Instant(at) | Point::Day(at) = point
            && at <= self.plausible_until
            && self.newest.is_none_or(|newest| newest < at)
        {
            self.newest = Some(at);
        }
    }

    /// The newest plausible time.
    pub(crate) fn newest(&self) -> Option<Timestamp> {
        self.newest.and_then(|at| Timestamp::from_millis(at.div_euclid(1000)))
    }

    /// The figures, for a table that `reading` read so much of.
    pub(crate) fn finish(&self, column: String, reading: Reading) -> ColumnProfile {
        let rows = self.nulls + self.values;
        let null_share = share(self.nulls, rows);
        let total = match reading {
            Reading::All => rows,
            Reading::Sample { of } => of.max(rows),
        };
        let scale = |share: f64| (share * to_real(total)).round();
        let null_count = match (reading, null_share) {
            (Reading::Sample { .. }, Some(share)) => whole(scale(share)),
            _ => self.nulls,
        };
        let filled = total.saturating_sub(null_count);
        let sketched = self.distinct.as_ref().is_some_and(Distinct::is_sketched);
        let distinct_count = if self.unique {
            Some(filled)
        } else {
            self.distinct.as_ref().map(|distinct| match reading {
                Reading::All => distinct.count().min(filled),
                Reading::Sample { .. } => distinct.extrapolate(self.values, filled),
            })
        };
        let uniqueness =
            distinct_count.and_then(|count| share(count, filled)).map(|part| (part * 100.0).min(100.0));
        let (method, error_bound) = match reading {
            Reading::Sample { .. } => {
                let p = null_share.unwrap_or(0.5);
                (Method::Sampled, Some(CONFIDENCE * (p * (1.0 - p) / to_real(rows.max(1))).sqrt() * 100.0))
            }
            Reading::All if sketched => {
                let relative = self.distinct.as_ref().map_or(0.0, Distinct::relative_error);
                (Method::Estimated, uniqueness.map(|percent| percent * relative))
            }
            Reading::All => (Method::Exact, None),
        };
        ColumnProfile {
            column,
            null_count,
            null_percent: null_share.map(|part| part * 100.0),
            distinct_count,
            uniqueness_percent: uniqueness,
            method,
            error_bound,
            min: self.least.and_then(Point::to_json),
            max: self.greatest.and_then(Point::to_json),
            latest_value_at: self.newest(),
            ..ColumnProfile::default()
        }
    }
}

impl Point {
    fn is_before(self, other: Self) -> bool {
        match (self, other) {
            (Self::Integer(a), Self::Integer(b))
            | (Self::Instant(a) | Self::Day(a), Self::Instant(b) | Self::Day(b))
            | (Self::Clock(a), Self::Clock(b)) => a < b,
            // SQLite may hold both in one column.
            _ => self.real() < other.real(),
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "an order between numbers of different kinds")]
    fn real(self) -> f64 {
        match self {
            Self::Integer(value) | Self::Instant(value) | Self::Day(value) | Self::Clock(value) => {
                value as f64
            }
            Self::Real(value) => value,
        }
    }

    /// Numbers as numbers, times as text; `None` for what JSON or a calendar cannot express.
    fn to_json(self) -> Option<Value> {
        match self {
            Self::Integer(value) => Some(value.into()),
            Self::Real(value) => serde_json::Number::from_f64(value).map(Value::Number),
            Self::Instant(at) => {
                Timestamp::from_millis(at.div_euclid(1000)).map(|time| Value::String(time.to_string()))
            }
            Self::Day(at) => chrono::DateTime::from_timestamp_micros(at)
                .map(|time| Value::String(time.format("%Y-%m-%d").to_string())),
            Self::Clock(micros) => chrono::DateTime::from_timestamp_micros(micros)
                .map(|time| Value::String(time.format("%H:%M:%S").to_string())),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of rows stay far below 2^53")]
pub(crate) fn to_real(count: u64) -> f64 {
    count as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float-to-integer cast saturates, and counts are never negative"
)]
pub(crate) fn whole(count: f64) -> u64 {
    count as u64
}

fn share(part: u64, of: u64) -> Option<f64> {
    (of > 0).then(|| to_real(part) / to_real(of))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(values: &[Option<i64>]) -> Measure {
        let mut measure = Measure::new(0, false, Some(Distinct::new(1000)));
        for value in values {
            match value {
                None => measure.null(),
                Some(value) => {
                    let hash = xxhash_rust::xxh3::xxh3_64(&value.to_be_bytes());
                    measure.value(Some(hash), Some(Point::Integer(*value)));
                }
            }
        }
        measure
    }

    #[test]
    fn a_full_pass_is_exact() {
        let profile = measured(&[Some(3), None, Some(-1), Some(3)]).finish("c".into(), Reading::All);
        assert_eq!(profile.null_count, 1);
        assert_eq!(profile.null_percent, Some(25.0));
        assert_eq!(profile.distinct_count, Some(2));
        assert!((profile.uniqueness_percent.unwrap() - 66.666).abs() < 0.001);
        assert_eq!((profile.min, profile.max), (Some((-1).into()), Some(3.into())));
        assert_eq!(profile.method, Method::Exact);
    }

    #[test]
    fn an_empty_table_has_no_percentages() {
        let profile = measured(&[]).finish("c".into(), Reading::All);
        assert_eq!((profile.null_percent, profile.uniqueness_percent), (None, None));
        let nulls = measured(&[None, None]).finish("c".into(), Reading::All);
        assert_eq!((nulls.null_percent, nulls.uniqueness_percent), (Some(100.0), None));
    }

    #[test]
    fn a_sample_is_scaled_and_says_so() {
        let values: Vec<_> = (0..100).map(|i| (i % 4 != 0).then_some(i)).collect();
        let profile = measured(&values).finish("c".into(), Reading::Sample { of: 10_000 });
        assert_eq!(profile.method, Method::Sampled);
        assert_eq!(profile.null_count, 2500);
        // All values of the sample differ: so, for all we know, do those of the table.
        assert_eq!(profile.distinct_count, Some(7500));
        assert!((profile.error_bound.unwrap() - 8.487).abs() < 0.01);
    }

    #[test]
    fn a_date_far_in_the_future_is_the_greatest_but_not_the_newest() {
        let mut measure = Measure::new(1_000_000, false, None);
        for at in [0, 2_000_000, i64::MAX / 4] {
            measure.value(None, Some(Point::Instant(at)));
        }
        assert_eq!(measure.newest(), Timestamp::from_millis(2000));
    }
}
