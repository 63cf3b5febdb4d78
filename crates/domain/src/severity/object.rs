//! Rules for enumerations, domains, sequences, routines, extensions and foreign servers.

use ::types::change::Flag::{Authorization, DependsOnData, Locks};

use super::Verdict;
use super::level::{B, I, P, S};

pub(crate) const ADDED: Verdict = Verdict::new(S, S, "Nothing uses it yet.");

pub(crate) const TYPE_DROPPED: Verdict = Verdict::new(B, B, "Queries and writes that name the type fail.");
pub(crate) const TYPE_RENAMED: Verdict =
    Verdict::new(B, B, "Casts and declarations that use the old name fail; columns of the type go on.");

pub(crate) const VALUE_APPENDED: Verdict =
    Verdict::new(P, S, "Readers that list all values meet one that they do not know.");

/// Atlas MY112.
pub(crate) const VALUE_INSERTED: Verdict = Verdict::new(
    P,
    S,
    "Readers that list all values meet one that they do not know, and the sort order changes.",
)
.codes(&["MY112"]);

/// Atlas MY110. PostgreSQL can only do it by building the type anew.
pub(crate) const VALUE_REMOVED: Verdict =
    Verdict::new(S, B, "Writes of the value are refused; it can only be removed while no row holds it.")
        .flags(&[DependsOnData])
        .codes(&["MY110"]);

/// strong_migrations: renaming an enum value breaks both sides at once.
pub(crate) const VALUE_RENAMED: Verdict = Verdict::new(
    B,
    B,
    "Comparisons with the old value fail, and so do writes of it; rows that held it now say the new one.",
);

/// Atlas MY111.
pub(crate) const VALUE_MOVED: Verdict =
    Verdict::new(P, S, "The sort order of the values changes.").codes(&["MY111"]);

pub(crate) const ATTRIBUTE_ADDED: Verdict = Verdict::new(
    P,
    P,
    "Readers and writers that rely on the number or the order of the attributes fail or mix them up.",
);

pub(crate) const RANGE_SUBTYPE_CHANGED: Verdict =
    Verdict::new(B, B, "The range is of another type: what reads or writes its bounds fails.");
pub(crate) const RANGE_CHANGED: Verdict =
    Verdict::new(P, P, "Ranges are compared or normalised in another way, so that results differ.");

pub(crate) const SEQUENCE_OWNER_COLUMN_CHANGED: Verdict = Verdict::new(
    I,
    P,
    "Another column owns it: it is dropped with that one, and no longer with the old one.",
);
pub(crate) const DOMAIN_CHECK_ADDED: Verdict =
    Verdict::new(S, B, "Values that do not meet the condition are refused in every column of the domain.")
        .flags(&[DependsOnData, Locks]);
pub(crate) const DOMAIN_CHECK_DROPPED: Verdict = Verdict::new(
    P,
    S,
    "Readers may now meet values that the condition kept out, in every column of the domain.",
);
pub(crate) const DOMAIN_CHECK_CHANGED: Verdict = Verdict::new(
    P,
    B,
    "The condition is different in every column of the domain: writes may be refused, readers surprised.",
)
.flags(&[DependsOnData]);

pub(crate) const SEQUENCE_CHANGED: Verdict =
    Verdict::new(I, P, "Numbers are handed out by other rules, and may run out sooner.");
pub(crate) const SEQUENCE_DROPPED: Verdict =
    Verdict::new(P, B, "Defaults and writers that ask it for the next number fail.");
pub(crate) const SEQUENCE_RENAMED: Verdict = Verdict::new(
    P,
    B,
    "Writers that ask it by the old name for the next number fail; defaults follow the rename.",
);

pub(crate) const ROUTINE_DROPPED: Verdict = Verdict::new(B, B, "Everything that calls it fails.");
pub(crate) const ROUTINE_RENAMED: Verdict =
    Verdict::new(B, B, "Everything that calls it by the old name fails.");
pub(crate) const ROUTINE_SIGNATURE_CHANGED: Verdict =
    Verdict::new(B, B, "It takes or gives back something else: callers fail or read it wrongly.");
pub(crate) const ROUTINE_BODY_CHANGED: Verdict =
    Verdict::new(P, P, "It does something else under the same name.");
pub(crate) const ROUTINE_RIGHTS_CHANGED: Verdict =
    Verdict::new(P, P, "It runs with another role's rights than before.").flags(&[Authorization]);
pub(crate) const ROUTINE_VOLATILITY_CHANGED: Verdict = Verdict::new(
    P,
    I,
    "How often the database runs it changed; indexes and plans that relied on it may not hold.",
);

pub(crate) const EXTENSION_DROPPED: Verdict =
    Verdict::new(B, B, "Types, functions and operators of the extension are gone.");
pub(crate) const SERVER_DROPPED: Verdict =
    Verdict::new(B, B, "Foreign tables of the server are gone with it, or fail.");
pub(crate) const SERVER_RENAMED: Verdict = Verdict::new(
    I,
    P,
    "What makes foreign tables or user mappings by the old name fails; those that are there go on.",
);
pub(crate) const SERVER_CHANGED: Verdict =
    Verdict::new(P, P, "Foreign tables of the server may be read from somewhere else, or in another way.");

pub(crate) const EXTENSION_CHANGED: Verdict =
    Verdict::new(I, P, "Another version of the extension may behave differently.");
