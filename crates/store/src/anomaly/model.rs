//! What the series of tables have led us to expect: one row for all series of a table.

use sea_orm::ActiveValue::Set;
use sea_orm::prelude::Json;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, QueryFilter};
use types::SourceId;

use super::BATCH;
use crate::entity::anomaly_model::{ActiveModel, Column, Entity};
use crate::row::number;
use crate::transaction::Connected;
use crate::{Error, Reads, WriteTx, scoped};

/// The models of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct TableModels {
    /// The table's path.
    pub table: String,
    /// How many points of the source there were when they were fitted.
    pub points: u32,
    /// In the form of whoever fits them.
    pub models: Json,
}

/// The models of some tables, in no order.
///
/// # Errors
/// When the database fails.
pub async fn models(tx: &impl Reads, source: SourceId, tables: &[String]) -> Result<Vec<TableModels>, Error> {
    let rows = scoped::find::<Entity>(tx)
        .filter(Column::SourceId.eq(source.0))
        .filter(Column::TablePath.is_in(tables.iter().map(String::as_str)))
        .all(tx.connection())
        .await?;
    rows.into_iter()
        .map(|row| Ok(TableModels { table: row.table_path, points: number(row.points)?, models: row.models }))
        .collect()
}

/// Writes models over what was there.
///
/// # Errors
/// When the database fails.
pub async fn put_models(tx: &WriteTx, source: SourceId, tables: &[TableModels]) -> Result<(), Error> {
    for batch in tables.chunks(BATCH) {
        let rows = batch
            .iter()
            .map(|table| {
                Ok(ActiveModel {
                    source_id: Set(source.0),
                    table_path: Set(table.table.clone()),
                    points: Set(number(table.points)?),
                    models: Set(table.models.clone()),
                    ..Default::default()
                })
            })
            .collect::<Result<Vec<_>, Error>>()?;
        let again = OnConflict::columns([Column::OrgId, Column::SourceId, Column::TablePath])
            .update_columns([Column::Points, Column::Models])
            .to_owned();
        scoped::insert_many(tx, rows).on_conflict(again).exec_without_returning(tx.connection()).await?;
    }
    Ok(())
}

/// Forgets a table's models, so that they are fitted again before they are used.
///
/// # Errors
/// When the database fails.
pub async fn forget_models(tx: &WriteTx, source: SourceId, table: &str) -> Result<(), Error> {
    scoped::delete::<Entity>(tx)
        .filter(Column::SourceId.eq(source.0))
        .filter(Column::TablePath.eq(table))
        .exec(tx.connection())
        .await?;
    Ok(())
}
