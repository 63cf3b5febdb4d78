//! What of a value crosses the wire, and what is made of it.

use mysql_async::Value;
use xxhash_rust::xxh3::xxh3_64;

use super::connection::{instant, quote};
use crate::measure::{Measure, Point};

/// Longer texts, in bytes of their own character set, are sent as their length and a hash.
const LONGEST: u32 = 1024;

/// How a column's values are sent and understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Integer,
    Real,
    Decimal,
    Day,
    Instant,
    Clock,
    /// Small values whose bytes are equal when they are: bits, addresses.
    Raw,
    /// Text of any size.
    Text,
    /// Text that its type keeps short, or that an expectation wants to see whole.
    WholeText,
    /// Bytes of any size.
    Bytes,
    /// Documents and shapes: only whether there is a value.
    Opaque,
}

impl Kind {
    /// By the declared type.
    pub(super) fn of(data_type: &str) -> Self {
        let base: String = data_type.chars().take_while(char::is_ascii_alphabetic).collect();
        let size = data_type.get(base.len()..).unwrap_or_default();
        match base.to_ascii_lowercase().as_str() {
            "tinyint" | "smallint" | "mediumint" | "int" | "bigint" | "year" => Self::Integer,
            "float" | "double" => Self::Real,
            "decimal" => Self::Decimal,
            "date" => Self::Day,
            "datetime" | "timestamp" => Self::Instant,
            "time" => Self::Clock,
            "bit" | "binary" | "uuid" | "inet" => Self::Raw,
            "enum" | "set" | "char" | "tinytext" => Self::WholeText,
            "varchar" if most_characters(size).is_some_and(|most| most <= LONGEST / 4) => Self::WholeText,
            "varchar" | "text" | "mediumtext" | "longtext" => Self::Text,
            "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" => Self::Bytes,
            _ => Self::Opaque,
        }
    }

    pub(super) fn has_equality(self) -> bool {
        self != Self::Opaque
    }

    pub(super) fn is_time(self) -> bool {
        matches!(self, Self::Day | Self::Instant)
    }

    /// Texts have their own character set each: one that is looked at is sent in UTF-8.
    pub(super) fn whole(self) -> Self {
        if matches!(self, Self::Raw | Self::Text) { Self::WholeText } else { self }
    }

    /// What is sent of a value. Of a large one that is a hash, which is equal when the values are, and small.
    pub(super) fn expression(self, column: &str) -> String {
        let column = quote(column);
        match self {
            // NULL is not longer than anything, and puts nothing together.
            Self::Text => format!(
                "IF(OCTET_LENGTH({column}) <= {LONGEST}, CAST(CONVERT({column} USING utf8mb4) AS BINARY), \
                 CAST(CONCAT(CHAR(1), CHAR_LENGTH({column}), ':', SHA2({column}, 256)) AS BINARY))"
            ),
            Self::Bytes => bytes_or_hash(&column),
            Self::WholeText => format!("CAST(CONVERT({column} USING utf8mb4) AS BINARY)"),
            Self::Raw => format!("CAST({column} AS BINARY)"),
            Self::Opaque => format!("IF({column} IS NULL, NULL, 1)"),
            _ => column,
        }
    }

    /// What values are the same by: their bytes, in whatever character set.
    pub(super) fn key(self, column: &str) -> String {
        if self == Self::Text { bytes_or_hash(&quote(column)) } else { self.expression(column) }
    }
}

/// The `200` of `(200)`.
fn most_characters(size: &str) -> Option<u32> {
    size.strip_prefix('(')?.split(')').next()?.parse().ok()
}

fn bytes_or_hash(column: &str) -> String {
    format!("IF(OCTET_LENGTH({column}) <= {LONGEST}, CAST({column} AS BINARY), SHA2({column}, 256))")
}

/// Adds a value to what is known of its column.
pub(super) fn add(measure: &mut Measure, kind: Kind, value: &Value) {
    match (kind, value) {
        (_, Value::NULL) => measure.null(),
        (Kind::WholeText, Value::Bytes(text)) => measure.text(text),
        (Kind::Text, Value::Bytes(text)) => measure.text_or_hash(text),
        _ => {
            let (hash, point) = measured(kind, value);
            measure.value(hash, point);
        }
    }
}

