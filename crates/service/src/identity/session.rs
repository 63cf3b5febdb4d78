//! Sessions: rows that a random token in the browser's cookie names.

use std::net::IpAddr;

use secrecy::SecretString;
use store::session::TokenHash;
use store::{PlatformWrites, session, user};
use types::session::User;
use types::{OrgId, Timestamp};

use super::{SESSION_IDLE, SESSION_LIFETIME};
use crate::{Context, Credentials, Error, SignedIn, token};

/// The use of a session is noted at most this often, so that reading does not become writing.
const TOUCH_SECONDS: i64 = 60;

/// Opens a session and returns its token; one that the browser had before ends.
pub(super) async fn open(
    tx: &impl PlatformWrites,
    credentials: &Credentials,
    user: &User,
    org: Option<OrgId>,
    sso: Option<OrgId>,
    now: Timestamp,
) -> Result<SecretString, Error> {
    if let Some(old) = &credentials.session {
        session::revoke(tx, &token::hash(old), now).await?;
    }
    let token = SecretString::from(token::random()?);
    let new = session::New {
        id: token::hash(&token),
        user: user.id,
        org,
        created_at: now,
        expires_at: Timestamp(now.0 + SESSION_LIFETIME),
        ip: credentials.ip.to_string(),
        user_agent: credentials.user_agent.clone(),
        sso,
    };
    session::insert(tx, new).await?;
    Ok(token)
}

/// The person whose session the token names.
pub(crate) async fn resume(
    context: &Context,
    session: &SecretString,
    address: IpAddr,
) -> Result<SignedIn, Error> {
    resume_by_hash(context, token::hash(session), address).await
}

/// The same of a session whose token is not here: an access token stands for it.
pub(crate) async fn resume_by_hash(
    context: &Context,
    id: TokenHash,
    address: IpAddr,
) -> Result<SignedIn, Error> {
    let now = context.now();
    let tx = context.store.platform_read().await?;
    let found = session::find(&tx, &id).await?.filter(|found| {
        let idle = now.0 - found.last_seen_at.0;
        !found.revoked && now < found.expires_at && idle.num_seconds() < SESSION_IDLE.as_secs().cast_signed()
    });
    let Some(found) = found else { return Err(Error::Unauthenticated) };
    let Some(user) = user::find_active(&tx, found.user).await? else { return Err(Error::Unauthenticated) };
    drop(tx);
    if now.seconds_since(found.last_seen_at) >= TOUCH_SECONDS {
        let tx = context.store.platform_write().await?;
        session::touch(&tx, &id, now).await?;
        tx.commit().await?;
    }
    Ok(SignedIn { user, session: id, address, org: found.org, proved_at: found.proved_at, sso: found.sso })
}
