//! Values of a database whose columns hold what they like.

use rusqlite::types::ValueRef;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use crate::measure::{Measure, Point, time_of};

/// Whether a column is meant for times: SQLite has no type for them, so its declaration or its name must say so.
pub(super) fn looks_like_time(name: &str, declared: &str) -> bool {
    if declared.contains("DATE") || declared.contains("TIME") {
        return true;
    }
    let name = name.to_ascii_lowercase();
    let named = ["_at", "_date", "_time", "timestamp"].iter().any(|ending| name.ends_with(ending));
    named && (declared.is_empty() || declared.contains("TEXT") || declared.contains("INT"))
}

/// Adds a value to what is known of its column.
pub(super) fn add(measure: &mut Measure, value: ValueRef<'_>, is_time: bool) {
    match (value, place(value, is_time)) {
        (ValueRef::Null, _) => measure.null(),
        (ValueRef::Text(text), None) => measure.text(text),
        (_, point) => measure.value(hash(value), point),
    }
}

/// A hash that is equal for values that SQLite takes for equal. The seeds keep the text '1', the blob and the number
/// apart.
fn hash(value: ValueRef<'_>) -> Option<u64> {
    match value {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(xxh3_64_with_seed(&number.to_be_bytes(), 1)),
        ValueRef::Real(number) => match exact_integer(number) {
            Some(integer) => Some(xxh3_64_with_seed(&integer.to_be_bytes(), 1)),
            None => Some(xxh3_64_with_seed(&number.to_be_bytes(), 1)),
        },
        ValueRef::Text(text) => Some(xxh3_64(text)),
        ValueRef::Blob(bytes) => Some(xxh3_64_with_seed(bytes, 2)),
    }
}

/// A value's place on a line, if it has one.
pub(super) fn place(value: ValueRef<'_>, is_time: bool) -> Option<Point> {
    match value {
        ValueRef::Integer(number) if is_time => epoch(number).map(Point::Instant),
        ValueRef::Integer(number) => Some(Point::Integer(number)),
        ValueRef::Real(number) => (!is_time && number.is_finite()).then_some(Point::Real(number)),
        ValueRef::Text(text) if is_time => time_of(text),
        ValueRef::Text(_) | ValueRef::Blob(_) | ValueRef::Null => None,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::float_cmp,
    reason = "the comparison finds out whether the casts lost anything"
)]
fn exact_integer(number: f64) -> Option<i64> {
    let integer = number as i64;
    (integer as f64 == number && number.abs() < 9e18).then_some(integer)
}

/// Seconds, milliseconds or microseconds since 1970, told apart by size: each unit covers 1973 to 5138.
fn epoch(number: i64) -> Option<i64> {
    match number {
        100_000_000..100_000_000_000 => number.checked_mul(1_000_000),
        100_000_000_000..100_000_000_000_000 => number.checked_mul(1000),
        100_000_000_000_000..100_000_000_000_000_000 => Some(number),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_times_by_their_size() {
        let noon = Some(Point::Instant(1_704_110_400_000_000));
        for number in [1_704_110_400, 1_704_110_400_000, 1_704_110_400_000_000] {
            assert_eq!(epoch(number).map(Point::Instant), noon);
        }
    }

    #[test]
    fn equal_numbers_hash_alike_and_text_is_no_number() {
        assert_eq!(hash(ValueRef::Integer(1)), hash(ValueRef::Real(1.0)));
        assert_ne!(hash(ValueRef::Integer(1)), hash(ValueRef::Text(b"1")));
        assert_ne!(hash(ValueRef::Blob(b"1")), hash(ValueRef::Text(b"1")));
    }
}
