//! The points of many series at once, in as few columns as the judgement of anomalies needs.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, FromQueryResult, Order, QueryFilter, QueryOrder, QuerySelect};
use types::profile::Method;
use types::quality::Deduction;
use types::{SourceId, Timestamp};

use super::{OF_COLUMN, during};
use crate::entity::column_stats::{Column, Entity};
use crate::entity::source_score;
use crate::row::{json, time, word};
use crate::transaction::Connected;
use crate::{Error, Reads, scoped};

/// What was measured of a column at one time.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnPoint {
    /// The table's path.
    pub table: String,
    pub column: String,
    pub at: Timestamp,
    pub null_percent: Option<f64>,
    pub uniqueness_percent: Option<f64>,
}

/// The newest point of a column, with what health had to say.
#[derive(Clone, Debug, PartialEq)]
pub struct NewestPoint {
    pub point: ColumnPoint,
    pub previous_null_percent: Option<f64>,
    pub method: Method,
    pub error_bound: Option<f64>,
    pub deductions: Vec<Deduction>,
}

/// Every point of the columns of some tables between two times, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn column_history(
    tx: &impl Reads,
    source: SourceId,
    tables: &[String],
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<ColumnPoint>, Error> {
    let rows = scoped::find::<Entity>(tx)
        .select_only()
        .columns([
            Column::TablePath,
            Column::ColumnName,
            Column::RecordedAt,
            Column::NullPercent,
            Column::UniquenessPercent,
        ])
        .filter(Column::SourceId.eq(source.0))
        .filter(Column::TablePath.is_in(tables.iter().map(String::as_str)))
        .filter(during(OF_COLUMN, from, to))
        .order_by(Expr::cust(OF_COLUMN), Order::Asc)
        .into_model::<PointRow>()
        .all(tx.connection())
        .await?;
    rows.into_iter().map(ColumnPoint::try_from).collect()
}

/// The points of the columns of some tables at one time, in no order.
///
/// # Errors
/// When the database fails.
pub async fn columns_at(
    tx: &impl Reads,
    source: SourceId,
    tables: &[String],
    at: Timestamp,
) -> Result<Vec<NewestPoint>, Error> {
    let rows = scoped::find::<Entity>(tx)
        .select_only()
        .columns([
            Column::TablePath,
            Column::ColumnName,
            Column::RecordedAt,
            Column::NullPercent,
            Column::UniquenessPercent,
            Column::PreviousNullPercent,
            Column::Method,
            Column::ErrorBound,
            Column::Deductions,
        ])
        .filter(Column::SourceId.eq(source.0))
        .filter(Column::RecordedAt.eq(at.millis()))
        .filter(Column::TablePath.is_in(tables.iter().map(String::as_str)))
        .into_model::<NewestRow>()
        .all(tx.connection())
        .await?;
    rows.into_iter()
        .map(|row| {
            Ok(NewestPoint {
                point: ColumnPoint {
                    table: row.table_path,
                    column: row.column_name,
                    at: time(row.recorded_at)?,
                    null_percent: row.null_percent,
                    uniqueness_percent: row.uniqueness_percent,
                },
                previous_null_percent: row.previous_null_percent,
                method: word(&row.method)?,
                error_bound: row.error_bound,
                deductions: json(row.deductions)?,
            })
        })
        .collect()
}

/// The times of a source's newest profiles up to a time, at most `most`, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn profile_times(
    tx: &impl Reads,
    source: SourceId,
    to: Timestamp,
    most: u64,
) -> Result<Vec<Timestamp>, Error> {
    use source_score::Column::{RecordedAt, SourceId};
    let mut times: Vec<i64> = scoped::find::<source_score::Entity>(tx)
        .select_only()
        .column(RecordedAt)
        .filter(SourceId.eq(source.0))
        .filter(RecordedAt.lte(to.millis()))
        .order_by_desc(RecordedAt)
        .limit(most)
        .into_tuple()
        .all(tx.connection())
        .await?;
    times.reverse();
    times.into_iter().map(time).collect()
}

#[derive(FromQueryResult)]
struct PointRow {
    table_path: String,
    column_name: String,
    recorded_at: i64,
    null_percent: Option<f64>,
    uniqueness_percent: Option<f64>,
}

impl TryFrom<PointRow> for ColumnPoint {
    type Error = Error;

    fn try_from(row: PointRow) -> Result<Self, Error> {
        Ok(Self {
            table: row.table_path,
            column: row.column_name,
            at: time(row.recorded_at)?,
            null_percent: row.null_percent,
            uniqueness_percent: row.uniqueness_percent,
        })
    }
}

#[derive(FromQueryResult)]
struct NewestRow {
    table_path: String,
    column_name: String,
    recorded_at: i64,
    null_percent: Option<f64>,
    uniqueness_percent: Option<f64>,
    previous_null_percent: Option<f64>,
    method: String,
    error_bound: Option<f64>,
    deductions: sea_orm::prelude::Json,
}
