//! The organization's data key, which encrypts its secrets.

use serde_json::json;
use types::organization::KeyReport;

use crate::permission::SecretRotate;
use crate::{Context, Error, Scope, audit};

/// How many secrets one transaction rewrites, which keeps it short.
const BATCH: u64 = 100;

/// Makes a new data key; secrets written from now on use it, older ones until they are re-encrypted the old one.
///
/// # Errors
/// When the store fails.
pub async fn rotate(context: &Context, scope: &Scope<SecretRotate>) -> Result<KeyReport, Error> {
    let now = context.now();
    let tx = context.store.write(scope.tenant()).await?;
    let version = store::secret::rotate(&tx, now).await?;
    let remaining = store::secret::remaining(&tx).await?;
    let detail = json!({"data_key_version": version});
    audit::record(&tx, scope, now, "data_key.rotated", "data_key", detail).await?;
    tx.commit().await?;
    Ok(KeyReport { data_key_version: version, rewritten: 0, secrets_on_old_key: remaining })
}

/// Rewrites the secrets that an older data key encrypts. Stopped half-way, it goes on where it was when run again; what each
/// transaction rewrote is written down in it.
///
/// # Errors
/// [`store::Error::SecretUnreadable`] when one cannot be opened; nothing of its batch changes then.
pub async fn reencrypt(context: &Context, scope: &Scope<SecretRotate>) -> Result<KeyReport, Error> {
    let mut rewritten = 0;
    loop {
        let now = context.now();
        let tx = context.store.write(scope.tenant()).await?;
        let (batch, remaining) = store::secret::reencrypt_batch(&tx, BATCH, now).await?;
        rewritten += batch;
        let done = remaining == 0 || batch == 0;
        let version = store::secret::version(&tx).await?;
        let detail = json!({"rewritten": batch, "remaining": remaining, "data_key_version": version});
        audit::record(&tx, scope, now, "secrets.re_encrypted", "data_key", detail).await?;
        tx.commit().await?;
        if done {
            return Ok(KeyReport { data_key_version: version, rewritten, secrets_on_old_key: remaining });
        }
    }
}
