//! Housekeeping: what nobody needs any more goes, a little in each transaction.
//!
//! One job for the deployment, and one for each organization, several times a day. With several servers, one of them puts
//! the jobs in; whichever worker is free does them.

use std::time::Duration;

use serde_json::json;
use store::job::{self, Leased, NewJob};
use store::{
    Tenant, email_token, expectation, garbage, idempotency, inbound_event, log, oidc_login, organization,
    pending_sign_in, session, sign_up, signing_key,
};
use types::Timestamp;

use super::{purge, retention};
use crate::{Context, Error, Topic, access_token, clerk};

/// How often it is done.
const EVERY: Duration = Duration::from_secs(6 * 60 * 60);
/// How long jobs are kept that are done or dead, sessions that have ended, and events that came from outside: for whoever looks into what went wrong.
const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// How long the lines are kept that runs have logged.
const LINES_KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// How long the results of expectations are kept; the newest of each stays with it.
const RESULTS_KEPT: Duration = Duration::from_secs(180 * 24 * 60 * 60);
/// How long the answers to repeated requests are kept.
const ANSWERS_KEPT: Duration = Duration::from_secs(24 * 60 * 60);
/// The most blobs that one look finds to delete.
const MOST: usize = 20_000;
/// How many organizations get their job in one transaction.
const ORGANIZATIONS: u64 = 200;
const ATTEMPTS: u32 = 3;

/// The kind of the deployment's job.
pub(super) const DEPLOYMENT: &str = "housekeeping";
/// The kind of an organization's job.
pub(super) const ORGANIZATION: &str = "garbage";

/// Puts the deployment's jobs in when their time has come, which at most one server does.
///
/// # Errors
/// When the store fails.
pub async fn plan(context: &Context) -> Result<(), Error> {
    clerk::plan(context).await?;
    put_in(context, DEPLOYMENT, EVERY, ATTEMPTS).await
}

/// Puts a job of the deployment in when its time has come, which at most one server does.
///
/// # Errors
/// When the store fails.
pub(crate) async fn put_in(
    context: &Context,
    kind: &'static str,
    every: Duration,
    attempts: u32,
) -> Result<(), Error> {
    let now = context.now();
    let every = i64::try_from(every.as_millis()).unwrap_or(i64::MAX);
    let Some(due) = Timestamp::from_millis(now.millis() - now.millis().rem_euclid(every)) else {
        return Ok(());
    };
    let tx = context.store.platform_write().await?;
    if job::tick(&tx, kind, due).await? {
        let new = NewJob {
            org: None,
            kind,
            payload: json!({}),
            run_at: now,
            max_attempts: attempts,
            idempotency_key: Some(kind.to_owned()),
        };
        job::enqueue(&tx, new).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Forgets jobs, sessions, answers, links, signing keys and events that are old, and puts each organization's job in, and that of
/// each that is to be purged.
///
/// # Errors
/// When the store fails; the job is then done again.
pub(super) async fn deployment(context: &Context, leased: &Leased) -> Result<(), Error> {
    let now = context.now();
    let before = Timestamp(now.0 - KEPT);
    loop {
        let tx = context.store.platform_write().await?;
        let jobs = job::forget_before(&tx, before).await?;
        let sessions = session::forget_before(&tx, before).await?;
        let pending =
            pending_sign_in::forget_before(&tx, now).await? + oidc_login::forget_before(&tx, now).await?;
        let answers = idempotency::forget_before(&tx, Timestamp(now.0 - ANSWERS_KEPT)).await?;
        let links = email_token::forget_before(&tx, now).await? + sign_up::forget_before(&tx, now).await?;
        let keys = signing_key::forget_before(&tx, access_token::published_since(now)).await?;
        let events = inbound_event::forget_before(&tx, before).await?;
        tx.commit().await?;
        if jobs + sessions + pending + answers + links + keys + events == 0 {
            break;
        }
        tracing::info!(jobs, sessions, pending, answers, links, keys, events, "forgotten, as they are old");
    }
    purge::plan(context, now).await?;
    let mut last = None;
    loop {
        let tx = context.store.platform_write().await?;
        let organizations = organization::ids(&tx, last, ORGANIZATIONS).await?;
        for org in &organizations {
            let new = NewJob {
                org: Some(*org),
                kind: ORGANIZATION,
                payload: json!({}),
                run_at: now,
                max_attempts: ATTEMPTS,
                idempotency_key: Some(ORGANIZATION.to_owned()),
            };
            job::enqueue(&tx, new).await?;
        }
        last = organizations.last().copied();
        if last.is_none() {
            job::complete(&tx, leased).await?;
        }
        tx.commit().await?;
        if last.is_none() {
            return Ok(());
        }
    }
}

/// Removes versions that are not kept any more, and deletes what an organization's dead runs left behind: what they staged,
/// and blobs that nothing refers to. Old lines of the log and old results of expectations go as well; the runs themselves
/// and their steps stay. Old statistics are rolled up.
///
/// # Errors
/// When the store fails; the job is then done again.
pub(super) async fn organization(context: &Context, leased: &Leased) -> Result<(), Error> {
    let org = leased.org.ok_or_else(|| Error::Internal("garbage without an organization".to_owned()))?;
    let (tenant, now) = (Tenant::of(org), context.now());
    let mut staged = 0;
    loop {
        let tx = context.store.write(&tenant).await?;
        let rows = garbage::clear_staged(&tx).await?;
        tx.commit().await?;
        staged += rows;
        if rows == 0 {
            break;
        }
    }
    let versions = retention::versions(context, &tenant, now).await?;
    if versions > 0 {
        tracing::info!(%org, versions, "removed, as the organization's settings say");
    }
    let mut blobs = 0;
    loop {
        let tx = context.store.read(&tenant).await?;
        let dead = garbage::dead(&tx, now, MOST).await?;
        drop(tx);
        for some in dead.chunks(garbage::BATCH) {
            let tx = context.store.write(&tenant).await?;
            blobs += garbage::sweep(&tx, some, now).await?;
            tx.commit().await?;
        }
        if dead.len() < MOST {
            break;
        }
    }
    let mut lines = 0;
    loop {
        let tx = context.store.write(&tenant).await?;
        let some = log::forget_before(&tx, Timestamp(now.0 - LINES_KEPT)).await?;
        tx.commit().await?;
        lines += some;
        if some == 0 {
            break;
        }
    }
    let mut results = 0;
    loop {
        let tx = context.store.write(&tenant).await?;
        let some = expectation::forget_before(&tx, Timestamp(now.0 - RESULTS_KEPT)).await?;
        tx.commit().await?;
        results += some;
        if some == 0 {
            break;
        }
    }
    if staged + blobs + lines + results > 0 {
        let what = "what dead runs left behind, old log lines and old results are gone";
        tracing::info!(%org, staged, blobs, lines, results, "{what}");
    }
    let statistics = retention::statistics(context, &tenant, now).await?;
    if statistics > 0 {
        tracing::info!(%org, statistics, "rolled up, as they are old");
    }
    let tx = context.store.platform_write().await?;
    job::complete(&tx, leased).await?;
    tx.commit().await?;
    context.hub.publish(org, Topic::Job);
    Ok(())
}
