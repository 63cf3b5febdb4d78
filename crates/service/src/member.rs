//! Members of an organization and who asks to become one.

use serde_json::json;
use store::membership::{self, Status};
use store::{WriteTx, avatar, user};
use types::organization::{DecideJoinRequest, JoinRequest, Member, PatchMember};
use types::page::Page;
use types::permission::Role;
use types::{Timestamp, UserId};

use crate::organization::{Limited, make_room, record_joined};
use crate::page::Paging;
use crate::permission::{MemberManage, OrganizationRead};
use crate::{Context, Error, Scope, Topic, activity, audit};

/// A page of members, in the order of joining.
///
/// # Errors
/// [`Error::Invalid`] for a foreign cursor.
pub async fn list(
    context: &Context,
    scope: &Scope<OrganizationRead>,
    paging: &Paging,
) -> Result<Page<Member>, Error> {
    let after = paging.after()?;
    let tx = context.store.platform_read().await?;
    let mut rows = membership::members(&tx, scope.org(), after, paging.rows()).await?;
    let mut avatars = avatar::hashes(&tx, rows.iter().map(|member| member.user_id)).await?;
    for member in &mut rows {
        member.avatar = avatars.remove(&member.user_id);
    }
    Ok(paging.page(rows, |member| (member.joined_at.millis(), member.user_id)))
}

/// Gives a member another role.
///
/// # Errors
/// [`Error::Refused`] for a role above the actor's own, [`Error::StepUpRequired`] where it is that of an owner,
/// [`Error::Conflict`] when no owner would be left.
pub async fn patch(
    context: &Context,
    scope: &Scope<MemberManage>,
    user: UserId,
    input: PatchMember,
) -> Result<Member, Error> {
    let now = context.now();
    let tx = context.store.write(scope.tenant()).await?;
    store::organization::lock(&tx).await?;
    let member = member(&tx, user).await?;
    within_own(scope, member.role.max(input.role), now)?;
    if member.role != input.role {
        keep_an_owner(&tx, &member, Some(input.role)).await?;
        membership::set_role(&tx, user, input.role).await?;
        let detail = json!({"from": member.role, "to": input.role});
        audit::record(&tx, scope, now, "member.role_changed", &member.email, detail).await?;
    }
    tx.commit().await?;
    Ok(Member { role: input.role, ..member })
}

/// Removes a member.
///
/// # Errors
/// As [`patch`].
pub async fn remove(context: &Context, scope: &Scope<MemberManage>, user: UserId) -> Result<(), Error> {
    let now = context.now();
    let tx = context.store.write(scope.tenant()).await?;
    store::organization::lock(&tx).await?;
    let member = member(&tx, user).await?;
    within_own(scope, member.role, now)?;
    keep_an_owner(&tx, &member, None).await?;
    membership::remove(&tx, user).await?;
    let detail = json!({"role": member.role});
    audit::record(&tx, scope, now, "member.removed", &member.email, detail).await?;
    Ok(tx.commit().await?)
}

/// Leaves the organization: whoever asks is no member any more.
///
/// # Errors
/// [`Error::Conflict`] for the last owner, [`Error::Refused`] for a program, which is no member.
pub async fn leave(context: &Context, scope: &Scope<OrganizationRead>) -> Result<(), Error> {
    let Some(user) = scope.actor().user_id() else {
        let message = "An API key is no member, so it cannot leave. Revoke it instead.";
        return Err(Error::Refused(message.to_owned()));
    };
    let now = context.now();
    let tx = context.store.write(scope.tenant()).await?;
    store::organization::lock(&tx).await?;
    let member = member(&tx, user).await?;
    keep_an_owner(&tx, &member, None).await?;
    membership::remove(&tx, user).await?;
    audit::record(&tx, scope, now, "member.left", &member.email, json!({"role": member.role})).await?;
    let entry = activity::Entry {
        kind: "member.left",
        message: format!("{} left", member.name),
        link: Some("/dashboard/settings".to_owned()),
        source: None,
    };
    activity::record(&tx, scope.actor(), now, entry).await?;
    tx.commit().await?;
    context.hub.publish(scope.org(), Topic::Activity);
    Ok(())
}

/// A page of those who ask to join, the oldest first.
///
/// # Errors
/// [`Error::Invalid`] for a foreign cursor.
pub async fn join_requests(
    context: &Context,
    scope: &Scope<MemberManage>,
    paging: &Paging,
) -> Result<Page<JoinRequest>, Error> {
    let after = paging.after()?;
    let tx = context.store.platform_read().await?;
    let rows = membership::requests(&tx, scope.org(), after, paging.rows()).await?;
    Ok(paging.page(rows, |request| (request.requested_at.millis(), request.user_id)))
}

/// Lets somebody in with a role, or not.
///
/// # Errors
/// [`Error::NotFound`] when they do not ask, [`Error::Invalid`] for an approval without a role, [`Error::Refused`] and
/// [`Error::StepUpRequired`] as in [`patch`], [`Error::PlanLimit`] when the organization may have no more members.
pub async fn decide(
    context: &Context,
    scope: &Scope<MemberManage>,
    user: UserId,
    input: DecideJoinRequest,
) -> Result<(), Error> {
    let now = context.now();
    let tx = context.store.write(scope.tenant()).await?;
    if membership::status(&tx, scope.org(), user).await? != Some(Status::Requested) {
        return Err(Error::NotFound("request to join"));
    }
    let Some(person) = user::find_active(&tx, user).await? else {
        return Err(Error::NotFound("request to join"));
    };
    membership::remove(&tx, user).await?;
    if input.approve {
        let role = input.role.ok_or_else(|| Error::field("/role", "required", "Say which role they get."))?;
        within_own(scope, role, now)?;
        make_room(&tx, Limited::Members, now).await?;
        membership::insert(&tx, scope.org(), user, role, Status::Active, now).await?;
        let detail = json!({"role": role, "by": "request"});
        audit::record(&tx, scope, now, "member.joined", &person.email, detail).await?;
        record_joined(&tx, scope, now, &person.name).await?;
    } else {
        audit::record(&tx, scope, now, "join_request.refused", &person.email, json!({})).await?;
    }
    tx.commit().await?;
    context.hub.publish(scope.org(), Topic::Activity);
    Ok(())
}

async fn member(tx: &WriteTx, user: UserId) -> Result<Member, Error> {
    let member = membership::member(tx, user).await?.ok_or(Error::NotFound("member"))?;
    Ok(Member { avatar: avatar::hashes(tx, [user]).await?.remove(&user), ..member })
}

/// Nobody hands out or takes away more than they hold themselves; and whoever finds a browser open makes and unmakes no
/// owners.
///
/// # Errors
/// [`Error::Refused`] for a role above the actor's own, [`Error::StepUpRequired`] for an owner's.
pub(crate) fn within_own<P>(scope: &Scope<P>, role: Role, now: Timestamp) -> Result<(), Error> {
    if role > scope.role() {
        let word = role.as_str();
        return Err(Error::Refused(format!("Only an {word} may do this, as it concerns the role {word}.")));
    }
    match role {
        Role::Owner => scope.require_recent_proof(now),
        _ => Ok(()),
    }
}

async fn keep_an_owner(tx: &WriteTx, member: &Member, becomes: Option<Role>) -> Result<(), Error> {
    let loses_owner = member.role == Role::Owner && becomes != Some(Role::Owner);
    if loses_owner && membership::owners_beside(tx, member.user_id).await? == 0 {
        return Err(Error::Conflict(
            "An organization needs an owner. Make somebody else an owner first.".to_owned(),
        ));
    }
    Ok(())
}
