//! Background work: claims jobs, does them, and keeps their leases while it does.
//!
//! Whatever is written is fenced: a worker that was paused for longer than its lease cannot write over its successor.
//! No transaction is open while an agent is asked. A job may be done twice, so every step may.

mod agent_job;
mod alert;
mod backfill;
mod detect;
mod ending;
mod expectation;
mod flip;
mod halt;
pub(crate) mod housekeeping;
mod key;
mod mail;
mod profile;
mod purge;
mod retention;
mod schema_scan;
mod semantic;
mod step;
mod tick;
mod wording;

use std::time::Duration;

use store::job::{self, Leased};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use self::purge::Purge;
use crate::key::{MASTER_ROTATION, RE_ENCRYPT};
use crate::mail::Letter;
use crate::notification::Alert;
use crate::person::Erasure;
use crate::scan::StepJob;
use crate::source::Tick;
use crate::{Context, Error, Hint, Topic, clerk};

pub use housekeeping::plan;

/// How many jobs one process does at a time: they mostly wait for agents.
const CONCURRENT: usize = 4;
/// How often it looks for due jobs although no hint came.
const POLL: Duration = Duration::from_secs(1);
/// How often leases that have run out are looked for.
const REAP: Duration = Duration::from_secs(15);
/// How often it is looked whether housekeeping is due.
const PLAN: Duration = Duration::from_secs(10 * 60);
/// For how long a job waits whose organization is being moved or migrated: that is no attempt.
const POSTPONED: Duration = Duration::from_secs(15);
/// How often a lease, which lasts for [`job::LEASE_SECONDS`], is renewed.
pub const HEARTBEAT: Duration = Duration::from_secs(job::HEARTBEAT_SECONDS);

/// Takes back what a server that was killed held, so that its scans go on at once and not when their leases end. Only for
/// an embedded database, which has one server: beside others, whose leases they are cannot be known.
///
/// # Errors
/// When the store fails.
pub async fn take_over(context: &Context) -> Result<(), Error> {
    let jobs = job::reap_all(&context.store, context.now()).await?;
    if jobs > 0 {
        tracing::info!(jobs, "the last server did not stop in order: its jobs go on");
    }
    Ok(())
}

/// Does jobs until it is stopped; then what it does ends at its next page and is left to another worker.
pub async fn run(context: Context, stop: CancellationToken) {
    let context = context.for_jobs();
    let name = format!("worker-{}", uuid::Uuid::now_v7());
    let mut hints = context.hub.subscribe();
    let mut busy = JoinSet::new();
    let (mut reaped, mut planned): (Option<Instant>, Option<Instant>) = (None, None);
    while !stop.is_cancelled() {
        if reaped.is_none_or(|at| at.elapsed() >= REAP) {
            reaped = Some(Instant::now());
            if let Err(error) = job::reap(&context.store, context.now()).await {
                tracing::warn!(%error, "leases that ran out could not be collected");
            }
        }
        if planned.is_none_or(|at| at.elapsed() >= PLAN) {
            planned = Some(Instant::now());
            if let Err(error) = plan(&context).await {
                tracing::warn!(%error, "housekeeping could not be planned");
            }
        }
        let free = CONCURRENT.saturating_sub(busy.len());
        let claimed = claim(&context, &name, free).await;
        if claimed.is_empty() {
            tokio::select! {
                () = stop.cancelled() => break,
                () = due(&mut hints) => {}
                Some(_) = busy.join_next() => {}
                () = sleep(POLL) => {}
            }
        }
        for leased in claimed {
            let (context, stop) = (context.clone(), stop.clone());
            busy.spawn(async move { work(&context, &leased, &stop, HEARTBEAT).await });
        }
    }
    while busy.join_next().await.is_some() {}
}

/// Does every job that is due, one after the other, and returns how many; for tests and the demo.
///
/// # Errors
/// When the store fails.
pub async fn drain(context: &Context) -> Result<u32, Error> {
    let context = context.for_jobs();
    let stop = CancellationToken::new();
    let mut done = 0;
    while work_on_next(&context, &stop, HEARTBEAT).await? {
        done += 1;
    }
    Ok(done)
}

/// Does the next job that is due, and says whether there was one; for tests. Told to stop already, it does as little of the
/// job as a worker does that is told so meanwhile. The lease is renewed as often as the heartbeat says.
///
/// # Errors
/// When the store fails.
pub async fn work_on_next(
    context: &Context,
    stop: &CancellationToken,
    heartbeat: Duration,
) -> Result<bool, Error> {
    job::reap(&context.store, context.now()).await?;
    let claimed = job::claim(&context.store, "drain", context.now(), 1).await?;
    for leased in &claimed {
        work(context, leased, stop, heartbeat).await;
    }
    Ok(!claimed.is_empty())
}

