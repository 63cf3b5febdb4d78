//! Links that were mailed to people: of their tokens only the hash is kept, and of one person's only the last for each
//! purpose. A token is used once.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use types::{Timestamp, UserId};

use crate::entity::email_token::{ActiveModel, Column, Entity};
use crate::session::TokenHash;
use crate::transaction::Connected;
use crate::{Error, PlatformReads, PlatformWrite, PlatformWrites};

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Proves that mail to a person's address reaches them.
    ConfirmEmail,
    /// Makes another address the person's.
    ChangeEmail,
    /// Lets them set a password without the present one.
    ResetPassword,
}

impl Purpose {
    fn as_str(self) -> &'static str {
        match self {
            Self::ConfirmEmail => "confirm_email",
            Self::ChangeEmail => "change_email",
            Self::ResetPassword => "reset_password",
        }
    }
}

/// What a token opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailToken {
    pub user: UserId,
    pub purpose: Purpose,
    /// Where it was mailed to.
    pub email: String,
    pub expires_at: Timestamp,
}

/// Keeps a token, in the place of the person's last one for this purpose.
///
/// # Errors
/// When the database fails.
pub async fn put(
    tx: &impl PlatformWrites,
    token: &EmailToken,
    hash: &TokenHash,
    now: Timestamp,
) -> Result<(), Error> {
    let row = ActiveModel {
        user_id: Set(token.user.0),
        purpose: Set(token.purpose.as_str().to_owned()),
        token_hash: Set(hash.as_str().to_owned()),
        email: Set(token.email.clone()),
        created_at: Set(now.millis()),
        expires_at: Set(token.expires_at.millis()),
    };
    let replaced = [Column::TokenHash, Column::Email, Column::CreatedAt, Column::ExpiresAt];
    let conflict = OnConflict::columns([Column::UserId, Column::Purpose]).update_columns(replaced).to_owned();
    Entity::insert(row).on_conflict(conflict).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// What a token for this purpose opens, unless it has expired.
///
/// # Errors
/// When the database fails.
pub async fn find(
    tx: &impl PlatformReads,
    purpose: Purpose,
    hash: &TokenHash,
    now: Timestamp,
) -> Result<Option<EmailToken>, Error> {
    let row = Entity::find()
        .filter(Column::TokenHash.eq(hash.as_str()))
        .filter(Column::Purpose.eq(purpose.as_str()))
        .filter(Column::ExpiresAt.gt(now.millis()))
        .one(tx.connection())
        .await?;
    row.map(|row| {
        Ok(EmailToken {
            user: UserId(row.user_id),
            purpose,
            email: row.email,
            expires_at: crate::row::time(row.expires_at)?,
        })
    })
    .transpose()
}

/// Uses a token up, in the transaction of what it allows: of two at once, one gets it.
///
/// # Errors
/// When the database fails.
pub async fn take(
    tx: &impl PlatformWrites,
    purpose: Purpose,
    hash: &TokenHash,
    now: Timestamp,
) -> Result<Option<EmailToken>, Error> {
    let Some(found) = find(tx, purpose, hash, now).await? else { return Ok(None) };
    let used =
        Entity::delete_many().filter(Column::TokenHash.eq(hash.as_str())).exec(tx.connection()).await?;
    Ok((used.rows_affected == 1).then_some(found))
}

/// Makes all of a person's links useless.
///
/// # Errors
/// When the database fails.
pub async fn revoke_all(tx: &impl PlatformWrites, user: UserId) -> Result<(), Error> {
    Entity::delete_many().filter(Column::UserId.eq(user.0)).exec(tx.connection()).await?;
    Ok(())
}

/// Forgets what expired before a time; answers how many.
///
/// # Errors
/// When the database fails.
pub async fn forget_before(tx: &PlatformWrite, before: Timestamp) -> Result<u64, Error> {
    let expired = Entity::delete_many().filter(Column::ExpiresAt.lt(before.millis()));
    Ok(expired.exec(tx.connection()).await?.rows_affected)
}
