//! Who asks, for which organization, and whether they may.

use std::net::IpAddr;

use secrecy::SecretString;
use store::api_key::Presented;
use store::caller::{Belonging, Within};
use store::session::TokenHash;
use store::{PlatformRead, PlatformReads, Tenant, api_key, membership, organization};
use types::api_key::ApiKeyLimits;
use types::session::User;
use types::{OrgId, Timestamp};

use crate::identity::Resumed;
use crate::scope::Rights;
use crate::{Actor, Context, Error, Requires, Scope, access_token, clerk, identity, network, token};

/// What a request says about who asks.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The token in the session's cookie.
    pub session: Option<SecretString>,
    /// The bearer token: an API key, an access token, or the token of a session at Clerk.
    pub api_key: Option<SecretString>,
    /// The token in Clerk's cookie, where people come by Clerk.
    pub clerk: Option<SecretString>,
    /// Slug or id of the organization, from the header, the query or the subdomain, whichever comes first.
    pub org: Option<String>,
    pub request_id: String,
    pub ip: IpAddr,
    pub user_agent: Option<String>,
}

/// A person with a valid session.
#[derive(Clone, Debug)]
pub struct SignedIn {
    pub user: User,
    pub(crate) session: TokenHash,
    /// Where the request comes from.
    pub(crate) address: IpAddr,
    /// The session's default organization.
    pub org: Option<OrgId>,
    /// When they last gave their password, or came by single sign-on.
    pub(crate) proved_at: Timestamp,
    /// By whose single sign-on they came, if by one: the session reaches that organization alone.
    pub(crate) sso: Option<OrgId>,
}

impl SignedIn {
    /// Refuses whoever came by single sign-on: an organization's provider vouches for somebody within that organization,
    /// and must not become the master of what else is theirs.
    pub(crate) fn require_own_proof(&self) -> Result<(), Error> {
        match self.sso {
            None => Ok(()),
            Some(_) => Err(Error::Refused(
                "You came by single sign-on, which is for your organization alone. Sign in with your password for what \
                 concerns your whole account; if you have none, whoever runs this server can make a link to set one."
                    .to_owned(),
            )),
        }
    }

    /// The person as the one who acts.
    pub(crate) fn actor(&self) -> Actor {
        let User { id, email, name, created_at: _, email_confirmed_at: _ } = self.user.clone();
        Actor::User { id, name, email }
    }

    /// The person's address, if it is known to be theirs.
    pub(crate) fn confirmed_email(&self) -> Option<&str> {
        self.user.email_confirmed_at.map(|_| self.user.email.as_str())
    }
}

/// Who is signed in, for what concerns no organization.
///
/// # Errors
/// [`Error::Unauthenticated`] without a valid session; an API key is none. With one at Clerk, [`Error::SsoDenied`] and
/// [`Error::Provider`] as well.
pub async fn authenticate(context: &Context, credentials: &Credentials) -> Result<SignedIn, Error> {
    if let Some(token) = clerk::bearer(context, credentials) {
        return clerk::signed_in(context, credentials, token).await;
    }
    let own = match &credentials.session {
        Some(session) => resume(context, credentials, token::hash(session)).await,
        None => Err(Error::Unauthenticated),
    };
    match (own, clerk::cookie(context, credentials)) {
        (Err(Error::Unauthenticated), Some(token)) => clerk::signed_in(context, credentials, token).await,
        (own, _) => own,
    }
}

/// The person of a session.
pub(crate) async fn resume(
    context: &Context,
    credentials: &Credentials,
    session: TokenHash,
) -> Result<SignedIn, Error> {
    let now = context.now();
    let tx = context.store.platform_glance().await;
    let resumed = identity::resume(context, &tx, session, Within::None, credentials.ip, now).await?;
    drop(tx);
    note_use(context, &resumed, None, now).await?;
    Ok(resumed.signed_in)
}

