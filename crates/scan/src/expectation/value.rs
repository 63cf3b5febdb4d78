//! Values as rules see them, and the values of rules as columns' types read them.

use std::cmp::Ordering;

use chrono::NaiveDate;

use super::decimal::Decimal;
use crate::measure::time_of;

/// What a column holds, as far as rules care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Domain {
    Text,
    /// Sent as its sixteen bytes.
    Uuid,
    /// Sent as the numbers 0 and 1.
    Boolean,
    Number,
    /// A floating-point number of single precision: `0.1` means the nearest of those.
    Single,
    Day,
    Instant,
    Clock,
    /// Values that are equal or not, and nothing more.
    Plain,
    /// Values that are not even compared.
    Opaque,
}

impl Domain {
    pub(super) fn is_ordered(self) -> bool {
        matches!(self, Self::Number | Self::Single | Self::Day | Self::Instant | Self::Clock)
    }

    /// Whether values of both can be equal.
    pub(crate) fn compares_with(self, other: Self) -> bool {
        let class = |domain| match domain {
            Self::Boolean | Self::Number | Self::Single => 0,
            Self::Day | Self::Instant => 1,
            Self::Text => 2,
            Self::Uuid => 3,
            Self::Clock => 4,
            Self::Plain => 5,
            Self::Opaque => 6,
        };
        self != Self::Opaque && class(self) == class(other)
    }
}

/// A value of a row that is not NULL.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value<'a> {
    /// Text in UTF-8, or the bytes of a UUID.
    Text(&'a [u8]),
    Integer(i64),
    Decimal(Decimal),
    Real(f64),
    /// Microseconds since 1970 or since midnight.
    Time(i64),
    /// Infinitely great, and infinitely small.
    Above,
    Below,
    /// Nothing that the column's type could be compared with: NaN, a text in a column of numbers.
    Alien,
    /// More digits than are compared exactly.
    Unread,
}

/// A value of a rule, read as the column's type.
#[derive(Clone, Copy, Debug)]
pub(super) enum Bound {
    Number { exact: Decimal, real: f64 },
    Time(i64),
}

impl Bound {
    /// `None` when the text is no value of the type.
    pub(super) fn read(domain: Domain, text: &str) -> Option<Self> {
        let text = text.trim();
        match domain {
            Domain::Number => Some(Self::Number { exact: Decimal::parse(text)?, real: text.parse().ok()? }),
            Domain::Single => {
                let real: f32 = text.parse().ok()?;
                Some(Self::Number { exact: Decimal::parse(text)?, real: real.into() })
            }
            Domain::Boolean => {
                let number = match text.to_ascii_lowercase().as_str() {
                    "true" | "1" => 1,
                    "false" | "0" => 0,
                    _ => return None,
                };
                Some(Self::Number { exact: Decimal::from(number), real: if number == 1 { 1.0 } else { 0.0 } })
            }
            Domain::Day => {
                let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
                Some(Self::Time(day.and_hms_opt(0, 0, 0)?.and_utc().timestamp_micros()))
            }
            Domain::Instant => time_of(text.as_bytes())?.micros().map(Self::Time),
            Domain::Clock => clock(text).map(Self::Time),
            Domain::Text | Domain::Uuid | Domain::Plain | Domain::Opaque => None,
        }
    }

    /// Where the value lies, seen from here; `None` when they cannot be compared.
    pub(super) fn place(self, value: Value<'_>) -> Option<Ordering> {
        match (value, self) {
            (Value::Integer(value), Self::Number { exact, .. }) => Some(Decimal::from(value).compare(exact)),
            (Value::Decimal(value), Self::Number { exact, .. }) => Some(value.compare(exact)),
            (Value::Real(value), Self::Number { real, .. }) => value.partial_cmp(&real),
            (Value::Time(value), Self::Time(bound)) => Some(value.cmp(&bound)),
            (Value::Above, _) => Some(Ordering::Greater),
            (Value::Below, _) => Some(Ordering::Less),
            _ => None,
        }
    }

