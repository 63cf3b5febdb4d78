//! Keys in the background: secrets move to the newest data key, and data keys to the present master key.

use serde_json::json;
use store::job::{self, Leased};
use store::{Error as StoreError, secret};
use tokio_util::sync::CancellationToken;

use crate::permission::SecretRotate;
use crate::{Context, Error, Scope, audit, key};

/// How many secrets one transaction rewrites, which keeps it short.
const BATCH: u64 = 100;

/// Rewrites the secrets that an older data key encrypts, and then removes the data keys that none uses. What each
/// transaction rewrote is written down in it. When the worker stops, another goes on with what is left.
///
/// # Errors
/// When the store fails; the job is then done again. One that cannot be opened ends it, and nothing of its batch changes.
pub(super) async fn reencrypt(
    context: &Context,
    leased: &Leased,
    stop: &CancellationToken,
) -> Result<(), Error> {
    let org = leased.org.ok_or_else(|| Error::Internal("secrets without an organization".to_owned()))?;
    let scope = Scope::<SecretRotate>::for_job(org);
    loop {
        let now = context.now();
        let tx = context.store.write(scope.tenant()).await?;
        let (batch, remaining) = match secret::reencrypt_batch(&tx, BATCH, now).await {
            // Trying again helps nobody: it has to be entered anew.
            Err(error @ StoreError::SecretUnreadable) => {
                drop(tx);
                tracing::error!(%org, %error, "secrets are not re-encrypted");
                return Ok(job::fail(&context.store, leased, now, &error.to_string(), false).await?);
            }
            other => other?,
        };
        let done = remaining == 0 || batch == 0;
        let retired = if done { secret::retire(&tx).await? } else { 0 };
        let detail = json!({
            "rewritten": batch,
            "remaining": remaining,
            "data_key_version": secret::version(&tx).await?,
            "retired_data_keys": retired,
        });
        audit::record(&tx, &scope, now, "secrets.re_encrypted", "data_key", detail).await?;
        if done {
            job::complete(&tx, leased).await?;
        }
        tx.commit().await?;
        if done {
            return Ok(());
        }
        if stop.is_cancelled() {
            return Ok(job::release(&context.store, leased).await?);
        }
    }
}

/// Goes on with a new master key that an operator began with.
///
/// # Errors
/// When a master key is not at hand or the store fails; the job is then done again.
pub(super) async fn take_over(
    context: &Context,
    leased: &Leased,
    stop: &CancellationToken,
) -> Result<(), Error> {
    if !key::take_over(context, stop, |_| {}).await? {
        return Ok(job::release(&context.store, leased).await?);
    }
    let tx = context.store.platform_write().await?;
    job::complete(&tx, leased).await?;
    Ok(tx.commit().await?)
}
