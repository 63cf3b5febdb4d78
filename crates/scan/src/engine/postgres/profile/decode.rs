//! Values in PostgreSQL's binary format: a hash that is equal when they are, and their place on a line if they have one.

use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use super::projection::Kind;
use crate::measure::{DAY, Measure, Point};

/// Microseconds from 1970 to 2000, where PostgreSQL's time starts.
pub(super) const EPOCH: i64 = 946_684_800_000_000;

/// Adds a value to what is known of its column.
#[inline]
pub(super) fn add(measure: &mut Measure, kind: Kind, bytes: &[u8]) {
    match kind {
        Kind::ShortText | Kind::WholeText | Kind::Label => measure.text(bytes),
        Kind::Text => measure.text_or_hash(bytes),
        Kind::Boolean => measure.named(xxh3_64(bytes), || (bytes != [0]).to_string()),
        Kind::Uuid => measure.named(xxh3_64(bytes), || uuid(bytes)),
        _ => {
            let (hash, point) = value(kind, bytes);
            measure.value(hash, point);
        }
    }
}

/// As PostgreSQL writes it.
fn uuid(bytes: &[u8]) -> String {
    let mut text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    [20, 16, 12, 8].iter().filter(|at| **at < bytes.len() * 2).for_each(|at| text.insert(*at, '-'));
    text
}

/// The hash and the place of a value. Bytes that do not fit the type count as a value without a place.
pub(super) fn value(kind: Kind, bytes: &[u8]) -> (Option<u64>, Option<Point>) {
    match kind {
        Kind::Int2 => integer(bytes, |b: [u8; 2]| i16::from_be_bytes(b).into()),
        Kind::Int4 => integer(bytes, |b: [u8; 4]| i32::from_be_bytes(b).into()),
        Kind::Oid => integer(bytes, |b: [u8; 4]| u32::from_be_bytes(b).into()),
        Kind::Int8 => integer(bytes, i64::from_be_bytes),
        Kind::Float4 => real(bytes.try_into().ok().map(|b| f64::from(f32::from_be_bytes(b))), bytes),
        Kind::Float8 => real(bytes.try_into().ok().map(f64::from_be_bytes), bytes),
        Kind::Numeric => numeric(bytes),
        // Scaled by the locale: comparable for equality only.
        Kind::Money
        | Kind::Boolean
        | Kind::Uuid
        | Kind::Raw
        | Kind::Label
        | Kind::Text
        | Kind::ShortText
        | Kind::WholeText
        | Kind::Bytes => (Some(xxh3_64(bytes)), None),
        Kind::Date => {
            let days = bytes.try_into().ok().map(i32::from_be_bytes);
            let finite = days.filter(|days| *days != i32::MAX && *days != i32::MIN);
            let at = finite.map(|days| i64::from(days).saturating_mul(DAY).saturating_add(EPOCH));
            (Some(xxh3_64(bytes)), at.map(Point::Day))
        }
        Kind::Time => (Some(xxh3_64(bytes)), bytes.try_into().ok().map(i64::from_be_bytes).map(Point::Clock)),
        Kind::Timestamp => {
            let micros = bytes.try_into().ok().map(i64::from_be_bytes);
            let finite = micros.filter(|micros| *micros != i64::MAX && *micros != i64::MIN);
            (Some(xxh3_64(bytes)), finite.map(|micros| Point::Instant(micros.saturating_add(EPOCH))))
        }
        Kind::Interval => (Some(interval(bytes)), None),
        Kind::Opaque => (None, None),
    }
}

fn integer<const N: usize>(bytes: &[u8], read: impl Fn([u8; N]) -> i64) -> (Option<u64>, Option<Point>) {
    (Some(xxh3_64(bytes)), bytes.try_into().ok().map(|bytes| Point::Integer(read(bytes))))
}

