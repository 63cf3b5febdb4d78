//! Expectations in a scan: which the agent is asked about, and what came of all of them.

use std::collections::HashMap;
use std::time::Duration;

use domain::expectation::{Missing, asks_for_rows, broken, freshness, missing, not_checked, row_count};
use domain::health::FailedExpectation;
use store::Reads;
use store::expectation::{Expectation, Recorded, Revision};
use types::SourceId;
use types::Timestamp;
use types::change::Severity;
use types::expectation::{
    ExpectationOutcome, ExpectationRule, ExpectationState, TableExpectation, TableOutcome,
};
use types::incident::IncidentSeverity;
use types::profile::TableProfile;
use types::snapshot::Object;

use super::halt::Halt;
use crate::foreign_text::capped;

/// The most characters of what an agent says of an expectation.
const LONGEST_DETAIL: usize = 300;

/// What a profile sets out from.
#[derive(Default)]
pub(super) struct Asked {
    /// What the agent is asked to judge.
    pub(super) expectations: Vec<TableExpectation>,
    /// Of which state of the source's expectations that is.
    pub(super) revision: Revision,
    /// Whether one of them was never judged as it is: then figures of an earlier scan do not do.
    pub(super) any_is_new: bool,
}

/// What the agent is asked about a source.
pub(super) async fn asked(tx: &impl Reads, source: SourceId) -> Result<Asked, Halt> {
    let revision = store::expectation::revision(tx, source).await?;
    if revision.count == 0 {
        return Ok(Asked { revision, ..Asked::default() });
    }
    let known = store::expectation::of_source(tx, source).await?;
    let any_is_new = known.iter().any(|row| row.definition.enabled && row.recorded_at.is_none());
    let asked = known.into_iter().filter(is_asked).map(|row| TableExpectation {
        id: row.id,
        table: row.definition.table,
        rule: row.definition.rule,
    });
    Ok(Asked { expectations: asked.collect(), revision, any_is_new })
}

fn is_asked(row: &Expectation) -> bool {
    row.definition.enabled && asks_for_rows(&row.definition.rule)
}

/// What a scan found.
pub(super) struct Scanned<'a> {
    /// The schema as it is now.
    pub(super) objects: &'a [Object],
    pub(super) profiles: &'a [TableProfile],
    /// What was expected when the agent was asked.
    pub(super) asked: Revision,
    pub(super) now: Timestamp,
}

/// What became of a source's expectations.
#[derive(Default)]
pub(super) struct Judged {
    /// New results; what was found before is not recorded again.
    pub(super) results: Vec<Recorded>,
    /// By table, all that does not hold.
    pub(super) failed: HashMap<String, Vec<FailedExpectation>>,
    /// When the clock alone lets one fail.
    pub(super) holds_until: Option<Timestamp>,
}

impl Scanned<'_> {
    /// Judges every expectation that is switched on.
    pub(super) fn judge(&self, known: &[Expectation]) -> Judged {
        let profiles: HashMap<&str, &TableProfile> =
            self.profiles.iter().map(|profile| (profile.table.as_str(), profile)).collect();
        let silent = self.profiles.iter().all(|profile| profile.expectations.is_empty());
        let mut judged = Judged::default();
        for row in known.iter().filter(|row| row.definition.enabled) {
            let profile = profiles.get(row.definition.table.as_str()).copied();
            let found = self.outcome(row, profile, silent);
            let outcome = found.as_ref().unwrap_or(&row.outcome);
            if outcome.state == ExpectationState::Failed {
                let severity = match row.definition.severity {
                    IncidentSeverity::Critical => Severity::Breaking,
                    IncidentSeverity::Warning => Severity::PotentiallyBreaking,
                };
                let reason = format!("{}.", broken(&row.definition, outcome));
                let failed = FailedExpectation { severity, reason };
                judged.failed.entry(row.definition.table.clone()).or_default().push(failed);
            }
            let until = self.holds_until(row, profile, outcome);
            judged.holds_until = judged.holds_until.into_iter().chain(until).min();
            if let Some(outcome) = found
                && (outcome != row.outcome || row.recorded_at.is_none())
            {
                judged.results.push(Recorded { expectation: row.clone(), outcome });
            }
        }
        judged
    }

    /// What was found of one; `None` when the agent was not asked about it as it is now.
    fn outcome(
        &self,
        row: &Expectation,
        profile: Option<&TableProfile>,
        silent: bool,
    ) -> Option<ExpectationOutcome> {
        let (table, rule) = (row.definition.table.as_str(), &row.definition.rule);
        if let Some(missing) = missing(table, rule, self.objects) {
            return Some(not_checked(gone(table, missing)));
        }
        let was_asked = self.asked.updated_at.is_some_and(|asked| row.updated_at <= asked);
        if asks_for_rows(rule) && !was_asked {
            return None;
        }
        let Some(profile) = profile else {
            return Some(not_checked("The scan did not look at this table"));
        };
        if let Some(why) = &profile.skipped {
            return Some(not_checked(format!("The table was not read: {}", capped(why, LONGEST_DETAIL))));
        }
        Some(match rule {
            ExpectationRule::RowCount { minimum, maximum } => {
                row_count((*minimum, *maximum), profile.row_count, profile.row_count_method)
            }
            ExpectationRule::Freshness { maximum_age_seconds } => {
                freshness(*maximum_age_seconds, profile.latest_value_at, self.now)
            }
            _ => match profile.expectations.iter().find(|found| found.id == row.id) {
                Some(TableOutcome { outcome, .. }) => harmless(outcome),
                None if silent => not_checked(
                    "The agent is older than expectations are; install the bastion-mcp of this release",
                ),
                None => not_checked("The agent said nothing about it"),
            },
        })
    }

    /// When a fresh table is so no longer, though nobody wrote to it.
    fn holds_until(
        &self,
        row: &Expectation,
        profile: Option<&TableProfile>,
        outcome: &ExpectationOutcome,
    ) -> Option<Timestamp> {
        let ExpectationRule::Freshness { maximum_age_seconds } = row.definition.rule else { return None };
        let latest = profile?.latest_value_at.filter(|_| outcome.state == ExpectationState::Passed)?;
        let limit = Duration::from_secs(maximum_age_seconds.saturating_add(1));
        let until = latest.0.checked_add_signed(chrono::TimeDelta::from_std(limit).ok()?)?;
        Some(Timestamp(until))
    }
}

fn gone(table: &str, missing: Missing<'_>) -> String {
    match missing {
        Missing::Table => format!("There is no table {table} any more"),
        Missing::Column(_, column) => format!("There is no column {column} in {table} any more"),
        Missing::References(path) => format!("There is no table {path} any more"),
        Missing::ReferencedColumn(_, column) => {
            format!("There is no column {column} any more in the table that it points to")
        }
    }
}

/// What an agent says, in sizes that can be kept.
fn harmless(outcome: &ExpectationOutcome) -> ExpectationOutcome {
    let most = i64::MAX.unsigned_abs();
    ExpectationOutcome {
        state: outcome.state,
        failing: outcome.failing.map(|rows| rows.min(most)),
        checked: outcome.checked.map(|rows| rows.min(most)),
        detail: outcome
            .detail
            .as_deref()
            .map(|text| capped(text, LONGEST_DETAIL))
            .filter(|text| !text.is_empty()),
        // As the store keeps it.
        checked_at: outcome.checked_at.and_then(|at| Timestamp::from_millis(at.millis())),
    }
}