/// Proof that whoever asks may do `P` in the organization that the request names.
///
/// An API key wins over a session and belongs to one organization. A person's membership is the one that they have as the
/// request comes. An access token stands for the key or the session that it was exchanged for, which is looked up as if it were
/// here itself. A session at Clerk is one of its person here.
///
/// # Errors
/// [`Error::Unauthenticated`] without valid credentials, [`Error::AccessTokenExpired`] with an access token that has ended,
/// [`Error::NotFound`] for an organization that the caller does not belong to, [`Error::SsoRequired`] and [`Error::Refused`]
/// for one that the session does not reach, [`Error::Suspended`] for one that the operator has suspended,
/// [`Error::OrganizationRequired`] when none is named and there is no default, [`Error::Forbidden`] when the role lacks the
/// permission, [`Error::Refused`] for a key that was not given it, or that is used from elsewhere than where it may,
/// [`Error::StepUpRequired`] when it is a dangerous one and the person gave their password too long ago. An API key cannot
/// give one: whoever made it with that role meant it.
pub async fn authorize<P: Requires>(context: &Context, credentials: &Credentials) -> Result<Scope<P>, Error> {
    let (tenant, actor, rights) = match (&credentials.api_key, clerk::bearer(context, credentials)) {
        (_, Some(token)) => clerk::entered(context, credentials, token).await?.1,
        (Some(bearer), None) if !token::is_api_key(bearer) => {
            access_token::resolve(context, bearer, credentials).await?
        }
        (Some(key), None) => by_key(context, key, credentials).await?,
        (None, None) => by_cookie(context, credentials).await?.1,
    };
    let scope: Scope<P> = Scope::of(tenant, actor, rights, Some(credentials.request_id.clone()))?;
    if P::PERMISSION.needs_recent_proof() {
        scope.require_recent_proof(context.now())?;
    }
    Ok(scope)
}

/// The person of the session in our own cookie or else in Clerk's, and what they may do.
pub(crate) async fn by_cookie(
    context: &Context,
    credentials: &Credentials,
) -> Result<(SignedIn, (Tenant, Actor, Rights)), Error> {
    let own = match &credentials.session {
        Some(session) => by_session(context, credentials, token::hash(session)).await,
        None => Err(Error::Unauthenticated),
    };
    match (own, clerk::cookie(context, credentials)) {
        (Err(Error::Unauthenticated), Some(token)) => clerk::entered(context, credentials, token).await,
        (own, _) => own,
    }
}

/// The person of a session, and what they may do in the organization that the request names, or in their default one.
/// All of it is read at once, before whose rows are seen is known: from the platform's tables alone.
pub(crate) async fn by_session(
    context: &Context,
    credentials: &Credentials,
    session: TokenHash,
) -> Result<(SignedIn, (Tenant, Actor, Rights)), Error> {
    let now = context.now();
    let within = credentials.org.as_deref().map_or(Within::Any, Within::Named);
    let tx = context.store.platform_glance().await;
    let mut resumed = identity::resume(context, &tx, session, within, credentials.ip, now).await?;
    let belongings = std::mem::take(&mut resumed.belongings);
    let entered = match credentials.org {
        Some(_) => named(&tx, &resumed.signed_in, belongings).await,
        None => by_default(&tx, &resumed.signed_in, belongings).await,
    };
    drop(tx);
    let entered = entered.and_then(open);
    // Whether they may go in or not: they were here.
    note_use(context, &resumed, entered.as_ref().ok(), now).await?;
    let Belonging { org, standing, requests_per_minute, suspended: _ } = entered?;
    let signed_in = resumed.signed_in;
    let rights = Rights::of_person(standing.role, signed_in.proved_at)
        .at_most(requests_per_minute)
        .found_at(resumed.moment);
    let may = (Tenant::of(org), signed_in.actor(), rights);
    Ok((signed_in, may))
}

/// The organization that the request names, if the session reaches it.
async fn named(
    tx: &impl PlatformReads,
    signed_in: &SignedIn,
    belongings: Vec<Belonging>,
) -> Result<Belonging, Error> {
    let found = belongings.into_iter().next().ok_or(Error::NotFound("organization"))?;
    identity::check_reach(tx, signed_in, found.org, &found.standing).await?;
    Ok(found)
}