async fn claim(context: &Context, name: &str, free: usize) -> Vec<Leased> {
    if free == 0 {
        return Vec::new();
    }
    let limit = u32::try_from(free).unwrap_or(1);
    job::claim(&context.store, name, context.now(), limit).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "no job could be claimed");
        Vec::new()
    })
}

/// Returns when a hint says that a job was enqueued.
async fn due(hints: &mut Receiver<Hint>) {
    loop {
        match hints.recv().await {
            Ok(Hint { topic: Topic::Job, .. }) | Err(RecvError::Lagged(_)) => return,
            Ok(_) => {}
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

/// Does one job while its lease lasts. What is logged meanwhile says which it is and whose.
async fn work(context: &Context, leased: &Leased, stop: &CancellationToken, heartbeat: Duration) {
    let org = leased.org.map(|org| org.to_string());
    let span = tracing::info_span!("job", id = %leased.id, kind = leased.kind, org);
    hold(context, leased, stop, heartbeat).instrument(span).await;
}

async fn hold(context: &Context, leased: &Leased, stop: &CancellationToken, heartbeat: Duration) {
    tokio::select! {
        result = dispatch(context, leased, stop) => match result {
            Ok(()) => {}
            Err(Error::Store(store::Error::LeaseLost)) => taken_over(leased),
            Err(Error::Store(
                error @ (store::Error::OrganizationMoving | store::Error::OrganizationBehind),
            )) => {
                tracing::info!(job = %leased.id, kind = leased.kind, %error, "a job waits");
                let until = types::Timestamp(context.now().0 + POSTPONED);
                if let Err(error) = job::postpone(&context.store, leased, until).await {
                    tracing::warn!(job = %leased.id, %error, "its lease must run out before it is tried again");
                }
            }
            Err(error) => {
                tracing::error!(job = %leased.id, kind = leased.kind, %error, "a job failed");
                let retry = job::fail(&context.store, leased, context.now(), &error.to_string(), true).await;
                if let Err(error) = retry {
                    tracing::warn!(job = %leased.id, %error, "its lease must run out before it is tried again");
                }
            }
        },
        () = lose_lease(context, leased, heartbeat) => taken_over(leased),
    }
    context.hub.publish(leased.org.unwrap_or(NOBODY), Topic::Job);
}

/// Whatever this worker did since is not kept; the other one goes on.
fn taken_over(leased: &Leased) {
    tracing::warn!(job = %leased.id, kind = leased.kind, "another worker has taken the job over");
}

/// Stands for no organization in a hint.
const NOBODY: types::OrgId = types::OrgId(uuid::Uuid::nil());

async fn dispatch(context: &Context, leased: &Leased, stop: &CancellationToken) -> Result<(), Error> {
    match leased.kind.as_str() {
        StepJob::KIND => step::perform(context, leased, stop).await,
        Tick::KIND => tick::perform(context, leased).await,
        Letter::KIND => mail::perform(context, leased).await,
        Alert::KIND => alert::perform(context, leased).await,
        housekeeping::DEPLOYMENT => housekeeping::deployment(context, leased).await,
        housekeeping::ORGANIZATION => housekeeping::organization(context, leased).await,
        RE_ENCRYPT => key::reencrypt(context, leased, stop).await,
        MASTER_ROTATION => key::take_over(context, leased, stop).await,
        Erasure::KIND => Erasure::perform(context, leased, stop).await,
        clerk::RECONCILE => clerk::reconcile(&context.for_people(), leased, stop).await,
        Purge::KIND => purge::perform(context, leased, stop).await,
        other => {
            let message = format!("no worker knows jobs of the kind {other}");
            job::fail(&context.store, leased, context.now(), &message, false).await?;
            Ok(())
        }
    }
}

/// Renews the lease as long as it is held; returns when it is lost.
async fn lose_lease(context: &Context, leased: &Leased, heartbeat: Duration) {
    loop {
        sleep(heartbeat).await;
        match job::heartbeat(&context.store, leased, context.now()).await {
            Ok(()) => {}
            Err(store::Error::LeaseLost) => return,
            Err(error) => tracing::warn!(job = %leased.id, %error, "a lease could not be renewed"),
        }
    }
}
