//! MySQL's and MariaDB's types, after skeema's `ModifyColumn.Unsafe`: integers by range, texts by bytes.

use super::{TypeChange, digits_hold};
use crate::type_name::TypeName;

/// Lowest and highest value of an integer type.
fn range(name: &TypeName) -> Option<(i128, i128)> {
    let bits = match name.base.as_str() {
        "tinyint" => 8,
        "smallint" => 16,
        "mediumint" => 24,
        "int" => 32,
        "bigint" => 64,
        _ => return None,
    };
    let values = 1_i128 << bits;
    Some(if name.unsigned() { (0, values - 1) } else { (-(values / 2), values / 2 - 1) })
}

/// Bytes that a text or binary type may hold, and whether it is text.
fn capacity(name: &TypeName, character_bytes: u64) -> Option<(u64, bool)> {
    let length = name.number(0).unwrap_or(1);
    Some(match name.base.as_str() {
        "char" | "varchar" => (length.saturating_mul(character_bytes), true),
        "tinytext" => (255, true),
        "text" => (65_535, true),
        "mediumtext" => (16_777_215, true),
        "longtext" => (4_294_967_295, true),
        "varbinary" => (length, false),
        "tinyblob" => (255, false),
        "blob" => (65_535, false),
        "mediumblob" => (16_777_215, false),
        "longblob" => (4_294_967_295, false),
        _ => return None,
    })
}

pub(super) fn rank(character_bytes: u64, old: &TypeName, new: &TypeName) -> TypeChange {
    if let (Some(from), Some(to)) = (range(old), range(new)) {
        return widened_for_clients(to.0 <= from.0 && to.1 >= from.1);
    }
    let (from, to) = (capacity(old, character_bytes), capacity(new, character_bytes));
    if let (Some(from), Some(to)) = (from, to) {
        return match () {
            () if from.1 != to.1 => TypeChange::Replaced,
            () if to.0 < from.0 => TypeChange::Narrowed,
            () if old.base == new.base => TypeChange::Widened,
            () => TypeChange::WidenedForClients,
        };
    }
    let is_text = |capacity: Option<(u64, bool)>| capacity.is_some_and(|(_, text)| text);
    let sign_lost = new.unsigned() && !old.unsigned();
    match (old.base.as_str(), new.base.as_str()) {
        ("enum", "enum") | ("set", "set") => values(&old.values(), &new.values()),
        ("enum" | "set", _) if is_text(to) => TypeChange::Opened,
        (_, "enum" | "set") if is_text(from) => TypeChange::Closed,
        ("decimal", "decimal") => widened(!sign_lost && digits_hold(decimal(old), decimal(new))),
        (_, "decimal") if range(old).is_some() => {
            let highest = range(old).map_or(0, |(_, highest)| highest);
            let digits = u64::from(highest.checked_ilog10().unwrap_or(0)) + 1;
            widened_for_clients(!sign_lost && digits_hold((digits, 0), decimal(new)))
        }
        ("float" | "double", "float" | "double") => {
            let bounded = !new.arguments.is_empty() && new.arguments != old.arguments;
            match (sign_lost || bounded, old.base.as_str(), new.base.as_str()) {
                (false, "float", "double") => TypeChange::WidenedForClients,
                (false, from, to) => widened(from == to),
                (true, ..) => TypeChange::Narrowed,
            }
        }
        _ if is_number(old) && is_number(new) => TypeChange::Narrowed,
        ("bit", "bit") | ("time", "time") | ("timestamp", "timestamp") | ("datetime", "datetime") => {
            widened(new.number(0).unwrap_or(0) >= old.number(0).unwrap_or(0))
        }
        ("timestamp", "datetime") | ("datetime", "timestamp") => TypeChange::InstantReinterpreted,
        ("date", "datetime") => TypeChange::Reformatted,
        ("inet4", "inet6") => TypeChange::WidenedForClients,
        // Values are padded with zero bytes, so that no length is like another.
        ("binary", "binary") => TypeChange::Narrowed,
        _ => TypeChange::Replaced,
    }
}

fn widened(holds: bool) -> TypeChange {
    if holds { TypeChange::Widened } else { TypeChange::Narrowed }
}

fn widened_for_clients(holds: bool) -> TypeChange {
    if holds { TypeChange::WidenedForClients } else { TypeChange::Narrowed }
}

fn decimal(name: &TypeName) -> (u64, u64) {
    (name.number(0).unwrap_or(10), name.number(1).unwrap_or(0))
}

fn is_number(name: &TypeName) -> bool {
    range(name).is_some() || matches!(name.base.as_str(), "decimal" | "float" | "double")
}

/// Atlas MY110 to MY112 for `enum`, MY120 to MY122 for `set`.
fn values(old: &[String], new: &[String]) -> TypeChange {
    if old.iter().any(|value| !new.contains(value)) {
        return TypeChange::ValuesRemoved;
    }
    if new.starts_with(old) {
        return TypeChange::ValuesAppended;
    }
    if new.iter().filter(|value| old.contains(value)).eq(old) {
        TypeChange::ValuesInserted
    } else {
        TypeChange::ValuesReordered
    }
}

/// InnoDB changes a `varchar` in place while its length needs as many bytes as before (strong_migrations).
pub(super) fn in_place(character_bytes: u64, old: &TypeName, new: &TypeName) -> bool {
    let long = |length: u64| length.saturating_mul(character_bytes) > 255;
    match (old.number(0), new.number(0)) {
        (Some(from), Some(to)) => {
            old.base == "varchar" && new.base == "varchar" && to >= from && long(from) == long(to)
        }
        _ => false,
    }
}
