//! Connections: configured instances of outside systems.

use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, QueryFilter};
use serde_json::Value;
use types::{ConnectionId, Timestamp};
use uuid::Uuid;

use crate::entity::connection::{ActiveModel, Column, Entity};
use crate::transaction::Connected;
use crate::{Error, Reads, WriteTx, scoped};

/// A connection and its settings, which hold no secret.
#[derive(Clone, Debug, PartialEq)]
pub struct Connection {
    pub id: ConnectionId,
    pub kind: String,
    pub config: Value,
}

/// The organization's connection of a kind.
///
/// # Errors
/// When the database fails.
pub async fn find(tx: &impl Reads, kind: &str) -> Result<Option<Connection>, Error> {
    let row = scoped::find::<Entity>(tx).filter(Column::Kind.eq(kind)).one(tx.connection()).await?;
    Ok(row.map(|row| Connection { id: ConnectionId(row.id), kind: row.kind, config: row.config }))
}

/// Keeps the settings of the organization's connection of a kind and returns its id.
///
/// # Errors
/// When the database fails.
pub async fn put(tx: &WriteTx, kind: &str, config: Value, now: Timestamp) -> Result<ConnectionId, Error> {
    if let Some(found) = find(tx, kind).await? {
        let row = ActiveModel { config: Set(config), updated_at: Set(now.millis()), ..Default::default() };
        change(tx, found.id, row).await?;
        return Ok(found.id);
    }
    let id = Uuid::now_v7();
    let row = ActiveModel {
        id: Set(id),
        kind: Set(kind.to_owned()),
        name: Set(kind.to_owned()),
        config: Set(config),
        status: Set("new".to_owned()),
        last_error: Set(None),
        created_at: Set(now.millis()),
        updated_at: Set(now.millis()),
        ..Default::default()
    };
    scoped::insert(tx, row).exec_without_returning(tx.connection()).await?;
    Ok(ConnectionId(id))
}

/// Keeps how the last test of a connection went.
///
/// # Errors
/// When the database fails.
pub async fn set_status(tx: &WriteTx, id: ConnectionId, error: Option<&str>) -> Result<(), Error> {
    let status = if error.is_some() { "failed" } else { "ok" };
    let row = ActiveModel {
        status: Set(status.to_owned()),
        last_error: Set(error.map(str::to_owned)),
        ..Default::default()
    };
    change(tx, id, row).await
}

async fn change(tx: &WriteTx, id: ConnectionId, row: ActiveModel) -> Result<(), Error> {
    scoped::update::<Entity>(tx).set(row).filter(Column::Id.eq(id.0)).exec(tx.connection()).await?;
    Ok(())
}
