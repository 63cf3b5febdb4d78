//! Columns and their values as rules see them.

use crate::engine::postgres::profile::decode::{EPOCH, whole_digits, word};
use crate::engine::postgres::profile::projection::Kind;
use crate::expectation::{Decimal, Domain, Value};
use crate::measure::DAY;

/// What rules see of a column.
pub(in crate::engine::postgres::profile) fn domain(kind: Kind) -> Domain {
    match kind {
        Kind::Int2 | Kind::Int4 | Kind::Int8 | Kind::Oid | Kind::Float8 | Kind::Numeric => Domain::Number,
        Kind::Float4 => Domain::Single,
        Kind::Date => Domain::Day,
        Kind::Time => Domain::Clock,
        Kind::Timestamp => Domain::Instant,
        Kind::Boolean => Domain::Boolean,
        Kind::Uuid => Domain::Uuid,
        Kind::Label | Kind::Text | Kind::ShortText | Kind::WholeText => Domain::Text,
        Kind::Money | Kind::Interval | Kind::Raw | Kind::Bytes => Domain::Plain,
        Kind::Opaque => Domain::Opaque,
    }
}

/// What rules see of a value.
pub(in crate::engine::postgres::profile) fn value(kind: Kind, bytes: &[u8]) -> Value<'_> {
    let number = match kind {
        Kind::Int2 => bytes.try_into().ok().map(|b| Value::Integer(i16::from_be_bytes(b).into())),
        Kind::Int4 => bytes.try_into().ok().map(|b| Value::Integer(i32::from_be_bytes(b).into())),
        Kind::Oid => bytes.try_into().ok().map(|b| Value::Integer(u32::from_be_bytes(b).into())),
        Kind::Int8 => bytes.try_into().ok().map(|b| Value::Integer(i64::from_be_bytes(b))),
        Kind::Float4 => bytes.try_into().ok().map(|b| Value::Real(f32::from_be_bytes(b).into())),
        Kind::Float8 => bytes.try_into().ok().map(|b| Value::Real(f64::from_be_bytes(b))),
        Kind::Boolean => bytes.first().map(|byte| Value::Integer((*byte).into())),
        Kind::Numeric => return numeric(bytes),
        Kind::Time => bytes.try_into().ok().map(|b| Value::Time(i64::from_be_bytes(b))),
        Kind::Date => bytes.try_into().ok().map(i32::from_be_bytes).map(|days| match days {
            i32::MAX => Value::Above,
            i32::MIN => Value::Below,
            days => Value::Time(i64::from(days).saturating_mul(DAY).saturating_add(EPOCH)),
        }),
        Kind::Timestamp => bytes.try_into().ok().map(i64::from_be_bytes).map(|micros| match micros {
            i64::MAX => Value::Above,
            i64::MIN => Value::Below,
            micros => Value::Time(micros.saturating_add(EPOCH)),
        }),
        Kind::Uuid | Kind::Label | Kind::Text | Kind::ShortText | Kind::WholeText => Some(Value::Text(bytes)),
        Kind::Money | Kind::Interval | Kind::Raw | Kind::Bytes | Kind::Opaque => None,
    };
    number.unwrap_or(Value::Alien)
}

fn numeric(bytes: &[u8]) -> Value<'_> {
    match word(bytes, 2) {
        Some(0xD000) => Value::Above,
        Some(0xF000) => Value::Below,
        Some(0 | 0x4000) => whole_digits(bytes).map_or(Value::Unread, |(mantissa, exponent)| {
            Value::Decimal(Decimal::new(mantissa, -4 * exponent))
        }),
        // NaN.
        _ => Value::Alien,
    }
}
