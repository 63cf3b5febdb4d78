//! Deleting an organization, and taking that back. The worker purges it once its time has come.

use std::time::Duration;

use serde_json::{Value, json};
use store::{Tenant, WriteTx, membership, organization};
use types::organization::Organization;
use types::permission::Role;
use types::{OrgId, Timestamp};

use super::{own_scope, present, view};
use crate::permission::OrganizationDelete;
use crate::{Context, Error, Scope, SignedIn, Topic, activity, audit};

/// Deletes the organization: from now on nobody reaches it, nothing is scanned, and its jobs wait. Its owners may restore
/// it for as many days as the operator says; then it is purged.
///
/// # Errors
/// When the store fails.
pub async fn delete(context: &Context, scope: &Scope<OrganizationDelete>) -> Result<(), Error> {
    let now = context.now();
    let tx = context.store.write(scope.tenant()).await?;
    organization::lock(&tx).await?;
    let row = present(&tx, scope.org()).await?;
    mark_deleted(context, &tx, scope, &row.slug, now, json!({})).await?;
    tx.commit().await?;
    // Whoever listens asks again whether they may, and is told that there is no such organization.
    context.hub.publish(scope.org(), Topic::Activity);
    context.hub.publish(scope.org(), Topic::Log);
    Ok(())
}

/// What a deletion is, within a transaction that has the organization's lock. `detail` is noted with what was done.
pub(crate) async fn mark_deleted<P>(
    context: &Context,
    tx: &WriteTx,
    scope: &Scope<P>,
    slug: &str,
    now: Timestamp,
    mut detail: Value,
) -> Result<(), Error> {
    let purge_at = Timestamp(now.0 + grace(context));
    detail["purge_at"] = json!(purge_at);
    detail["scans_cancelled"] = json!(store::run::request_cancel_of_all(tx).await?);
    audit::record(tx, scope, now, "organization.deleted", slug, detail).await?;
    organization::delete(tx, now, purge_at).await?;
    Ok(())
}

/// How long a deleted organization can be restored.
pub(crate) fn grace(context: &Context) -> Duration {
    Duration::from_secs(u64::from(context.settings.deletion_grace_days) * 24 * 60 * 60)
}

/// Takes the deletion back: everything is as it was, but for the scans that were under way, which were cancelled. One that
/// is not deleted stays as it is.
///
/// # Errors
/// [`Error::NotFound`] for whoever does not own it, and once it is being purged.
pub async fn restore(
    context: &Context,
    signed_in: &SignedIn,
    request_id: &str,
    org: OrgId,
) -> Result<Organization, Error> {
    if signed_in.sso != Some(org) {
        signed_in.require_own_proof()?;
    }
    let now = context.now();
    let tx = context.store.write(&Tenant::of(org)).await?;
    organization::lock(&tx).await?;
    let standing = membership::find(&tx, org, signed_in.user.id).await?;
    if standing.is_none_or(|standing| standing.role != Role::Owner) {
        return Err(Error::NotFound("organization"));
    }
    let restored = organization::restore(&tx).await?;
    let row = present(&tx, org).await?;
    if restored {
        let scope = own_scope(org, signed_in, request_id)?;
        audit::record(&tx, &scope, now, "organization.restored", &row.slug, json!({})).await?;
        let entry = activity::Entry {
            kind: "organization.restored",
            message: format!("{} restored the organization {}", scope.actor().name(), row.name),
            ..activity::Entry::default()
        };
        activity::record(&tx, scope.actor(), now, entry).await?;
    }
    let view = view(context, &tx, row).await?;
    tx.commit().await?;
    // Its jobs waited.
    context.hub.publish(org, Topic::Job);
    context.hub.publish(org, Topic::Activity);
    Ok(view)
}
