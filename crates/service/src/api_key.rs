//! Keys for programs.

mod limits;

use secrecy::SecretString;
use serde_json::json;
use types::ApiKeyId;
use types::api_key::{ApiKey, CreateApiKey, RotateApiKey};
use types::page::Page;
use uuid::Uuid;

use crate::organization::{Limited, make_room};
use crate::page::Paging;
use crate::permission::ApiKeyManage;
use crate::{Actor, Context, Error, Scope, activity, audit, identity, token};

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
/// [`Error::Invalid`] for a name or limits that do not fit or an end in the past, [`Error::Refused`] for more than the maker
/// may do, [`Error::StepUpRequired`] for the role of an owner, [`Error::PlanLimit`] when the organization may have no more.
pub async fn create(
    context: &Context,
    scope: &Scope<ApiKeyManage>,
    input: CreateApiKey,
) -> Result<ApiKey, Error> {
    let now = context.now();
    let name = identity::checked_name("/name", &input.name).map_err(|fault| Error::Invalid(vec![fault]))?;
    if input.expires_at.is_some_and(|end| end <= now) {
        return Err(Error::field("/expires_at", "past", "The key would have expired already."));
    }
    let tx = context.store.write(scope.tenant()).await?;
    let limits = limits::checked(&tx, input.role, input.limits).await?;
    limits::within_own(scope, input.role, &limits, now)?;
    limits::ends_in_time(scope, input.expires_at)?;
    make_room(&tx, Limited::ApiKeys, now).await?;
    let secret = token::api_key()?;
    let key = ApiKey {
        id: ApiKeyId(Uuid::now_v7()),
        name,
        prefix: secret[..SHOWN].to_owned(),
        role: input.role,
        limits,
        created_at: now,
        expires_at: input.expires_at,
        last_used_at: None,
        replaced_by: None,
        key: Some(secret.clone()),
    };
    let hash = token::hash(&SecretString::from(secret));
    store::api_key::insert(&tx, &key, &hash, scope.actor().user_id()).await?;
    let detail = json!({
        "role": key.role, "prefix": key.prefix, "limits": key.limits, "expires_at": key.expires_at,
    });
    audit::record(&tx, scope, now, "api_key.created", &key.name, detail).await?;
    record(&tx, scope, now, "api_key.created", format!("made the API key {}", key.name)).await?;
    tx.commit().await?;
    context.hub.publish(scope.org(), crate::Topic::Activity);
    Ok(key)
}

/// Makes a key in place of another, which goes on working for a while so that programs can change over. The new key may do
/// what the old one may, and lasts as long as that was to last.
///
/// # Errors
/// [`Error::NotFound`] when there is no such key, [`Error::Conflict`] when it has ended or was replaced already,
/// [`Error::Refused`] for a key that may do more than who asks, [`Error::StepUpRequired`] for one of an owner.
pub async fn rotate(
    context: &Context,
    scope: &Scope<ApiKeyManage>,
    id: ApiKeyId,
    input: RotateApiKey,
) -> Result<ApiKey, Error> {
    let now = context.now();
    if input.overlap_hours > RotateApiKey::LONGEST_OVERLAP {
        let detail = format!("At most {} hours.", RotateApiKey::LONGEST_OVERLAP);
        return Err(Error::field("/overlap_hours", "range", detail));
    }
    let tx = context.store.write(scope.tenant()).await?;
    store::organization::lock(&tx).await?;
    let old = store::api_key::find(&tx, id).await.map_err(Error::missing("API key"))?;
    limits::within_own(scope, old.role, &old.limits, now)?;
    if old.replaced_by.is_some() {
        return Err(Error::Conflict("Another key took its place already. Rotate that one.".to_owned()));
    }
    if old.expires_at.is_some_and(|end| end <= now) {
        return Err(Error::Conflict("The key has expired. Make a new one.".to_owned()));
    }
    let expires_at = old.expires_at.map(|end| types::Timestamp(now.0 + (end.0 - old.created_at.0)));
    // A key may make its own successor, and nothing else that lasts longer than itself.
    if !matches!(scope.actor(), Actor::ApiKey { id: own, .. } if *own == id) {
        limits::ends_in_time(scope, expires_at)?;
    }
    let secret = token::api_key()?;
    let key = ApiKey {
        id: ApiKeyId(Uuid::now_v7()),
        name: old.name.clone(),
        prefix: secret[..SHOWN].to_owned(),
        created_at: now,
        expires_at,
        last_used_at: None,
        key: Some(secret.clone()),
        ..old.clone()
    };
    let hash = token::hash(&SecretString::from(secret));
    store::api_key::insert(&tx, &key, &hash, scope.actor().user_id()).await?;
    let overlap = types::Timestamp(now.0 + chrono::TimeDelta::hours(input.overlap_hours.into()));
    // A key that ends sooner is not given more time.
    let ends_at = old.expires_at.map_or(overlap, |end| end.min(overlap));
    store::api_key::replace(&tx, id, key.id, ends_at).await?;
    let detail = json!({"from": old.prefix, "to": key.prefix, "old_ends_at": ends_at});
    audit::record(&tx, scope, now, "api_key.rotated", &key.name, detail).await?;
    record(&tx, scope, now, "api_key.rotated", format!("rotated the API key {}", key.name)).await?;
    tx.commit().await?;
    context.hub.publish(scope.org(), crate::Topic::Activity);
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
    record(&tx, scope, now, "api_key.revoked", format!("revoked the API key {name}")).await?;
    tx.commit().await?;
    context.hub.publish(scope.org(), crate::Topic::Activity);
    Ok(())
}

/// Tells the other members.
async fn record(
    tx: &store::WriteTx,
    scope: &Scope<ApiKeyManage>,
    now: types::Timestamp,
    kind: &'static str,
    did: String,
) -> Result<(), Error> {
    let entry = activity::Entry {
        kind,
        message: format!("{} {did}", scope.actor().name()),
        source: None,
        link: Some("/dashboard/settings?section=api-keys".to_owned()),
    };
    activity::record(tx, scope.actor(), now, entry).await?;
    Ok(())
}