/// The session's organization, if the person still belongs to it, else the only one.
async fn by_default(
    tx: &impl PlatformReads,
    signed_in: &SignedIn,
    mut belongings: Vec<Belonging>,
) -> Result<Belonging, Error> {
    identity::retain_reached(tx, signed_in, &mut belongings).await?;
    let chosen = belongings.iter().position(|one| Some(one.org) == signed_in.org);
    match (chosen, belongings.len()) {
        (Some(place), _) => Ok(belongings.swap_remove(place)),
        (None, 1) => Ok(belongings.swap_remove(0)),
        (None, _) => Err(Error::OrganizationRequired),
    }
}

/// The organization, unless nobody may use it.
fn open(belonging: Belonging) -> Result<Belonging, Error> {
    match belonging.suspended {
        Some(reason) => Err(Error::Suspended(reason)),
        None => Ok(belonging),
    }
}

/// The use of a session, an organization or a key is noted at most this often, so that reading does not become writing.
const NOTE_SECONDS: i64 = 60;

/// Notes that a session was used, and that its person was in an organization.
async fn note_use(
    context: &Context,
    resumed: &Resumed,
    entered: Option<&Belonging>,
    now: Timestamp,
) -> Result<(), Error> {
    let SignedIn { session, user, .. } = &resumed.signed_in;
    let is_old = |seen: Timestamp| now.seconds_since(seen) >= NOTE_SECONDS;
    let is_session_old = is_old(resumed.last_seen_at);
    let entered = entered.filter(|entered| entered.standing.last_seen_at.is_none_or(is_old));
    if !is_session_old && entered.is_none() {
        return Ok(());
    }
    let tx = context.store.platform_write().await?;
    if is_session_old {
        store::session::touch(&tx, session, now).await?;
    }
    if let Some(entered) = entered {
        membership::touch(&tx, entered.org, user.id, now).await?;
    }
    Ok(tx.commit().await?)
}

pub(crate) async fn by_key(
    context: &Context,
    key: &SecretString,
    credentials: &Credentials,
) -> Result<(Tenant, Actor, Rights), Error> {
    if !token::is_api_key(key) {
        return Err(Error::Unauthenticated);
    }
    let tx = context.store.platform_glance().await;
    let found = api_key::find_by_hash(&tx, &token::hash(key)).await?;
    as_key(context, tx, found, credentials).await
}

/// What the key that was found may do, from where the request comes.
pub(crate) async fn as_key(
    context: &Context,
    tx: PlatformRead,
    found: Option<Presented>,
    credentials: &Credentials,
) -> Result<(Tenant, Actor, Rights), Error> {
    let now = context.now();
    let Some(found) = found.filter(|key| key.expires_at.is_none_or(|end| now < end)) else {
        return Err(Error::Unauthenticated);
    };
    let Some(org) = organization::find(&tx, found.org).await? else {
        return Err(Error::Unauthenticated);
    };
    drop(tx);
    let ApiKeyLimits { permissions, sources, addresses } = found.limits;
    if addresses
        .as_deref()
        .is_some_and(|networks| !network::is_within(credentials.ip.to_canonical().into(), networks))
    {
        return Err(Error::Refused(format!("This API key may not be used from {}.", credentials.ip)));
    }
    if credentials.org.as_deref().is_some_and(|name| name != org.slug && name != org.id.to_string()) {
        return Err(Error::NotFound("organization"));
    }
    if let Some(reason) = org.suspended {
        return Err(Error::Suspended(reason));
    }
    let (org, requests_per_minute) = (org.id, org.limits.requests_per_minute);
    if found.last_used_at.is_none_or(|used| now.seconds_since(used) >= NOTE_SECONDS) {
        let tx = context.store.platform_write().await?;
        api_key::touch(&tx, found.id, now).await?;
        tx.commit().await?;
    }
    let tenant = match sources {
        Some(sources) => Tenant::of(org).limited_to(sources),
        None => Tenant::of(org),
    };
    let actor = Actor::ApiKey { id: found.id, name: found.name };
    let rights = Rights::of_key(found.role, permissions, addresses, found.expires_at);
    Ok((tenant, actor, rights.at_most(requests_per_minute)))
}
