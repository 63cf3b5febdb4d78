//! Purges deleted organizations once nobody may restore them any more, a few rows in each transaction.
//!
//! The job is the deployment's, as an organization's own jobs wait while it is deleted, and go with it.

use serde::{Deserialize, Serialize};
use serde_json::json;
use store::job::{self, Leased, NewJob};
use store::{Tenant, purge};
use tokio_util::sync::CancellationToken;
use types::{OrgId, Timestamp};

use crate::organization::grace;
use crate::{Context, Error};

/// How many organizations get their job in one transaction.
const ORGANIZATIONS: u64 = 200;
/// More than other housekeeping has: a purge takes long, so that workers may be killed in it again and again.
const ATTEMPTS: u32 = 20;

/// A job's payload.
#[derive(Serialize, Deserialize)]
pub(super) struct Purge {
    org_id: OrgId,
}

impl Purge {
    /// The kind of its jobs.
    pub(super) const KIND: &'static str = "purge";
}

/// Puts a job in for each organization whose time has come. One that failed is tried again the next time.
///
/// # Errors
/// When the store fails.
pub(super) async fn plan(context: &Context, now: Timestamp) -> Result<(), Error> {
    let tx = context.store.platform_write().await?;
    let dated = purge::set_missing(&tx, Timestamp(now.0 + grace(context))).await?;
    tx.commit().await?;
    if dated > 0 {
        tracing::info!(
            organizations = dated,
            "deleted by an earlier release: they are purged after the grace period"
        );
    }
    let mut last = None;
    loop {
        let tx = context.store.platform_write().await?;
        let due = purge::due(&tx, now, last, ORGANIZATIONS).await?;
        for org_id in &due {
            let new = NewJob {
                org: None,
                kind: Purge::KIND,
                payload: json!(Purge { org_id: *org_id }),
                run_at: now,
                max_attempts: ATTEMPTS,
                idempotency_key: Some(org_id.to_string()),
            };
            job::enqueue(&tx, new).await?;
        }
        tx.commit().await?;
        last = due.last().copied();
        if last.is_none() {
            return Ok(());
        }
    }
}

/// Purges the organization that the job names. When the worker stops, another goes on with what is left.
///
/// # Errors
/// When the store fails; the job is then done again.
pub(super) async fn perform(
    context: &Context,
    leased: &Leased,
    stop: &CancellationToken,
) -> Result<(), Error> {
    let Purge { org_id } = serde_json::from_value(leased.payload.clone())
        .map_err(|error| Error::Internal(format!("a purge's payload is unreadable: {error}")))?;
    let (tenant, now) = (Tenant::of(org_id), context.now());
    let tx = context.store.write(&tenant).await?;
    let begun = purge::begin(&tx, now).await?;
    if !begun {
        job::complete(&tx, leased).await?;
    }
    tx.commit().await?;
    if !begun {
        return Ok(());
    }
    loop {
        if !empty(context, &tenant, stop).await? {
            job::release(&context.store, leased).await?;
            return Ok(());
        }
        let tx = context.store.write(&tenant).await?;
        let finished = purge::finish(&tx, now).await?;
        if finished {
            job::complete(&tx, leased).await?;
        }
        tx.commit().await?;
        if finished {
            tracing::info!(org = %org_id, "a deleted organization was purged");
            return Ok(());
        }
    }
}

/// Empties one table after the other; `false` when the worker stops before the last.
async fn empty(context: &Context, tenant: &Tenant, stop: &CancellationToken) -> Result<bool, Error> {
    for (table, fate) in purge::TABLES {
        loop {
            let tx = context.store.write(tenant).await?;
            let rows = purge::clear_some(&tx, table, *fate).await?;
            tx.commit().await?;
            if rows == 0 {
                break;
            }
            if stop.is_cancelled() {
                return Ok(false);
            }
        }
    }
    Ok(true)
}
