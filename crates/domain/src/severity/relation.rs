//! Rules for schemas, tables, views, triggers and policies.

use ::types::change::Flag::{Authorization, DataLost, Locks};

use super::Verdict;
use super::level::{B, I, P, S};

/// Atlas DS101.
pub(crate) const SCHEMA_DROPPED: Verdict =
    Verdict::new(B, B, "Everything that was in the schema is gone.").flags(&[DataLost]).codes(&["DS101"]);

pub(crate) const SCHEMA_ADDED: Verdict = Verdict::new(S, S, "Nothing uses the new schema yet.");

/// strong_migrations: renaming a schema breaks every qualified name.
pub(crate) const SCHEMA_RENAMED: Verdict =
    Verdict::new(B, B, "Everything that names the schema fails; what is in it is still there.");

/// Found by what is in it, not by the database's own ids: it may as well have been dropped and added.
pub(crate) const SCHEMA_PROBABLY_RENAMED: Verdict = Verdict::new(
    B,
    B,
    "Everything that names the schema fails; judging by what is in it the schema was renamed.",
)
.flags(&[DataLost])
.codes(&["DS101"]);

/// Atlas DS102.
pub(crate) const TABLE_DROPPED: Verdict =
    Verdict::new(B, B, "Queries and writes that name the table fail, and its rows are gone.")
        .flags(&[DataLost])
        .codes(&["DS102"]);

pub(crate) const TABLE_ADDED: Verdict = Verdict::new(S, S, "Nothing uses the new table yet.");

/// Atlas BC101.
pub(crate) const TABLE_RENAMED: Verdict =
    Verdict::new(B, B, "Queries and writes that use the old name fail; the rows are still there.")
        .codes(&["BC101"]);

/// Atlas BC101 is silent when a view with the old name is created.
pub(crate) const TABLE_RENAMED_COVERED: Verdict = Verdict::new(
    P,
    P,
    "The table was renamed, and a view stands under the old name: reads go on, writes may not.",
);

/// Found by likeness: it may as well have been dropped and added.
pub(crate) const TABLE_PROBABLY_RENAMED: Verdict = Verdict::new(
    B,
    B,
    "Queries and writes that use the old name fail; judging by its columns the table was renamed.",
)
.flags(&[DataLost])
.codes(&["BC101", "DS102"]);

pub(crate) const VIEW_DROPPED: Verdict =
    Verdict::new(B, B, "Queries that name the view fail.").codes(&["DS102"]);
pub(crate) const VIEW_ADDED: Verdict = Verdict::new(S, S, "Nothing uses the new view yet.");
pub(crate) const VIEW_RENAMED: Verdict =
    Verdict::new(B, B, "Queries that use the old name fail.").codes(&["BC101"]);
pub(crate) const VIEW_BODY_CHANGED: Verdict =
    Verdict::new(P, P, "The same columns are computed by another query: rows and values may differ.");
pub(crate) const VIEW_SOURCES_CHANGED: Verdict = Verdict::new(
    P,
    P,
    "The same query now reads other tables or calls other functions: rows and values may differ.",
);
pub(crate) const VIEW_OPTIONS_CHANGED: Verdict =
    Verdict::new(P, I, "With whose rights the view is read, or whether it holds rows, changed.")
        .flags(&[Authorization]);

pub(crate) const BECAME_TABLE: Verdict =
    Verdict::new(P, P, "What was computed when read is now stored: it no longer follows its sources.");
pub(crate) const BECAME_VIEW: Verdict =
    Verdict::new(P, B, "What was stored is now computed: reading costs differently, and writes are refused.");
pub(crate) const BECAME_UPDATABLE_VIEW: Verdict = Verdict::new(
    P,
    P,
    "What was stored is now computed: reading costs differently, and writes go to the table behind the view.",
);
pub(crate) const NO_LONGER_MATERIALIZED: Verdict =
    Verdict::new(P, I, "The rows are computed when they are read: reading costs differently.");
pub(crate) const BECAME_MATERIALIZED: Verdict =
    Verdict::new(P, B, "The rows are as old as the last refresh, and cannot be written.");

pub(crate) const PARTITIONING_CHANGED: Verdict =
    Verdict::new(P, P, "Rows are kept by another key: queries that pruned by the old one become slow.")
        .flags(&[Locks]);
pub(crate) const PARTITION_ATTACHED: Verdict = Verdict::new(
    P,
    P,
    "The table is a partition now: its rows are read through the partitioned table as well, and must fit its bounds.",
)
.flags(&[Locks]);
pub(crate) const PARTITION_DETACHED: Verdict = Verdict::new(
    P,
    S,
    "The table is no partition any more: whoever reads the partitioned table misses its rows, which are still there.",
);
pub(crate) const ROW_SECURITY_ON: Verdict =
    Verdict::new(P, P, "Rows that no policy shows vanish silently, and writes may be refused.")
        .flags(&[Authorization]);
pub(crate) const ROW_SECURITY_OFF: Verdict =
    Verdict::new(P, I, "Rows that policies hid are visible to everybody with a right to the table.")
        .flags(&[Authorization]);
pub(crate) const OPTIONS_CHANGED: Verdict = Verdict::new(
    I,
    P,
    "How the table is stored changed, and with it what survives a crash or what it accepts.",
)
.flags(&[Locks]);

pub(crate) const POLICY_ADDED: Verdict = ROW_SECURITY_ON;
pub(crate) const POLICY_CHANGED: Verdict =
    Verdict::new(P, P, "Other rows are visible or writable than before; nothing says so to who asks.")
        .flags(&[Authorization]);
pub(crate) const POLICY_DROPPED: Verdict = Verdict::new(
    P,
    P,
    "Rows that only this policy showed vanish; rows that a restrictive policy hid appear.",
)
.flags(&[Authorization]);

pub(crate) const TRIGGER_ADDED: Verdict = Verdict::new(I, P, "Writes do more than before, or are refused.");
pub(crate) const TRIGGER_DROPPED: Verdict = Verdict::new(I, P, "Writes no longer do what the trigger did.");
pub(crate) const TRIGGER_CHANGED: Verdict = Verdict::new(I, P, "Writes do something else than before.");
pub(crate) const TRIGGER_DISABLED: Verdict =
    Verdict::new(I, P, "The trigger is switched off: writes no longer do what it did.");
pub(crate) const TRIGGER_ENABLED: Verdict =
    Verdict::new(I, P, "The trigger is switched on: writes do more than before, or are refused.");
pub(crate) const TRIGGER_RENAMED: Verdict =
    Verdict::new(I, I, "PostgreSQL fires triggers in the order of their names; nothing else uses the name.");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_rename_is_never_milder_than_drop_with_add() {
        for rename in [TABLE_RENAMED, TABLE_PROBABLY_RENAMED] {
            assert_eq!(rename, rename.at_least(TABLE_DROPPED).at_least(TABLE_ADDED));
        }
        for rename in [SCHEMA_RENAMED, SCHEMA_PROBABLY_RENAMED] {
            assert_eq!(rename, rename.at_least(SCHEMA_DROPPED).at_least(SCHEMA_ADDED));
        }
        assert_eq!(VIEW_RENAMED, VIEW_RENAMED.at_least(VIEW_DROPPED));
    }
}