fn real(value: Option<f64>, bytes: &[u8]) -> (Option<u64>, Option<Point>) {
    let Some(value) = value else { return (Some(xxh3_64(bytes)), None) };
    // PostgreSQL takes all NaNs for equal, and 0 for -0.
    let same = if value.is_nan() {
        f64::NAN
    } else if value == 0.0 {
        0.0
    } else {
        value
    };
    (Some(xxh3_64(&same.to_be_bytes())), value.is_finite().then_some(Point::Real(value)))
}

/// 24 hours equal a day and 30 days a month, as in a comparison.
fn interval(bytes: &[u8]) -> u64 {
    let part = |range: std::ops::Range<usize>| bytes.get(range);
    let micros = part(0..8).and_then(|b| b.try_into().ok()).map(i64::from_be_bytes);
    let days = part(8..12).and_then(|b| b.try_into().ok()).map(i32::from_be_bytes);
    let months = part(12..16).and_then(|b| b.try_into().ok()).map(i32::from_be_bytes);
    match (micros, days, months) {
        (Some(micros), Some(days), Some(months)) => {
            let total = i128::from(micros) + i128::from(DAY) * (i128::from(days) + 30 * i128::from(months));
            xxh3_64(&total.to_be_bytes())
        }
        _ => xxh3_64(bytes),
    }
}

/// Digits to the base 10,000, the first worth `10000^weight`.
fn numeric(bytes: &[u8]) -> (Option<u64>, Option<Point>) {
    let (Some(count), Some(weight), Some(sign)) = (word(bytes, 0), word(bytes, 1), word(bytes, 2)) else {
        return (Some(xxh3_64(bytes)), None);
    };
    // The fourth word is the number of digits to print: 1.0 and 1.00 are equal.
    let digits = bytes.get(8..).unwrap_or_default();
    let head = u64::from(count) | u64::from(weight) << 16 | u64::from(sign) << 32;
    let hash = Some(xxh3_64_with_seed(digits, head));
    let point = match whole_digits(bytes) {
        Some((mantissa, exponent)) => Some(place(mantissa, exponent)),
        None => rounded(bytes).map(Point::Real),
    };
    (hash, point)
}

/// A numeric of more digits than are kept, as the double nearest to it, or nearly. `None` for NaN, infinity, and numbers that
/// no double comes near.
fn rounded(bytes: &[u8]) -> Option<f64> {
    let (count, weight, sign) = (word(bytes, 0)?, word(bytes, 1)?, word(bytes, 2)?);
    if sign != 0 && sign != NEGATIVE {
        return None;
    }
    // What comes after the first forty digits is beyond what a double tells apart.
    let kept = usize::from(count).min(10);
    let leading =
        (0..kept).fold(0.0, |sum, index| sum * 10_000.0 + word(bytes, 4 + index).map_or(0.0, f64::from));
    let exponent = i32::from(weight.cast_signed()) + 1 - i32::try_from(kept).ok()?;
    let value = leading * 10_000_f64.powi(exponent);
    value.is_finite().then_some(if sign == NEGATIVE { -value } else { value })
}

const NEGATIVE: u16 = 0x4000;

/// The digits of a numeric as one whole number, and how often it must still be multiplied by 10,000; negative:
/// divided. `None` for NaN, infinity, and more than 38 digits.
pub(super) fn whole_digits(bytes: &[u8]) -> Option<(i128, i32)> {
    let (count, weight, sign) = (word(bytes, 0)?, word(bytes, 1)?, word(bytes, 2)?);
    if sign != 0 && sign != NEGATIVE {
        return None;
    }
    let exponent = i32::from(weight.cast_signed()) + 1 - i32::from(count);
    let mut mantissa: i128 = 0;
    for index in 0..usize::from(count) {
        let digit = word(bytes, 4 + index).map_or(0, i128::from);
        mantissa = mantissa.checked_mul(10_000)?.checked_add(digit)?;
    }
    Some((if sign == NEGATIVE { -mantissa } else { mantissa }, exponent))
}

