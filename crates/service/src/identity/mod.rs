//! Signing up, in and out.

mod account;
mod browser;
mod device;
mod email;
mod oidc;
mod password;
mod reach;
pub mod second_factor;
mod session;
mod sign_up;
mod throttle;
mod validate;

use std::sync::Arc;
use std::time::Duration;

use integrations::redis::Redis;
use secrecy::SecretString;
use serde_json::json;
use store::pending_sign_in::Pending;
use store::{PlatformReads, PlatformWrite, PlatformWrites, Tenant, avatar, membership, organization, user};
use types::permission::Role;
use types::session::{DeletedOrganization, Me, SignIn, SignUp, SwitchOrganization, User};
use types::{OrgId, Timestamp, UserId};
use uuid::Uuid;

use self::reach::Reach;
use self::throttle::{Attempt, Kind, Throttle};
use crate::permission::OrganizationRead;
use crate::{Actor, Context, Credentials, Error, Scope, SignedIn, audit, clerk, token};

pub use account::{PROOF_LASTS, change_password, confirm, rename};
pub use device::{devices, end_device, sign_out_everywhere};
pub use email::{
    change_email, confirm_email, forgot_password, reset_link, reset_password, send_confirmation,
};
pub use oidc::{Begun, LOGIN_LASTS, finish_sso, start_sso};
pub use sign_up::{SignedUp, sign_up, sign_up_at_once};

pub(crate) use account::require_recent;
pub(crate) use oidc::{redirect_uri, relying_party};
pub(crate) use password::Passwords;
pub(crate) use reach::{check_reach, reachable, retain_reached};
pub(crate) use session::{By, Resumed, resume};
pub(crate) use validate::{email as checked_email, name as checked_name};

/// How a session ends by itself: after a week unused, after a month in any case.
pub const SESSION_IDLE: Duration = Duration::from_secs(7 * 24 * 3600);
/// See [`SESSION_IDLE`].
pub const SESSION_LIFETIME: Duration = Duration::from_secs(30 * 24 * 3600);

/// What guards signing in.
#[derive(Clone)]
pub(crate) struct Gate {
    pub(crate) passwords: Passwords,
    throttle: Arc<Throttle>,
}

impl Gate {
    /// One that has seen nobody yet.
    pub(crate) fn new() -> Self {
        Self { passwords: Passwords::new(), throttle: Arc::default() }
    }

    /// The same, which hashes passwords with the least work.
    pub(crate) fn with_least_work(self) -> Result<Self, Error> {
        Ok(Self { passwords: self.passwords.with_least_work()?, ..self })
    }

    /// The same, which counts together with the other servers that have this Redis; it has seen nobody yet.
    pub(crate) fn with_redis(self, redis: Redis) -> Self {
        Self { throttle: Arc::new(Throttle::with_redis(redis)), ..self }
    }
}

/// A fresh session: what the browser keeps and what it shows.
#[derive(Debug)]
pub struct NewSession {
    /// For the cookie; only its hash is stored.
    pub token: SecretString,
    pub me: Me,
}

/// What a right password leads to.
#[derive(Debug)]
pub enum Admission {
    Session(Box<NewSession>),
    /// The second factor is awaited; the token is for the cookie that names this sign-in.
    SecondFactor(SecretString),
}

impl Admission {
    /// The session.
    ///
    /// # Errors
    /// [`Error::SecondFactorRequired`] when there is none yet.
    pub fn session(self) -> Result<NewSession, Error> {
        match self {
            Self::Session(session) => Ok(*session),
            Self::SecondFactor(_) => Err(Error::SecondFactorRequired),
        }
    }
}

