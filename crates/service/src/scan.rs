//! Scans: starting, watching, cancelling and retrying runs.

mod begin;
mod view;

use serde_json::json;
use types::page::Page;
use types::run::{Run, RunState, ScanStarted, StartScan, Trigger};
use types::{RunId, SourceId};

use crate::page::Paging;
use crate::permission::{ScanRead, ScanRun};
use crate::source::{select, select_all};
use crate::{Actor, Context, Error, Scope, Topic, activity, audit};

pub(crate) use begin::{StepJob, begin};

/// Which runs a list holds.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Name or id of a source.
    pub source: Option<String>,
    pub state: Option<RunState>,
}

/// Starts a scan: the run, its steps, the first job, audit and activity in one transaction.
///
/// # Errors
/// [`Error::ScanRunning`] when the source is being scanned, [`Error::NotConfigured`] when there is no source.
pub async fn start(
    context: &Context,
    scope: &Scope<ScanRun>,
    input: StartScan,
) -> Result<ScanStarted, Error> {
    let tx = context.store.read(scope.tenant()).await?;
    let source = match select(&tx, input.source.as_deref()).await {
        Err(Error::NoSnapshot) => {
            return Err(Error::NotConfigured("Add a source first: there is no database to scan.".to_owned()));
        }
        other => other?,
    };
    drop(tx);
    start_source(context, scope, source.id).await
}

async fn start_source(
    context: &Context,
    scope: &Scope<ScanRun>,
    source: SourceId,
) -> Result<ScanStarted, Error> {
    let now = context.now();
    let trigger = match scope.actor() {
        Actor::User { .. } => Trigger::Manual,
        Actor::ApiKey { .. } => Trigger::Api,
        Actor::Job | Actor::System => Trigger::Schedule,
    };
    let tx = context.store.write(scope.tenant()).await?;
    let mut source = store::source::find(&tx, source).await.map_err(Error::missing("source"))?;
    let run_id = match begin(&tx, scope.actor(), &mut source, trigger, now).await {
        Err(Error::Store(store::Error::Conflict { .. })) => {
            // Another request was faster. The transaction is over; its run is seen by a new one.
            drop(tx);
            let tx = context.store.read(scope.tenant()).await?;
            let running = store::run::active_of(&tx, source.id).await?;
            return Err(running.map_or(store::Error::Busy.into(), |run| Error::ScanRunning(run.id)));
        }
        other => other?,
    };
    let subject = format!("run:{run_id}");
    audit::record(&tx, scope, now, "scan.started", &subject, json!({"source": source.name})).await?;
    tx.commit().await?;
    context.hub.publish(scope.org(), Topic::Job);
    context.hub.publish(scope.org(), Topic::Activity);
    Ok(ScanStarted { run_id })
}

/// A page of runs, newest first.
///
/// # Errors
/// [`Error::NotFound`] for an unknown source, [`Error::Invalid`] for a foreign cursor.
pub async fn list(
    context: &Context,
    scope: &Scope<ScanRead>,
    filter: Filter,
    paging: &Paging,
) -> Result<Page<Run>, Error> {
    let after: Option<(i64, RunId)> = paging.after()?;
    let tx = context.store.read(scope.tenant()).await?;
    let source = match filter.source {
        Some(named) => Some(select(&tx, Some(&named)).await?.id),
        None => None,
    };
    let filter = store::run::Filter { source, state: filter.state, after };
    let rows = store::run::list(&tx, &filter, paging.rows()).await?;
    let page = paging.page(rows, |run| (run.created_at.millis(), run.id));
    let mut page = paging.counted(page, store::run::count(&tx, &filter)).await?;
    let items = view::runs(&tx, std::mem::take(&mut page.items)).await?;
    Ok(page.with(items))
}

/// One run with its steps.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub async fn get(context: &Context, scope: &Scope<ScanRead>, id: RunId) -> Result<Run, Error> {
    let tx = context.store.read(scope.tenant()).await?;
    view::run(&tx, id).await
}

/// Asks a run to end; the worker ends it between two pages. A run that has ended stays as it is.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub async fn cancel(context: &Context, scope: &Scope<ScanRun>, id: RunId) -> Result<Run, Error> {
    let now = context.now();
    let tx = context.store.write(scope.tenant()).await?;
    let run = store::run::find(&tx, id).await.map_err(Error::missing("run"))?;
    if !run.state.is_final() && !run.cancel_requested {
        store::run::request_cancel(&tx, id).await?;
        let subject = format!("run:{id}");
        audit::record(&tx, scope, now, "scan.cancelled", &subject, json!({})).await?;
    }
    let view = view::run(&tx, id).await?;
    tx.commit().await?;
    context.hub.publish(scope.org(), Topic::Job);
    Ok(view)
}

/// Scans the source of a run that has ended once more, as a new run.
///
/// # Errors
/// [`Error::NotFound`] when there is no such run, [`Error::ScanRunning`] when the source is being scanned.
pub async fn retry(context: &Context, scope: &Scope<ScanRun>, id: RunId) -> Result<ScanStarted, Error> {
    let tx = context.store.read(scope.tenant()).await?;
    let run = store::run::find(&tx, id).await.map_err(Error::missing("run"))?;
    drop(tx);
    start_source(context, scope, run.source_id).await
}

/// The names of sources by id, those of deleted ones included as their ids.
pub(crate) async fn source_names(
    tx: &impl store::Reads,
) -> Result<std::collections::HashMap<SourceId, String>, Error> {
    let sources = select_all(tx, None).await?;
    Ok(sources.into_iter().map(|source| (source.id, source.name)).collect())
}

/// What the activity calls the start of a run.
pub(crate) const STARTED: &str = "run.started";

/// What the activity says of a run.
pub(crate) fn entry(
    kind: &'static str,
    message: String,
    source: &str,
    run: RunId,
) -> activity::Entry<'static> {
    activity::Entry {
        kind,
        message,
        source: Some(source.to_owned()),
        link: Some(format!("/dashboard/agents?run={run}")),
    }
}
