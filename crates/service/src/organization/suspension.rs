//! Suspending an organization, and reactivating it: what the operator does, by the command line.

use serde_json::json;
use store::{Tenant, organization};
use types::OrgId;

use crate::permission::OrganizationManage;
use crate::{Context, Error, Scope, Topic, activity, audit};

/// The most characters of a reason.
const LONGEST_REASON: usize = 300;

/// Suspends the organization of a slug or an id: nobody of it is let in, neither people nor programs, its scans are
/// cancelled, and its jobs wait. Everything is kept. Its members read the reason. Suspended again, it has another reason.
/// Answers its name.
///
/// # Errors
/// [`Error::NotFound`] when there is none, [`Error::Invalid`] for a reason that is empty, too long or not on one line.
pub async fn suspend(context: &Context, slug_or_id: &str, reason: &str) -> Result<String, Error> {
    let reason = reason.trim();
    let fits =
        (1..=LONGEST_REASON).contains(&reason.chars().count()) && !reason.chars().any(char::is_control);
    if !fits {
        let detail = format!("Write one line of 1 to {LONGEST_REASON} characters; its members read it.");
        return Err(Error::field("/reason", "length", detail));
    }
    let reason = if reason.ends_with(['.', '!', '?']) { reason.to_owned() } else { format!("{reason}.") };
    let now = context.now();
    let org = find(context, slug_or_id).await?;
    let scope = Scope::<OrganizationManage>::for_operator(org);
    let tx = context.store.write(&Tenant::of(org)).await?;
    organization::lock(&tx).await?;
    let row = super::present(&tx, org).await?;
    let cancelled = store::run::request_cancel_of_all(&tx).await?;
    let detail = json!({"reason": reason, "scans_cancelled": cancelled});
    audit::record(&tx, &scope, now, "organization.suspended", &row.slug, detail).await?;
    let entry = activity::Entry {
        kind: "organization.suspended",
        message: format!("The operator suspended the organization: {reason}"),
        ..activity::Entry::default()
    };
    activity::record(&tx, scope.actor(), now, entry).await?;
    organization::suspend(&tx, now, &reason).await?;
    tx.commit().await?;
    told(context, org);
    Ok(row.name)
}

/// Ends a suspension: all goes on, but for the scans that were cancelled. One that is not suspended stays as it is.
/// Answers its name.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub async fn reactivate(context: &Context, slug_or_id: &str) -> Result<String, Error> {
    let now = context.now();
    let org = find(context, slug_or_id).await?;
    let scope = Scope::<OrganizationManage>::for_operator(org);
    let tx = context.store.write(&Tenant::of(org)).await?;
    organization::lock(&tx).await?;
    let row = super::present(&tx, org).await?;
    if row.suspended.is_some() {
        audit::record(&tx, &scope, now, "organization.reactivated", &row.slug, json!({})).await?;
        let entry = activity::Entry {
            kind: "organization.reactivated",
            message: "The operator reactivated the organization".to_owned(),
            ..activity::Entry::default()
        };
        activity::record(&tx, scope.actor(), now, entry).await?;
        organization::reactivate(&tx).await?;
    }
    tx.commit().await?;
    told(context, org);
    Ok(row.name)
}

pub(super) async fn find(context: &Context, slug_or_id: &str) -> Result<OrgId, Error> {
    let tx = context.store.platform_read().await?;
    let row = organization::find_by_name(&tx, slug_or_id).await?;
    Ok(row.ok_or(Error::NotFound("organization"))?.id)
}

/// Whoever listens in this process asks again whether they may.
fn told(context: &Context, org: OrgId) {
    for topic in [Topic::Activity, Topic::Log, Topic::Job] {
        context.hub.publish(org, topic);
    }
}
