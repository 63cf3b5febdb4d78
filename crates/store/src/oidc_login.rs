//! Browsers that were sent to a provider, named by the hash of the token that the browser keeps.

use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use types::{OrgId, Timestamp};

use crate::entity::oidc_login::{ActiveModel, Column, Entity};
use crate::session::TokenHash;
use crate::transaction::Connected;
use crate::{Error, PlatformWrite};

/// Where a browser was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    pub org: OrgId,
    pub issuer: String,
}

/// Adds one.
///
/// # Errors
/// When the database fails.
pub async fn insert(
    tx: &PlatformWrite,
    id: &TokenHash,
    login: Login,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<(), Error> {
    let row = ActiveModel {
        id: Set(id.as_str().to_owned()),
        org_id: Set(login.org.0),
        issuer: Set(login.issuer),
        created_at: Set(now.millis()),
        expires_at: Set(expires_at.millis()),
    };
    Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Takes it, so that nobody else does; nothing when there is none any more.
///
/// # Errors
/// When the database fails.
pub async fn take(tx: &PlatformWrite, id: &TokenHash, now: Timestamp) -> Result<Option<Login>, Error> {
    let Some(row) = Entity::find_by_id(id.as_str()).one(tx.connection()).await? else { return Ok(None) };
    let taken = Entity::delete_by_id(id.as_str()).exec(tx.connection()).await?.rows_affected == 1;
    let valid = taken && now.millis() < row.expires_at;
    Ok(valid.then_some(Login { org: OrgId(row.org_id), issuer: row.issuer }))
}

/// Forgets those that expired before a time; answers how many.
///
/// # Errors
/// When the database fails.
pub async fn forget_before(tx: &PlatformWrite, before: Timestamp) -> Result<u64, Error> {
    let expired = Entity::delete_many().filter(Column::ExpiresAt.lt(before.millis()));
    Ok(expired.exec(tx.connection()).await?.rows_affected)
}
