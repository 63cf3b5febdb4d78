//! Values that have an order.

use chrono::{DateTime, NaiveDate, NaiveDateTime};
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
            Self::Clock(micros) => DateTime::from_timestamp_micros(micros)
                .map(|time| Value::String(time.format("%H:%M:%S").to_string())),
        }
    }
}

/// A day in microseconds.
pub(crate) const DAY: i64 = 24 * 60 * 60 * 1_000_000;

/// The time that a text says: in the forms that SQLite's own functions write, and RFC 3339; without a zone, UTC.
pub(crate) fn time_of(text: &str) -> Option<Point> {
    let text = text.trim();
    if text.len() == 10 {
        let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
        return Some(Point::Day(day.and_hms_opt(0, 0, 0)?.and_utc().timestamp_micros()));
    }
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Some(Point::Instant(at.timestamp_micros()));
    }
    const FORMS: [&str; 4] =
        ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"];
    let parsed = FORMS.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    if let Some(at) = parsed {
        return Some(Point::Instant(at.and_utc().timestamp_micros()));
    }
    // `2024-01-31 10:00:00+01:00`, and the same with `Z`.
    let zoned = text.replacen(' ', "T", 1);
    DateTime::parse_from_rfc3339(&zoned).ok().map(|at| Point::Instant(at.timestamp_micros()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_the_forms_people_store_them() {
        let noon = Some(Point::Instant(1_704_110_400_000_000));
        let cases = [
            ("2024-01-01 12:00:00", noon),
            ("2024-01-01T12:00:00Z", noon),
            ("2024-01-01 13:00:00+01:00", noon),
            ("2024-01-01 12:00", noon),
            ("2024-01-01", Some(Point::Day(1_704_067_200_000_000))),
            ("soon", None),
        ];
        for (text, expected) in cases {
            assert_eq!(time_of(text), expected, "{text}");
        }
    }
}
