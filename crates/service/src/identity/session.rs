//! Sessions: rows that a random token in the browser's cookie names.

use std::net::IpAddr;

use secrecy::SecretString;
use store::caller::{Belonging, Caller, Within};
use store::session::{self, Session, TokenHash};
use store::{Moment, PlatformReads, PlatformWrites};
use types::session::User;
use types::{OrgId, Timestamp};

use super::{SESSION_IDLE, SESSION_LIFETIME};
use crate::{Context, Credentials, Error, SignedIn, token};

/// How somebody has proved who they are.
#[derive(Clone, Debug)]
pub(crate) enum By {
    /// By their password, or by a link that was mailed to them.
    Password,
    /// By an organization's single sign-on.
    Provider(OrgId),
    /// By a session at Clerk.
    Clerk {
        /// Its name here.
        session: TokenHash,
        /// When they proved it there, if Clerk says so.
        proved_at: Option<Timestamp>,
        /// The organization that they have chosen there, if it is here.
        org: Option<OrgId>,
    },
}

impl By {
    /// By whose single sign-on, if by one.
    pub(super) fn provider(&self) -> Option<OrgId> {
        match self {
            Self::Provider(org) => Some(*org),
            Self::Password | Self::Clerk { .. } => None,
        }
    }
}

impl From<Option<OrgId>> for By {
    fn from(provider: Option<OrgId>) -> Self {
        provider.map_or(Self::Password, Self::Provider)
    }
}

/// Opens a session and returns its token; another takes the place of the one that the browser had before.
pub(super) async fn open(
    tx: &impl PlatformWrites,
    credentials: &Credentials,
    user: &User,
    org: Option<OrgId>,
    by: &By,
    now: Timestamp,
) -> Result<SecretString, Error> {
    if let Some(old) = &credentials.session {
        session::replace(tx, &token::hash(old), now).await?;
    }
    let token = SecretString::from(token::random()?);
    let (clerk, proved_at) = match by {
        By::Clerk { session, proved_at, org: _ } => (Some(session.clone()), *proved_at),
        By::Password | By::Provider(_) => (None, None),
    };
    let new = session::New {
        id: token::hash(&token),
        user: user.id,
        org,
        created_at: now,
        expires_at: Timestamp(now.0 + SESSION_LIFETIME),
        ip: credentials.ip.to_string(),
        user_agent: credentials.user_agent.clone(),
        proved_at,
        sso: by.provider(),
        clerk,
    };
    session::insert(tx, new).await?;
    Ok(token)
}

/// A session that holds, and where its person belongs.
pub(crate) struct Resumed {
    pub(crate) signed_in: SignedIn,
    /// Of the organizations that were asked for, in no order.
    pub(crate) belongings: Vec<Belonging>,
    /// When its use was last noted.
    pub(crate) last_seen_at: Timestamp,
    /// As of which state of the database, or a later one, if that can be told.
    pub(crate) moment: Option<Moment>,
}

/// The person whose session it is. Its use is not noted yet.
///
/// # Errors
/// [`Error::Unauthenticated`] when it has ended, or their account is disabled.
pub(crate) async fn resume(
    context: &Context,
    tx: &impl PlatformReads,
    id: TokenHash,
    within: Within<'_>,
    address: IpAddr,
    now: Timestamp,
) -> Result<Resumed, Error> {
    let (found, moment) = context.callers.find(&context.store, tx, &id, within, now).await?;
    let Caller { session, user, belongings } = found.ok_or(Error::Unauthenticated)?;
    let idle = now.seconds_since(session.last_seen_at);
    if session.revoked || session.expires_at <= now || idle >= SESSION_IDLE.as_secs().cast_signed() {
        return Err(Error::Unauthenticated);
    }
    let Session { org, proved_at, sso, last_seen_at, expires_at: _, revoked: _ } = session;
    let signed_in = SignedIn { user, session: id, address, org, proved_at, sso };
    Ok(Resumed { signed_in, belongings, last_seen_at, moment })
}
