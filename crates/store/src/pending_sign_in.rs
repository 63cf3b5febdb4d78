//! Sign-ins whose password was right and whose second factor is awaited, named by the hash of the token that the browser
//! keeps.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use types::{OrgId, Timestamp, UserId};

use crate::entity::pending_sign_in::{ActiveModel, Column, Entity};
use crate::session::TokenHash;
use crate::transaction::Connected;
use crate::{Error, PlatformWrite, PlatformWrites};

/// Who waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pending {
    pub user: UserId,
    /// By whose single sign-on they came, if by one.
    pub sso: Option<OrgId>,
}

/// Adds one.
///
/// # Errors
/// When the database fails.
pub async fn insert(
    tx: &impl PlatformWrites,
    id: &TokenHash,
    pending: Pending,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<(), Error> {
    let row = ActiveModel {
        id: Set(id.as_str().to_owned()),
        user_id: Set(pending.user.0),
        attempts: Set(0),
        created_at: Set(now.millis()),
        expires_at: Set(expires_at.millis()),
        sso_org_id: Set(pending.sso.map(|org| org.0)),
    };
    Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Counts an attempt to complete it; who waits. Nothing when there is none, when it has expired, and when there were
/// `most` attempts.
///
/// # Errors
/// When the database fails.
pub async fn count_attempt(
    tx: &PlatformWrite,
    id: &TokenHash,
    most: i32,
    now: Timestamp,
) -> Result<Option<Pending>, Error> {
    let counted = Entity::update_many()
        .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
        .filter(Column::Id.eq(id.as_str()))
        .filter(Column::ExpiresAt.gt(now.millis()))
        .filter(Column::Attempts.lt(most))
        .exec(tx.connection())
        .await?;
    if counted.rows_affected == 0 {
        return Ok(None);
    }
    let row = Entity::find_by_id(id.as_str()).one(tx.connection()).await?;
    Ok(row.map(|row| Pending { user: UserId(row.user_id), sso: row.sso_org_id.map(OrgId) }))
}

/// Removes it; `false` when another request did.
///
/// # Errors
/// When the database fails.
pub async fn remove(tx: &PlatformWrite, id: &TokenHash) -> Result<bool, Error> {
    Ok(Entity::delete_by_id(id.as_str()).exec(tx.connection()).await?.rows_affected == 1)
}

/// Removes all of a person.
pub(crate) async fn remove_of(tx: &impl PlatformWrites, user: UserId) -> Result<(), Error> {
    Entity::delete_many().filter(Column::UserId.eq(user.0)).exec(tx.connection()).await?;
    Ok(())
}

/// Forgets those that expired before a time; answers how many.
///
/// # Errors
/// When the database fails.
pub async fn forget_before(tx: &PlatformWrite, before: Timestamp) -> Result<u64, Error> {
    let expired = Entity::delete_many().filter(Column::ExpiresAt.lt(before.millis()));
    Ok(expired.exec(tx.connection()).await?.rows_affected)
}
