//! The first transaction of a scan.

use serde::{Deserialize, Serialize};
use store::job::{self, NewJob};
use store::run::Run;
use store::source::Source;
use store::step::Step;
use store::{Reads, WriteTx};
use types::protocol::Progress;
use types::run::{RunState, StepKind, Trigger};
use types::{RunId, StepId, Timestamp};
use uuid::Uuid;

use super::{STARTED, entry};
use crate::{Actor, Error, activity};

/// The payload of the job that does a step.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct StepJob {
    pub(crate) run_id: RunId,
    pub(crate) step_id: StepId,
}

impl StepJob {
    pub(crate) const KIND: &'static str = "scan.step";

    /// Enqueues the job in the transaction that makes it due.
    pub(crate) async fn enqueue(self, tx: &WriteTx, now: Timestamp) -> Result<(), Error> {
        let payload = serde_json::to_value(self).map_err(|error| Error::Internal(error.to_string()))?;
        let job = NewJob {
            org: Some(tx.org()),
            kind: Self::KIND,
            payload,
            run_at: now,
            // The step counts its own attempts and ends the run; a job that died by itself would leave it hanging.
            max_attempts: 1_000,
            idempotency_key: Some(self.step_id.to_string()),
        };
        job::enqueue(tx, job).await?;
        Ok(())
    }
}

/// Writes the run, its graph of steps, the first job and the activity.
///
/// # Errors
/// [`Error::ScanRunning`] when the source is being scanned; a conflict of the store when somebody starts one at once.
pub(crate) async fn begin(
    tx: &WriteTx,
    actor: &Actor,
    source: &mut Source,
    trigger: Trigger,
    now: Timestamp,
) -> Result<RunId, Error> {
    if let Some(running) = store::run::active_of(tx, source.id).await? {
        return Err(Error::ScanRunning(running.id));
    }
    let id = RunId(Uuid::now_v7());
    let run = Run {
        id,
        source_id: source.id,
        state: RunState::Queued,
        trigger,
        created_at: now,
        started_at: None,
        finished_at: None,
        version: None,
        unchanged: None,
        drift_id: None,
        tables_profiled: None,
        error: None,
        cancel_requested: false,
    };
    store::run::insert(tx, &run).await?;
    let steps = graph(id);
    store::step::insert(tx, &steps).await?;
    for step in steps.iter().filter(|step| step.depends_on.is_empty()) {
        StepJob { run_id: id, step_id: step.id }.enqueue(tx, now).await?;
    }
    source.last_run_id = Some(id);
    store::source::update(tx, source, now).await?;
    let message = match trigger {
        Trigger::Schedule => format!("A planned scan of {} started", source.name),
        Trigger::Manual | Trigger::Api => format!("{} started a scan of {}", actor.name(), source.name),
    };
    activity::record(tx, actor, now, entry(STARTED, message, &source.name, id)).await?;
    Ok(id)
}

/// The steps of a scan, each after the one before.
fn graph(run_id: RunId) -> Vec<Step> {
    let mut before = None;
    let kinds = (0..).zip(StepKind::ALL);
    let steps = kinds.map(|(place, kind)| {
        let id = StepId::of(run_id, place);
        Step {
            id,
            run_id,
            kind,
            state: RunState::Queued,
            depends_on: before.replace(id).into_iter().collect(),
            attempts: 0,
            progress: Progress::default(),
            started_at: None,
            finished_at: None,
            error: None,
            checkpoint: None,
        }
    });
    steps.collect()
}
