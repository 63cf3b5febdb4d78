//! The organization's data key, which encrypts its secrets.

mod master;
mod vault;

use serde_json::json;
use store::Reads;
use store::job::{self, NewJob};
use types::organization::KeyReport;

use crate::permission::SecretRotate;
use crate::{Context, Error, Scope, Topic, audit};

pub use master::rotate_master;
pub use vault::Vault;

pub(crate) use master::take_over;

/// The kind of the job that moves secrets to the newest data key.
pub(crate) const RE_ENCRYPT: &str = "re_encrypt";
/// The kind of the job that goes on with a new master key when whoever began is gone.
pub(crate) const MASTER_ROTATION: &str = "master_key";
/// A worker may be killed in it again and again.
pub(crate) const ATTEMPTS: u32 = 20;

/// Makes a new data key; secrets written from now on use it, older ones until they are re-encrypted the old one.
///
/// # Errors
/// When the store fails.
pub async fn rotate(context: &Context, scope: &Scope<SecretRotate>) -> Result<KeyReport, Error> {
    let now = context.now();
    let tx = context.store.write(scope.tenant()).await?;
    let version = store::secret::rotate(&tx, now).await?;
    let detail = json!({"data_key_version": version});
    audit::record(&tx, scope, now, "data_key.rotated", "data_key", detail).await?;
    let report = report(&tx).await?;
    tx.commit().await?;
    Ok(report)
}

/// Has the secrets rewritten that an older data key encrypts, in the background. One that is under way already goes on.
///
/// # Errors
/// When the store fails.
pub async fn reencrypt(context: &Context, scope: &Scope<SecretRotate>) -> Result<KeyReport, Error> {
    let now = context.now();
    let tx = context.store.write(scope.tenant()).await?;
    let new = NewJob {
        org: Some(scope.org()),
        kind: RE_ENCRYPT,
        payload: json!({}),
        run_at: now,
        max_attempts: ATTEMPTS,
        idempotency_key: Some(RE_ENCRYPT.to_owned()),
    };
    job::enqueue(&tx, new).await?;
    let report = report(&tx).await?;
    let detail = json!({"secrets": report.secrets, "remaining": report.secrets_on_old_key});
    audit::record(&tx, scope, now, "secrets.re_encryption_asked", "data_key", detail).await?;
    tx.commit().await?;
    context.hub.publish(scope.org(), Topic::Job);
    Ok(report)
}

/// How far the secrets have come to the newest data key.
pub(crate) async fn report(tx: &impl Reads) -> Result<KeyReport, Error> {
    Ok(KeyReport {
        data_key_version: store::secret::version(tx).await?,
        secrets: store::secret::count(tx).await?,
        secrets_on_old_key: store::secret::remaining(tx).await?,
        running: job::is_active(tx, Some(tx.org()), RE_ENCRYPT).await?,
    })
}
