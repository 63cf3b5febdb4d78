//! One attempt of one step: begins it, does it, and says what becomes of the run when it fails.

use std::time::Duration;

use integrations::{Agent, AgentError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use store::job::{self, Leased};
use store::run::Run;
use store::source::Source;
use store::step::Step;
use store::{Reads, Tenant, WriteTx};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use types::Timestamp;
use types::agent::AgentName;
use types::log::{LogLevel, LogLine};
use types::run::{RunState, StepKind};

use super::halt::Halt;
use super::{detect, ending, flip, profile, schema_scan, semantic};
use crate::scan::StepJob;
use crate::{Context, Error, Topic};

/// How many attempts a step has when the agent cannot be reached for a while.
const ATTEMPTS: u32 = 3;
/// How many attempts a step has when its worker dies each time.
const CRASHES: u32 = 6;
/// How often a run is looked at while its agent is being asked.
const LOOK: Duration = Duration::from_secs(1);
/// How long an agent may take to stop a job.
const FAREWELL: Duration = Duration::from_secs(5);

/// What one attempt works with.
pub(super) struct Work<'a> {
    pub(super) context: &'a Context,
    pub(super) tenant: Tenant,
    pub(super) leased: &'a Leased,
    pub(super) stop: &'a CancellationToken,
    pub(super) run: Run,
    pub(super) source: Source,
    pub(super) step: Step,
}

/// Does the step that the job names.
///
/// # Errors
/// When the store fails; the job is then tried again.
pub(super) async fn perform(
    context: &Context,
    leased: &Leased,
    stop: &CancellationToken,
) -> Result<(), Error> {
    let payload: StepJob = serde_json::from_value(leased.payload.clone())
        .map_err(|error| Error::Internal(format!("a step's payload is unreadable: {error}")))?;
    let org = leased.org.ok_or_else(|| Error::Internal("a step without an organization".to_owned()))?;
    let tenant = Tenant::of(org);
    let Some(mut work) = begin(context, tenant, leased, stop, payload).await? else { return Ok(()) };
    let outcome = match work.step.kind {
        StepKind::SchemaScan => schema_scan::perform(&mut work).await,
        StepKind::Profile => profile::perform(&mut work).await,
        StepKind::Drift => flip::perform(&mut work).await,
        StepKind::Detection => detect::perform(&mut work).await,
        StepKind::Semantic => semantic::perform(&mut work).await,
    };
    let Err(halt) = outcome else {
        work.publish();
        return Ok(());
    };
    settle(&mut work, halt).await?;
    work.publish();
    Ok(())
}

/// Starts the attempt; nothing when there is nothing left to do.
async fn begin<'a>(
    context: &'a Context,
    tenant: Tenant,
    leased: &'a Leased,
    stop: &'a CancellationToken,
    StepJob { run_id, step_id }: StepJob,
) -> Result<Option<Work<'a>>, Error> {
    let now = context.now();
    let tx = context.store.write(&tenant).await?;
    let run = store::run::find(&tx, run_id).await?;
    let step = if run.state.is_final() { None } else { started(&tx, step_id, now).await? };
    let Some(step) = step else {
        job::complete(&tx, leased).await?;
        tx.commit().await?;
        return Ok(None);
    };
    let source = store::source::find(&tx, run.source_id).await;
    let mut work = Work {
        context,
        tenant,
        leased,
        stop,
        run,
        source: match source {
            Ok(source) => source,
            Err(store::Error::NotFound) => {
                // The source was removed while it was being scanned: nothing is left to be told.
                ending::vanish(&tx, run_id, now).await?;
                job::complete(&tx, leased).await?;
                tx.commit().await?;
                return Ok(None);
            }
            Err(error) => return Err(error.into()),
        },
        step,
    };
    // Once the new state is visible there is nothing to cancel.
    let cancelled = work.run.cancel_requested && !work.step.kind.follows_publication();
    if cancelled || work.step.attempts > CRASHES {
        let halt = if cancelled {
            Halt::Cancelled
        } else {
            Halt::Failed(Error::Internal("the worker ended again and again in this step".to_owned()))
        };
        ending::end(&tx, &mut work, &halt).await?;
        tx.commit().await?;
        work.publish();
        return Ok(None);
    }
    if work.run.state == RunState::Queued {
        work.run.state = RunState::Running;
        work.run.started_at = Some(now);
        store::run::update(&tx, &work.run).await?;
    }
    tx.commit().await?;
    work.publish();
    Ok(Some(work))
}

