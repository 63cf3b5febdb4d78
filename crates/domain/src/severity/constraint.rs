//! Rules for keys, references, conditions and indexes.

use ::types::change::Flag::{DataLost, DependsOnData, Locks};

use super::Verdict;
use super::level::{B, I, P, S};

pub(crate) const PRIMARY_KEY_ADDED: Verdict =
    Verdict::new(S, P, "Rows without a value or with a value that exists are refused from now on.")
        .flags(&[DependsOnData, Locks])
        .codes(&["PG304"]);

pub(crate) const PRIMARY_KEY_DROPPED: Verdict = Verdict::new(
    P,
    P,
    "Rows may double: joins fan out, change data capture loses its key, and upserts that name it fail.",
);

pub(crate) const PRIMARY_KEY_CHANGED: Verdict = Verdict::new(
    P,
    B,
    "What makes a row unique is different: joins may fan out and upserts on the old key fail.",
)
.flags(&[DependsOnData]);

/// Atlas MF101.
pub(crate) const UNIQUE_ADDED: Verdict =
    Verdict::new(S, B, "Writes that repeat a value are refused; it can only be made while no value repeats.")
        .flags(&[DependsOnData, Locks])
        .codes(&["MF101"]);

pub(crate) const UNIQUE_DROPPED: Verdict =
    Verdict::new(P, P, "Values may repeat: joins fan out, and upserts that name the constraint fail.");

pub(crate) const UNIQUE_CHANGED: Verdict = Verdict::new(
    P,
    B,
    "Other columns have to be unique: writes may be refused and upserts on the old columns fail.",
)
.flags(&[DependsOnData]);

pub(crate) const NULLS_DISTINCT_CHANGED: Verdict = Verdict::new(
    P,
    P,
    "Whether two NULLs count as the same changed, so rows are refused or doubled that were not before.",
)
.flags(&[DependsOnData]);

pub(crate) const DEFERRABLE_CHANGED: Verdict = Verdict::new(
    I,
    P,
    "The constraint is checked at another moment of the transaction, which writers may rely on.",
);

/// Atlas PG306: adding it scans the table.
pub(crate) const FOREIGN_KEY_ADDED: Verdict = Verdict::new(
    S,
    B,
    "Writes that refer to a missing row are refused, and so are deletes of rows referred to.",
)
.flags(&[DependsOnData, Locks])
.codes(&["PG306"]);

/// Atlas CD101.
pub(crate) const FOREIGN_KEY_DROPPED: Verdict =
    Verdict::new(P, S, "Orphans may appear: joins silently lose rows.").codes(&["CD101"]);

pub(crate) const FOREIGN_KEY_CHANGED: Verdict = Verdict::new(
    P,
    B,
    "The reference leads elsewhere: joins and writes that relied on the old one fail or mislead.",
)
.flags(&[DependsOnData]);

pub(crate) const CASCADE_ADDED: Verdict =
    Verdict::new(P, P, "Deleting or changing the referenced row now deletes or changes rows here as well.")
        .flags(&[DataLost]);

pub(crate) const ACTION_CHANGED: Verdict =
    Verdict::new(I, P, "Deleting or changing the referenced row has another effect on rows here.");

pub(crate) const VALIDATED: Verdict = Verdict::new(I, S, "All rows are now known to meet the condition.");

pub(crate) const NO_LONGER_VALIDATED: Verdict =
    Verdict::new(P, P, "Rows from before may break the condition: it is no longer checked for them.");

pub(crate) const ENFORCED: Verdict =
    Verdict::new(P, B, "Writes that break the condition are refused now; it was only declared before.")
        .flags(&[DependsOnData]);

pub(crate) const NO_LONGER_ENFORCED: Verdict =
    Verdict::new(P, P, "The condition is only declared now: new rows may break it.");

/// Atlas PG305: adding it scans the table.
pub(crate) const CHECK_ADDED: Verdict = Verdict::new(
    S,
    B,
    "Writes that do not meet the condition are refused; it can only be made while all rows meet it.",
)
.flags(&[DependsOnData, Locks])
.codes(&["PG305"]);

pub(crate) const CHECK_DROPPED: Verdict =
    Verdict::new(P, S, "Readers may now meet values that the condition kept out.");

/// Whether a condition was tightened or relaxed cannot be told from its text, so the worse of both holds.
pub(crate) const CHECK_CHANGED: Verdict = Verdict::new(
    P,
    B,
    "The condition is different: writes may be refused, and readers may meet values that were kept out.",
)
.flags(&[DependsOnData]);

pub(crate) const EXCLUSION_ADDED: Verdict = Verdict::new(
    S,
    B,
    "Writes that conflict with another row are refused; it can only be made while no rows conflict.",
)
.flags(&[DependsOnData, Locks]);

pub(crate) const EXCLUSION_DROPPED: Verdict =
    Verdict::new(P, S, "Readers may now meet rows that conflict with each other.");

pub(crate) const EXCLUSION_CHANGED: Verdict = Verdict::new(
    P,
    B,
    "Which rows conflict is different: writes may be refused, and readers may meet conflicting rows.",
)
.flags(&[DependsOnData]);

pub(crate) const RENAMED: Verdict =
    Verdict::new(I, P, "`ON CONFLICT ON CONSTRAINT` and error handling that use the old name fail.");

pub(crate) const INDEX_ADDED: Verdict = Verdict::new(
    S,
    I,
    "Some reads become faster, every write a little slower; building it takes a lock unless done concurrently.",
)
.flags(&[Locks])
.codes(&["PG101"]);

/// Atlas MF102.
pub(crate) const INDEX_BECAME_UNIQUE: Verdict =
    Verdict::new(S, B, "Writes that repeat a value are refused; it can only be made while no value repeats.")
        .flags(&[DependsOnData, Locks])
        .codes(&["MF102"]);

pub(crate) const INDEX_NO_LONGER_UNIQUE: Verdict = UNIQUE_DROPPED;

pub(crate) const INDEX_DROPPED: Verdict =
    Verdict::new(P, P, "Reads and writes that searched by it may become slow.");

pub(crate) const INDEX_CHANGED: Verdict =
    Verdict::new(P, P, "Reads and writes that searched by the old index may become slow.");

pub(crate) const INDEX_BECAME_INVALID: Verdict =
    Verdict::new(P, P, "A concurrent build failed: reads do not use the index, but writes still pay for it.");

pub(crate) const INDEX_BECAME_VALID: Verdict = Verdict::new(S, I, "The index is complete and in use.");

pub(crate) const INDEX_RENAMED: Verdict =
    Verdict::new(I, I, "Only hints and maintenance scripts use an index's name.");
