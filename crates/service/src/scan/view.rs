//! A run as it is shown.

use std::collections::HashMap;

use store::Reads;
use store::run::Run as Row;
use types::RunId;
use types::run::{Run, Step};

use super::source_names;
use crate::Error;

/// One run with its steps.
pub(super) async fn run(tx: &impl Reads, id: RunId) -> Result<Run, Error> {
    let row = store::run::find(tx, id).await.map_err(Error::missing("run"))?;
    runs(tx, vec![row]).await?.pop().ok_or(Error::NotFound("run"))
}

/// Runs with their steps, in the order given.
pub(super) async fn runs(tx: &impl Reads, rows: Vec<Row>) -> Result<Vec<Run>, Error> {
    let ids: Vec<_> = rows.iter().map(|run| run.id).collect();
    let mut steps: HashMap<RunId, Vec<Step>> = HashMap::new();
    for step in store::step::of_runs(tx, &ids).await? {
        steps.entry(step.run_id).or_default().push(Step {
            id: step.id,
            kind: step.kind,
            state: step.state,
            depends_on: step.depends_on,
            attempts: step.attempts,
            progress: step.progress,
            started_at: step.started_at,
            finished_at: step.finished_at,
            error: step.error,
        });
    }
    let names = source_names(tx).await?;
    let view = |row: Row| Run {
        source: names.get(&row.source_id).cloned().unwrap_or_else(|| row.source_id.to_string()),
        steps: steps.remove(&row.id).unwrap_or_default(),
        id: row.id,
        source_id: row.source_id,
        state: row.state,
        trigger: row.trigger,
        created_at: row.created_at,
        started_at: row.started_at,
        finished_at: row.finished_at,
        version: row.version,
        unchanged: row.unchanged,
        drift_id: row.drift_id,
        tables_profiled: row.tables_profiled,
        error: row.error,
    };
    Ok(rows.into_iter().map(view).collect())
}
