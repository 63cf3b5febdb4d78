//! How a step's end moves its run on: to the next step, to success, to failure or to nothing.

use store::WriteTx;
use store::job;
use store::step::Step;
use types::run::{RunError, RunState};
use types::{RunId, Timestamp};

use super::halt::Halt;
use super::step::Work;
use crate::scan::{STARTED, StepJob, entry};
use crate::{Actor, Error, activity};
use types::log::LogLevel;

/// Ends a step well, completes its job, and enqueues what waited for it or ends the run: all in the transaction that
/// holds the step's effect.
///
/// # Errors
/// [`store::Error::LeaseLost`] when another worker has the step or the job.
pub(super) async fn advance(tx: &WriteTx, work: &mut Work<'_>) -> Result<(), Error> {
    let now = work.context.now();
    work.step.state = RunState::Succeeded;
    store::step::finish(tx, &work.step, now).await?;
    job::complete(tx, work.leased).await?;
    let steps = store::step::of_runs(tx, &[work.run.id]).await?;
    let done = |id| steps.iter().any(|step| step.id == id && step.state == RunState::Succeeded);
    let waiting: Vec<_> = steps.iter().filter(|step| step.state == RunState::Queued).collect();
    for step in &waiting {
        if step.depends_on.iter().all(|id| done(*id)) {
            StepJob { run_id: work.run.id, step_id: step.id }.enqueue(tx, now).await?;
        }
    }
    if waiting.is_empty() {
        work.run.state = RunState::Succeeded;
        work.run.finished_at = Some(now);
        let message = match (work.run.unchanged, work.run.version) {
            (Some(true), Some(version)) => {
                format!("The scan of {} found version {version} unchanged", work.source.name)
            }
            (_, Some(version)) => format!("The scan of {} recorded version {version}", work.source.name),
            _ => format!("The scan of {} succeeded", work.source.name),
        };
        let entry = entry("run.succeeded", message, &work.source.name, work.run.id);
        if fold(tx, work, &steps).await? {
            activity::conclude(tx, now, STARTED, entry).await?;
        } else {
            store::step::forget_checkpoints(tx, work.run.id).await?;
            activity::record(tx, &Actor::Job, now, entry).await?;
        }
    }
    store::run::update(tx, &work.run).await?;
    Ok(())
}

/// Keeps of a run that found nothing new that it ran, when, and how long its steps took: most scans are such runs, and what
/// they log while they run says nothing that their row does not say. A run that warned, judged or counted is kept whole.
async fn fold(tx: &WriteTx, work: &Work<'_>, steps: &[Step]) -> Result<bool, Error> {
    if work.run.unchanged != Some(true) || work.run.tables_profiled != Some(0) {
        return Ok(false);
    }
    let silent: Vec<_> =
        steps.iter().filter(|step| step.kind.follows_publication()).map(|step| step.id).collect();
    Ok(store::log::is_quiet(tx, work.run.id, &silent).await?
        && store::step::fold(tx, &work.run, steps).await?)
}

/// Ends a step well that found everything as it was: nothing is staged, and one line says so.
///
/// # Errors
/// [`store::Error::LeaseLost`] when another worker has the step or the job.
pub(super) async fn pass_over(work: &mut Work<'_>, sentence: &str) -> Result<(), Error> {
    let line = work.line(LogLevel::Info, sentence, []);
    let tx = work.context.store.write(&work.tenant).await?;
    store::log::append(&tx, &[line]).await?;
    advance(&tx, work).await?;
    tx.commit().await?;
    Ok(())
}

/// Ends a run that failed or was cancelled: what it staged goes, what was visible before stays.
///
/// # Errors
/// [`store::Error::LeaseLost`] when another worker has the step or the job.
pub(super) async fn end(tx: &WriteTx, work: &mut Work<'_>, halt: &Halt) -> Result<(), Error> {
    let now = work.context.now();
    let (state, error) = match halt {
        Halt::Failed(error) => (
            RunState::Failed,
            Some(RunError { code: error.code().as_str().to_owned(), message: error.detail() }),
        ),
        Halt::Cancelled | Halt::Stopping | Halt::LeaseLost => (RunState::Cancelled, None),
    };
    work.step.state = state;
    work.step.error.clone_from(&error);
    store::step::finish(tx, &work.step, now).await?;
    job::complete(tx, work.leased).await?;
    let rest = if state == RunState::Failed { RunState::Skipped } else { RunState::Cancelled };
    store::step::abandon(tx, work.run.id, rest, now).await?;
    store::step::forget_checkpoints(tx, work.run.id).await?;
    store::staged::clear_objects(tx, work.run.id).await?;
    store::staged::clear_profiles(tx, work.run.id).await?;
    work.run.state = state;
    work.run.finished_at = Some(now);
    work.run.error.clone_from(&error);
    store::run::update(tx, &work.run).await?;
    let (kind, level, message) = match &error {
        Some(error) => (
            "run.failed",
            LogLevel::Error,
            format!("The scan of {} failed: {}", work.source.name, error.message),
        ),
        None => ("run.cancelled", LogLevel::Warn, format!("The scan of {} was cancelled", work.source.name)),
    };
    let line = work.line(level, message.clone(), []);
    store::log::append(tx, &[line]).await?;
    activity::record(tx, &Actor::Job, now, entry(kind, message, &work.source.name, work.run.id)).await?;
    Ok(())
}

/// Ends the run of a source that is gone.
///
/// # Errors
/// When the store fails.
pub(super) async fn vanish(tx: &WriteTx, run: RunId, now: Timestamp) -> Result<(), Error> {
    store::step::abandon(tx, run, RunState::Cancelled, now).await?;
    store::staged::clear_objects(tx, run).await?;
    store::staged::clear_profiles(tx, run).await?;
    let mut run = store::run::find(tx, run).await?;
    run.state = RunState::Cancelled;
    run.finished_at = Some(now);
    store::run::update(tx, &run).await?;
    Ok(())
}
