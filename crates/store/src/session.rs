//! Sessions, named by the hash of the token that the browser keeps.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Condition, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};
use types::{OrgId, SessionId, Timestamp, UserId};

use crate::entity::session::{ActiveModel, Column, Entity, Model};
use crate::row::time;
use crate::transaction::Connected;
use crate::{Error, PlatformReads, PlatformWrite, PlatformWrites, pending_sign_in};

/// How many one statement forgets.
const FORGOTTEN: u64 = 500;

/// What is kept of a random token: its SHA-256, in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TokenHash(String);

impl TokenHash {
    /// From the digest.
    #[must_use]
    pub fn of(digest: [u8; 32]) -> Self {
        Self(hex::encode(digest))
    }

    /// From the hexadecimal digits; nothing when they are not such a hash's.
    #[must_use]
    pub fn parse(digits: &str) -> Option<Self> {
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        (digits.len() == 64 && digits.bytes().all(is_digit)).then(|| Self(digits.to_owned()))
    }

    /// The hexadecimal digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What people call the session of this token: half of the hash, which opens nothing.
    #[must_use]
    pub fn session_id(&self) -> SessionId {
        let half = self.0.get(..32).and_then(|digits| u128::from_str_radix(digits, 16).ok());
        SessionId(uuid::Builder::from_custom_bytes(half.unwrap_or_default().to_be_bytes()).into_uuid())
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
    /// When they proved who they are, if that was not just now.
    pub proved_at: Option<Timestamp>,
    /// By whose single sign-on it is opened, if by one.
    pub sso: Option<OrgId>,
    /// The name of the session at Clerk that it is opened by, if by one.
    pub clerk: Option<TokenHash>,
}

/// What has become of the sessions here that stand for one at Clerk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ForClerk {
    /// Whether there is one that has its name.
    pub named: bool,
    /// Whether somebody has ended one of them.
    pub ended: bool,
}

/// A session as it is found, by [`caller::find`](crate::caller::find).
#[derive(Clone, Debug)]
pub struct Session {
    /// The default organization.
    pub org: Option<OrgId>,
    pub last_seen_at: Timestamp,
    pub expires_at: Timestamp,
    /// When whoever holds it last gave their password.
    pub proved_at: Timestamp,
    /// By whose single sign-on it was opened, if by one.
    pub sso: Option<OrgId>,
    pub revoked: bool,
}

/// A session as its owner sees it in a list.
#[derive(Clone, Debug)]
pub struct Listed {
    pub id: TokenHash,
    pub created_at: Timestamp,
    pub last_seen_at: Timestamp,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
}

/// Opens a session.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &impl PlatformWrites, new: New) -> Result<(), Error> {
    let New { id, user, org, created_at, expires_at, ip, user_agent, proved_at, sso, clerk } = new;
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
        proved_at: Set(Some(proved_at.unwrap_or(created_at).millis())),
        sso_org_id: Set(sso.map(|org| org.0)),
        clerk: Set(clerk.map(|name| name.0)),
    };
    Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// What has become of those that stand for the session at Clerk of this name: the one that has the name itself, and those that
/// were opened by it.
///
/// # Errors
/// When the database fails.
pub async fn for_clerk(tx: &impl PlatformReads, name: &TokenHash) -> Result<ForClerk, Error> {
    let rows = Entity::find().filter(stands_for(name)).all(tx.connection()).await?;
    Ok(ForClerk {
        named: rows.iter().any(|row| row.id == name.0),
        ended: rows.iter().any(|row| row.revoked_at.is_some()),
    })
}

fn stands_for(name: &TokenHash) -> Condition {
    Condition::any().add(Column::Id.eq(&name.0)).add(Column::Clerk.eq(&name.0))
}

/// Lets one go on that would have ended by itself; what was ended stays so.
///
/// # Errors
/// When the database fails.
pub async fn renew(
    tx: &impl PlatformWrites,
    id: &TokenHash,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<(), Error> {
    let row = ActiveModel {
        last_seen_at: Set(now.millis()),
        expires_at: Set(expires_at.millis()),
        ..Default::default()
    };
    change(tx, id, row).await
}

/// A person's sessions that have not ended and were used since `idle_since`, the last used first.
///
/// # Errors
/// When the database fails.
pub async fn of_user(
    tx: &impl PlatformReads,
    user: UserId,
    now: Timestamp,
    idle_since: Timestamp,
    limit: u64,
) -> Result<Vec<Listed>, Error> {
    let rows = Entity::find()
        .filter(Column::UserId.eq(user.0))
        .filter(Column::RevokedAt.is_null())
        .filter(Column::ExpiresAt.gt(now.millis()))
        .filter(Column::LastSeenAt.gt(idle_since.millis()))
        .order_by_desc(Column::LastSeenAt)
        .order_by_asc(Column::Id)
        .limit(limit)
        .all(tx.connection())
        .await?;
    rows.into_iter().map(listed).collect()
}

fn listed(row: Model) -> Result<Listed, Error> {
    Ok(Listed {
        id: TokenHash(row.id),
        created_at: time(row.created_at)?,
        last_seen_at: time(row.last_seen_at)?,
        ip: row.ip,
        user_agent: row.user_agent,
    })
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

/// Ends it, and with it whatever stands for the same session at Clerk; what has ended stays so. The name may be that of a session
/// at Clerk.
///
/// # Errors
/// When the database fails.
pub async fn revoke(tx: &impl PlatformWrites, id: &TokenHash, now: Timestamp) -> Result<(), Error> {
    let row = Entity::find_by_id(id.0.clone()).one(tx.connection()).await?;
    let name = row.and_then(|row| row.clerk).map_or_else(|| id.clone(), TokenHash);
    Entity::update_many()
        .set(ActiveModel { revoked_at: Set(Some(now.millis())), ..Default::default() })
        .filter(stands_for(&name))
        .filter(Column::RevokedAt.is_null())
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Ends it as another takes its place in the same browser: nobody has ended the session at Clerk that it was opened by.
///
/// # Errors
/// When the database fails.
pub async fn replace(tx: &impl PlatformWrites, id: &TokenHash, now: Timestamp) -> Result<(), Error> {
    let row = ActiveModel { revoked_at: Set(Some(now.millis())), clerk: Set(None), ..Default::default() };
    change(tx, id, row).await
}

/// Notes that whoever holds it has just given their password.
///
/// # Errors
/// When the database fails.
pub async fn prove(tx: &impl PlatformWrites, id: &TokenHash, now: Timestamp) -> Result<(), Error> {
    change(tx, id, ActiveModel { proved_at: Set(Some(now.millis())), ..Default::default() }).await
}

/// Ends a person's sessions, all or all but one, and the sign-ins that are under way.
///
/// # Errors
/// When the database fails.
pub async fn revoke_all(
    tx: &impl PlatformWrites,
    user: UserId,
    but: Option<&TokenHash>,
    now: Timestamp,
) -> Result<(), Error> {
    let row = ActiveModel { revoked_at: Set(Some(now.millis())), ..Default::default() };
    let mut ending =
        Entity::update_many().set(row).filter(Column::UserId.eq(user.0)).filter(Column::RevokedAt.is_null());
    if let Some(but) = but {
        ending = ending.filter(Column::Id.ne(but.as_str()));
    }
    ending.exec(tx.connection()).await?;
    pending_sign_in::remove_of(tx, user).await
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
