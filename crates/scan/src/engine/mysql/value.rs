//! What of a value crosses the wire, and what is made of it.

use mysql_async::Value;
use xxhash_rust::xxh3::xxh3_64;

use super::connection::{instant, quote};
use crate::measure::Point;

/// How a column's values are sent and understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Integer,
    Real,
    Decimal,
    Day,
    Instant,
    Clock,
    /// Small values whose bytes are equal when they are.
    Raw,
    /// Texts and bytes of any size.
    Long,
    /// Text that an expectation wants to see whole.
    WholeText,
    /// Documents and shapes: only whether there is a value.
    Opaque,
}

impl Kind {
    /// By the declared type.
    pub(super) fn of(data_type: &str) -> Self {
        let base: String = data_type.chars().take_while(char::is_ascii_alphabetic).collect();
        match base.to_ascii_lowercase().as_str() {
            "tinyint" | "smallint" | "mediumint" | "int" | "bigint" | "year" => Self::Integer,
            "float" | "double" => Self::Real,
            "decimal" => Self::Decimal,
            "date" => Self::Day,
            "datetime" | "timestamp" => Self::Instant,
            "time" => Self::Clock,
            "bit" | "enum" | "set" | "char" | "binary" | "uuid" | "inet" => Self::Raw,
            "varchar" | "varbinary" | "tinytext" | "text" | "mediumtext" | "longtext" | "tinyblob"
            | "blob" | "mediumblob" | "longblob" => Self::Long,
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
        if matches!(self, Self::Raw | Self::Long) { Self::WholeText } else { self }
    }

    /// A large text is sent as its hash: equal when the texts are, and small.
    pub(super) fn expression(self, column: &str) -> String {
        let column = quote(column);
        match self {
            Self::Long => {
                format!("IF(OCTET_LENGTH({column}) <= 1024, CAST({column} AS BINARY), SHA2({column}, 256))")
            }
            Self::WholeText => format!("CAST(CONVERT({column} USING utf8mb4) AS BINARY)"),
            Self::Raw => format!("CAST({column} AS BINARY)"),
            Self::Opaque => format!("IF({column} IS NULL, NULL, 1)"),
            _ => column,
        }
    }
}

/// The hash of a value that is not NULL, and its place.
pub(super) fn measured(kind: Kind, value: &Value) -> (Option<u64>, Option<Point>) {
    match value {
        Value::NULL => (None, None),
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
            let hash = kind.has_equality().then(|| xxh3_64(bytes));
            let number = || std::str::from_utf8(bytes).ok()?.parse().ok().map(Point::Real);
            (hash, if kind == Kind::Decimal { number() } else { None })
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
