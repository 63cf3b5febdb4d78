//! Requests that are sent twice and done once.

use std::time::Duration;

use serde_json::Value;
use store::idempotency::{self, Key};
use types::Timestamp;

use crate::{Context, Error};

pub use store::idempotency::Key as RequestKey;

/// How long an answer is kept.
const KEPT: Duration = Duration::from_secs(24 * 3600);
/// After this long without an answer, whoever worked on the request is gone, and nobody knows how far they came.
const ABANDONED: Duration = Duration::from_secs(5 * 60);

/// What to do with a request that carries a key.
#[derive(Debug)]
pub enum Claim {
    /// It is new: do it, then call [`finish`].
    New,
    /// It was done: this was the answer.
    Done { status: u16, body: Option<Value> },
}

/// Claims the key for one request, known by the hash of what it asks.
///
/// # Errors
/// [`Error::IdempotencyMismatch`] when the key belongs to another request, [`Error::IdempotencyInProgress`] while the
/// same one is being worked on, [`Error::IdempotencyUnknown`] when whoever worked on it is gone: what the request asks
/// for and its answer are kept by different transactions, so it may have been done.
pub async fn claim(context: &Context, key: &Key, fingerprint: &str) -> Result<Claim, Error> {
    let now = context.now();
    let tx = context.store.platform_write().await?;
    idempotency::forget_before(&tx, Timestamp(now.0 - KEPT)).await?;
    if idempotency::claim(&tx, key, fingerprint, now).await? {
        tx.commit().await?;
        return Ok(Claim::New);
    }
    let Some(kept) = idempotency::find(&tx, key).await? else { return Err(Error::IdempotencyInProgress) };
    if kept.fingerprint != fingerprint {
        return Err(Error::IdempotencyMismatch);
    }
    match kept.answer {
        Some((status, body)) => Ok(Claim::Done { status, body }),
        None if kept.created_at.0 + ABANDONED < now.0 => Err(Error::IdempotencyUnknown),
        None => Err(Error::IdempotencyInProgress),
    }
}

/// Keeps the answer, or gives the key free when the request failed on our side and may be tried again.
///
/// # Errors
/// When the store fails.
pub async fn finish(context: &Context, key: &Key, status: u16, body: Option<Value>) -> Result<(), Error> {
    let tx = context.store.platform_write().await?;
    if (200..500).contains(&status) {
        idempotency::complete(&tx, key, status, body).await?;
    } else {
        idempotency::release(&tx, key).await?;
    }
    Ok(tx.commit().await?)
}

/// Notes that nobody knows whether the request was done: whoever sends it again is told so at once.
///
/// # Errors
/// When the store fails; they are told so in a few minutes.
pub async fn abandon(context: &Context, key: &Key) -> Result<(), Error> {
    let abandoned = Timestamp(context.now().0 - ABANDONED - Duration::from_millis(1));
    let tx = context.store.platform_write().await?;
    idempotency::begun_at(&tx, key, abandoned).await?;
    Ok(tx.commit().await?)
}
