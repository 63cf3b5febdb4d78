//! The browsers in which a person is signed in.

use store::session;
use types::account::Device;
use types::page::{MAXIMUM_LIMIT, Page};
use types::{SessionId, Timestamp};

use super::{SESSION_IDLE, browser};
use crate::{Context, Error, SignedIn};

/// The person's sessions that have not ended, the last used first; of very many, the last used ones.
///
/// # Errors
/// When the store fails.
pub async fn devices(context: &Context, signed_in: &SignedIn) -> Result<Page<Device>, Error> {
    let items = sessions(context, signed_in).await?.into_iter().map(|found| Device {
        id: found.id.session_id(),
        browser: browser::describe(found.user_agent.as_deref()),
        address: found.ip,
        created_at: found.created_at,
        last_seen_at: found.last_seen_at,
        current: found.id == signed_in.session,
    });
    Ok(Page { items: items.collect(), next_cursor: None, total: None })
}

/// Ends one of the person's sessions.
///
/// # Errors
/// [`Error::NotFound`] when they have no such session.
pub async fn end_device(context: &Context, signed_in: &SignedIn, id: SessionId) -> Result<(), Error> {
    let found = sessions(context, signed_in).await?.into_iter().find(|found| found.id.session_id() == id);
    let Some(found) = found else { return Err(Error::NotFound("session")) };
    let tx = context.store.platform_write().await?;
    session::revoke(&tx, &found.id, context.now()).await?;
    Ok(tx.commit().await?)
}

/// Ends all of the person's sessions, the one that asks included.
///
/// # Errors
/// When the store fails.
pub async fn sign_out_everywhere(context: &Context, signed_in: &SignedIn) -> Result<(), Error> {
    let tx = context.store.platform_write().await?;
    session::revoke_all(&tx, signed_in.user.id, None, context.now()).await?;
    tx.commit().await?;
    tracing::info!(user = %signed_in.user.id, "signed out everywhere");
    Ok(())
}

async fn sessions(context: &Context, signed_in: &SignedIn) -> Result<Vec<session::Listed>, Error> {
    let now = context.now();
    let tx = context.store.platform_read().await?;
    let used_since = Timestamp(now.0 - SESSION_IDLE);
    Ok(session::of_user(&tx, signed_in.user.id, now, used_since, MAXIMUM_LIMIT.into()).await?)
}
