//! Judges what users expect of their tables, which costs next to nothing: the pass that reads a table tells most of it.
//!
//! `not_null` comes from the counted NULLs; `unique` over one column from a key of the database, or from the different
//! values as long as they are counted exactly; `accepted_values`, `range` and `pattern` are counted row by row. What
//! one pass cannot tell costs one statement more for each expectation, made here from quoted names, set-based, and in a
//! read-only transaction under the limits of the pass: `unique` over several columns or over more different values
//! than are counted exactly, and `referential`.
//!
//! Texts are the same when their bytes are, whatever the column's collation; only `referential` leaves that to MySQL and
//! SQLite, whose own foreign keys would agree. A text that a rule is about is sent whole, however long.
//!
//! A rule that cannot be judged is `not_checked`, with a sentence of this crate's own that holds no word of the
//! database's, no value and no pattern; it never fails a profile.

mod check;
mod decimal;
mod outcome;
mod plan;
mod statement;
mod value;

use std::collections::BTreeMap;
use std::sync::Arc;

use types::expectation::{ExpectationRule, TableExpectation, TableOutcome};
use types::profile::TableProfile;

use crate::ScanError;
pub(crate) use check::{Check, Tally};
pub(crate) use decimal::Decimal;
pub(crate) use outcome::{Counted, Extent, Judged, Pairs, Verdict, not_checked, of_pairs};
pub(crate) use plan::{Entry, Plan, Question};
pub(crate) use statement::{Named, Relation, statement};
pub(crate) use value::{Domain, Value};

const MOST_OF_A_TABLE: usize = 500;
const MOST: usize = 5_000;
const MOST_VALUES: usize = 10_000;

/// What users expect of the tables of one profile. Clones share it.
#[derive(Clone, Default)]
pub struct Expectations(Arc<BTreeMap<String, Vec<TableExpectation>>>);

impl Expectations {
    /// # Errors
    /// [`ScanError::TooMany`] for more than 500 about one table, 5,000 altogether, or 10,000 accepted values of one.
    pub fn new(asked: Vec<TableExpectation>) -> Result<Self, ScanError> {
        let refused = |what: &str, most: usize| Err(ScanError::TooMany { what: what.into(), most });
        if asked.len() > MOST {
            return refused("expectations in one call", MOST);
        }
        let mut by_table: BTreeMap<String, Vec<TableExpectation>> = BTreeMap::new();
        for one in asked {
            if matches!(&one.rule, ExpectationRule::AcceptedValues { values, .. } if values.len() > MOST_VALUES)
            {
                return refused("accepted values of one expectation", MOST_VALUES);
            }
            by_table.entry(one.table.clone()).or_default().push(one);
        }
        if by_table.values().any(|of_table| of_table.len() > MOST_OF_A_TABLE) {
            return refused("expectations about one table", MOST_OF_A_TABLE);
        }
        Ok(Self(Arc::new(by_table)))
    }

    pub(crate) fn of(&self, table: &str) -> &[TableExpectation] {
        self.0.get(table).map(Vec::as_slice).unwrap_or_default()
    }

    pub(crate) fn tables(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Whether a rule about this column asks for its texts as they are.
    pub(crate) fn ask_for_text(&self, table: &str, name: &str) -> bool {
        self.of(table).iter().any(|one| match &one.rule {
            ExpectationRule::AcceptedValues { column, .. } | ExpectationRule::Pattern { column, .. } => {
                column == name
            }
            _ => false,
        })
    }

    /// Whether a table may have to be compared with one that is not profiled.
    pub(crate) fn need_other_tables(&self) -> bool {
        let refers = |one: &TableExpectation| matches!(one.rule, ExpectationRule::Referential { .. });
        self.0.values().flatten().any(refers)
    }

    /// Equal for the same expectations, in whatever order they were given.
    pub(crate) fn fingerprint(&self) -> String {
        let mut all: Vec<&TableExpectation> = self.0.values().flatten().collect();
        all.sort_by_key(|one| one.id);
        let mut hasher = blake3::Hasher::new();
        for one in all {
            // Its words between quotation marks, so that two do not run into each other.
            hasher.update(format!("{one:?}").as_bytes());
        }
        hasher.finalize().to_hex().to_string()
    }

    /// Says of every expectation about a table that it was not checked, and why.
    pub(crate) fn unread(&self, table: &str, reason: &str) -> Vec<TableOutcome> {
        let outcome = |one: &TableExpectation| TableOutcome { id: one.id, outcome: not_checked(reason) };
        self.of(table).iter().map(outcome).collect()
    }

    /// The same, if the table's rows were not read.
    pub(crate) fn complete(&self, profile: &mut TableProfile) {
        if profile.expectations.is_empty() {
            let reason = match profile.skipped {
                Some(_) => "The table was not read: its profile says why.",
                None => "Estimates read no row: profile with level full.",
            };
            profile.expectations = self.unread(&profile.table, reason);
        }
    }
}

/// Only how many: what users write in them is their own matter.
impl std::fmt::Debug for Expectations {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Expectations").field("tables", &self.0.len()).finish_non_exhaustive()
    }
}