async fn started(tx: &WriteTx, id: types::StepId, now: Timestamp) -> Result<Option<Step>, Error> {
    match store::step::begin(tx, id, now).await {
        Ok(step) => Ok(Some(step)),
        // It has ended: the job was done twice.
        Err(store::Error::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// What becomes of the job and the run after an attempt that did not reach its end.
async fn settle(work: &mut Work<'_>, halt: Halt) -> Result<(), Error> {
    let (context, now) = (work.context, work.context.now());
    match &halt {
        Halt::LeaseLost => return Ok(()),
        Halt::Stopping => {
            job::release(&context.store, work.leased).await?;
            return Ok(());
        }
        Halt::Failed(error) if halt.is_transient() && work.step.attempts < ATTEMPTS => {
            let message = format!("{} It is tried again.", error.detail());
            let line = work.line(LogLevel::Warn, message, [("attempt", work.step.attempts.into())]);
            let tx = context.store.write(&work.tenant).await?;
            store::log::append(&tx, &[line]).await?;
            tx.commit().await?;
            job::fail(&context.store, work.leased, now, &error.to_string(), true).await?;
            return Ok(());
        }
        Halt::Failed(error) => {
            tracing::warn!(run = %work.run.id, step = work.step.kind.as_str(), %error, "a run failed");
        }
        Halt::Cancelled => {}
    }
    let tx = context.store.write(&work.tenant).await?;
    match ending::end(&tx, work, &halt).await {
        Err(Error::Store(store::Error::LeaseLost)) => return Ok(()),
        other => other?,
    }
    tx.commit().await?;
    Ok(())
}

impl Work<'_> {
    /// Where the step goes on, if it was begun before.
    pub(super) fn checkpoint<T: DeserializeOwned + Default>(&self) -> T {
        // A checkpoint of another release is no use: the step then starts afresh.
        self.step.checkpoint.clone().and_then(|value| serde_json::from_value(value).ok()).unwrap_or_default()
    }

    /// What another step of the run left in its checkpoint.
    pub(super) async fn left_by<T: DeserializeOwned>(
        &self,
        tx: &impl Reads,
        kind: StepKind,
    ) -> Result<T, Error> {
        let steps = store::step::of_runs(tx, &[self.run.id]).await?;
        let checkpoint = steps
            .into_iter()
            .find(|step| step.kind == kind)
            .and_then(|step| step.checkpoint)
            .ok_or_else(|| Error::Internal(format!("the step {} left nothing", kind.as_str())))?;
        serde_json::from_value(checkpoint).map_err(|error| {
            Error::Internal(format!("what the step {} left is unreadable: {error}", kind.as_str()))
        })
    }

    /// Keeps where the step goes on, and sees whether it still should.
    pub(super) async fn save<T: Serialize>(&mut self, tx: &WriteTx, checkpoint: &T) -> Result<(), Halt> {
        self.remember(checkpoint)?;
        store::step::save(tx, &self.step).await?;
        if store::run::find(tx, self.run.id).await?.cancel_requested {
            return Err(Halt::Cancelled);
        }
        Ok(())
    }

    /// A transaction of this attempt: there is none when a later attempt has begun or the run is not wanted any more.
    pub(super) async fn hold(&self) -> Result<WriteTx, Halt> {
        let tx = self.context.store.write(&self.tenant).await?;
        store::step::save(&tx, &self.step).await?;
        // Once the new state is visible there is nothing to cancel.
        if !self.step.kind.follows_publication() && store::run::find(&tx, self.run.id).await?.cancel_requested
        {
            return Err(Halt::Cancelled);
        }
        Ok(tx)
    }

    /// Sets what the next write of the step keeps.
    pub(super) fn remember<T: Serialize>(&mut self, checkpoint: &T) -> Result<(), Halt> {
        let value = serde_json::to_value(checkpoint).map_err(|error| Error::Internal(error.to_string()))?;
        self.step.checkpoint = Some(value);
        Ok(())
    }

    /// Waits for an agent's answer, but not longer than the run is wanted.
    pub(super) async fn ask<T>(
        &self,
        call: impl Future<Output = Result<T, AgentError>>,
    ) -> Result<Result<T, AgentError>, Halt> {
        tokio::select! {
            answer = call => Ok(answer),
            halt = self.unwanted() => Err(halt),
        }
    }

    async fn unwanted(&self) -> Halt {
        loop {
            tokio::select! {
                () = self.stop.cancelled() => return Halt::Stopping,
                () = sleep(LOOK) => {}
            }
            if let Ok(tx) = self.context.store.read(&self.tenant).await
                && let Ok(run) = store::run::find(&tx, self.run.id).await
                && run.cancel_requested
            {
                return Halt::Cancelled;
            }
        }
    }

    /// Tells the agent that nobody waits for its job any more; whether it hears is its affair.
    pub(super) async fn dismiss(&self, agent: &dyn Agent, job: Option<&str>) {
        if let Some(job) = job {
            let _ = timeout(FAREWELL, agent.cancel(job)).await;
        }
    }

    /// A line of this step's log.
    pub(super) fn line<const N: usize>(
        &self,
        level: LogLevel,
        message: impl Into<String>,
        fields: [(&str, Value); N],
    ) -> LogLine {
        LogLine {
            seq: 0,
            at: self.context.now(),
            level,
            agent: AgentName::of(self.step.kind),
            run_id: self.run.id,
            step_id: self.step.id,
            source: self.source.name.clone(),
            message: message.into(),
            fields: fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>(),
        }
    }

    /// Tells listeners that something can be read; after a commit.
    pub(super) fn publish(&self) {
        let org = self.tenant.org();
        self.context.hub.publish(org, Topic::Log);
        self.context.hub.publish(org, Topic::Activity);
    }
}
