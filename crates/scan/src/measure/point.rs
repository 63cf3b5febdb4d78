//! Values that have an order.

use chrono::DateTime;
use serde_json::Value;
use types::Timestamp;

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

/// A point in half the space, for those kept by the hundred thousand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Packed {
    bits: u64,
    tag: u8,
}

impl Packed {
    pub(crate) fn new(point: Option<Point>) -> Self {
        match point {
            None => Self::default(),
            Some(Point::Integer(value)) => Self { bits: value.cast_unsigned(), tag: 1 },
            Some(Point::Real(value)) => Self { bits: value.to_bits(), tag: 2 },
            Some(Point::Instant(value)) => Self { bits: value.cast_unsigned(), tag: 3 },
            Some(Point::Day(value)) => Self { bits: value.cast_unsigned(), tag: 4 },
            Some(Point::Clock(value)) => Self { bits: value.cast_unsigned(), tag: 5 },
        }
    }

    pub(crate) fn point(self) -> Option<Point> {
        let value = self.bits.cast_signed();
        match self.tag {
            1 => Some(Point::Integer(value)),
            2 => Some(Point::Real(f64::from_bits(self.bits))),
            3 => Some(Point::Instant(value)),
            4 => Some(Point::Day(value)),
            5 => Some(Point::Clock(value)),
            _ => None,
        }
    }
}

impl Point {
    pub(crate) fn is_before(self, other: Self) -> bool {
        match (self, other) {
            (Self::Integer(a), Self::Integer(b))
            | (Self::Instant(a) | Self::Day(a), Self::Instant(b) | Self::Day(b))
            | (Self::Clock(a), Self::Clock(b)) => a < b,
            // SQLite may hold both in one column.
            _ => self.real() < other.real(),
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "an order between numbers of different kinds")]
    pub(crate) fn real(self) -> f64 {
        match self {
            Self::Integer(value) | Self::Instant(value) | Self::Day(value) | Self::Clock(value) => {
                value as f64
            }
            Self::Real(value) => value,
        }
    }

    /// Of a time, its microseconds.
    pub(crate) fn micros(self) -> Option<i64> {
        match self {
            Self::Instant(micros) | Self::Day(micros) | Self::Clock(micros) => Some(micros),
            Self::Integer(_) | Self::Real(_) => None,
        }
    }

    /// The point of this kind nearest to a number: what a quantile of such points is.
    pub(crate) fn like(self, real: f64) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "saturates; the number lies between two points")]
        let whole = real.round() as i64;
        match self {
            Self::Integer(_) | Self::Real(_) => Self::Real(real),
            Self::Instant(_) => Self::Instant(whole),
            Self::Day(_) => Self::Day(whole.div_euclid(DAY) * DAY),
            Self::Clock(_) => Self::Clock(whole),
        }
    }

    /// Numbers as numbers, times as text; `None` for what JSON or a calendar cannot express.
    pub(crate) fn to_json(self) -> Option<Value> {
        match self {
            Self::Integer(value) => Some(value.into()),
            Self::Real(value) => serde_json::Number::from_f64(value).map(Value::Number),
            Self::Instant(at) => {
                Timestamp::from_millis(at.div_euclid(1000)).map(|time| Value::String(time.to_string()))
            }
            Self::Day(at) => DateTime::from_timestamp_micros(at)
                .map(|time| Value::String(time.format("%Y-%m-%d").to_string())),
            Self::Clock(micros) => Some(Value::String(clock(micros))),
        }
    }
}

/// Hours, minutes, seconds, and what is left of a second. PostgreSQL's day ends at 24:00:00, and MySQL's times are spans that
/// may be negative or longer than a day.
fn clock(micros: i64) -> String {
    let sign = if micros < 0 { "-" } else { "" };
    let (seconds, rest) = (micros.unsigned_abs() / 1_000_000, micros.unsigned_abs() % 1_000_000);
    let fraction = if rest == 0 { String::new() } else { format!(".{rest:06}") };
    let whole = format!("{sign}{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    whole + fraction.trim_end_matches('0')
}

/// A day in microseconds.
pub(crate) const DAY: i64 = 24 * 60 * 60 * 1_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_day_and_spans_are_told_as_they_are() {
        for (micros, told) in [
            (0, "00:00:00"),
            (3_723_000_000, "01:02:03"),
            (3_723_250_000, "01:02:03.25"),
            (DAY, "24:00:00"),
            (DAY + 3_600_000_000, "25:00:00"),
            (-3_600_000_000, "-01:00:00"),
            (838 * 3_600_000_000 + 1, "838:00:00.000001"),
        ] {
            assert_eq!(Point::Clock(micros).to_json(), Some(Value::String(told.into())));
        }
    }
}
