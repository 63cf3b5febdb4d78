//! SQLite's types: only the affinity of a declared type matters, unless the table is STRICT.

use super::TypeChange;
use crate::type_name::TypeName;

/// The five affinities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Affinity {
    Integer,
    Text,
    Blob,
    Real,
    Numeric,
}

/// By SQLite's own rules, in their order (sqlite.org/datatype3.html, 3.1).
fn affinity(declared: &str) -> Affinity {
    let has = |words: &[&str]| words.iter().any(|word| declared.contains(word));
    if has(&["INT"]) {
        Affinity::Integer
    } else if has(&["CHAR", "CLOB", "TEXT"]) {
        Affinity::Text
    } else if declared.is_empty() || has(&["BLOB"]) {
        Affinity::Blob
    } else if has(&["REAL", "FLOA", "DOUB"]) {
        Affinity::Real
    } else {
        Affinity::Numeric
    }
}

pub(super) fn rank(strict: bool, old: &TypeName, new: &TypeName) -> TypeChange {
    let same = affinity(&old.text()) == affinity(&new.text());
    match (same, strict) {
        (_, true) if new.base == "ANY" => TypeChange::Widened,
        (true, _) => TypeChange::Same,
        (false, true) => TypeChange::Replaced,
        (false, false) => TypeChange::AffinityChanged,
    }
}