/// Signs in, or waits for the second factor of whoever has one. An unknown address, a wrong password and a disabled
/// account give the same answer after the same time, which says nothing of a second factor.
///
/// # Errors
/// [`Error::WrongCredentials`], [`Error::TooManyRequests`]; [`Error::SsoRequired`] for whoever would reach nothing by a
/// password.
pub async fn sign_in(
    context: &Context,
    credentials: &Credentials,
    input: SignIn,
) -> Result<Admission, Error> {
    let now = context.now();
    let email = input.email.trim().to_lowercase();
    let attempt = Attempt::new(Kind::SignIn, &email, credentials.ip, now);
    context.gate.throttle.attempt(&attempt).await?;
    let account = user::find_by_email(&context.store.platform_read().await?, &email).await?;
    let account = account.filter(|account| !account.disabled);
    let known = account.as_ref().and_then(|account| account.password_hash.clone());
    let right = context.gate.passwords.verify(SecretString::from(input.password), known).await?;
    let Some(account) = account.filter(|_| right) else {
        return Err(Error::WrongCredentials);
    };
    context.gate.throttle.succeeded(&attempt).await;
    let tx = context.store.platform_write().await?;
    if store::second_factor::enabled_at(&tx, account.user.id).await?.is_some() {
        let token = second_factor::begin(&tx, Pending { user: account.user.id, sso: None }, now).await?;
        tx.commit().await?;
        return Ok(Admission::SecondFactor(token));
    }
    let session = admit(context, tx, credentials, account.user, By::Password, now).await?;
    Ok(Admission::Session(Box::new(session)))
}

/// Opens a session for a person who has proved themselves. That an owner comes in another way where single sign-on is
/// required is written into the organization's audit log.
pub(crate) async fn admit(
    context: &Context,
    tx: PlatformWrite,
    credentials: &Credentials,
    user: User,
    by: By,
    now: Timestamp,
) -> Result<NewSession, Error> {
    let way = if matches!(by, By::Clerk { .. }) { "clerk" } else { "password" };
    let (session, bypassed) = open(context, &tx, credentials, user, by, now).await?;
    let Some(org) = bypassed else {
        tx.commit().await?;
        return Ok(session);
    };
    let User { id, name, email, .. } = session.me.user.clone();
    let tenant = Tenant::of(org);
    let actor = Actor::User { id, name, email: email.clone() };
    let request_id = Some(credentials.request_id.clone());
    let scope = Scope::<OrganizationRead>::of(tenant.clone(), actor, Role::Owner.into(), request_id)?;
    let tx = tx.within(&tenant).await?;
    audit::record(&tx, &scope, now, "sso.bypassed", &email, json!({"by": way})).await?;
    tx.commit().await?;
    Ok(session)
}

/// Opens the session; beside it, the organization whose rule it passes by, if any.
async fn open(
    context: &Context,
    tx: &impl PlatformWrites,
    credentials: &Credentials,
    user: User,
    by: By,
    now: Timestamp,
) -> Result<(NewSession, Option<OrgId>), Error> {
    let standing = Standing::of(tx, &user, by.provider()).await?;
    let Reach { memberships, shut, bypassed } = &standing.reach;
    if *shut && memberships.is_empty() {
        return Err(Error::SsoRequired);
    }
    let chosen = match &by {
        By::Clerk { org, .. } => org.filter(|org| memberships.iter().any(|one| one.org_id == *org)),
        By::Password | By::Provider(_) => by.provider(),
    };
    let (bypassed, org) = (*bypassed, chosen.or(memberships.first().map(|membership| membership.org_id)));
    let token = session::open(tx, credentials, &user, org, &by, now).await?;
    Ok((NewSession { token, me: view(context, user, standing, org) }, bypassed))
}

/// Ends the session; without one there is nothing to do. One at Clerk goes on there, and is not taken here any more.
///
/// # Errors
/// When the store fails.
pub async fn sign_out(context: &Context, credentials: &Credentials) -> Result<(), Error> {
    let own = credentials.session.as_ref().map(token::hash);
    let at_clerk = clerk::named(context, credentials).await;
    let ended: Vec<_> = own.into_iter().chain(at_clerk).collect();
    if ended.is_empty() {
        return Ok(());
    }
    let tx = context.store.platform_write().await?;
    for session in &ended {
        store::session::revoke(&tx, session, context.now()).await?;
    }
    Ok(tx.commit().await?)
}

