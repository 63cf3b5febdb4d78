//! How much of everything an organization may have: the operator says so by the command line, and whatever adds to it asks
//! here. How often it may ask is read with who asks, and counted where requests are.

use serde_json::json;
use store::{Reads as _, Store, Tenant, WriteTx, organization};
use types::Timestamp;
use types::organization::PlanLimits;

use crate::permission::OrganizationManage;
use crate::{Context, Error, Scope, activity, audit};

/// What an organization has a limited number of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limited {
    Members,
    Sources,
    ApiKeys,
}

/// Refuses one more of something when the organization has as many as it may have. Others who add wait until the
/// transaction ends, so that two at once do not both find room.
///
/// # Errors
/// [`Error::PlanLimit`] when there is no room.
pub(crate) async fn make_room(tx: &WriteTx, what: Limited, now: Timestamp) -> Result<(), Error> {
    organization::lock(tx).await?;
    let PlanLimits { members, sources, api_keys, requests_per_minute: _ } =
        super::present(tx, tx.org()).await?.limits;
    let (most, nouns, instead) = match what {
        Limited::Members => (members, "members", "Remove somebody first"),
        Limited::Sources => (sources, "sources", "Remove one first"),
        Limited::ApiKeys => (api_keys, "API keys", "Revoke one first"),
    };
    let Some(most) = most else { return Ok(()) };
    let present = match what {
        Limited::Members => store::membership::count(tx).await?,
        Limited::Sources => store::source::count(tx).await?,
        Limited::ApiKeys => store::api_key::count(tx, now).await?,
    };
    if present < u64::from(most) {
        return Ok(());
    }
    Err(Error::PlanLimit(format!(
        "This organization has {present} {nouns} and may have {most}. {instead}, or ask whoever runs this Bastion for more."
    )))
}

/// The name of the organization of a slug or an id, and how much it may have and do; for the operator who looks.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub async fn limits(store: &Store, slug_or_id: &str) -> Result<(String, PlanLimits), Error> {
    let found = organization::find_by_name(&store.platform_read().await?, slug_or_id).await?;
    let row = found.ok_or(Error::NotFound("organization"))?;
    Ok((row.name, row.limits))
}

/// Says how much the organization of a slug or an id may have and do. What it has beyond that stays, and nothing is added to it.
/// Answers its name and its limits.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub async fn limit(
    context: &Context,
    slug_or_id: &str,
    change: impl FnOnce(PlanLimits) -> PlanLimits,
) -> Result<(String, PlanLimits), Error> {
    let now = context.now();
    let org = super::named(context, slug_or_id).await?;
    let scope = Scope::<OrganizationManage>::for_operator(org);
    let tx = context.store.write(&Tenant::of(org)).await?;
    organization::lock(&tx).await?;
    let row = super::present(&tx, org).await?;
    let limits = change(row.limits);
    if limits == row.limits {
        return Ok((row.name, limits));
    }
    organization::set_limits(&tx, limits).await?;
    let detail = json!({"from": row.limits, "to": limits});
    audit::record(&tx, &scope, now, "organization.limits_changed", &row.slug, detail).await?;
    let entry = activity::Entry {
        kind: "organization.limits_changed",
        message: "The operator changed the organization's limits".to_owned(),
        link: Some("/dashboard/settings".to_owned()),
        source: None,
    };
    activity::record(&tx, scope.actor(), now, entry).await?;
    tx.commit().await?;
    context.hub.publish(org, crate::Topic::Activity);
    Ok((row.name, limits))
}
