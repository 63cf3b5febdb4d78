//! People who come with a session at Clerk.
//!
//! Clerk signs that a session is there, each minute anew; here a row stands for it as for any other, so that it is in the
//! list of devices, can be ended, and is found with its person and their memberships by the one statement that each request
//! makes. What a token says of roles is at most a minute old: it can make somebody's rights less, never more.

use integrations::ProviderError;
use integrations::clerk::{ActiveOrganization, Backend, Clerk, ClerkSession};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha512};
use store::session::{self, ForClerk, TokenHash};
use store::{PlatformWrite, Tenant, clerk, second_factor, user};
use types::permission::Role;
use types::session::SignInWithClerk;
use types::{OrgId, Timestamp, UserId};

use super::apply::apply;
use super::change;
use crate::authorize::{by_session, resume};
use crate::identity::{self, By, NewSession, SESSION_LIFETIME};
use crate::scope::Rights;
use crate::{Actor, Context, Credentials, Error, SignedIn, access_token, token};

/// For how many seconds Clerk is not asked again who somebody is.
const FLOOR: i64 = 30;

/// A token that holds, and the name of the session here.
struct Shown {
    at_clerk: ClerkSession,
    id: TokenHash,
}

/// The bearer token of a request, if it may be one of Clerk's.
pub(crate) fn bearer<'a>(
    context: &'a Context,
    credentials: &'a Credentials,
) -> Option<(&'a Clerk, &'a SecretString)> {
    let clerk = context.clerk.as_deref()?;
    let bearer = credentials.api_key.as_ref()?;
    (!token::is_api_key(bearer) && !access_token::is_one(bearer)).then_some((clerk, bearer))
}

/// The token in the cookie that Clerk's pages set.
pub(crate) fn cookie<'a>(
    context: &'a Context,
    credentials: &'a Credentials,
) -> Option<(&'a Clerk, &'a SecretString)> {
    context.clerk.as_deref().zip(credentials.clerk.as_ref())
}

/// Who comes with a token, for what concerns no organization. Whoever comes for the first time gets their account.
///
/// # Errors
/// [`Error::Unauthenticated`] for a token that does not hold, [`Error::SsoDenied`] for whoever has no account here that can be
/// used, [`Error::Provider`] when Clerk cannot be asked.
pub(crate) async fn signed_in(
    context: &Context,
    credentials: &Credentials,
    (of, token): (&Clerk, &SecretString),
) -> Result<SignedIn, Error> {
    let shown = shown(context, of, token).await?;
    let found = match resume(context, credentials, shown.id.clone()).await {
        Err(Error::Unauthenticated) => {
            admit(context, credentials, of, &shown).await?;
            resume(context, credentials, shown.id.clone()).await?
        }
        found => found?,
    };
    Ok(shown.proved(found))
}

/// Who comes with a token, and what they may do in the organization that the request names, or in the one that they have
/// chosen at Clerk, or in their default one.
///
/// # Errors
/// As [`signed_in`] and [`crate::authorize`].
pub(crate) async fn entered(
    context: &Context,
    credentials: &Credentials,
    (of, token): (&Clerk, &SecretString),
) -> Result<(SignedIn, (Tenant, Actor, Rights)), Error> {
    let shown = shown(context, of, token).await?;
    match enter(context, credentials, &shown).await {
        Err(Error::Unauthenticated) => {
            admit(context, credentials, of, &shown).await?;
            enter(context, credentials, &shown).await
        }
        entered => entered,
    }
}

/// The name here of the session that a request shows, if it shows one.
pub(crate) async fn named(context: &Context, credentials: &Credentials) -> Option<TokenHash> {
    let (of, token) = bearer(context, credentials).or_else(|| cookie(context, credentials))?;
    shown(context, of, token).await.ok().map(|shown| shown.id)
}

