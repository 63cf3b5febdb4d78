//! A person as a whole: what is kept of them, and the end of their account, for a while or for good.
//!
//! No organization is left without an owner who can act: organizations are locked in the order of their ids, and owners
//! counted once the person does not count any more, so that of two owners who go at once one stays.
//!
//! Keys for programs stay when the person goes who made them: they are the organization's, and what they feed must not stop
//! with a person. How many of them work is in the audit log, so that an administrator can look at them.

mod avatar;
mod erasure;
mod export;

use serde_json::json;
use store::{PlatformWrite, Tenant, WriteTx, email_token, membership, session, user};
use types::permission::Role;
use types::person::ConfirmEmailAddress;
use types::session::{Membership, User};
use types::{OrgId, Timestamp};

use crate::permission::OrganizationRead;
use crate::{Context, Error, Scope, SignedIn, Topic, activity, audit, identity};

pub use avatar::{avatar_of, remove_avatar, set_avatar};
pub(crate) use erasure::Erasure;
pub use erasure::{erase, erase_by_operator};
pub use export::{export, export_by_operator};

/// What is done to an account, as the organizations of its person are told.
struct Deed<'a> {
    user: &'a User,
    /// The action in the audit log, which is also the kind in the activity.
    action: &'static str,
    /// Whether the person owns nothing any more.
    ends: bool,
    /// The sentence in the activity.
    message: String,
    /// What it was done to, in the audit log.
    subject: String,
    at: Timestamp,
    by: By<'a>,
}

/// Whoever ends an account.
#[derive(Clone, Copy)]
enum By<'a> {
    /// The person, in a request.
    Themselves(&'a SignedIn, &'a str),
    Operator,
}

impl By<'_> {
    /// What allows to write it down in an organization of the person's.
    fn scope(self, membership: &Membership) -> Result<Scope<OrganizationRead>, Error> {
        match self {
            Self::Themselves(signed_in, request_id) => Scope::of(
                Tenant::of(membership.org_id),
                signed_in.actor(),
                membership.role.into(),
                Some(request_id.to_owned()),
            ),
            Self::Operator => Ok(Scope::for_operator(membership.org_id)),
        }
    }
}

/// Deactivates the person's own account: they are signed out everywhere and cannot sign in again until the operator lets
/// them. They stay a member of their organizations, all that they did is kept, and their API keys go on.
///
/// # Errors
/// [`Error::Invalid`] unless their own address is given, [`Error::StepUpRequired`], [`Error::Refused`] for whoever came by
/// single sign-on, [`Error::LastOwner`].
pub async fn deactivate(
    context: &Context,
    signed_in: &SignedIn,
    request_id: &str,
    input: &ConfirmEmailAddress,
) -> Result<(), Error> {
    confirmed(context, signed_in, input)?;
    let message = format!("{} deactivated their account", signed_in.user.name);
    turn_off(context, &signed_in.user, By::Themselves(signed_in, request_id), message).await
}

/// The same for the operator. An account that is deactivated stays so.
///
/// # Errors
/// [`Error::NotFound`] without such an account, [`Error::LastOwner`].
pub async fn deactivate_by_operator(context: &Context, email: &str) -> Result<User, Error> {
    let account = account(context, email).await?;
    if !account.disabled {
        let message = format!("The operator deactivated the account of {}", account.user.name);
        turn_off(context, &account.user, By::Operator, message).await?;
    }
    Ok(account.user)
}

/// Lets a person sign in again whose account is deactivated; one that is not stays as it is.
///
/// # Errors
/// [`Error::NotFound`] without such an account.
pub async fn reactivate(context: &Context, email: &str) -> Result<User, Error> {
    let account = account(context, email).await?;
    if !account.disabled {
        return Ok(account.user);
    }
    let deed = Deed {
        user: &account.user,
        action: "person.reactivated",
        ends: false,
        message: format!("The operator reactivated the account of {}", account.user.name),
        subject: account.user.email.clone(),
        at: context.now(),
        by: By::Operator,
    };
    let tx = context.store.platform_write().await?;
    user::lock(&tx, account.user.id).await?;
    user::set_disabled(&tx, account.user.id, None).await?;
    let (tx, told) = everywhere(tx, &deed).await?;
    tx.commit().await?;
    tell(context, &told);
    tracing::info!(user = %account.user.id, "account reactivated by the operator");
    Ok(account.user)
}

