//! Expectations as they are shown.

use store::expectation::Expectation as Row;
use store::source::Source;
use types::expectation::{Expectation, ExpectationState, ExpectationTotals};

/// One expectation, of one of these sources.
pub(super) fn expectation(row: Row, sources: &[Source]) -> Expectation {
    let source = sources.iter().find(|source| source.id == row.source_id);
    Expectation {
        id: row.id,
        source_id: row.source_id,
        source: source.map_or_else(|| row.source_id.to_string(), |source| source.name.clone()),
        sentence: domain::expectation::sentence(&row.definition.table, &row.definition.rule),
        definition: row.definition,
        author: row.author,
        created_at: row.created_at,
        updated_at: row.updated_at,
        outcome: row.outcome,
        recorded_at: row.recorded_at,
        recent: row.recent,
    }
}

/// How many there are of each state.
pub(super) fn totals(counts: Vec<(ExpectationState, bool, u64)>) -> ExpectationTotals {
    let mut totals = ExpectationTotals::default();
    for (state, enabled, count) in counts {
        let number = match (enabled, state) {
            (false, _) => &mut totals.disabled,
            (true, ExpectationState::Passed) => &mut totals.passed,
            (true, ExpectationState::Failed) => &mut totals.failed,
            (true, ExpectationState::NotChecked) => &mut totals.not_checked,
        };
        *number += u32::try_from(count).unwrap_or(u32::MAX);
    }
    totals
}