/// What stays the same of whoever comes by a session at Clerk, while their token does not; nothing for anybody else.
pub async fn principal(context: &Context, credentials: &Credentials) -> Option<String> {
    let by_cookie = credentials.api_key.is_none() && credentials.session.is_none();
    if by_cookie || bearer(context, credentials).is_some() {
        return named(context, credentials).await.map(|session| session.as_str().to_owned());
    }
    None
}

/// The name here of a session at Clerk. It is no hash of the kind that tokens in our own cookie have: nobody can make one up
/// that is taken for it.
fn name(issuer: &str, session: &str) -> TokenHash {
    let digest = Sha512::digest(format!("bastion/clerk/1 {issuer} {session}"));
    let mut half = [0; 32];
    half.copy_from_slice(&digest[..32]);
    TokenHash::of(half)
}

async fn shown(context: &Context, of: &Clerk, token: &SecretString) -> Result<Shown, Error> {
    let verified = of.verify(token.expose_secret(), context.now()).await;
    let at_clerk = verified.map_err(|error| match error {
        ProviderError::Invalid(why) => {
            tracing::debug!(why, "a token is not that of a session at Clerk");
            Error::Unauthenticated
        }
        error => Error::Provider(error),
    })?;
    Ok(Shown { id: name(of.issuer(), &at_clerk.id), at_clerk })
}

impl Shown {
    /// With what Clerk says of when they last proved themselves.
    fn proved(&self, signed_in: SignedIn) -> SignedIn {
        let proved_at = self.at_clerk.proved_at.map_or(signed_in.proved_at, |at| at.max(signed_in.proved_at));
        SignedIn { proved_at, ..signed_in }
    }
}

async fn enter(
    context: &Context,
    credentials: &Credentials,
    shown: &Shown,
) -> Result<(SignedIn, (Tenant, Actor, Rights)), Error> {
    let chosen = match &shown.at_clerk.organization {
        Some(chosen) => Some((chosen, here(context, chosen).await?)),
        None => None,
    };
    let org = match (&credentials.org, chosen) {
        (Some(named), _) => Some(named.clone()),
        // Of one that is not here: not to be taken for another.
        (None, Some((_, None))) => {
            resume(context, credentials, shown.id.clone()).await?;
            return Err(Error::NotFound("organization"));
        }
        (None, Some((_, Some(local)))) => Some(local.to_string()),
        (None, None) => None,
    };
    let inside = Credentials { org, ..credentials.clone() };
    let (found, (tenant, actor, rights)) = by_session(context, &inside, shown.id.clone()).await?;
    let found = shown.proved(found);
    let rights = rights.proved(found.proved_at);
    let rights = match chosen {
        Some((chosen, Some(local))) if local == tenant.org() => rights.no_more_than(ceiling(chosen)),
        _ => rights,
    };
    Ok((found, (tenant, actor, rights)))
}

async fn here(context: &Context, chosen: &ActiveOrganization) -> Result<Option<OrgId>, Error> {
    let tx = context.store.platform_glance().await;
    Ok(clerk::find(&tx, &chosen.id).await?.and_then(|found| found.local))
}

/// The most that somebody may be by their role at Clerk, where an administrator may be the owner here.
fn ceiling(chosen: &ActiveOrganization) -> Role {
    match change::role(&chosen.role, &chosen.permissions) {
        Role::Admin => Role::Owner,
        role => role,
    }
}

