//! Rules for columns.

use ::types::change::Flag::{DataLost, DependsOnData, Locks};

use super::Verdict;
use super::level::{B, I, P, S};

/// Atlas DS103; a pre-check that the column is empty is stated as evidence.
pub(crate) const DROPPED: Verdict =
    Verdict::new(B, B, "Queries and writes that name the column fail, and its values are gone.")
        .flags(&[DataLost])
        .codes(&["DS103"]);

/// Atlas does not call dropping a virtual column destructive: nothing was stored.
pub(crate) const VIRTUAL_DROPPED: Verdict =
    Verdict::new(B, S, "Queries that name the computed column fail; nothing was stored in it.");

pub(crate) const ADDED: Verdict =
    Verdict::new(S, S, "Existing reads and writes go on; the column may be left out.");

/// Atlas MF103; MySQL fills in zero values (MY101), SQLite refuses it without a default (LT101).
pub(crate) const ADDED_REQUIRED: Verdict = Verdict::new(
    S,
    B,
    "Inserts that leave the column out are refused: it has no default and may not be NULL.",
)
.flags(&[DependsOnData])
.codes(&["MF103", "MY101", "LT101"]);

pub(crate) const ADDED_UNWRITABLE: Verdict =
    Verdict::new(S, P, "The database computes the column; writers that send all columns are refused.");

/// Atlas PG302 (volatile default) and strong_migrations (stored generated column): the table is rewritten.
pub(crate) const ADDED_STORED: Verdict = ADDED_UNWRITABLE.flags(&[Locks]);

/// Atlas BC102. A rename breaks everybody that the drop would have broken.
pub(crate) const RENAMED: Verdict =
    Verdict::new(B, B, "Queries and writes that use the old name fail; the values are still there.")
        .codes(&["BC102"]);

/// Found by likeness, not by the database's own ids: it may as well have been dropped and added.
pub(crate) const PROBABLY_RENAMED: Verdict = Verdict::new(
    B,
    B,
    "Queries and writes that use the old name fail; judging by type, name and place the column was renamed.",
)
.flags(&[DataLost])
.codes(&["BC102", "DS103"]);

/// OpenMetadata#14522: never a new version by itself.
pub(crate) const MOVED: Verdict =
    Verdict::new(I, I, "Only the order changed; reads and writes that name their columns do not notice.");

/// Atlas MF104; PG303: it scans the table.
pub(crate) const NOT_NULL: Verdict =
    Verdict::new(S, B, "Writes of NULL are refused; it can only be made while no row holds one.")
        .flags(&[DependsOnData, Locks])
        .codes(&["MF104", "PG303"]);

pub(crate) const NOT_NULL_INHERITANCE_CHANGED: Verdict =
    Verdict::new(P, P, "Whether tables that inherit from it may hold NULL in the column has changed.");

/// squawk ban-drop-not-null: relaxing is a break for those who read.
pub(crate) const NULLABLE: Verdict =
    Verdict::new(P, S, "Readers may now meet NULL where there was always a value.");

pub(crate) const NULLABLE_KEY: Verdict = Verdict::new(
    B,
    S,
    "The column is part of a key: joins lose rows and uniqueness no longer holds where it is NULL.",
);

pub(crate) const DEFAULT_ADDED: Verdict =
    Verdict::new(S, S, "Writers that leave the column out now store a value.");

pub(crate) const DEFAULT_CHANGED: Verdict =
    Verdict::new(I, P, "Writers that leave the column out silently store another value than before.");

pub(crate) const DEFAULT_REMOVED_REQUIRED: Verdict = Verdict::new(
    S,
    B,
    "Writers that leave the column out are refused: it may not be NULL and has no default any more.",
);

pub(crate) const DEFAULT_REMOVED: Verdict =
    Verdict::new(S, P, "Writers that leave the column out silently store NULL.");

pub(crate) const EXPRESSION_CHANGED: Verdict =
    Verdict::new(P, S, "The column is computed in another way, so its values change.");

pub(crate) const STORAGE_CHANGED: Verdict =
    Verdict::new(P, S, "The values are the same, but the table is rewritten and reading costs differently.")
        .flags(&[Locks]);

pub(crate) const BECAME_GENERATED: Verdict = Verdict::new(
    P,
    B,
    "The database now computes the column: writes to it are refused and its values may differ.",
)
.flags(&[DataLost]);

pub(crate) const BECAME_PLAIN: Verdict =
    Verdict::new(S, P, "The database no longer computes the column: writers must fill it themselves.");

pub(crate) const IDENTITY_ADDED: Verdict =
    Verdict::new(S, S, "The database numbers rows when a writer leaves the column out.");

pub(crate) const IDENTITY_ADDED_ALWAYS: Verdict =
    Verdict::new(S, B, "The database numbers rows itself; writes that bring their own number are refused.");

pub(crate) const IDENTITY_REMOVED: Verdict =
    Verdict::new(S, B, "The database no longer numbers rows; writes that leave the column out fail.");

pub(crate) const IDENTITY_RELAXED: Verdict = Verdict::new(S, S, "Writers may now bring their own number.");

pub(crate) const IDENTITY_RULES_CHANGED: Verdict =
    Verdict::new(I, P, "Rows are numbered by other rules, and the numbers may run out sooner.");

pub(crate) const ON_UPDATE_CHANGED: Verdict =
    Verdict::new(P, P, "What the database sets the column to whenever its row is updated is different.");

pub(crate) const HIDDEN: Verdict = Verdict::new(
    P,
    P,
    "Queries for all columns no longer get it, and writers without a list of columns cannot fill it.",
);

pub(crate) const SHOWN: Verdict = Verdict::new(
    P,
    P,
    "Queries for all columns now get one more, and writers without a list of columns have to fill it.",
);

pub(crate) const COLLATION_CHANGED: Verdict = Verdict::new(P, P, "Sorting and equality of the texts change.");

/// skeema: a collation change of a unique column can make two keys equal.
pub(crate) const COLLATION_CHANGED_KEY: Verdict = Verdict::new(
    B,
    B,
    "Sorting and equality change in a key: values that were different may now be the same.",
)
.flags(&[DependsOnData]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rename_is_never_milder_than_drop_with_add() {
        for rename in [RENAMED, PROBABLY_RENAMED] {
            assert_eq!(rename, rename.at_least(DROPPED));
            assert_eq!(rename, rename.at_least(ADDED_REQUIRED));
        }
    }
}
