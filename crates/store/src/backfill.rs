//! Backfills: what came into a table each day before it was measured. They stand beside what was measured, never among it.

use std::collections::HashSet;

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, QueryFilter, QuerySelect};
use types::{SourceId, Timestamp};

use crate::entity::backfill::{ActiveModel, Column, Entity, Model};
use crate::row::{json, number, time, to_json};
use crate::transaction::Connected;
use crate::{Error, Reads, WriteTx, scoped};

/// How many rows one statement writes, and one transaction should.
pub const BATCH: usize = 500;

/// One row of `backfill`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backfill {
    /// The table's path.
    pub table: String,
    pub asked_at: Timestamp,
    /// The column that says when a row came in.
    pub timestamp_column: Option<String>,
    /// The measured point that the days end at, and the rows that were measured there.
    pub at: Timestamp,
    pub rows: u64,
    /// Rows that came in, by day, the newest first; none where it is refused.
    pub arrivals: Vec<u64>,
    /// Why it tells nothing; then it is kept so that nobody asks again.
    pub refused: Option<String>,
}

/// The tables of a source that were asked about.
///
/// # Errors
/// When the database fails.
pub async fn asked(tx: &impl Reads, source: SourceId) -> Result<HashSet<String>, Error> {
    let paths: Vec<String> = scoped::find::<Entity>(tx)
        .select_only()
        .column(Column::TablePath)
        .filter(Column::SourceId.eq(source.0))
        .into_tuple()
        .all(tx.connection())
        .await?;
    Ok(paths.into_iter().collect())
}

/// What is told of some tables and not refused, in no order.
///
/// # Errors
/// When the database fails.
pub async fn of_tables(tx: &impl Reads, source: SourceId, tables: &[String]) -> Result<Vec<Backfill>, Error> {
    let rows = scoped::find::<Entity>(tx)
        .filter(Column::SourceId.eq(source.0))
        .filter(Column::TablePath.is_in(tables.iter().map(String::as_str)))
        .filter(Column::Refused.is_null())
        .all(tx.connection())
        .await?;
    rows.into_iter().map(Backfill::try_from).collect()
}

/// Writes backfills over what was there.
///
/// # Errors
/// When the database fails.
pub async fn put(tx: &WriteTx, source: SourceId, backfills: &[Backfill]) -> Result<(), Error> {
    for batch in backfills.chunks(BATCH) {
        let row = |backfill: &Backfill| {
            Ok(ActiveModel {
                source_id: Set(source.0),
                table_path: Set(backfill.table.clone()),
                asked_at: Set(backfill.asked_at.millis()),
                timestamp_column: Set(backfill.timestamp_column.clone()),
                at: Set(backfill.at.millis()),
                row_count: Set(number(backfill.rows)?),
                arrivals: Set(to_json(&backfill.arrivals)?),
                refused: Set(backfill.refused.clone()),
                ..Default::default()
            })
        };
        let rows = batch.iter().map(row).collect::<Result<Vec<_>, Error>>()?;
        let again = OnConflict::columns([Column::OrgId, Column::SourceId, Column::TablePath])
            .update_columns([
                Column::AskedAt,
                Column::TimestampColumn,
                Column::At,
                Column::RowCount,
                Column::Arrivals,
                Column::Refused,
            ])
            .to_owned();
        scoped::insert_many(tx, rows).on_conflict(again).exec_without_returning(tx.connection()).await?;
    }
    Ok(())
}

impl TryFrom<Model> for Backfill {
    type Error = Error;

    fn try_from(row: Model) -> Result<Self, Error> {
        Ok(Self {
            table: row.table_path,
            asked_at: time(row.asked_at)?,
            timestamp_column: row.timestamp_column,
            at: time(row.at)?,
            rows: number(row.row_count)?,
            arrivals: json(row.arrivals)?,
            refused: row.refused,
        })
    }
}
