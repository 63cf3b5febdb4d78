//! Incidents of what users expect: found where it fails, over where it holds again or nobody expects it any more.

use std::collections::BTreeMap;

use domain::expectation::{broken, missing, object};
use store::Reads;
use store::expectation::{Expectation, of_source};
use store::incident::Incident;
use types::expectation::{BrokenExpectation, ExpectationState};
use types::incident::IncidentCause;

use super::finding::Finding;
use super::settle::Outcome;
use crate::schema::snapshot;
use crate::worker::halt::Halt;
use crate::worker::step::Work;

/// Adds what is expected to the outcome of a judgement. What fails is only looked at again where this run brought something
/// new: an incident that somebody has ended stays so until then.
pub(super) async fn look(
    tx: &impl Reads,
    work: &Work<'_>,
    active: &[Incident],
    measured: bool,
    outcome: &mut Outcome,
) -> Result<(), Halt> {
    let open: Vec<&str> = active
        .iter()
        .filter(|incident| incident.cause == IncidentCause::Expectation)
        .map(|incident| incident.object.as_str())
        .collect();
    let rows = of_source(tx, work.source.id).await?;
    let mut by_object: BTreeMap<String, Vec<&Expectation>> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.definition.enabled) {
        by_object.entry(object(&row.definition.table, &row.definition.rule)).or_default().push(row);
    }
    if measured || rows.iter().any(|row| row.run_id == Some(work.run.id)) {
        for (object, rows) in &by_object {
            let broken: Vec<BrokenExpectation> = rows.iter().filter_map(|row| failed(row)).collect();
            if let Some(row) = rows.first().filter(|_| !broken.is_empty()) {
                let table = row.definition.table.clone();
                outcome.findings.push(Finding::of_expectations(object.clone(), table, &broken));
            }
        }
    }
    let mut unknown: BTreeMap<String, &[&Expectation]> = BTreeMap::new();
    for object in open {
        let rows = by_object.get(object).map(Vec::as_slice).unwrap_or_default();
        let has = |state| rows.iter().any(|row| row.outcome.state == state);
        if has(ExpectationState::Failed) {
            continue;
        }
        if rows.is_empty() {
            outcome.over.insert(object.to_owned(), "Nobody expects it any more");
        } else if has(ExpectationState::NotChecked) {
            unknown.insert(object.to_owned(), rows);
        } else {
            outcome.over.insert(object.to_owned(), "What is expected holds again");
        }
    }
    // What cannot be told keeps an incident open, unless what it was about is gone: that is the schema's matter.
    let Some(latest) = store::version::latest(tx, work.source.id).await?.filter(|_| !unknown.is_empty())
    else {
        return Ok(());
    };
    let schema = snapshot(work.context, tx, &latest).await?;
    for (object, rows) in unknown {
        let is_gone = |row: &Expectation| {
            missing(&row.definition.table, &row.definition.rule, &schema.objects).is_some()
        };
        let waits = |row: &Expectation| row.outcome.state == ExpectationState::NotChecked;
        if rows.iter().all(|row| !waits(row) || is_gone(row)) {
            outcome.over.insert(object, "The table or the column is gone");
        }
    }
    Ok(())
}

fn failed(row: &Expectation) -> Option<BrokenExpectation> {
    (row.outcome.state == ExpectationState::Failed).then(|| BrokenExpectation {
        id: row.id,
        severity: row.definition.severity,
        sentence: broken(&row.definition, &row.outcome),
        failing: row.outcome.failing,
        checked: row.outcome.checked,
    })
}
