//! What happened to incidents, in order.

use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use types::incident::IncidentEvent;
use types::{IncidentId, Timestamp};
use uuid::Uuid;

use super::BATCH;
use crate::entity::incident_event::{ActiveModel, Column, Entity};
use crate::row::time;
use crate::transaction::Connected;
use crate::{Error, Reads, WriteTx, scoped};

/// One row of `incident_event`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub incident_id: IncidentId,
    pub at: Timestamp,
    pub actor: String,
    /// Such as `opened`.
    pub kind: &'static str,
    /// One sentence.
    pub message: String,
    pub comment: Option<String>,
}

/// Adds events, in the order given.
///
/// # Errors
/// When the database fails.
pub async fn add_events(tx: &WriteTx, events: &[Event]) -> Result<(), Error> {
    for batch in events.chunks(BATCH) {
        let rows = batch.iter().map(|event| ActiveModel {
            incident_id: Set(event.incident_id.0),
            id: Set(Uuid::now_v7()),
            at: Set(event.at.millis()),
            actor: Set(event.actor.clone()),
            kind: Set(event.kind.to_owned()),
            message: Set(event.message.clone()),
            comment: Set(event.comment.clone()),
            ..Default::default()
        });
        scoped::insert_many(tx, rows).exec_without_returning(tx.connection()).await?;
    }
    Ok(())
}

/// What happened to an incident, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn events(tx: &impl Reads, incident: IncidentId) -> Result<Vec<IncidentEvent>, Error> {
    let rows = scoped::find::<Entity>(tx)
        .filter(Column::IncidentId.eq(incident.0))
        .order_by_asc(Column::At)
        .order_by_asc(Column::Id)
        .all(tx.connection())
        .await?;
    rows.into_iter()
        .map(|row| {
            Ok(IncidentEvent {
                at: time(row.at)?,
                actor: row.actor,
                kind: row.kind,
                message: row.message,
                comment: row.comment,
            })
        })
        .collect()
}
