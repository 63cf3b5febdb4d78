//! Sessions, named by the hash of the token that the browser keeps.

use std::fmt::Write as _;

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait};
use types::{OrgId, Timestamp, UserId};

use crate::entity::session::{ActiveModel, Column, Entity};
use crate::row::time;
use crate::transaction::Connected;
use crate::{Error, PlatformReads, PlatformWrite, PlatformWrites};

/// How many one statement forgets.
const FORGOTTEN: u64 = 500;

/// What is kept of a random token: its SHA-256, in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TokenHash(String);

impl TokenHash {
    /// From the digest.
    #[must_use]
    pub fn of(digest: [u8; 32]) -> Self {
        Self(digest.iter().fold(String::with_capacity(64), |mut text, byte| {
            // Writing into a text cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        }))
    }

    /// The hexadecimal digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A session as it is opened.
#[derive(Clone, Debug)]
pub struct New {
    pub id: TokenHash,
    pub user: UserId,
    /// The default organization.
    pub org: Option<OrgId>,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub ip: String,
    pub user_agent: Option<String>,
}

/// A session as it is found.
#[derive(Clone, Debug)]
pub struct Session {
    pub user: UserId,
    pub org: Option<OrgId>,
    pub last_seen_at: Timestamp,
    pub expires_at: Timestamp,
    pub revoked: bool,
}

/// Opens a session.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &impl PlatformWrites, new: New) -> Result<(), Error> {
    let New { id, user, org, created_at, expires_at, ip, user_agent } = new;
    let row = ActiveModel {
        id: Set(id.0),
        user_id: Set(user.0),
        org_id: Set(org.map(|org| org.0)),
        created_at: Set(created_at.millis()),
        last_seen_at: Set(created_at.millis()),
        expires_at: Set(expires_at.millis()),
        ip: Set(Some(ip)),
        user_agent: Set(user_agent),
        revoked_at: Set(None),
    };
    Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// The session of a token, ended or not.
///
/// # Errors
/// When the database fails.
pub async fn find(tx: &impl PlatformReads, id: &TokenHash) -> Result<Option<Session>, Error> {
    let Some(row) = Entity::find_by_id(id.0.clone()).one(tx.connection()).await? else { return Ok(None) };
    Ok(Some(Session {
        user: UserId(row.user_id),
        org: row.org_id.map(OrgId),
        last_seen_at: time(row.last_seen_at)?,
        expires_at: time(row.expires_at)?,
        revoked: row.revoked_at.is_some(),
    }))
}

/// Notes its use.
///
/// # Errors
/// When the database fails.
pub async fn touch(tx: &impl PlatformWrites, id: &TokenHash, now: Timestamp) -> Result<(), Error> {
    change(tx, id, ActiveModel { last_seen_at: Set(now.millis()), ..Default::default() }).await
}

/// Changes its default organization.
///
/// # Errors
/// When the database fails.
pub async fn set_organization(tx: &impl PlatformWrites, id: &TokenHash, org: OrgId) -> Result<(), Error> {
    change(tx, id, ActiveModel { org_id: Set(Some(org.0)), ..Default::default() }).await
}

/// Ends it; what has ended stays so.
///
/// # Errors
/// When the database fails.
pub async fn revoke(tx: &impl PlatformWrites, id: &TokenHash, now: Timestamp) -> Result<(), Error> {
    change(tx, id, ActiveModel { revoked_at: Set(Some(now.millis())), ..Default::default() }).await
}

async fn change(tx: &impl PlatformWrites, id: &TokenHash, row: ActiveModel) -> Result<(), Error> {
    Entity::update_many()
        .set(row)
        .filter(Column::Id.eq(&id.0))
        .filter(Column::RevokedAt.is_null())
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Forgets a part of the sessions that ended before a time; answers how many.
///
/// # Errors
/// When the database fails.
pub async fn forget_before(tx: &PlatformWrite, before: Timestamp) -> Result<u64, Error> {
    let ended = Column::ExpiresAt.lt(before.millis()).or(Column::RevokedAt.lt(before.millis()));
    let some = Entity::find().select_only().column(Column::Id).filter(ended).limit(FORGOTTEN).into_query();
    let deleted = Entity::delete_many().filter(Column::Id.in_subquery(some));
    Ok(deleted.exec(tx.connection()).await?.rows_affected)
}
