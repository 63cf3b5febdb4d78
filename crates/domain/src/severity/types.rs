//! Ranks a change of a column's type.

mod mysql;
mod postgres;
mod sqlite;

use ::types::change::Flag::DependsOnData;
use ::types::snapshot::Engine;

use super::Verdict;
use super::level::{B, I, P, S};
use crate::type_name::TypeName;

/// What a change of a type means for values that exist and for values to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TypeChange {
    /// The same values, the same meaning.
    Same,
    /// Every old value fits, and no client needs to know.
    Widened,
    /// Every old value fits, but new ones may be more than a client has room for.
    WidenedForClients,
    /// Values that fitted before may not any more.
    Narrowed,
    /// Values survive, but look or compare differently.
    Reformatted,
    /// Another kind of value.
    Replaced,
    /// `timestamp` to `timestamptz` or back.
    InstantReinterpreted,
    /// SQLite: another affinity, which it takes as a wish.
    AffinityChanged,
    /// MySQL's `enum` and `set`.
    ValuesAppended,
    ValuesInserted,
    ValuesReordered,
    ValuesRemoved,
    /// An enumeration became a text.
    Opened,
    /// A text became an enumeration.
    Closed,
}

impl TypeChange {
    /// The rule for it.
    pub(crate) fn verdict(self) -> Verdict {
        match self {
            Self::Same => {
                Verdict::new(I, I, "The declared type is spelled differently; the values are treated alike.")
            }
            Self::Widened => Verdict::new(S, S, "Every old value fits the new type, and nothing is refused."),
            Self::WidenedForClients => Verdict::new(
                P,
                S,
                "Every old value fits, but clients that bind the old width may overflow or cut off new values.",
            ),
            Self::Narrowed => {
                Verdict::new(S, B, "Values that fitted before may be refused, rounded or cut off.")
                    .flags(&[DependsOnData])
            }
            Self::Reformatted => Verdict::new(P, S, "The values survive but look or compare differently."),
            Self::Replaced => Verdict::new(
                B,
                B,
                "It is another kind of value: comparisons, client types and writes of the old kind fail.",
            )
            .flags(&[DependsOnData]),
            Self::InstantReinterpreted => Verdict::new(
                B,
                P,
                "Stored moments now mean something else, by the time zone in which they are read.",
            ),
            Self::AffinityChanged => Verdict::new(
                P,
                P,
                "SQLite converts new values to the new affinity; old rows keep what they hold.",
            ),
            Self::ValuesAppended => super::object::VALUE_APPENDED,
            Self::ValuesInserted => super::object::VALUE_INSERTED,
            Self::ValuesReordered => super::object::VALUE_MOVED,
            Self::ValuesRemoved => super::object::VALUE_REMOVED,
            Self::Opened => Verdict::new(P, S, "Readers may now meet values that the enumeration kept out."),
            Self::Closed => Verdict::new(
                P,
                B,
                "Writes of values outside the enumeration are refused, and they sort in another order.",
            )
            .flags(&[DependsOnData]),
        }
    }
}

/// What the ranking needs to know besides the two types.
#[derive(Clone, Copy)]
pub(crate) struct Surroundings<'a> {
    pub(crate) engine: Engine,
    /// Whether a type's name is an enumeration of this database.
    pub(crate) is_enum: &'a dyn Fn(&str) -> bool,
    /// SQLite's `STRICT`.
    pub(crate) strict: bool,
    /// Bytes that a character may take: MySQL's character set.
    pub(crate) character_bytes: u64,
}

/// Ranks a change between two types, by the engine's lattice.
pub(crate) fn rank(surroundings: &Surroundings<'_>, old: &str, new: &str) -> TypeChange {
    let engine = surroundings.engine;
    let (old, new) = (TypeName::parse(engine, old), TypeName::parse(engine, new));
    if old == new {
        return TypeChange::Same;
    }
    match engine {
        Engine::Postgres => postgres::rank(surroundings, &old, &new),
        Engine::Mysql | Engine::Mariadb => mysql::rank(surroundings.character_bytes, &old, &new),
        Engine::Sqlite => sqlite::rank(surroundings.strict, &old, &new),
    }
}

/// Whether the engine has to rewrite the table, or scan it, under a lock.
pub(crate) fn rewrites(surroundings: &Surroundings<'_>, change: TypeChange, old: &str, new: &str) -> bool {
    let engine = surroundings.engine;
    let (old, new) = (TypeName::parse(engine, old), TypeName::parse(engine, new));
    match engine {
        Engine::Postgres => !postgres::in_place(change, &old, &new),
        Engine::Mysql | Engine::Mariadb => {
            !matches!(change, TypeChange::Same | TypeChange::ValuesAppended)
                && !mysql::in_place(surroundings.character_bytes, &old, &new)
        }
        Engine::Sqlite => false,
    }
}

/// A limit that may be missing: `None` is no limit.
fn limit_holds(old: Option<u64>, new: Option<u64>) -> bool {
    match (old, new) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(old), Some(new)) => new >= old,
    }
}

/// Whether every number of `old` (precision, scale) fits `new`: neither the digits before the point nor those after
/// it may fall. skeema calls (9,4) → (9,5) safe; it is not, one digit before the point is lost.
fn digits_hold(old: (u64, u64), new: (u64, u64)) -> bool {
    new.1 >= old.1 && new.0.saturating_sub(new.1) >= old.0.saturating_sub(old.1)
}