/// The `index`th number of sixteen bits.
pub(super) fn word(bytes: &[u8], index: usize) -> Option<u16> {
    bytes.get(2 * index..2 * index + 2).and_then(|word| word.try_into().ok()).map(u16::from_be_bytes)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "JSON's numbers are doubles; more digits than they hold are rounded"
)]
fn place(mantissa: i128, exponent: i32) -> Point {
    let whole = u32::try_from(exponent)
        .ok()
        .and_then(|exponent| 10_000_i128.checked_pow(exponent))
        .and_then(|power| mantissa.checked_mul(power))
        .and_then(|value| i64::try_from(value).ok());
    if let Some(whole) = whole {
        return Point::Integer(whole);
    }
    // A division rounds once, so 4.99 is the double nearest to 4.99; multiplying by 0.0001 would not be.
    let power = 10_000_f64.powi(exponent.abs());
    let value = mantissa as f64;
    Point::Real(if exponent < 0 { value / power } else { value * power })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numeric_bytes(weight: i16, sign: u16, scale: u16, digits: &[u16]) -> Vec<u8> {
        let count = u16::try_from(digits.len()).unwrap();
        let mut bytes = Vec::new();
        for word in [count, weight.cast_unsigned(), sign, scale].iter().chain(digits) {
            bytes.extend(word.to_be_bytes());
        }
        bytes
    }

    #[test]
    fn numerics_are_read_as_written() {
        let cases = [
            (numeric_bytes(0, 0, 2, &[4, 9900]), Point::Real(4.99)),
            (numeric_bytes(0, 0x4000, 2, &[4, 9900]), Point::Real(-4.99)),
            (numeric_bytes(1, 0, 0, &[12, 3456]), Point::Integer(123_456)),
            (numeric_bytes(1, 0, 0, &[12]), Point::Integer(120_000)),
            (numeric_bytes(-1, 0, 4, &[1]), Point::Real(0.0001)),
            (numeric_bytes(0, 0, 0, &[]), Point::Integer(0)),
        ];
        for (bytes, expected) in cases {
            assert_eq!(value(Kind::Numeric, &bytes).1, Some(expected));
        }
        assert_eq!(value(Kind::Numeric, &numeric_bytes(0, 0xC000, 0, &[])).1, None, "NaN");
        let many = numeric_bytes(14, 0x4000, 3, &[1; 16]);
        let Some(Point::Real(found)) = value(Kind::Numeric, &many).1 else {
            panic!("sixty digits have a place")
        };
        assert!((found / -1.000_100_010_001e56 - 1.0).abs() < 1e-12, "{found}");
        assert_eq!(value(Kind::Numeric, &numeric_bytes(100, 0, 0, &[1; 16])).1, None, "beyond a double");
    }

    #[test]
    fn equal_values_written_differently_hash_alike() {
        let hash = |kind, bytes: &[u8]| value(kind, bytes).0;
        assert_eq!(
            hash(Kind::Numeric, &numeric_bytes(0, 0, 1, &[1])),
            hash(Kind::Numeric, &numeric_bytes(0, 0, 2, &[1]))
        );
        assert_eq!(hash(Kind::Float8, &0.0_f64.to_be_bytes()), hash(Kind::Float8, &(-0.0_f64).to_be_bytes()));
        let interval = |micros: i64, days: i32, months: i32| {
            let bytes = [&micros.to_be_bytes()[..], &days.to_be_bytes(), &months.to_be_bytes()].concat();
            hash(Kind::Interval, &bytes)
        };
        assert_eq!(interval(0, 30, 0), interval(0, 0, 1));
        assert_ne!(interval(0, 30, 0), interval(0, 29, 0));
    }

    #[test]
    fn times_start_in_2000_and_infinity_has_no_place() {
        assert_eq!(value(Kind::Timestamp, &0_i64.to_be_bytes()).1, Some(Point::Instant(EPOCH)));
        assert_eq!(value(Kind::Date, &1_i32.to_be_bytes()).1, Some(Point::Day(EPOCH + DAY)));
        assert_eq!(value(Kind::Timestamp, &i64::MAX.to_be_bytes()).1, None);
    }
}
