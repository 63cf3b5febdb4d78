//! Statistics of columns.

use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, FromQueryResult, QueryFilter, QuerySelect};
use serde_json::Value;
use types::profile::Method;
use types::quality::{Deduction, Health};
use types::{RunId, SourceId, Timestamp};

use super::{BATCH, newest};
use crate::entity::column_stats::{ActiveModel, Column, Entity, Model};
use crate::row::{json, number, number_option, time, time_option, to_json, word};
use crate::transaction::Connected;
use crate::{Error, Reads, WriteTx, scoped};

/// One row of `column_stats`.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnStats {
    pub source_id: SourceId,
    /// The table's path.
    pub table: String,
    pub column: String,
    pub recorded_at: Timestamp,
    pub run_id: RunId,
    pub data_type: String,
    pub row_count: u64,
    pub null_percent: Option<f64>,
    pub uniqueness_percent: Option<f64>,
    pub distinct_count: Option<u64>,
    pub min: Option<Value>,
    pub max: Option<Value>,
    pub latest_value_at: Option<Timestamp>,
    pub method: Method,
    pub error_bound: Option<f64>,
    pub health: Health,
    pub score: Option<f64>,
    pub deductions: Vec<Deduction>,
    /// NULL % of the profile before.
    pub previous_null_percent: Option<f64>,
}

/// What lists are filtered, ordered and added up by.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnBadge {
    /// The table's path.
    pub table: String,
    pub column: String,
    pub null_percent: Option<f64>,
    pub uniqueness_percent: Option<f64>,
    pub health: Health,
    pub score: Option<f64>,
}

/// Adds rows of one time, which nobody sees before [`publish`](super::publish).
///
/// # Errors
/// When the database fails.
pub async fn insert_columns(tx: &WriteTx, columns: &[ColumnStats]) -> Result<(), Error> {
    for batch in columns.chunks(BATCH) {
        let rows = batch.iter().map(active).collect::<Result<Vec<_>, Error>>()?;
        scoped::insert_many(tx, rows).exec_without_returning(tx.connection()).await?;
    }
    Ok(())
}

/// The newest rows of a source, or of one of its tables, in no order.
///
/// # Errors
/// When the database fails.
pub async fn columns_of(
    tx: &impl Reads,
    source: SourceId,
    table: Option<&str>,
) -> Result<Vec<ColumnStats>, Error> {
    let Some(newest) = newest(tx, &[source], PLACE).await? else { return Ok(Vec::new()) };
    let mut query = scoped::find::<Entity>(tx).filter(newest);
    if let Some(table) = table {
        query = query.filter(Column::TablePath.eq(table));
    }
    query.all(tx.connection()).await?.into_iter().map(ColumnStats::try_from).collect()
}

/// The rows of some columns of some tables at one time, in no order: all that any of these tables has of any of these
/// columns.
///
/// # Errors
/// When the database fails.
pub async fn columns_among(
    tx: &impl Reads,
    source: SourceId,
    recorded_at: Timestamp,
    tables: &[&str],
    columns: &[&str],
) -> Result<Vec<ColumnStats>, Error> {
    let rows = scoped::find::<Entity>(tx)
        .filter(Column::SourceId.eq(source.0))
        .filter(Column::RecordedAt.eq(recorded_at.millis()))
        .filter(Column::TablePath.is_in(tables.iter().copied()))
        .filter(Column::ColumnName.is_in(columns.iter().copied()))
        .all(tx.connection())
        .await?;
    rows.into_iter().map(ColumnStats::try_from).collect()
}

/// Health, score and shape of every newest row of a source, in no order.
///
/// # Errors
/// When the database fails.
pub async fn badges(tx: &impl Reads, source: SourceId) -> Result<Vec<ColumnBadge>, Error> {
    let Some(newest) = newest(tx, &[source], PLACE).await? else { return Ok(Vec::new()) };
    let found = scoped::find::<Entity>(tx)
        .filter(newest)
        .select_only()
        .columns([
            Column::TablePath,
            Column::ColumnName,
            Column::NullPercent,
            Column::UniquenessPercent,
            Column::Health,
            Column::Score,
        ])
        .into_model::<BadgeRow>()
        .all(tx.connection())
        .await?;
    found
        .into_iter()
        .map(|row| {
            Ok(ColumnBadge {
                table: row.table_path,
                column: row.column_name,
                null_percent: row.null_percent,
                uniqueness_percent: row.uniqueness_percent,
                health: word(&row.health)?,
                score: row.score,
            })
        })
        .collect()
}

#[derive(FromQueryResult)]
struct BadgeRow {
    table_path: String,
    column_name: String,
    null_percent: Option<f64>,
    uniqueness_percent: Option<f64>,
    health: String,
    score: Option<f64>,
}

/// Where [`newest`] looks.
const PLACE: (Column, Column) = (Column::SourceId, Column::RecordedAt);

pub(super) fn method_word(method: Method) -> Result<String, Error> {
    let word = to_json(&method)?;
    word.as_str().map(str::to_owned).ok_or_else(|| Error::Corrupt("a method is a word".to_owned()))
}

fn active(stats: &ColumnStats) -> Result<ActiveModel, Error> {
    Ok(ActiveModel {
        source_id: Set(stats.source_id.0),
        table_path: Set(stats.table.clone()),
        column_name: Set(stats.column.clone()),
        recorded_at: Set(stats.recorded_at.millis()),
        run_id: Set(stats.run_id.0),
        data_type: Set(stats.data_type.clone()),
        row_count: Set(number(stats.row_count)?),
        null_percent: Set(stats.null_percent),
        uniqueness_percent: Set(stats.uniqueness_percent),
        distinct_count: Set(number_option(stats.distinct_count)?),
        min: Set(stats.min.clone()),
        max: Set(stats.max.clone()),
        latest_value_at: Set(stats.latest_value_at.map(Timestamp::millis)),
        method: Set(method_word(stats.method)?),
        error_bound: Set(stats.error_bound),
        health: Set(stats.health.as_str().to_owned()),
        score: Set(stats.score),
        deductions: Set(to_json(&stats.deductions)?),
        previous_null_percent: Set(stats.previous_null_percent),
        ..Default::default()
    })
}

impl TryFrom<Model> for ColumnStats {
    type Error = Error;

    fn try_from(row: Model) -> Result<Self, Error> {
        Ok(Self {
            source_id: SourceId(row.source_id),
            table: row.table_path,
            column: row.column_name,
            recorded_at: time(row.recorded_at)?,
            run_id: RunId(row.run_id),
            data_type: row.data_type,
            row_count: number(row.row_count)?,
            null_percent: row.null_percent,
            uniqueness_percent: row.uniqueness_percent,
            distinct_count: number_option(row.distinct_count)?,
            min: row.min,
            max: row.max,
            latest_value_at: time_option(row.latest_value_at)?,
            method: word(&row.method)?,
            error_bound: row.error_bound,
            health: word(&row.health)?,
            score: row.score,
            deductions: json(row.deductions)?,
            previous_null_percent: row.previous_null_percent,
        })
    }
}
