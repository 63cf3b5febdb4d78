//! Events from outside systems. Such a system sends an event until it is taken, and so more than once: each is kept once.

use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait, TryInsertResult};
use serde_json::Value;
use types::{OrgId, Timestamp};
use uuid::Uuid;

use crate::entity::inbound_event::{ActiveModel, Column, Entity};
use crate::row::{time, time_option};
use crate::transaction::Connected;
use crate::{Error, PlatformReads, PlatformWrite, PlatformWrites};

/// How many one statement forgets.
const FORGOTTEN: u64 = 500;

/// An event as it came.
#[derive(Clone, Debug, PartialEq)]
pub struct InboundEvent {
    /// What sent it, such as `clerk` or a connection's id.
    pub connection: String,
    /// Its id there.
    pub external_id: String,
    /// Whose matter it is, where that is known.
    pub org: Option<OrgId>,
    /// Whether it was proved that this system sent it.
    pub verified: bool,
    pub payload: Value,
    pub received_at: Timestamp,
    /// When what it says was done.
    pub processed_at: Option<Timestamp>,
}

/// Keeps an event, not processed yet; `false` when it is known already, and then it stays as it came first.
///
/// # Errors
/// When the database fails.
pub async fn put(tx: &impl PlatformWrites, event: &InboundEvent) -> Result<bool, Error> {
    let row = ActiveModel {
        id: Set(Uuid::now_v7()),
        org_id: Set(event.org.map(|org| org.0)),
        connection: Set(event.connection.clone()),
        external_id: Set(event.external_id.clone()),
        verified: Set(event.verified),
        payload: Set(event.payload.clone()),
        received_at: Set(event.received_at.millis()),
        processed_at: Set(None),
    };
    let inserted = Entity::insert(row)
        .on_conflict_do_nothing_on([Column::Connection, Column::ExternalId])
        .exec_without_returning(tx.connection())
        .await?;
    Ok(matches!(inserted, TryInsertResult::Inserted(1)))
}

/// Notes, in the transaction that does what the event says, that it is done; `false` when somebody else did it: then roll
/// back.
///
/// # Errors
/// When the database fails.
pub async fn done(
    tx: &impl PlatformWrites,
    connection: &str,
    external_id: &str,
    now: Timestamp,
) -> Result<bool, Error> {
    let row = ActiveModel { processed_at: Set(Some(now.millis())), ..Default::default() };
    let changed = Entity::update_many()
        .set(row)
        .filter(named(connection, external_id))
        .filter(Column::ProcessedAt.is_null())
        .exec(tx.connection())
        .await?;
    Ok(changed.rows_affected == 1)
}

/// The event of an id.
///
/// # Errors
/// When the database fails.
pub async fn find(
    tx: &impl PlatformReads,
    connection: &str,
    external_id: &str,
) -> Result<Option<InboundEvent>, Error> {
    let row = Entity::find().filter(named(connection, external_id)).one(tx.connection()).await?;
    row.map(|row| {
        Ok(InboundEvent {
            connection: row.connection,
            external_id: row.external_id,
            org: row.org_id.map(OrgId),
            verified: row.verified,
            payload: row.payload,
            received_at: time(row.received_at)?,
            processed_at: time_option(row.processed_at)?,
        })
    })
    .transpose()
}

/// Forgets a part of the events that were done before a time; answers how many.
///
/// # Errors
/// When the database fails.
pub async fn forget_before(tx: &PlatformWrite, before: Timestamp) -> Result<u64, Error> {
    let done = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::ProcessedAt.lt(before.millis()))
        .limit(FORGOTTEN)
        .into_query();
    let deleted = Entity::delete_many().filter(Column::Id.in_subquery(done));
    Ok(deleted.exec(tx.connection()).await?.rows_affected)
}

fn named(connection: &str, external_id: &str) -> Condition {
    Condition::all().add(Column::Connection.eq(connection)).add(Column::ExternalId.eq(external_id))
}
