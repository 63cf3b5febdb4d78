//! An organization here, made to be what is known of it at Clerk.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use store::clerk::{Known, Object};
use store::membership::{self, Status};
use store::{WriteTx, clerk, organization};
use types::organization::{PlanLimits, Retention};
use types::permission::Role;
use types::{Timestamp, UserId};

use super::merge::{Belonging, roles};
use crate::organization::{Limited, add, make_room, mark_deleted, record_joined, slug};
use crate::permission::OrganizationRead;
use crate::{Context, Error, Scope, activity, audit};

/// Why an organization is suspended that nobody at Clerk belongs to. The operator's reasons are others.
const DESERTED: &str = "Nobody belongs to it at Clerk any more.";

/// Who belongs to an organization, among those who have an account here.
struct Members {
    wanted: BTreeMap<UserId, Role>,
    /// Of everybody whom Clerk ever knew there.
    known: BTreeMap<UserId, Known>,
}

/// Makes the transaction's organization what `object` and the memberships that are known say. It is made once somebody belongs
/// to it. One that was deleted here stays so.
///
/// # Errors
/// When the store fails.
pub(super) async fn project(
    context: &Context,
    tx: &WriteTx,
    issuer: &str,
    object: Object,
    name: Option<&str>,
    now: Timestamp,
) -> Result<(), Error> {
    let Some(local) = object.local else { return Ok(()) };
    let scope = Scope::<OrganizationRead>::for_job(local);
    let is_known = clerk::find(tx, &object.id).await?.is_some_and(|known| known.local.is_some());
    if object.deleted {
        return if is_known { delete(context, tx, &scope, now).await } else { Ok(()) };
    }
    let members = members(tx, issuer, &object).await?;
    if !is_known {
        if members.wanted.is_empty() {
            return Ok(());
        }
        make(tx, &scope, object, now).await?;
    }
    organization::lock(tx).await?;
    let Some(row) = organization::find(tx, local).await? else { return Ok(()) };
    if let Some(name) = name.filter(|name| *name != row.name) {
        organization::rename(tx, name).await?;
        let detail = json!({"from": row.name, "to": name, "by": "clerk"});
        audit::record(tx, &scope, now, "organization.renamed", &row.slug, detail).await?;
    }
    let is_deserted = settle(tx, &scope, &members, now).await?;
    match (row.suspended.as_deref(), is_deserted) {
        (None, true) => {
            store::run::request_cancel_of_all(tx).await?;
            let detail = json!({"reason": DESERTED, "by": "clerk"});
            audit::record(tx, &scope, now, "organization.suspended", &row.slug, detail).await?;
            organization::suspend(tx, now, DESERTED).await?;
        }
        (Some(DESERTED), false) => {
            audit::record(tx, &scope, now, "organization.reactivated", &row.slug, json!({"by": "clerk"}))
                .await?;
            organization::reactivate(tx).await?;
        }
        _ => {}
    }
    Ok(())
}

async fn members(tx: &WriteTx, issuer: &str, object: &Object) -> Result<Members, Error> {
    let memberships = clerk::memberships_in(tx, &object.id).await?;
    let people: BTreeSet<&str> = memberships.iter().filter_map(|one| one.person.as_deref()).collect();
    let people: Vec<&str> = people.into_iter().collect();
    let known = clerk::known(tx, issuer, &people).await?;
    let belonging = |one: &Object| {
        let person = one.person.as_ref()?;
        let account = known.get(person).filter(|account| !account.gone && !one.deleted)?;
        Some(Belonging {
            user: account.user,
            person: person.clone(),
            role: one.role?,
            since: one.since.unwrap_or_default(),
            may_act: !account.disabled,
        })
    };
    let belongings: Vec<_> = memberships.iter().filter_map(belonging).collect();
    let wanted = roles(object.person.as_deref(), &belongings);
    Ok(Members { wanted, known: known.into_values().map(|account| (account.user, account)).collect() })
}

async fn make(
    tx: &WriteTx,
    scope: &Scope<OrganizationRead>,
    object: Object,
    now: Timestamp,
) -> Result<(), Error> {
    let name = object.name.clone().unwrap_or_else(|| "Organization".to_owned());
    let row = organization::Row {
        id: scope.org(),
        slug: slug(&name),
        name,
        created_at: now,
        retention: Retention::default(),
        suspended: None,
        limits: PlanLimits::default(),
    };
    let row = add(tx, row).await?;
    // From now on its name is that of the organization.
    clerk::put(tx, &Object { name: None, ..object }).await?;
    let detail = json!({"name": row.name, "by": "clerk"});
    audit::record(tx, scope, now, "organization.created", &row.slug, detail).await?;
    let entry = activity::Entry {
        kind: "organization.created",
        message: format!("The organization {} came from Clerk", row.name),
        ..activity::Entry::default()
    };
    activity::record(tx, scope.actor(), now, entry).await?;
    Ok(())
}

/// Gives everybody their role, owners first, and removes who does not belong any more. Answers whether nobody is left but the
/// last owner, who stays.
async fn settle(
    tx: &WriteTx,
    scope: &Scope<OrganizationRead>,
    members: &Members,
    now: Timestamp,
) -> Result<bool, Error> {
    let present = membership::everybody(tx, scope.org()).await?;
    let mut wanted: Vec<_> = members.wanted.iter().map(|(user, role)| (*user, *role)).collect();
    wanted.sort_by_key(|(user, role)| (std::cmp::Reverse(*role), *user));
    for (user, role) in wanted {
        let Some(account) = members.known.get(&user) else { continue };
        match present.get(&user) {
            Some((held, Status::Active)) if *held == role => {}
            Some((held, Status::Active)) => {
                membership::set_role(tx, user, role).await?;
                let detail = json!({"from": held, "to": role, "by": "clerk"});
                audit::record(tx, scope, now, "member.role_changed", &account.email, detail).await?;
            }
            other => match make_room(tx, Limited::Members, now).await {
                Ok(()) => {
                    if other.is_some() {
                        membership::remove(tx, user).await?;
                    }
                    membership::insert(tx, scope.org(), user, role, Status::Active, now).await?;
                    let detail = json!({"role": role, "by": "clerk"});
                    audit::record(tx, scope, now, "member.joined", &account.email, detail).await?;
                    record_joined(tx, scope, now, &account.name).await?;
                }
                Err(Error::PlanLimit(why)) => {
                    tracing::warn!(org = %scope.org(), %user, why, "somebody at Clerk could not be let in");
                }
                Err(error) => return Err(error),
            },
        }
    }
    let mut is_deserted = false;
    for (user, account) in members.known.iter().filter(|(user, _)| !members.wanted.contains_key(user)) {
        let Some((role, Status::Active)) = present.get(user) else { continue };
        if *role == Role::Owner && membership::owners_beside(tx, *user).await? == 0 {
            is_deserted = members.wanted.is_empty();
            continue;
        }
        membership::remove(tx, *user).await?;
        let detail = json!({"role": role, "by": "clerk"});
        audit::record(tx, scope, now, "member.removed", &account.email, detail).await?;
    }
    Ok(is_deserted)
}

/// Deletes it as its owner would: it can be restored for as long as the operator says.
async fn delete(
    context: &Context,
    tx: &WriteTx,
    scope: &Scope<OrganizationRead>,
    now: Timestamp,
) -> Result<(), Error> {
    organization::lock(tx).await?;
    let Some(row) = organization::find(tx, scope.org()).await? else { return Ok(()) };
    mark_deleted(context, tx, scope, &row.slug, now, json!({"by": "clerk"})).await
}
