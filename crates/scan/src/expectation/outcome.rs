//! What became of expectations.

use types::Timestamp;
use types::expectation::{ExpectationOutcome, ExpectationRule, ExpectationState};
use types::profile::{ColumnProfile, Method};

use super::check::{Reason, Tally};
use super::plan::{Entry, Question, Way};
use crate::ScanError;
use crate::measure::Measure;

/// How much of a table was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    All,
    /// What is missing in it may be anywhere; what breaks a rule in it does so.
    Part,
}

/// What a pass counted in one column.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counted {
    rows: u64,
    nulls: u64,
    /// Missing where they were not counted exactly.
    distinct: Option<u64>,
}

impl Counted {
    pub(crate) fn by(measure: &Measure) -> Self {
        Self { rows: measure.rows(), nulls: measure.nulls(), distinct: measure.exact_distinct() }
    }

    /// From figures of a whole table of so many rows.
    pub(crate) fn told(column: &ColumnProfile, rows: u64) -> Self {
        let distinct = column.distinct_count.filter(|_| column.method == Method::Exact);
        Self { rows, nulls: column.null_count, distinct }
    }
}

/// Whether an expectation can be told, or has to be asked for.
pub(crate) enum Verdict<'a> {
    Told(ExpectationOutcome),
    Ask(Question<'a>),
}

/// An outcome, and what it was about: as long as nobody writes it holds.
#[derive(Clone, Debug)]
pub(crate) struct Judged<M> {
    pub(crate) rule: blake3::Hash,
    pub(crate) outcome: ExpectationOutcome,
    /// What the other table was like, where there is one.
    pub(crate) other: Option<M>,
}

impl Entry {
    pub(crate) fn judge(&self, counted: &[Counted], tallies: &[Tally], extent: Extent) -> Verdict<'_> {
        let column = |index: &usize| counted.get(*index).copied();
        let (checked, failing) = match &self.way {
            Way::Never(reason) => return Verdict::Told(not_checked(reason)),
            Way::Nulls(index) => {
                let Some(column) = column(index) else { return Verdict::Told(not_checked(UNTOLD)) };
                (column.rows, column.nulls)
            }
            Way::Rows(index) => {
                let Some(tally) = tallies.get(*index) else { return Verdict::Told(not_checked(UNTOLD)) };
                if tally.failing == 0 && tally.unread > 0 {
                    let reason = "The column holds numbers of more digits than are compared exactly.";
                    return Verdict::Told(not_checked(reason));
                }
                (tally.checked, tally.failing)
            }
            Way::Unique(columns) => {
                let only = if let [only] = columns.as_slice() { column(only) } else { None };
                match only.and_then(|only| Some((only.rows - only.nulls, only.distinct?))) {
                    Some((values, distinct)) => (values, values.saturating_sub(distinct)),
                    None if extent == Extent::All => return Verdict::Ask(Question::Duplicates(columns)),
                    None => (0, 0),
                }
            }
            Way::Referential(columns) => match (&self.rule, extent) {
                (ExpectationRule::Referential { references, referenced_columns, .. }, Extent::All) => {
                    let referenced = referenced_columns;
                    return Verdict::Ask(Question::Orphans { columns, references, referenced });
                }
                _ => (0, 0),
            },
        };
        Verdict::Told(match extent {
            Extent::Part if failing == 0 => not_checked("Only a part of the table was read."),
            _ => self.outcome(checked, failing, extent),
        })
    }

    fn outcome(&self, checked: u64, failing: u64, extent: Extent) -> ExpectationOutcome {
        let found = match &self.rule {
            ExpectationRule::NotNull { .. } => "rows hold no value",
            ExpectationRule::Unique { .. } => "rows repeat the values of another",
            ExpectationRule::AcceptedValues { .. } => "values are not among the accepted ones",
            ExpectationRule::Range { .. } => "values lie outside of the range",
            ExpectationRule::Pattern { .. } => "values do not match the pattern",
            ExpectationRule::Referential { .. } => "rows refer to nothing",
            ExpectationRule::RowCount { .. } | ExpectationRule::Freshness { .. } => "rows break it",
        };
        let within = if extent == Extent::Part { ", in the part of the table that was read" } else { "" };
        ExpectationOutcome {
            state: if failing > 0 { ExpectationState::Failed } else { ExpectationState::Passed },
            failing: Some(failing),
            checked: Some(checked),
            detail: (failing > 0).then(|| format!("{failing} of {checked} {found}{within}.")),
            checked_at: None,
        }
    }
}

const UNTOLD: Reason = "The pass over the table did not count it.";

pub(crate) fn not_checked(reason: &str) -> ExpectationOutcome {
    ExpectationOutcome { detail: Some(reason.to_owned()), ..ExpectationOutcome::default() }
}

/// What a statement answered: how many combinations of values were looked at, and how many of them are good.
pub(crate) type Pairs = (u64, u64);

/// The outcome of a statement; true when asking again later may tell more.
pub(crate) fn of_pairs(
    entry: &Entry,
    answer: Result<Pairs, &ScanError>,
    at: Timestamp,
) -> (ExpectationOutcome, bool) {
    let (mut outcome, again) = match answer {
        Ok((checked, good)) => (entry.outcome(checked, checked.saturating_sub(good), Extent::All), false),
        Err(ScanError::NoPermission(_)) => {
            (not_checked("The role may not read what the rule is about."), false)
        }
        Err(ScanError::Timeout(_) | ScanError::Locked(_)) => {
            (not_checked("The database took too long to tell."), true)
        }
        Err(error) => (not_checked("The database could not tell."), matches!(error, ScanError::Conflict(_))),
    };
    outcome.checked_at = Some(at);
    (outcome, again)
}