/// The hash of a value that is not NULL, and its place.
pub(super) fn measured(kind: Kind, value: &Value) -> (Option<u64>, Option<Point>) {
    match value {
        Value::NULL => (None, None),
        // That there is a value is all that was sent.
        _ if kind == Kind::Opaque => (None, None),
        Value::Int(number) => (Some(xxh3_64(&number.to_be_bytes())), Some(Point::Integer(*number))),
        Value::UInt(number) => {
            let point = i64::try_from(*number).map_or(Point::Real(real(*number)), Point::Integer);
            (Some(xxh3_64(&number.to_be_bytes())), Some(point))
        }
        Value::Float(number) => floating(f64::from(*number)),
        Value::Double(number) => floating(*number),
        Value::Date(..) => {
            let at = instant(value).map(|at| at.0.timestamp_micros());
            let point = at.map(if kind == Kind::Day { Point::Day } else { Point::Instant });
            // A zero date is a value all the same.
            (Some(xxh3_64(value.as_sql(true).as_bytes())), point)
        }
        Value::Time(negative, days, hours, minutes, seconds, micros) => {
            let whole = ((i64::from(*days) * 24 + i64::from(*hours)) * 60 + i64::from(*minutes)) * 60
                + i64::from(*seconds);
            let span = whole * 1_000_000 + i64::from(*micros);
            let span = if *negative { -span } else { span };
            (Some(xxh3_64(&span.to_be_bytes())), Some(Point::Clock(span)))
        }
        Value::Bytes(bytes) => {
            let number = || std::str::from_utf8(bytes).ok()?.parse().ok().map(Point::Real);
            (Some(xxh3_64(bytes)), if kind == Kind::Decimal { number() } else { None })
        }
    }
}

fn floating(number: f64) -> (Option<u64>, Option<Point>) {
    // Both zeros are one value.
    let hashed = if number == 0.0 { 0.0 } else { number };
    (Some(xxh3_64(&hashed.to_be_bytes())), number.is_finite().then_some(Point::Real(number)))
}

#[expect(clippy::cast_precision_loss, reason = "only the order and an approximate figure are wanted")]
fn real(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_sent_as_its_declared_type_needs() {
        let cases = [
            ("varchar(200)", Kind::WholeText),
            ("varchar(4000)", Kind::Text),
            ("char(36)", Kind::WholeText),
            ("enum('a','b')", Kind::WholeText),
            ("longtext", Kind::Text),
            ("varbinary(16)", Kind::Bytes),
            ("binary(16)", Kind::Raw),
            ("inet6", Kind::Raw),
            ("decimal(10,2)", Kind::Decimal),
            ("bigint(20) unsigned", Kind::Integer),
            ("datetime(6)", Kind::Instant),
            ("point", Kind::Opaque),
        ];
        for (declared, kind) in cases {
            assert_eq!(Kind::of(declared), kind, "{declared}");
        }
    }

    #[test]
    fn a_long_text_is_counted_by_the_length_that_was_sent_beside_its_hash() {
        let mut measure = Measure::new(0, false, Some(crate::measure::Distinct::beside(1)));
        add(&mut measure, Kind::Text, &Value::Bytes(b"\x015000:00ff".to_vec()));
        add(&mut measure, Kind::Text, &Value::Bytes(b"short".to_vec()));
        add(&mut measure, Kind::Text, &Value::NULL);
        let figures = measure.finish("body".into(), crate::measure::Reading::All);
        let lengths = figures.lengths.unwrap_or_else(|| panic!("texts have lengths"));
        assert_eq!((lengths.min, lengths.max), (5, 5000));
        assert_eq!((figures.null_count, figures.distinct_count), (1, Some(2)));
    }

    #[test]
    fn a_value_that_is_only_known_to_be_there_has_no_figures() {
        assert_eq!(measured(Kind::Opaque, &Value::Int(1)), (None, None));
    }
}
