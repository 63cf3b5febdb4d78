//! PostgreSQL's types, after strong_migrations' `postgresql_adapter.rb` (what is rewritten) and by value (what fits).

use super::{Surroundings, TypeChange, digits_hold, limit_holds};
use crate::type_name::TypeName;

/// Pairs in which each value of the first is one of the second, and the second is wider on the wire.
const WIDER: &[(&str, &str)] = &[
    ("smallint", "integer"),
    ("smallint", "bigint"),
    ("smallint", "numeric"),
    ("smallint", "real"),
    ("smallint", "double precision"),
    ("integer", "bigint"),
    ("integer", "numeric"),
    ("integer", "double precision"),
    ("bigint", "numeric"),
    ("real", "double precision"),
];

/// Pairs that keep the value but not its look.
const REFORMATTED: &[(&str, &str)] = &[
    ("json", "jsonb"),
    ("jsonb", "json"),
    ("character", "character varying"),
    ("character", "text"),
    ("bpchar", "character varying"),
    ("bpchar", "text"),
    ("character varying", "citext"),
    ("text", "citext"),
    ("citext", "text"),
    ("citext", "character varying"),
    ("uuid", "text"),
    ("date", "timestamp"),
];

fn in_table(table: &[(&str, &str)], old: &str, new: &str) -> bool {
    table.contains(&(old, new))
}

fn is_text(base: &str) -> bool {
    matches!(base, "character varying" | "text" | "character" | "bpchar" | "citext" | "name")
}

fn is_integer(base: &str) -> bool {
    matches!(base, "smallint" | "integer" | "bigint")
}

pub(super) fn rank(around: &Surroundings<'_>, old: &TypeName, new: &TypeName) -> TypeChange {
    let (from, to) = (old.base.as_str(), new.base.as_str());
    if old.array != new.array {
        return TypeChange::Replaced;
    }
    if from == to {
        return same_base(old, new);
    }
    if in_table(WIDER, from, to) {
        return wider(old, new);
    }
    if in_table(WIDER, to, from) || (from == "numeric" && is_integer(to)) {
        return TypeChange::Narrowed;
    }
    match (from, to) {
        ("cidr", "inet") => TypeChange::Widened,
        ("inet", "cidr") => TypeChange::Narrowed,
        ("character varying", "text") => limit_lifted(old),
        ("text", "character varying") if new.number(0).is_none() => TypeChange::Widened,
        ("date", "timestamp") if new.tail == "with time zone" => TypeChange::InstantReinterpreted,
        _ if is_text(from) && is_text(to) && !limit_holds(old.number(0), new.number(0)) => {
            TypeChange::Narrowed
        }
        _ if in_table(REFORMATTED, from, to) => TypeChange::Reformatted,
        _ if is_text(from) && is_text(to) => TypeChange::Narrowed,
        _ if (around.is_enum)(from) && is_text(to) => TypeChange::Opened,
        _ if is_text(from) && (around.is_enum)(to) => TypeChange::Closed,
        _ => TypeChange::Replaced,
    }
}

/// ODBC and code generators size buffers by the limit, so that its removal is not nothing to a reader.
fn limit_lifted(old: &TypeName) -> TypeChange {
    if old.number(0).is_some() { TypeChange::WidenedForClients } else { TypeChange::Widened }
}

/// An integer into a `numeric` with a precision has to find room for its digits.
fn wider(old: &TypeName, new: &TypeName) -> TypeChange {
    let digits = match old.base.as_str() {
        "smallint" => 5,
        "integer" => 10,
        _ => 19,
    };
    match (new.base.as_str(), new.number(0)) {
        ("numeric", Some(precision))
            if !digits_hold((digits, 0), (precision, new.number(1).unwrap_or(0))) =>
        {
            TypeChange::Narrowed
        }
        _ => TypeChange::WidenedForClients,
    }
}

fn same_base(old: &TypeName, new: &TypeName) -> TypeChange {
    let widened = |holds: bool| {
        if holds { TypeChange::Widened } else { TypeChange::Narrowed }
    };
    let (from, to) = (old.number(0), new.number(0));
    match old.base.as_str() {
        "timestamp" if old.tail != new.tail => TypeChange::InstantReinterpreted,
        "time" if old.tail != new.tail => TypeChange::Replaced,
        // Six digits of a second are the default and the most.
        "timestamp" | "time" | "interval" => widened(to.unwrap_or(6) >= from.unwrap_or(6)),
        "character varying" | "bit varying" if to.is_none() => limit_lifted(old),
        "character varying" | "bit varying" => widened(limit_holds(from, to)),
        "character" if limit_holds(from, to) => TypeChange::Reformatted,
        "numeric" => match (from, to) {
            (_, None) => TypeChange::Widened,
            (None, Some(_)) => TypeChange::Narrowed,
            (Some(from), Some(to)) => {
                let scale = |name: &TypeName| name.number(1).unwrap_or(0);
                widened(digits_hold((from, scale(old)), (to, scale(new))))
            }
        },
        _ => TypeChange::Narrowed,
    }
}

/// strong_migrations: changes that touch the catalog only.
pub(super) fn in_place(change: TypeChange, old: &TypeName, new: &TypeName) -> bool {
    if change == TypeChange::Same {
        return true;
    }
    let widened = matches!(change, TypeChange::Widened | TypeChange::WidenedForClients);
    match (old.base.as_str(), new.base.as_str()) {
        ("character varying" | "text", "character varying" | "text") | ("cidr", "inet") => widened,
        ("citext", "text") | ("text" | "character varying", "citext") => change == TypeChange::Reformatted,
        ("numeric", "numeric") => widened && (new.number(0).is_none() || old.number(1) == new.number(1)),
        ("timestamp", "timestamp")
        | ("time", "time")
        | ("interval", "interval")
        | ("bit varying", "bit varying") => widened,
        _ => false,
    }
}