/// Signs in by the token that a page of this server has from Clerk: the session is one of our own cookie from then on, and ends
/// with the one at Clerk where that is heard of.
///
/// # Errors
/// [`Error::NotFound`] where pages do not sign in by Clerk; else as [`signed_in`], and [`Error::SsoRequired`] for whoever would
/// reach nothing by it.
pub async fn sign_in(
    context: &Context,
    credentials: &Credentials,
    input: SignInWithClerk,
) -> Result<NewSession, Error> {
    let of = context.clerk.as_deref().filter(|clerk| clerk.publishable_key().is_some());
    let of = of.ok_or(Error::NotFound("sign-in by Clerk"))?;
    let shown = shown(context, of, &SecretString::from(input.token)).await?;
    let turn = of.turn(&shown.at_clerk.subject);
    let mut asked_at = turn.lock().await;
    let (tx, person, _) = let_in(context, of, &shown, &mut asked_at).await?;
    // By now it is here, if it can be.
    let chosen = match &shown.at_clerk.organization {
        Some(chosen) => clerk::find(&tx, &chosen.id).await?.and_then(|found| found.local),
        None => None,
    };
    let user = user::find_active(&tx, person).await?.ok_or(Error::Unauthenticated)?;
    let by = By::Clerk { session: shown.id, proved_at: shown.at_clerk.proved_at, org: chosen };
    identity::admit(context, tx, credentials, user, by, context.now()).await
}

/// Opens the session here that has the name of the one at Clerk.
async fn admit(context: &Context, credentials: &Credentials, of: &Clerk, shown: &Shown) -> Result<(), Error> {
    // A page that is opened asks for many things at once: the first to come asks, the others wait.
    let turn = of.turn(&shown.at_clerk.subject);
    let mut asked_at = turn.lock().await;
    let (tx, user, known) = let_in(context, of, shown, &mut asked_at).await?;
    open(context, credentials, shown, tx, user, known).await
}

/// Whose session here it will be, if they may have one: Clerk is asked who they are and where they belong.
async fn let_in(
    context: &Context,
    of: &Clerk,
    shown: &Shown,
    asked_at: &mut Option<Timestamp>,
) -> Result<(PlatformWrite, UserId, ForClerk), Error> {
    let (now, person) = (context.now(), shown.at_clerk.subject.as_str());
    let tx = context.store.platform_read().await?;
    let is_ended = session::for_clerk(&tx, &shown.id).await?.ended;
    let known = clerk::known(&tx, of.issuer(), &[person]).await?.remove(person);
    drop(tx);
    if is_ended || known.as_ref().is_some_and(|known| known.gone) {
        return Err(Error::Unauthenticated);
    }
    let is_due = asked_at.is_none_or(|asked: Timestamp| now.seconds_since(asked) >= FLOOR);
    if let Some(backend) = of.backend()
        && is_due
    {
        *asked_at = Some(now);
        match provision(context, of, backend, person).await {
            Ok(()) => {}
            Err(Error::Provider(error)) if known.is_some() => {
                tracing::warn!(%error, person, "whoever came by Clerk is taken as they are known here");
            }
            Err(error) => return Err(error),
        }
    }
    let tx = context.store.platform_write().await?;
    let user = allowed(&tx, of, shown).await?;
    let known = session::for_clerk(&tx, &shown.id).await?;
    if known.ended {
        return Err(Error::Unauthenticated);
    }
    Ok((tx, user, known))
}

/// Does here what Clerk says of somebody.
async fn provision(context: &Context, of: &Clerk, backend: &Backend, person: &str) -> Result<(), Error> {
    let Some(user) = backend.user(person).await? else { return Err(Error::Unauthenticated) };
    let memberships = backend.memberships_of_user(person).await?;
    let mut changes: Vec<_> =
        change::user(&user).into_iter().filter(|change| change.object.id == person).collect();
    changes.extend(memberships.iter().flat_map(change::membership));
    let tx = context.store.platform_write().await?;
    apply(context, of, tx, changes, true).await
}

