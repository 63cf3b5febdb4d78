//! Who it is here that a provider vouches for.

use integrations::oidc::Identity;
use serde_json::json;
use store::membership::{self, Status};
use store::pending_sign_in::Pending;
use store::sso::Connection;
use store::{Tenant, WriteTx, identity_link, organization, sso, user};
use types::session::User;
use types::{OrgId, Timestamp, UserId};
use uuid::Uuid;

use crate::identity::reach::domain;
use crate::identity::{Admission, By, second_factor, validate};
use crate::organization::{Limited, make_room, record_joined};
use crate::permission::OrganizationRead;
use crate::{Actor, Context, Credentials, Error, Scope, Topic, audit};

/// Opens a session that reaches the organization, for the person whom its provider vouches for. They become a member by it.
pub(super) async fn admit(
    context: &Context,
    credentials: &Credentials,
    org: OrgId,
    issuer: &str,
    identity: Identity,
    now: Timestamp,
) -> Result<Admission, Error> {
    let tx = context.store.write(&Tenant::of(org)).await?;
    // Looked at again: it may have changed while the provider was asked.
    let connection = sso::find(&tx, org).await?.filter(|connection| connection.issuer == issuer);
    let connection = connection.ok_or(Error::SsoExpired)?;
    if organization::find(&tx, org).await?.is_none() {
        return Err(Error::SsoUnavailable);
    }
    let (person, is_new_link) = find_or_make(&tx, &connection, &identity, now).await?;
    let actor = Actor::User { id: person.id, name: person.name.clone(), email: person.email.clone() };
    let request_id = Some(credentials.request_id.clone());
    let scope: Scope<OrganizationRead> =
        Scope::of(Tenant::of(org), actor, connection.default_role.into(), request_id)?;
    if is_new_link {
        let detail = json!({"issuer": issuer, "subject": identity.subject});
        audit::record(&tx, &scope, now, "identity.linked", &person.email, detail).await?;
    }
    join(&tx, &scope, &connection, &person, now).await?;
    let admission = if store::second_factor::enabled_at(&tx, person.id).await?.is_some() {
        let pending = Pending { user: person.id, sso: Some(org) };
        Admission::SecondFactor(second_factor::begin(&tx, pending, now).await?)
    } else {
        let by = By::Provider(org);
        let (session, _) = crate::identity::open(context, &tx, credentials, person, by, now).await?;
        Admission::Session(Box::new(session))
    };
    tx.commit().await?;
    context.hub.publish(org, Topic::Activity);
    Ok(admission)
}

/// The person whom the provider knows by this subject; else whoever has the address, which the provider has verified and
/// whose domain is the organization's; else a new account without a password.
async fn find_or_make(
    tx: &WriteTx,
    connection: &Connection,
    identity: &Identity,
    now: Timestamp,
) -> Result<(User, bool), Error> {
    let email = checked_email(tx, connection.org, identity).await?;
    let disabled = || Error::SsoDenied("Your account is disabled. Ask whoever runs this server.".to_owned());
    if let Some(id) = identity_link::find(tx, &connection.issuer, &identity.subject).await? {
        let person = user::find_active(tx, id).await?.ok_or_else(disabled)?;
        return Ok((person, false));
    }
    let person = match user::find_by_email(tx, &email).await? {
        Some(account) if account.disabled => return Err(disabled()),
        Some(account) => {
            let user = account.user;
            // Somebody else may have made it, with this address, and know its password.
            if user.email_confirmed_at.is_none()
                && membership::find(tx, connection.org, user.id).await?.is_none()
            {
                return Err(Error::SsoDenied(
                    "There is an account with your address that was never confirmed. Sign in with its password and \
                     confirm the address in your account's settings; if it is not yours, ask whoever runs this server."
                        .to_owned(),
                ));
            }
            user
        }
        None => {
            let person = User {
                id: UserId(Uuid::now_v7()),
                name: name(identity, &email),
                email,
                created_at: now,
                email_confirmed_at: Some(now),
            };
            user::insert(tx, &person, None).await?;
            person
        }
    };
    identity_link::insert(tx, &connection.issuer, &identity.subject, person.id, now).await?;
    Ok((person, true))
}

/// The address that the provider has verified, if its domain is known to be the organization's.
async fn checked_email(tx: &WriteTx, org: OrgId, identity: &Identity) -> Result<String, Error> {
    let given = identity.email.as_deref().filter(|_| identity.email_verified);
    let Some(email) = given.and_then(|email| validate::email("", email).ok()) else {
        return Err(Error::SsoDenied(
            "Your provider does not say that it has verified your e-mail address. Whoever runs it can have it verified, \
             and sent as `email` with `email_verified`."
                .to_owned(),
        ));
    };
    if sso::is_own(tx, org, domain(&email)).await? {
        return Ok(email);
    }
    Err(Error::SsoDenied(
        "The address that your provider has of you is not at a domain of this organization. Sign in there with your \
         address of the organization."
            .to_owned(),
    ))
}

/// What the provider calls the person, if that can be a name.
fn name(identity: &Identity, email: &str) -> String {
    let given = identity.name.as_deref().and_then(|name| validate::name("", name).ok());
    given.unwrap_or_else(|| email.split('@').next().unwrap_or(email).chars().take(80).collect())
}

async fn join(
    tx: &WriteTx,
    scope: &Scope<OrganizationRead>,
    connection: &Connection,
    person: &User,
    now: Timestamp,
) -> Result<(), Error> {
    let status = membership::status(tx, connection.org, person.id).await?;
    if status == Some(Status::Active) {
        return Ok(());
    }
    make_room(tx, Limited::Members, now).await?;
    if status == Some(Status::Requested) {
        membership::remove(tx, person.id).await?;
    }
    let role = connection.default_role;
    membership::insert(tx, connection.org, person.id, role, Status::Active, now).await?;
    let detail = json!({"role": role, "by": "sso"});
    audit::record(tx, scope, now, "member.joined", &person.email, detail).await?;
    record_joined(tx, scope, now, &person.name).await
}
