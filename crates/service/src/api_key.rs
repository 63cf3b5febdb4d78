//! Keys for programs.

use secrecy::SecretString;
use serde_json::json;
use types::ApiKeyId;
use types::organization::{ApiKey, CreateApiKey};
use types::page::Page;
use uuid::Uuid;

use crate::member::within_own;
use crate::page::Paging;
use crate::permission::ApiKeyManage;
use crate::{Context, Error, Scope, audit, identity, token};

/// What every key starts with, so that scanners for leaked secrets know it.
const PREFIX: &str = "bst_";
/// How many characters of a key are shown for recognising it.
const SHOWN: usize = 12;

/// A page of the keys that are not revoked, the newest first.
///
/// # Errors
/// [`Error::Invalid`] for a foreign cursor.
pub async fn list(
    context: &Context,
    scope: &Scope<ApiKeyManage>,
    paging: &Paging,
) -> Result<Page<ApiKey>, Error> {
    let before = paging.after()?;
    let tx = context.store.platform_read().await?;
    let rows = store::api_key::list(&tx, scope.org(), before, paging.rows()).await?;
    Ok(paging.page(rows, |key| key.id))
}

/// Makes a key; the answer alone shows it.
///
/// # Errors
/// [`Error::Invalid`] for a name that does not fit or an end in the past, [`Error::Refused`] for a role above the
/// maker's own.
pub async fn create(
    context: &Context,
    scope: &Scope<ApiKeyManage>,
    input: CreateApiKey,
) -> Result<ApiKey, Error> {
    let now = context.now();
    let name = identity::checked_name("/name", &input.name).map_err(|fault| Error::Invalid(vec![fault]))?;
    within_own(scope, input.role)?;
    if input.expires_at.is_some_and(|end| end <= now) {
        return Err(Error::field("/expires_at", "past", "The key would have expired already."));
    }
    let secret = format!("{PREFIX}{}", token::random()?);
    let key = ApiKey {
        id: ApiKeyId(Uuid::now_v7()),
        name,
        prefix: secret[..SHOWN].to_owned(),
        role: input.role,
        created_at: now,
        expires_at: input.expires_at,
        last_used_at: None,
        key: Some(secret.clone()),
    };
    let tx = context.store.write(scope.tenant()).await?;
    let hash = token::hash(&SecretString::from(secret));
    store::api_key::insert(&tx, &key, &hash, scope.actor().user_id()).await?;
    let detail = json!({"role": key.role, "prefix": key.prefix});
    audit::record(&tx, scope, now, "api_key.created", &key.name, detail).await?;
    tx.commit().await?;
    Ok(key)
}

/// Revokes a key: it stops working at once.
///
/// # Errors
/// [`Error::NotFound`] when there is no such key.
pub async fn revoke(context: &Context, scope: &Scope<ApiKeyManage>, id: ApiKeyId) -> Result<(), Error> {
    let now = context.now();
    let tx = context.store.write(scope.tenant()).await?;
    let Some(name) = store::api_key::revoke(&tx, id, now).await? else {
        return Err(Error::NotFound("API key"));
    };
    audit::record(&tx, scope, now, "api_key.revoked", &name, json!({})).await?;
    Ok(tx.commit().await?)
}
