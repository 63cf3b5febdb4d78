//! People's pictures.

use std::collections::HashMap;

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use types::{Timestamp, UserId};
use uuid::Uuid;

use crate::entity::avatar::{ActiveModel, Column, Entity};
use crate::transaction::Connected;
use crate::{Error, PlatformReads, PlatformWrites};

/// A picture as it is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Avatar {
    /// Such as `image/png`.
    pub media_type: String,
    /// The SHA-256 of the image, in hexadecimal.
    pub hash: String,
    pub image: Vec<u8>,
}

/// The person's picture.
///
/// # Errors
/// When the database fails.
pub async fn find(tx: &impl PlatformReads, user: UserId) -> Result<Option<Avatar>, Error> {
    let row = Entity::find_by_id(user.0).one(tx.connection()).await?;
    Ok(row.map(|row| Avatar { media_type: row.media_type, hash: row.hash, image: row.image }))
}

/// The hashes of the pictures of those of some people who have one.
///
/// # Errors
/// When the database fails.
pub async fn hashes(
    tx: &impl PlatformReads,
    users: impl IntoIterator<Item = UserId>,
) -> Result<HashMap<UserId, String>, Error> {
    let rows: Vec<(Uuid, String)> = Entity::find()
        .select_only()
        .columns([Column::UserId, Column::Hash])
        .filter(Column::UserId.is_in(users.into_iter().map(|user| user.0)))
        .into_tuple()
        .all(tx.connection())
        .await?;
    Ok(rows.into_iter().map(|(user, hash)| (UserId(user), hash)).collect())
}

/// Puts a picture in the place of the person's last one.
///
/// # Errors
/// When the database fails.
pub async fn put(
    tx: &impl PlatformWrites,
    user: UserId,
    avatar: Avatar,
    now: Timestamp,
) -> Result<(), Error> {
    let row = ActiveModel {
        user_id: Set(user.0),
        media_type: Set(avatar.media_type),
        hash: Set(avatar.hash),
        image: Set(avatar.image),
        updated_at: Set(now.millis()),
    };
    let mut replacing = OnConflict::column(Column::UserId);
    replacing.update_columns([Column::MediaType, Column::Hash, Column::Image, Column::UpdatedAt]);
    Entity::insert(row).on_conflict(replacing).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Takes the person's picture away, if there is one.
///
/// # Errors
/// When the database fails.
pub async fn remove(tx: &impl PlatformWrites, user: UserId) -> Result<(), Error> {
    Entity::delete_by_id(user.0).exec(tx.connection()).await?;
    Ok(())
}
