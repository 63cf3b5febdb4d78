//! People who sign in.

use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use types::session::User;
use types::{Timestamp, UserId};

use crate::entity::user::{ActiveModel, Column, Entity, Model};
use crate::row::time;
use crate::transaction::Connected;
use crate::{Error, PlatformReads, PlatformWrites};

/// A person and what proves that it is them.
#[derive(Clone, Debug)]
pub struct Account {
    pub user: User,
    /// A PHC string; missing when they sign in elsewhere.
    pub password_hash: Option<String>,
    pub disabled: bool,
}

/// The account of a lower-case address.
///
/// # Errors
/// When the database fails.
pub async fn find_by_email(tx: &impl PlatformReads, email: &str) -> Result<Option<Account>, Error> {
    let row = Entity::find().filter(Column::Email.eq(email)).one(tx.connection()).await?;
    row.map(|row| {
        Ok(Account {
            password_hash: row.password_hash.clone(),
            disabled: row.disabled_at.is_some(),
            user: user(row)?,
        })
    })
    .transpose()
}

/// The person, unless their account is disabled.
///
/// # Errors
/// When the database fails.
pub async fn find_active(tx: &impl PlatformReads, id: UserId) -> Result<Option<User>, Error> {
    let row = Entity::find_by_id(id.0).filter(Column::DisabledAt.is_null()).one(tx.connection()).await?;
    row.map(user).transpose()
}

/// The password's PHC string of a person; nothing when they sign in elsewhere.
///
/// # Errors
/// When the database fails.
pub async fn password_hash(tx: &impl PlatformReads, id: UserId) -> Result<Option<String>, Error> {
    let row = Entity::find_by_id(id.0).one(tx.connection()).await?;
    Ok(row.and_then(|row| row.password_hash))
}

/// Makes whatever would let the person belong to an organization wait until the transaction ends, and what would change the
/// account. On SQLite it does so anyway.
///
/// # Errors
/// When the database fails.
pub async fn lock(tx: &impl PlatformWrites, id: UserId) -> Result<(), Error> {
    Entity::find_by_id(id.0).lock_exclusive().one(tx.connection()).await?;
    Ok(())
}

/// Disables the account from a time on, or enables it again.
///
/// # Errors
/// When the database fails.
pub async fn set_disabled(
    tx: &impl PlatformWrites,
    id: UserId,
    since: Option<Timestamp>,
) -> Result<(), Error> {
    change(tx, id, ActiveModel { disabled_at: Set(since.map(Timestamp::millis)), ..Default::default() }).await
}

/// Removes the account with all that is part of it: sessions, memberships, second factor, links and what providers know the
/// person by.
///
/// # Errors
/// When the database fails.
pub async fn remove(tx: &impl PlatformWrites, id: UserId) -> Result<(), Error> {
    Entity::delete_by_id(id.0).exec(tx.connection()).await?;
    Ok(())
}

/// Changes the password.
///
/// # Errors
/// When the database fails.
pub async fn set_password(tx: &impl PlatformWrites, id: UserId, password_hash: &str) -> Result<(), Error> {
    change(tx, id, ActiveModel { password_hash: Set(Some(password_hash.to_owned())), ..Default::default() })
        .await
}

/// Changes the name.
///
/// # Errors
/// When the database fails.
pub async fn rename(tx: &impl PlatformWrites, id: UserId, name: &str) -> Result<(), Error> {
    change(tx, id, ActiveModel { name: Set(name.to_owned()), ..Default::default() }).await
}

/// Notes that mail to their address reaches them.
///
/// # Errors
/// When the database fails.
pub async fn confirm_email(tx: &impl PlatformWrites, id: UserId, at: Timestamp) -> Result<(), Error> {
    change(tx, id, ActiveModel { email_confirmed_at: Set(Some(at.millis())), ..Default::default() }).await
}

/// Changes the address to one that mail reaches them at.
///
/// # Errors
/// [`Error::Conflict`] when the address is taken.
pub async fn set_email(
    tx: &impl PlatformWrites,
    id: UserId,
    email: &str,
    confirmed_at: Timestamp,
) -> Result<(), Error> {
    let row = ActiveModel {
        email: Set(email.to_owned()),
        email_confirmed_at: Set(Some(confirmed_at.millis())),
        ..Default::default()
    };
    change(tx, id, row).await
}

async fn change(tx: &impl PlatformWrites, id: UserId, row: ActiveModel) -> Result<(), Error> {
    Entity::update_many().set(row).filter(Column::Id.eq(id.0)).exec(tx.connection()).await?;
    Ok(())
}

/// Whether anybody has an account.
///
/// # Errors
/// When the database fails.
pub async fn any(tx: &impl PlatformReads) -> Result<bool, Error> {
    let first = Entity::find().select_only().column(Column::Id).into_tuple::<sea_orm::prelude::Uuid>();
    Ok(first.one(tx.connection()).await?.is_some())
}

/// Adds an account; without a password, they sign in elsewhere.
///
/// # Errors
/// [`Error::Conflict`] when the address is taken.
pub async fn insert<'a>(
    tx: &impl PlatformWrites,
    user: &User,
    password_hash: impl Into<Option<&'a str>>,
) -> Result<(), Error> {
    let row = ActiveModel {
        id: Set(user.id.0),
        email: Set(user.email.clone()),
        name: Set(user.name.clone()),
        password_hash: Set(password_hash.into().map(str::to_owned)),
        created_at: Set(user.created_at.millis()),
        disabled_at: Set(None),
        email_confirmed_at: Set(user.email_confirmed_at.map(Timestamp::millis)),
    };
    Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

pub(crate) fn user(row: Model) -> Result<User, Error> {
    Ok(User {
        id: UserId(row.id),
        email: row.email,
        name: row.name,
        created_at: time(row.created_at)?,
        email_confirmed_at: row.email_confirmed_at.map(time).transpose()?,
    })
}
