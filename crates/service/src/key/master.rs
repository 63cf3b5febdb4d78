//! Another master key for the whole deployment, while its servers go on.

use serde_json::json;
use store::job::{self, NewJob};
use store::master_key::{self, Remaining};
use store::{Tenant, second_factor, secret, signing_key};
use tokio_util::sync::CancellationToken;
use types::OrgId;

use super::{ATTEMPTS, MASTER_ROTATION};
use crate::permission::SecretRotate;
use crate::{Context, Error, Scope, audit};

/// How many organizations are looked up at a time, and second factors and signing keys taken over in one transaction.
const BATCH: u64 = 100;

/// Makes a new master key and puts everything under it that another one wraps. One that was begun and not ended goes on
/// instead. `tell` is called with what is left, after each hundred organizations.
///
/// # Errors
/// [`store::Error::Wrapper`] when whatever wraps master keys cannot be reached, and when the store fails. What was done
/// until then is kept, and what is left stays readable.
pub async fn rotate_master(context: &Context, tell: impl FnMut(Remaining)) -> Result<Remaining, Error> {
    let tx = context.store.platform_read().await?;
    let mut left = master_key::remaining(&tx).await?;
    let goes_on = !left.is_none() && master_key::is_wrapped_anew(&context.store, &tx).await?;
    drop(tx);
    if !goes_on {
        begin(context).await?;
        left = master_key::remaining(&context.store.platform_read().await?).await?;
    }
    take_over(context, &CancellationToken::new(), tell).await?;
    Ok(left)
}

async fn begin(context: &Context) -> Result<(), Error> {
    let fresh = context.store.fresh_master_key().await?;
    let tx = context.store.platform_write().await?;
    master_key::replace(&tx, &fresh, context.now()).await?;
    let new = NewJob {
        org: None,
        kind: MASTER_ROTATION,
        payload: json!({}),
        run_at: context.now(),
        max_attempts: ATTEMPTS,
        idempotency_key: Some(MASTER_ROTATION.to_owned()),
    };
    job::enqueue(&tx, new).await?;
    Ok(tx.commit().await?)
}

/// Puts everything under the present master key, an organization in each transaction, with its audit row; `false` when
/// the worker stops before the end. What two do at once is done once.
pub(crate) async fn take_over(
    context: &Context,
    stop: &CancellationToken,
    mut tell: impl FnMut(Remaining),
) -> Result<bool, Error> {
    let mut last = None;
    loop {
        let tx = context.store.platform_read().await?;
        let organizations = master_key::organizations(&tx, last, BATCH).await?;
        drop(tx);
        last = organizations.last().copied();
        for org in organizations {
            if stop.is_cancelled() {
                return Ok(false);
            }
            one(context, org).await?;
        }
        let tx = context.store.platform_read().await?;
        let left = master_key::remaining(&tx).await?;
        drop(tx);
        tell(left);
        if last.is_none() {
            break;
        }
    }
    loop {
        let tx = context.store.platform_write().await?;
        let some =
            second_factor::rewrap_some(&tx, BATCH).await? + signing_key::rewrap_some(&tx, BATCH).await?;
        tx.commit().await?;
        if some == 0 {
            break;
        }
        if stop.is_cancelled() {
            return Ok(false);
        }
    }
    let tx = context.store.platform_write().await?;
    let retired = master_key::retire(&tx).await?;
    tx.commit().await?;
    tracing::info!(retired, "everything is under the present master key");
    Ok(true)
}

async fn one(context: &Context, org: OrgId) -> Result<(), Error> {
    let scope = Scope::<SecretRotate>::for_operator(org);
    let now = context.now();
    let tx = context.store.write(&Tenant::of(org)).await?;
    let data_keys = secret::rewrap(&tx).await?;
    if data_keys > 0 {
        let detail = json!({"data_keys": data_keys});
        audit::record(&tx, &scope, now, "master_key.rotated", "data_key", detail).await?;
    }
    Ok(tx.commit().await?)
}
