//! Statistics of tables.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Order, QueryFilter, QueryOrder};
use types::profile::Method;
use types::quality::{Deduction, Health};
use types::{RunId, SourceId, Timestamp};

use super::{BATCH, OF_TABLE, during, newest};
use crate::entity::table_stats::{ActiveModel, Column, Entity, Model};
use crate::row::{json, number, number_option, time, time_option, to_json, word};
use crate::transaction::Connected;
use crate::{Error, Reads, WriteTx, scoped};

/// One row of `table_stats`.
#[derive(Clone, Debug, PartialEq)]
pub struct TableStats {
    pub source_id: SourceId,
    /// The table's path.
    pub table: String,
    pub recorded_at: Timestamp,
    pub run_id: RunId,
    pub row_count: u64,
    pub row_count_method: Method,
    pub bytes: Option<u64>,
    pub latest_value_at: Option<Timestamp>,
    pub timestamp_column: Option<String>,
    pub last_write_at: Option<Timestamp>,
    /// At `recorded_at`, by the control plane's clock.
    pub freshness_seconds: Option<i64>,
    pub health: Health,
    pub score: Option<f64>,
    pub deductions: Vec<Deduction>,
}

/// Adds rows of one time, which nobody sees before [`publish`](super::publish).
///
/// # Errors
/// When the database fails.
pub async fn insert_tables(tx: &WriteTx, tables: &[TableStats]) -> Result<(), Error> {
    for batch in tables.chunks(BATCH) {
        let rows = batch.iter().map(active).collect::<Result<Vec<_>, Error>>()?;
        scoped::insert_many(tx, rows).exec_without_returning(tx.connection()).await?;
    }
    Ok(())
}

/// The newest row of each table of some sources, by path.
///
/// # Errors
/// When the database fails.
pub async fn latest_tables(tx: &impl Reads, sources: &[SourceId]) -> Result<Vec<TableStats>, Error> {
    let Some(newest) = newest(tx, sources, (Column::SourceId, Column::RecordedAt)).await? else {
        return Ok(Vec::new());
    };
    let rows = scoped::find::<Entity>(tx)
        .filter(newest)
        .order_by_asc(Column::TablePath)
        .all(tx.connection())
        .await?;
    rows.into_iter().map(TableStats::try_from).collect()
}

/// Every row of some tables of a source, or of all its tables, from one time to another, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn table_history(
    tx: &impl Reads,
    source: SourceId,
    tables: Option<&[String]>,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<TableStats>, Error> {
    let query = scoped::find::<Entity>(tx).filter(Column::SourceId.eq(source.0));
    let query = match tables {
        None => query.filter(Column::RecordedAt.between(from.millis(), to.millis())),
        Some(tables) => query
            .filter(Column::TablePath.is_in(tables.iter().map(String::as_str)))
            .filter(during(OF_TABLE, from, to)),
    };
    let rows = query.order_by(Expr::cust(OF_TABLE), Order::Asc).all(tx.connection()).await?;
    rows.into_iter().map(TableStats::try_from).collect()
}

fn active(stats: &TableStats) -> Result<ActiveModel, Error> {
    Ok(ActiveModel {
        source_id: Set(stats.source_id.0),
        table_path: Set(stats.table.clone()),
        recorded_at: Set(stats.recorded_at.millis()),
        run_id: Set(stats.run_id.0),
        row_count: Set(number(stats.row_count)?),
        row_count_method: Set(super::column::method_word(stats.row_count_method)?),
        bytes: Set(number_option(stats.bytes)?),
        latest_value_at: Set(stats.latest_value_at.map(Timestamp::millis)),
        timestamp_column: Set(stats.timestamp_column.clone()),
        last_write_at: Set(stats.last_write_at.map(Timestamp::millis)),
        freshness_seconds: Set(stats.freshness_seconds),
        health: Set(stats.health.as_str().to_owned()),
        score: Set(stats.score),
        deductions: Set(to_json(&stats.deductions)?),
        ..Default::default()
    })
}

impl TryFrom<Model> for TableStats {
    type Error = Error;

    fn try_from(row: Model) -> Result<Self, Error> {
        Ok(Self {
            source_id: SourceId(row.source_id),
            table: row.table_path,
            recorded_at: time(row.recorded_at)?,
            run_id: RunId(row.run_id),
            row_count: number(row.row_count)?,
            row_count_method: word(&row.row_count_method)?,
            bytes: number_option(row.bytes)?,
            latest_value_at: time_option(row.latest_value_at)?,
            timestamp_column: row.timestamp_column,
            last_write_at: time_option(row.last_write_at)?,
            freshness_seconds: row.freshness_seconds,
            health: word(&row.health)?,
            score: row.score,
            deductions: json(row.deductions)?,
        })
    }
}
