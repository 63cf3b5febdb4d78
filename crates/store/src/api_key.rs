//! Keys for programs.

use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use types::organization::ApiKey;
use types::permission::Role;
use types::{ApiKeyId, OrgId, Timestamp, UserId};

use crate::entity::api_key::{ActiveModel, Column, Entity, Model};
use crate::row::{time, time_option, word};
use crate::session::TokenHash;
use crate::transaction::{Connected, Owned};
use crate::{Error, PlatformReads, PlatformWrites, WriteTx};

/// A key as a request presents it.
#[derive(Clone, Debug)]
pub struct Presented {
    pub id: ApiKeyId,
    pub org: OrgId,
    pub name: String,
    pub role: Role,
    pub expires_at: Option<Timestamp>,
    pub last_used_at: Option<Timestamp>,
}

/// The key of a secret, unless it is revoked.
///
/// # Errors
/// When the database fails.
pub async fn find_by_hash(tx: &impl PlatformReads, secret: &TokenHash) -> Result<Option<Presented>, Error> {
    let row = Entity::find()
        .filter(Column::SecretHash.eq(secret.as_str()))
        .filter(Column::RevokedAt.is_null())
        .one(tx.connection())
        .await?;
    row.map(|row| {
        Ok(Presented {
            id: ApiKeyId(row.id),
            org: OrgId(row.org_id),
            name: row.name,
            role: word(&row.role)?,
            expires_at: time_option(row.expires_at)?,
            last_used_at: time_option(row.last_used_at)?,
        })
    })
    .transpose()
}

/// At most `rows` keys of an organization that are not revoked and older than `before`, the newest first.
///
/// # Errors
/// When the database fails.
pub async fn list(
    tx: &impl PlatformReads,
    org: OrgId,
    before: Option<ApiKeyId>,
    rows: u64,
) -> Result<Vec<ApiKey>, Error> {
    let mut query = Entity::find().filter(Column::OrgId.eq(org.0)).filter(Column::RevokedAt.is_null());
    if let Some(before) = before {
        query = query.filter(Column::Id.lt(before.0));
    }
    let found = query.order_by_desc(Column::Id).limit(rows).all(tx.connection()).await?;
    found.into_iter().map(converted).collect()
}

/// Adds one.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &WriteTx, key: &ApiKey, secret: &TokenHash, by: Option<UserId>) -> Result<(), Error> {
    let row = ActiveModel {
        id: Set(key.id.0),
        org_id: Set(tx.org_id()),
        name: Set(key.name.clone()),
        prefix: Set(key.prefix.clone()),
        secret_hash: Set(secret.as_str().to_owned()),
        role: Set(key.role.as_str().to_owned()),
        created_by: Set(by.map(|user| user.0)),
        created_at: Set(key.created_at.millis()),
        expires_at: Set(key.expires_at.map(Timestamp::millis)),
        last_used_at: Set(None),
        revoked_at: Set(None),
    };
    Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Notes its use.
///
/// # Errors
/// When the database fails.
pub async fn touch(tx: &impl PlatformWrites, id: ApiKeyId, now: Timestamp) -> Result<(), Error> {
    let row = ActiveModel { last_used_at: Set(Some(now.millis())), ..Default::default() };
    Entity::update_many().set(row).filter(Column::Id.eq(id.0)).exec(tx.connection()).await?;
    Ok(())
}

/// Revokes one and returns its name; `None` when there is none.
///
/// # Errors
/// When the database fails.
pub async fn revoke(tx: &WriteTx, id: ApiKeyId, now: Timestamp) -> Result<Option<String>, Error> {
    let found = Entity::find_by_id(id.0).filter(Column::OrgId.eq(tx.org_id())).one(tx.connection()).await?;
    let Some(found) = found else { return Ok(None) };
    let result = Entity::update_many()
        .set(ActiveModel { revoked_at: Set(Some(now.millis())), ..Default::default() })
        .filter(Column::Id.eq(id.0))
        .filter(Column::OrgId.eq(tx.org_id()))
        .filter(Column::RevokedAt.is_null())
        .exec(tx.connection())
        .await?;
    Ok((result.rows_affected == 1).then_some(found.name))
}

fn converted(row: Model) -> Result<ApiKey, Error> {
    Ok(ApiKey {
        id: ApiKeyId(row.id),
        name: row.name,
        prefix: row.prefix,
        role: word(&row.role)?,
        created_at: time(row.created_at)?,
        expires_at: time_option(row.expires_at)?,
        last_used_at: time_option(row.last_used_at)?,
        key: None,
    })
}
