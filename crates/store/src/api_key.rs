//! Keys for programs.

use sea_orm::ActiveValue::Set;
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};
use types::api_key::{ApiKey, ApiKeyLimits};
use types::permission::Role;
use types::{ApiKeyId, OrgId, Timestamp, UserId};

use crate::entity::api_key::{ActiveModel, Column, Entity, Model};
use crate::row::{json, time, time_option, to_json, word};
use crate::session::TokenHash;
use crate::transaction::{Connected, Owned};
use crate::{Error, PlatformReads, PlatformWrites, Reads, WriteTx};

/// A key as a request presents it.
#[derive(Clone, Debug)]
pub struct Presented {
    pub id: ApiKeyId,
    pub org: OrgId,
    pub name: String,
    pub role: Role,
    pub limits: ApiKeyLimits,
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
    row.map(presented).transpose()
}

/// The key of an id, unless it is revoked: for what was made of a key that was presented.
///
/// # Errors
/// When the database fails.
pub async fn find_presented(tx: &impl PlatformReads, id: ApiKeyId) -> Result<Option<Presented>, Error> {
    let row = Entity::find_by_id(id.0).filter(Column::RevokedAt.is_null()).one(tx.connection()).await?;
    row.map(presented).transpose()
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

/// How many keys of the organization can still be used.
///
/// # Errors
/// When the database fails.
pub async fn count(tx: &WriteTx, now: Timestamp) -> Result<u64, Error> {
    Ok(usable(tx, now).count(tx.connection()).await?)
}

/// How many of them somebody made.
///
/// # Errors
/// When the database fails.
pub async fn count_made_by(tx: &WriteTx, maker: UserId, now: Timestamp) -> Result<u64, Error> {
    Ok(usable(tx, now).filter(Column::CreatedBy.eq(maker.0)).count(tx.connection()).await?)
}

/// The names of the organization's keys that somebody made, revoked ones included; at most `rows`, the oldest first.
///
/// # Errors
/// When the database fails.
pub async fn names_made_by(tx: &impl Reads, maker: UserId, rows: u64) -> Result<Vec<String>, Error> {
    let query = Entity::find()
        .select_only()
        .column(Column::Name)
        .filter(Column::OrgId.eq(tx.org_id()))
        .filter(Column::CreatedBy.eq(maker.0));
    Ok(query.order_by_asc(Column::Id).limit(rows).into_tuple().all(tx.connection()).await?)
}

/// The organization's keys that neither ended nor were revoked.
fn usable(tx: &WriteTx, now: Timestamp) -> Select<Entity> {
    let lasting = Condition::any().add(Column::ExpiresAt.is_null()).add(Column::ExpiresAt.gt(now.millis()));
    Entity::find().filter(Column::OrgId.eq(tx.org_id())).filter(Column::RevokedAt.is_null()).filter(lasting)
}

/// One that is not revoked.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub async fn find(tx: &WriteTx, id: ApiKeyId) -> Result<ApiKey, Error> {
    let row = Entity::find_by_id(id.0)
        .filter(Column::OrgId.eq(tx.org_id()))
        .filter(Column::RevokedAt.is_null())
        .one(tx.connection())
        .await?;
    converted(row.ok_or(Error::NotFound)?)
}

/// Notes which key takes another's place, and when the other ends.
///
/// # Errors
/// [`Error::NotFound`] when it is revoked or another took its place already.
pub async fn replace(tx: &WriteTx, old: ApiKeyId, new: ApiKeyId, ends_at: Timestamp) -> Result<(), Error> {
    let row = ActiveModel {
        replaced_by: Set(Some(new.0)),
        expires_at: Set(Some(ends_at.millis())),
        ..Default::default()
    };
    let result = Entity::update_many()
        .set(row)
        .filter(Column::Id.eq(old.0))
        .filter(Column::OrgId.eq(tx.org_id()))
        .filter(Column::RevokedAt.is_null())
        .filter(Column::ReplacedBy.is_null())
        .exec(tx.connection())
        .await?;
    if result.rows_affected == 1 { Ok(()) } else { Err(Error::NotFound) }
}

/// Adds one.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &WriteTx, key: &ApiKey, secret: &TokenHash, by: Option<UserId>) -> Result<(), Error> {
    let ApiKeyLimits { permissions, sources, addresses } = &key.limits;
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
        permissions: Set(permissions.as_ref().map(to_json).transpose()?),
        sources: Set(sources.as_ref().map(to_json).transpose()?),
        addresses: Set(addresses.as_ref().map(to_json).transpose()?),
        replaced_by: Set(None),
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

fn presented(row: Model) -> Result<Presented, Error> {
    Ok(Presented {
        id: ApiKeyId(row.id),
        org: OrgId(row.org_id),
        role: word(&row.role)?,
        limits: limits(&row)?,
        name: row.name,
        expires_at: time_option(row.expires_at)?,
        last_used_at: time_option(row.last_used_at)?,
    })
}

fn converted(row: Model) -> Result<ApiKey, Error> {
    Ok(ApiKey {
        id: ApiKeyId(row.id),
        role: word(&row.role)?,
        limits: limits(&row)?,
        name: row.name,
        prefix: row.prefix,
        created_at: time(row.created_at)?,
        expires_at: time_option(row.expires_at)?,
        last_used_at: time_option(row.last_used_at)?,
        replaced_by: row.replaced_by.map(ApiKeyId),
        key: None,
    })
}

/// A limit that does not read back fails: it must not be taken for none.
fn limits(row: &Model) -> Result<ApiKeyLimits, Error> {
    Ok(ApiKeyLimits {
        permissions: row.permissions.clone().map(json).transpose()?,
        sources: row.sources.clone().map(json).transpose()?,
        addresses: row.addresses.clone().map(json).transpose()?,
    })
}