    /// The order of two values of the same type.
    pub(super) fn compare(self, other: Self) -> Ordering {
        match (self, other) {
            (Self::Number { exact: one, .. }, Self::Number { exact: another, .. }) => one.compare(another),
            (Self::Time(one), Self::Time(another)) => one.cmp(&another),
            (Self::Number { .. }, Self::Time(_)) => Ordering::Less,
            (Self::Time(_), Self::Number { .. }) => Ordering::Greater,
        }
    }
}

/// The bytes of a UUID, however it is written.
pub(super) fn uuid(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text
        .trim()
        .bytes()
        .filter(|letter| !matches!(letter, b'-' | b'{' | b'}'))
        .map(|letter| char::from(letter).to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect::<Option<_>>()?;
    let (pairs, rest) = digits.as_chunks::<2>();
    (pairs.len() == 16 && rest.is_empty()).then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

/// `08:30`, `08:30:00`, `08:30:00.5`; hours may be more than a day has, and negative, where a span is meant.
fn clock(text: &str) -> Option<i64> {
    let (negative, text) = text.strip_prefix('-').map_or((false, text), |text| (true, text));
    let mut parts = text.split(':');
    let hours: i64 = parts.next().and_then(digits)?;
    let minutes = parts.next().and_then(digits).filter(|minutes| *minutes < 60)?;
    let (seconds, fraction) = match parts.next() {
        Some(seconds) => seconds.split_once('.').unwrap_or((seconds, "")),
        None => ("0", ""),
    };
    if parts.next().is_some() || fraction.len() > 6 {
        return None;
    }
    let seconds = digits(seconds).filter(|seconds| *seconds < 60)?;
    let micros = digits(&format!("{fraction:0<6}"))?;
    let all =
        ((hours.checked_mul(60)? + minutes).checked_mul(60)? + seconds).checked_mul(1_000_000)? + micros;
    Some(if negative { -all } else { all })
}

fn digits(text: &str) -> Option<i64> {
    let plain = (1..=9).contains(&text.len()) && text.bytes().all(|letter| letter.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_rules_are_read_as_the_columns_type() {
        let cases = [
            (Domain::Number, "12.50", Value::Real(12.5), true),
            (Domain::Number, " 7 ", Value::Integer(7), true),
            (Domain::Number, "0.1", Value::Real(f64::from(0.1_f32)), false),
            (Domain::Single, "0.1", Value::Real(f64::from(0.1_f32)), true),
            (Domain::Boolean, "TRUE", Value::Integer(1), true),
            (Domain::Day, "1970-01-02", Value::Time(86_400_000_000), true),
            (Domain::Instant, "1970-01-02", Value::Time(86_400_000_000), true),
            (Domain::Instant, "1970-01-01T01:00:00+01:00", Value::Time(0), true),
            (Domain::Clock, "00:00:01.5", Value::Time(1_500_000), true),
            (Domain::Clock, "-01:00", Value::Time(-3_600_000_000), true),
        ];
        for (domain, text, value, equal) in cases {
            let place = Bound::read(domain, text).and_then(|bound| bound.place(value));
            assert_eq!(place == Some(Ordering::Equal), equal, "{domain:?} {text}: {place:?}");
        }
        let unreadable = [
            (Domain::Number, "twelve"),
            (Domain::Number, "inf"),
            (Domain::Boolean, "yes"),
            (Domain::Day, "2026-02-30"),
            (Domain::Instant, "soon"),
            (Domain::Clock, "8"),
            (Domain::Clock, "08:61"),
            (Domain::Text, "a"),
        ];
        for (domain, text) in unreadable {
            assert!(Bound::read(domain, text).is_none(), "{domain:?} {text}");
        }
    }

    #[test]
    fn uuids_are_read_with_and_without_dashes() {
        let bytes = uuid("00112233-4455-6677-8899-AABBCCDDEEFF").unwrap();
        assert_eq!((bytes.len(), bytes.first(), bytes.last()), (16, Some(&0), Some(&0xFF)));
        assert_eq!(uuid("00112233445566778899aabbccddeeff"), Some(bytes));
        assert_eq!(uuid("0011"), None);
        assert_eq!(uuid("not a uuid, at all, of any kind."), None);
    }
}
