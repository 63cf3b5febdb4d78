//! People who signed up and have not confirmed their address: they have no account yet. Whether somebody else has one with
//! that address is not looked at, so that asking takes as long in either case.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use types::Timestamp;

use crate::entity::sign_up::{ActiveModel, Column, Entity};
use crate::session::TokenHash;
use crate::transaction::Connected;
use crate::{Error, PlatformReads, PlatformWrite, PlatformWrites};

/// What they gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignUp {
    pub email: String,
    pub name: String,
    /// A PHC string.
    pub password_hash: String,
}

/// Keeps it, in the place of what was given for this address before; the link that was mailed then is useless.
///
/// # Errors
/// When the database fails.
pub async fn put(
    tx: &impl PlatformWrites,
    new: SignUp,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<(), Error> {
    let row = ActiveModel {
        email: Set(new.email),
        name: Set(new.name),
        password_hash: Set(new.password_hash),
        token_hash: Set(None),
        created_at: Set(now.millis()),
        expires_at: Set(expires_at.millis()),
    };
    let replaced =
        [Column::Name, Column::PasswordHash, Column::TokenHash, Column::CreatedAt, Column::ExpiresAt];
    let conflict = OnConflict::column(Column::Email).update_columns(replaced).to_owned();
    Entity::insert(row).on_conflict(conflict).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Makes this the token that confirms the address; `false` when nobody waits for it.
///
/// # Errors
/// When the database fails.
pub async fn set_token(
    tx: &impl PlatformWrites,
    email: &str,
    hash: &TokenHash,
    now: Timestamp,
) -> Result<bool, Error> {
    let row = ActiveModel { token_hash: Set(Some(hash.as_str().to_owned())), ..Default::default() };
    let set = Entity::update_many()
        .set(row)
        .filter(Column::Email.eq(email))
        .filter(Column::ExpiresAt.gt(now.millis()));
    Ok(set.exec(tx.connection()).await?.rows_affected == 1)
}

/// Who waits for the link with this token, unless it has expired.
///
/// # Errors
/// When the database fails.
pub async fn find(
    tx: &impl PlatformReads,
    hash: &TokenHash,
    now: Timestamp,
) -> Result<Option<SignUp>, Error> {
    let row = Entity::find()
        .filter(Column::TokenHash.eq(hash.as_str()))
        .filter(Column::ExpiresAt.gt(now.millis()))
        .one(tx.connection())
        .await?;
    Ok(row.map(|row| SignUp { email: row.email, name: row.name, password_hash: row.password_hash }))
}

/// Uses a token up, in the transaction that makes the account: of two at once, one gets it.
///
/// # Errors
/// When the database fails.
pub async fn take(
    tx: &impl PlatformWrites,
    hash: &TokenHash,
    now: Timestamp,
) -> Result<Option<SignUp>, Error> {
    let Some(found) = find(tx, hash, now).await? else { return Ok(None) };
    let used =
        Entity::delete_many().filter(Column::TokenHash.eq(hash.as_str())).exec(tx.connection()).await?;
    Ok((used.rows_affected == 1).then_some(found))
}

/// Forgets whoever waits to confirm this address.
///
/// # Errors
/// When the database fails.
pub async fn remove(tx: &impl PlatformWrites, email: &str) -> Result<(), Error> {
    Entity::delete_by_id(email.to_owned()).exec(tx.connection()).await?;
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
