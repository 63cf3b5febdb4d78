//! Whom providers know as whom.

use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait;
use types::{Timestamp, UserId};

use crate::entity::identity_link::{ActiveModel, Entity};
use crate::transaction::Connected;
use crate::{Error, PlatformReads, PlatformWrites};

/// The person whom a provider knows by a subject.
///
/// # Errors
/// When the database fails.
pub async fn find(tx: &impl PlatformReads, issuer: &str, subject: &str) -> Result<Option<UserId>, Error> {
    let row = Entity::find_by_id((issuer.to_owned(), subject.to_owned())).one(tx.connection()).await?;
    Ok(row.map(|row| UserId(row.user_id)))
}

/// Notes that a provider knows a person by a subject.
///
/// # Errors
/// [`Error::Conflict`] when it knows somebody by it already.
pub async fn insert(
    tx: &impl PlatformWrites,
    issuer: &str,
    subject: &str,
    user: UserId,
    now: Timestamp,
) -> Result<(), Error> {
    let row = ActiveModel {
        issuer: Set(issuer.to_owned()),
        subject: Set(subject.to_owned()),
        user_id: Set(user.0),
        created_at: Set(now.millis()),
    };
    Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}
