//! Once a day all that Clerk has is compared with what is known here: events may have been lost.
//!
//! Clerk lists one page after the other, while things change there. So what a list lacks is asked for by itself before it is
//! taken for deleted, as what is deleted here never comes back.

use std::collections::BTreeSet;
use std::time::Duration;

use integrations::clerk::{Backend, Clerk};
use serde_json::{Value, json};
use store::clerk::{self, Kind, Object};
use store::job::{self, Leased};
use tokio_util::sync::CancellationToken;
use types::Timestamp;

use super::apply::apply;
use super::change::{self, Change};
use crate::worker::housekeeping;
use crate::{Context, Error};

/// How often it is done.
const EVERY: Duration = Duration::from_secs(24 * 60 * 60);
/// What changed within these last milliseconds is left to its event.
const SETTLED: i64 = 5 * 60 * 1000;
/// How many changes of people are applied in one transaction, and how many objects are looked at at once.
const BATCH: usize = 100;
const ATTEMPTS: u32 = 5;

/// The kind of its job.
pub(crate) const RECONCILE: &str = "clerk_reconcile";

/// Puts the job in when its time has come, and only where the backend may be asked.
///
/// # Errors
/// When the store fails.
pub(crate) async fn plan(context: &Context) -> Result<(), Error> {
    if context.clerk.as_deref().and_then(Clerk::backend).is_none() {
        return Ok(());
    }
    housekeeping::put_in(context, RECONCILE, EVERY, ATTEMPTS).await
}

/// Makes everything here what it is at Clerk. When the worker stops, another begins anew.
///
/// # Errors
/// When Clerk does not answer or the store fails; the job is then done again.
pub(crate) async fn reconcile(
    context: &Context,
    leased: &Leased,
    stop: &CancellationToken,
) -> Result<(), Error> {
    if let Some(of) = context.clerk.as_deref()
        && let Some(backend) = of.backend()
    {
        let began_at = context.now();
        let mut seen = BTreeSet::new();
        people(context, of, &mut seen, backend.users().await?).await?;
        for organization in backend.organizations().await? {
            if stop.is_cancelled() {
                job::release(&context.store, leased).await?;
                return Ok(());
            }
            within(context, of, backend, &mut seen, &organization).await?;
        }
        for kind in [Kind::Membership, Kind::Organization, Kind::User] {
            missing(context, of, backend, kind, &seen, began_at).await?;
        }
    }
    let tx = context.store.platform_write().await?;
    job::complete(&tx, leased).await?;
    Ok(tx.commit().await?)
}

/// Whoever has no account here is given one, if that is possible by now.
async fn people(
    context: &Context,
    of: &Clerk,
    seen: &mut BTreeSet<String>,
    users: Vec<Value>,
) -> Result<(), Error> {
    let changes: Vec<_> = users.iter().filter_map(change::user).collect();
    seen.extend(changes.iter().map(|change| change.object.id.clone()));
    for some in changes.chunks(BATCH) {
        let ids: Vec<&str> = some.iter().map(|change| change.object.id.as_str()).collect();
        let tx = context.store.platform_read().await?;
        let known = clerk::known(&tx, of.issuer(), &ids).await?;
        drop(tx);
        let (old, new): (Vec<_>, Vec<_>) =
            some.iter().cloned().partition(|change: &Change| known.contains_key(&change.object.id));
        for (changes, anew) in [(old, false), (new, true)] {
            let tx = context.store.platform_write().await?;
            apply(context, of, tx, changes, anew).await?;
        }
    }
    Ok(())
}

async fn within(
    context: &Context,
    of: &Clerk,
    backend: &Backend,
    seen: &mut BTreeSet<String>,
    organization: &Value,
) -> Result<(), Error> {
    let Some(change) = change::organization(organization) else { return Ok(()) };
    let memberships = backend.memberships_of_organization(&change.object.id).await?;
    let mut changes = vec![change];
    changes.extend(memberships.iter().flat_map(change::membership));
    seen.extend(changes.iter().map(|change| change.object.id.clone()));
    let tx = context.store.platform_write().await?;
    apply(context, of, tx, changes, true).await
}

/// Notes that those are deleted that were in no list and are not there when they are asked for.
async fn missing(
    context: &Context,
    of: &Clerk,
    backend: &Backend,
    kind: Kind,
    seen: &BTreeSet<String>,
    began_at: Timestamp,
) -> Result<(), Error> {
    let mut last = String::new();
    loop {
        let tx = context.store.platform_read().await?;
        let some = clerk::present(&tx, kind, &last, BATCH as u64).await?;
        drop(tx);
        let Some(end) = some.last() else { return Ok(()) };
        last.clone_from(&end.id);
        for object in some {
            let is_settled = object.changed_at < began_at.millis().saturating_sub(SETTLED);
            if seen.contains(&object.id) || !is_settled || is_there(backend, &object).await? {
                continue;
            }
            tracing::info!(id = object.id, "an event of Clerk did not come: this is not there any more");
            if let Some(gone) = change::gone(kind, &json!({"id": object.id}), began_at.millis()) {
                let tx = context.store.platform_write().await?;
                apply(context, of, tx, vec![gone], false).await?;
            }
        }
    }
}

async fn is_there(backend: &Backend, object: &Object) -> Result<bool, Error> {
    Ok(match object.kind {
        Kind::User => backend.user(&object.id).await?.is_some(),
        Kind::Organization => backend.organization(&object.id).await?.is_some(),
        Kind::Membership => {
            let person = object.person.as_deref().unwrap_or_default();
            let memberships = backend.memberships_of_user(person).await?;
            memberships.iter().any(|one| one["id"] == object.id.as_str())
        }
    })
}
