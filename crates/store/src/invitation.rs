//! Invitations into organizations.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Condition;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use types::organization::Invitation;
use types::permission::Role;
use types::{InvitationId, OrgId, Timestamp, UserId};

use crate::entity::invitation::{ActiveModel, Column, Entity, Model};
use crate::row::{time, word};
use crate::session::TokenHash;
use crate::transaction::{Connected, Owned};
use crate::{Error, PlatformReads, WriteTx};

/// An invitation as it is accepted.
#[derive(Clone, Debug)]
pub struct Open {
    pub id: InvitationId,
    pub org: OrgId,
    pub email: String,
    pub role: Role,
    pub expires_at: Timestamp,
}

impl Open {
    fn of(row: Model) -> Result<Self, Error> {
        Ok(Self {
            id: InvitationId(row.id),
            org: OrgId(row.org_id),
            email: row.email,
            role: word(&row.role)?,
            expires_at: time(row.expires_at)?,
        })
    }
}

fn still_open(now: Timestamp) -> Condition {
    Condition::all()
        .add(Column::AcceptedAt.is_null())
        .add(Column::RevokedAt.is_null())
        .add(Column::ExpiresAt.gt(now.millis()))
}

/// Whether an open invitation awaits the address.
///
/// # Errors
/// When the database fails.
pub async fn awaits(tx: &impl PlatformReads, email: &str, now: Timestamp) -> Result<bool, Error> {
    let open = Entity::find().filter(Column::Email.eq(email)).filter(still_open(now));
    Ok(open.count(tx.connection()).await? > 0)
}

/// At most `rows` open invitations of an organization that are older than `before`, the newest first.
///
/// # Errors
/// When the database fails.
pub async fn list(
    tx: &impl PlatformReads,
    org: OrgId,
    now: Timestamp,
    before: Option<InvitationId>,
    rows: u64,
) -> Result<Vec<Invitation>, Error> {
    let mut query = Entity::find().filter(Column::OrgId.eq(org.0)).filter(still_open(now));
    if let Some(before) = before {
        query = query.filter(Column::Id.lt(before.0));
    }
    let found = query.order_by_desc(Column::Id).limit(rows).all(tx.connection()).await?;
    found.into_iter().map(converted).collect()
}

/// The open invitation of a token.
///
/// # Errors
/// When the database fails.
pub async fn find_open(
    tx: &impl PlatformReads,
    token: &TokenHash,
    now: Timestamp,
) -> Result<Option<Open>, Error> {
    let row = Entity::find()
        .filter(Column::TokenHash.eq(token.as_str()))
        .filter(still_open(now))
        .one(tx.connection())
        .await?;
    row.map(Open::of).transpose()
}

/// At most `rows` open invitations of an address, the newest first.
///
/// # Errors
/// When the database fails.
pub async fn of_address(
    tx: &impl PlatformReads,
    email: &str,
    now: Timestamp,
    rows: u64,
) -> Result<Vec<Open>, Error> {
    let query = Entity::find().filter(Column::Email.eq(email)).filter(still_open(now));
    let found = query.order_by_desc(Column::Id).limit(rows).all(tx.connection()).await?;
    found.into_iter().map(Open::of).collect()
}

/// An open invitation of an address.
///
/// # Errors
/// When the database fails.
pub async fn find_of_address(
    tx: &impl PlatformReads,
    id: InvitationId,
    email: &str,
    now: Timestamp,
) -> Result<Option<Open>, Error> {
    let query = Entity::find_by_id(id.0).filter(Column::Email.eq(email)).filter(still_open(now));
    query.one(tx.connection()).await?.map(Open::of).transpose()
}

/// Adds one.
///
/// # Errors
/// When the database fails.
pub async fn insert(
    tx: &WriteTx,
    invitation: &Invitation,
    token: &TokenHash,
    by: Option<UserId>,
) -> Result<(), Error> {
    let row = ActiveModel {
        id: Set(invitation.id.0),
        org_id: Set(tx.org_id()),
        email: Set(invitation.email.clone()),
        role: Set(invitation.role.as_str().to_owned()),
        token_hash: Set(token.as_str().to_owned()),
        created_by: Set(by.map(|user| user.0)),
        created_at: Set(invitation.created_at.millis()),
        expires_at: Set(invitation.expires_at.millis()),
        accepted_at: Set(None),
        revoked_at: Set(None),
    };
    Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Marks an open one as accepted; `false` when somebody else was faster.
///
/// # Errors
/// When the database fails.
pub async fn take(tx: &WriteTx, id: InvitationId, now: Timestamp) -> Result<bool, Error> {
    let row = ActiveModel { accepted_at: Set(Some(now.millis())), ..Default::default() };
    change(tx, id, row, now).await
}

/// Withdraws an open one and returns its address; `None` when it is not open.
///
/// # Errors
/// When the database fails.
pub async fn revoke(tx: &WriteTx, id: InvitationId, now: Timestamp) -> Result<Option<String>, Error> {
    let found = Entity::find_by_id(id.0).filter(Column::OrgId.eq(tx.org_id())).one(tx.connection()).await?;
    let Some(found) = found else { return Ok(None) };
    let row = ActiveModel { revoked_at: Set(Some(now.millis())), ..Default::default() };
    Ok(change(tx, id, row, now).await?.then_some(found.email))
}

async fn change(tx: &WriteTx, id: InvitationId, row: ActiveModel, now: Timestamp) -> Result<bool, Error> {
    let result = Entity::update_many()
        .set(row)
        .filter(Column::OrgId.eq(tx.org_id()))
        .filter(Column::Id.eq(id.0))
        .filter(still_open(now))
        .exec(tx.connection())
        .await?;
    Ok(result.rows_affected == 1)
}

fn converted(row: Model) -> Result<Invitation, Error> {
    Ok(Invitation {
        id: InvitationId(row.id),
        email: row.email,
        role: word(&row.role)?,
        created_at: time(row.created_at)?,
        expires_at: time(row.expires_at)?,
        token: None,
        mailed: false,
    })
}
