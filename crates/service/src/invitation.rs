//! Invitations into an organization.

use std::time::Duration;

use secrecy::SecretString;
use serde_json::json;
use types::organization::{CreateInvitation, Invitation, ReceivedInvitation, ReceivedInvitations};
use types::page::Page;
use types::{InvitationId, Timestamp};
use uuid::Uuid;

use crate::mail::Letter;
use crate::member::within_own;
use crate::organization::{Limited, make_room};
use crate::page::Paging;
use crate::permission::MemberManage;
use crate::{Context, Error, Scope, SignedIn, audit, identity, token};

/// How long an invitation can be used.
const LIFETIME: Duration = Duration::from_secs(7 * 24 * 3600);

/// How many invitations a person is shown.
const RECEIVED: u64 = 50;

/// A page of open invitations, the newest first.
///
/// # Errors
/// [`Error::Invalid`] for a foreign cursor.
pub async fn list(
    context: &Context,
    scope: &Scope<MemberManage>,
    paging: &Paging,
) -> Result<Page<Invitation>, Error> {
    let before = paging.after()?;
    let tx = context.store.platform_read().await?;
    let rows = store::invitation::list(&tx, scope.org(), context.now(), before, paging.rows()).await?;
    Ok(paging.page(rows, |invitation| invitation.id))
}

/// The invitations of the person's address, once it is confirmed: before, anybody may have signed up with it.
///
/// # Errors
/// When the store fails.
pub async fn received(context: &Context, signed_in: &SignedIn) -> Result<ReceivedInvitations, Error> {
    let Some(email) = signed_in.confirmed_email() else { return Ok(ReceivedInvitations::default()) };
    let tx = context.store.platform_read().await?;
    let open = store::invitation::of_address(&tx, email, context.now(), RECEIVED).await?;
    let orgs: Vec<_> = open.iter().map(|invitation| invitation.org).collect();
    let orgs = store::organization::find_all(&tx, &orgs).await?;
    let items = open.into_iter().filter_map(|invitation| {
        let organization = orgs.iter().find(|organization| organization.id == invitation.org)?;
        Some(ReceivedInvitation {
            id: invitation.id,
            organization: organization.name.clone(),
            role: invitation.role,
            expires_at: invitation.expires_at,
        })
    });
    Ok(ReceivedInvitations { items: items.collect() })
}

/// Invites an address, which is told by mail where there is a mail server; the token in the answer is never shown again.
///
/// # Errors
/// [`Error::Invalid`] for what is no address, [`Error::Refused`] for a role above the actor's own, [`Error::StepUpRequired`]
/// for an owner's, [`Error::PlanLimit`] when the organization has as many members as it may have.
pub async fn create(
    context: &Context,
    scope: &Scope<MemberManage>,
    input: CreateInvitation,
) -> Result<Invitation, Error> {
    let now = context.now();
    let email =
        identity::checked_email("/email", &input.email).map_err(|fault| Error::Invalid(vec![fault]))?;
    within_own(scope, input.role, now)?;
    let secret = token::random()?;
    let invitation = Invitation {
        id: InvitationId(Uuid::now_v7()),
        email,
        role: input.role,
        created_at: now,
        expires_at: Timestamp(now.0 + LIFETIME),
        token: Some(secret.clone()),
        mailed: context.mailer.is_some(),
    };
    let tx = context.store.write(scope.tenant()).await?;
    make_room(&tx, Limited::Members, now).await?;
    let hash = token::hash(&SecretString::from(secret));
    store::invitation::insert(&tx, &invitation, &hash, scope.actor().user_id()).await?;
    let detail = json!({"role": invitation.role});
    audit::record(&tx, scope, now, "invitation.created", &invitation.email, detail).await?;
    Letter::Invited { email: invitation.email.clone() }.put_if_mailed(context, &tx, now).await?;
    tx.commit().await?;
    Ok(invitation)
}

/// Withdraws an invitation.
///
/// # Errors
/// [`Error::NotFound`] when it is not open.
pub async fn revoke(context: &Context, scope: &Scope<MemberManage>, id: InvitationId) -> Result<(), Error> {
    let now = context.now();
    let tx = context.store.write(scope.tenant()).await?;
    let Some(email) = store::invitation::revoke(&tx, id, now).await? else {
        return Err(Error::NotFound("invitation"));
    };
    audit::record(&tx, scope, now, "invitation.revoked", &email, json!({})).await?;
    Ok(tx.commit().await?)
}
