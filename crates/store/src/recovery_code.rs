//! Codes for whoever has lost their authenticator app. Each is taken once, and only its hash is kept.

use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use types::{Timestamp, UserId};

use crate::entity::recovery_code::{ActiveModel, Column, Entity};
use crate::session::TokenHash;
use crate::transaction::Connected;
use crate::{Error, PlatformReads, PlatformWrites};

/// Keeps these in place of all earlier ones.
///
/// # Errors
/// [`Error::Conflict`] when the person has no second factor.
pub async fn replace(
    tx: &impl PlatformWrites,
    user: UserId,
    hashes: &[TokenHash],
    now: Timestamp,
) -> Result<(), Error> {
    Entity::delete_many().filter(Column::UserId.eq(user.0)).exec(tx.connection()).await?;
    let rows = hashes.iter().map(|hash| ActiveModel {
        user_id: Set(user.0),
        code_hash: Set(hash.as_str().to_owned()),
        created_at: Set(now.millis()),
        used_at: Set(None),
    });
    Entity::insert_many(rows).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Takes a code, which no other request can take then; `false` when it is none of the person's, or was taken.
///
/// # Errors
/// When the database fails.
pub async fn take(
    tx: &impl PlatformWrites,
    user: UserId,
    hash: &TokenHash,
    now: Timestamp,
) -> Result<bool, Error> {
    let row = ActiveModel { used_at: Set(Some(now.millis())), ..Default::default() };
    let taken = Entity::update_many()
        .set(row)
        .filter(Column::UserId.eq(user.0))
        .filter(Column::CodeHash.eq(hash.as_str()))
        .filter(Column::UsedAt.is_null())
        .exec(tx.connection())
        .await?;
    Ok(taken.rows_affected == 1)
}

/// How many a person has not used yet.
///
/// # Errors
/// When the database fails.
pub async fn left(tx: &impl PlatformReads, user: UserId) -> Result<u32, Error> {
    let unused = Entity::find().filter(Column::UserId.eq(user.0)).filter(Column::UsedAt.is_null());
    Ok(u32::try_from(unused.count(tx.connection()).await?).unwrap_or(u32::MAX))
}