/// The account of whoever comes, if it can be used by them.
async fn allowed(tx: &PlatformWrite, of: &Clerk, shown: &Shown) -> Result<UserId, Error> {
    let person = shown.at_clerk.subject.as_str();
    let Some(known) = clerk::known(tx, of.issuer(), &[person]).await?.remove(person) else {
        return Err(Error::SsoDenied(
            "Clerk knows you, but you have no account here. Your address has to be verified there; if somebody has an \
             account here with it that was never confirmed, ask whoever runs this server."
                .to_owned(),
        ));
    };
    if known.gone {
        return Err(Error::Unauthenticated);
    }
    if known.disabled {
        return Err(Error::SsoDenied("Your account is disabled. Ask whoever runs this server.".to_owned()));
    }
    if !shown.at_clerk.second_factor && second_factor::enabled_at(tx, known.user).await?.is_some() {
        return Err(Error::SsoDenied(
            "You have a second factor here, and gave none at Clerk. Set one up there as well and sign in with it, or sign \
             in with your password."
                .to_owned(),
        ));
    }
    Ok(known.user)
}

async fn open(
    context: &Context,
    credentials: &Credentials,
    shown: &Shown,
    tx: PlatformWrite,
    user: UserId,
    known: ForClerk,
) -> Result<(), Error> {
    let now = context.now();
    let expires_at = Timestamp(now.0 + SESSION_LIFETIME);
    if known.named {
        session::renew(&tx, &shown.id, now, expires_at).await?;
        return Ok(tx.commit().await?);
    }
    let new = session::New {
        id: shown.id.clone(),
        user,
        org: None,
        created_at: now,
        expires_at,
        ip: credentials.ip.to_string(),
        user_agent: credentials.user_agent.clone(),
        proved_at: shown.at_clerk.proved_at,
        sso: None,
        clerk: None,
    };
    match session::insert(&tx, new).await {
        Ok(()) => Ok(tx.commit().await?),
        // Another server was first.
        Err(store::Error::Conflict { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Ends the sessions here that stand for one at Clerk, which has ended there. One that nobody has come with yet is kept as
/// ended: its last token holds for another minute.
pub(super) async fn end(
    tx: &PlatformWrite,
    of: &Clerk,
    session: &str,
    person: Option<&str>,
    now: Timestamp,
) -> Result<(), Error> {
    let name = name(of.issuer(), session);
    let known = session::for_clerk(tx, &name).await?;
    if !known.named
        && let Some(person) = person
        && let Some(known) = clerk::known(tx, of.issuer(), &[person]).await?.remove(person)
    {
        let new = session::New {
            id: name.clone(),
            user: known.user,
            org: None,
            created_at: now,
            expires_at: Timestamp(now.0 + SESSION_LIFETIME),
            ip: String::new(),
            user_agent: None,
            proved_at: None,
            sso: None,
            clerk: None,
        };
        session::insert(tx, new).await?;
    }
    Ok(session::revoke(tx, &name, now).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_at_clerk_bounds_what_one_may_be_here() {
        let chosen = |role: &str, permissions: &[&str]| ActiveOrganization {
            id: "org_1".to_owned(),
            slug: None,
            role: role.to_owned(),
            permissions: permissions.iter().map(|one| (*one).to_owned()).collect(),
        };
        for (role, permissions, expected) in [
            ("admin", &[] as &[&str], Role::Owner),
            ("owner", &[], Role::Owner),
            ("member", &[], Role::Member),
            ("viewer", &[], Role::Viewer),
            ("else", &[], Role::Viewer),
            ("", &[], Role::Viewer),
            ("else", &["org:bastion:admin"], Role::Owner),
            ("admin", &["org:bastion:member"], Role::Member),
        ] {
            assert_eq!(ceiling(&chosen(role, permissions)), expected, "{role} {permissions:?}");
        }
    }

    #[test]
    fn the_name_of_a_session_is_the_hash_of_no_token() {
        let text = "bastion/clerk/1 https://clerk.example sess_1";
        let name = name("https://clerk.example", "sess_1");
        assert_ne!(name, token::hash(&SecretString::from(text)));
        assert_ne!(name, super::name("https://clerk.example", "sess_2"));
        assert_ne!(name, super::name("https://other.example", "sess_1"));
    }
}