/// The signed-in person and the organizations that they belong to.
///
/// # Errors
/// When the store fails.
pub async fn me(context: &Context, signed_in: &SignedIn) -> Result<Me, Error> {
    let tx = context.store.platform_read().await?;
    let standing = Standing::of(&tx, &signed_in.user, signed_in.sso).await?;
    Ok(view(context, signed_in.user.clone(), standing, signed_in.org))
}

/// Makes another organization the session's default.
///
/// # Errors
/// [`Error::NotFound`] for an organization that the person does not belong to; [`Error::SsoRequired`] and
/// [`Error::Refused`] for one that the session does not reach.
pub async fn switch_organization(
    context: &Context,
    signed_in: &SignedIn,
    input: SwitchOrganization,
) -> Result<Me, Error> {
    let missing = || Error::NotFound("organization");
    let tx = context.store.platform_read().await?;
    let org = organization::find_by_name(&tx, &input.org).await?.ok_or_else(missing)?;
    let standing = membership::find(&tx, org.id, signed_in.user.id).await?.ok_or_else(missing)?;
    check_reach(&tx, signed_in, org.id, &standing).await?;
    drop(tx);
    let tx = context.store.platform_write().await?;
    store::session::set_organization(&tx, &signed_in.session, org.id).await?;
    let standing = Standing::of(&tx, &signed_in.user, signed_in.sso).await?;
    tx.commit().await?;
    Ok(view(context, signed_in.user.clone(), standing, Some(org.id)))
}

/// A password for an account that the operator makes.
///
/// # Errors
/// When the operating system gives no randomness.
pub fn random_password() -> Result<String, Error> {
    Ok(token::random()?.chars().take(24).collect())
}

/// Makes an account without signing in, for the operator's command line.
///
/// # Errors
/// [`Error::Invalid`] and [`Error::EmailTaken`].
pub async fn create_account(context: &Context, input: SignUp) -> Result<User, Error> {
    let input = validate::sign_up(input)?;
    let hash = context.gate.passwords.hash(input.password).await?;
    let (id, created_at) = (UserId(Uuid::now_v7()), context.now());
    let user = User { id, email: input.email, name: input.name, created_at, email_confirmed_at: None };
    let tx = context.store.platform_write().await?;
    sign_up::make(&tx, &user, &hash).await?;
    tx.commit().await?;
    Ok(user)
}

/// The organizations that somebody belongs to, those that they may restore, how they show there, and whether a password is
/// theirs. By default that of a new account: it has one.
#[derive(Default)]
struct Standing {
    reach: Reach,
    deleted: Vec<DeletedOrganization>,
    without_password: bool,
    by_single_sign_on: bool,
    /// The hash of the person's picture.
    avatar: Option<String>,
}

impl Standing {
    /// As a session reaches them that was opened by an organization's single sign-on, or by none.
    async fn of(tx: &impl PlatformReads, user: &User, by: Option<OrgId>) -> Result<Self, Error> {
        let mut deleted = organization::deleted_of(tx, user.id).await?;
        deleted.retain(|organization| by.is_none_or(|by| by == organization.org_id));
        let without_password = user::password_hash(tx, user.id).await?.is_none();
        let avatar = avatar::hashes(tx, [user.id]).await?.remove(&user.id);
        let (reach, by_single_sign_on) = (reachable(tx, user, by).await?, by.is_some());
        Ok(Self { reach, deleted, without_password, by_single_sign_on, avatar })
    }
}

fn view(context: &Context, user: User, standing: Standing, org: Option<OrgId>) -> Me {
    let Standing { reach, deleted, without_password, by_single_sign_on, avatar } = standing;
    let memberships = reach.memberships;
    let default =
        memberships.iter().find(|membership| Some(membership.org_id) == org).or(memberships.first());
    Me {
        default_org: default.map(|membership| membership.slug.clone()),
        user,
        avatar,
        memberships,
        deleted_organizations: deleted,
        without_password,
        by_single_sign_on,
        notice: context.settings.notice.clone(),
    }
}