async fn turn_off(context: &Context, person: &User, by: By<'_>, message: String) -> Result<(), Error> {
    let (id, now) = (person.id, context.now());
    let (action, subject) = ("person.deactivated", person.email.clone());
    let deed = Deed { user: person, action, ends: true, message, subject, at: now, by };
    let tx = context.store.platform_write().await?;
    user::lock(&tx, id).await?;
    user::set_disabled(&tx, id, Some(now)).await?;
    session::revoke_all(&tx, id, None, now).await?;
    email_token::revoke_all(&tx, id).await?;
    let (tx, told) = everywhere(tx, &deed).await?;
    tx.commit().await?;
    tell(context, &told);
    tracing::info!(user = %id, "account deactivated");
    Ok(())
}

/// A transaction in which something was written in the person's organizations, if there are any.
enum Entered {
    Nowhere(PlatformWrite),
    Last(WriteTx),
}

impl Entered {
    async fn commit(self) -> Result<(), Error> {
        match self {
            Self::Nowhere(tx) => tx.commit().await?,
            Self::Last(tx) => tx.commit().await?,
        }
        Ok(())
    }
}

/// Writes the deed down in each organization of the person, and answers which those are. Where it ends what they own, the
/// other owners are counted, after all that concerns the person's own account: whoever ends theirs at the same time waits.
///
/// # Errors
/// [`Error::LastOwner`].
async fn everywhere(tx: PlatformWrite, deed: &Deed<'_>) -> Result<(Entered, Vec<OrgId>), Error> {
    let mut memberships = membership::of_user(&tx, deed.user.id).await?;
    // Whoever else locks several does so in this order.
    memberships.sort_unstable_by_key(|membership| membership.org_id);
    let told: Vec<_> = memberships.iter().map(|membership| membership.org_id).collect();
    let Some(first) = told.first() else { return Ok((Entered::Nowhere(tx), told)) };
    let mut tx = tx.within(&Tenant::of(*first)).await?;
    let mut orphans = Vec::new();
    for membership in &memberships {
        tx = tx.within(&Tenant::of(membership.org_id)).await?;
        store::organization::lock(&tx).await?;
        // Somebody may have given them another role, or removed them, before the lock was had.
        let Some(standing) = membership::find(&tx, membership.org_id, deed.user.id).await? else { continue };
        let membership = &Membership { role: standing.role, ..membership.clone() };
        let owned = deed.ends && membership.role == Role::Owner;
        if owned && membership::owners_beside(&tx, deed.user.id).await? == 0 {
            orphans.push(membership.name.clone());
        }
        write_down(&tx, deed, membership).await?;
    }
    if !orphans.is_empty() {
        return Err(Error::LastOwner(orphans));
    }
    Ok((Entered::Last(tx), told))
}

async fn write_down(tx: &WriteTx, deed: &Deed<'_>, membership: &Membership) -> Result<(), Error> {
    let scope = deed.by.scope(membership)?;
    let api_keys = store::api_key::count_made_by(tx, deed.user.id, deed.at).await?;
    let detail = json!({"role": membership.role, "api_keys_made": api_keys});
    audit::record(tx, &scope, deed.at, deed.action, &deed.subject, detail).await?;
    let entry = activity::Entry {
        kind: deed.action,
        message: deed.message.clone(),
        link: Some("/dashboard/settings?section=members".to_owned()),
        source: None,
    };
    activity::record(tx, scope.actor(), deed.at, entry).await?;
    Ok(())
}

/// Refuses what ends an account unless it is asked for by the person, knowingly and just now.
fn confirmed(context: &Context, signed_in: &SignedIn, input: &ConfirmEmailAddress) -> Result<(), Error> {
    if input.email.trim().to_lowercase() != signed_in.user.email {
        return Err(Error::field("/email", "mismatch", "Give the e-mail address of your own account."));
    }
    signed_in.require_own_proof()?;
    identity::require_recent(signed_in.proved_at, context.now())
}

/// The account of an address, deactivated or not.
async fn account(context: &Context, email: &str) -> Result<user::Account, Error> {
    let email = email.trim().to_lowercase();
    let tx = context.store.platform_read().await?;
    user::find_by_email(&tx, &email).await?.ok_or(Error::NotFound("account"))
}

/// Whoever listens asks again whether they may.
fn tell(context: &Context, organizations: &[OrgId]) {
    for org in organizations {
        for topic in [Topic::Activity, Topic::Log] {
            context.hub.publish(*org, topic);
        }
    }
}
