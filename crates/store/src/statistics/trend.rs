//! How the NULL % of columns moved.

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, FromQueryResult, Order, QueryFilter, QueryOrder, QuerySelect};
use types::{SourceId, Timestamp};

use crate::entity::column_stats::{Column, Entity};
use crate::row::time;
use crate::transaction::Connected;
use crate::{Error, Reads, scoped};

/// A column of a source.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ColumnName {
    /// The table's path.
    pub table: String,
    pub column: String,
}

/// A column's NULL % at one time.
#[derive(Clone, Debug, PartialEq)]
pub struct NullPoint {
    pub name: ColumnName,
    pub at: Timestamp,
    pub null_percent: Option<f64>,
    pub previous_null_percent: Option<f64>,
}

/// The part of a source's history that is asked for.
fn within(source: SourceId, table: Option<&str>, from: Timestamp, to: Timestamp) -> Condition {
    let mut condition = Condition::all()
        .add(Column::SourceId.eq(source.0))
        .add(Column::RecordedAt.between(from.millis(), to.millis()));
    if let Some(table) = table {
        condition = condition.add(Column::TablePath.eq(table));
    }
    condition
}

/// The columns whose NULL % moved most between two times, at most `rows`.
///
/// # Errors
/// When the database fails.
pub async fn moving_columns(
    tx: &impl Reads,
    source: SourceId,
    table: Option<&str>,
    from: Timestamp,
    to: Timestamp,
    rows: u64,
) -> Result<Vec<ColumnName>, Error> {
    let spread = Expr::col(Column::NullPercent).max().sub(Expr::col(Column::NullPercent).min());
    let found = scoped::find::<Entity>(tx)
        .filter(within(source, table, from, to))
        .filter(Column::NullPercent.is_not_null())
        .select_only()
        .columns([Column::TablePath, Column::ColumnName])
        .group_by(Column::TablePath)
        .group_by(Column::ColumnName)
        .order_by(spread, Order::Desc)
        .order_by_asc(Column::TablePath)
        .order_by_asc(Column::ColumnName)
        .limit(rows)
        .into_model::<NameRow>()
        .all(tx.connection())
        .await?;
    Ok(found.into_iter().map(|row| ColumnName { table: row.table_path, column: row.column_name }).collect())
}

/// Every NULL % of some columns between two times, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn null_history(
    tx: &impl Reads,
    source: SourceId,
    names: &[ColumnName],
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<NullPoint>, Error> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let any = names.iter().fold(Condition::any(), |any, name| {
        let one = Condition::all()
            .add(Column::TablePath.eq(name.table.as_str()))
            .add(Column::ColumnName.eq(name.column.as_str()));
        any.add(one)
    });
    points(
        scoped::find::<Entity>(tx)
            .filter(within(source, None, from, to))
            .filter(any)
            .order_by_asc(Column::RecordedAt),
        tx,
    )
    .await
}

/// The points at which a NULL % rose by at least `points_up` over the profile before, newest first, at most `rows`.
///
/// # Errors
/// When the database fails.
pub async fn null_jumps(
    tx: &impl Reads,
    source: SourceId,
    table: Option<&str>,
    from: Timestamp,
    to: Timestamp,
    points_up: f64,
    rows: u64,
) -> Result<Vec<NullPoint>, Error> {
    let rise = Expr::col(Column::NullPercent).sub(Expr::col(Column::PreviousNullPercent));
    points(
        scoped::find::<Entity>(tx)
            .filter(within(source, table, from, to))
            .filter(rise.gte(points_up))
            .order_by_desc(Column::RecordedAt)
            .order_by_asc(Column::TablePath)
            .order_by_asc(Column::ColumnName)
            .limit(rows),
        tx,
    )
    .await
}

async fn points(query: sea_orm::Select<Entity>, tx: &impl Reads) -> Result<Vec<NullPoint>, Error> {
    let found = query
        .select_only()
        .columns([
            Column::TablePath,
            Column::ColumnName,
            Column::RecordedAt,
            Column::NullPercent,
            Column::PreviousNullPercent,
        ])
        .into_model::<PointRow>()
        .all(tx.connection())
        .await?;
    found
        .into_iter()
        .map(|row| {
            Ok(NullPoint {
                name: ColumnName { table: row.table_path, column: row.column_name },
                at: time(row.recorded_at)?,
                null_percent: row.null_percent,
                previous_null_percent: row.previous_null_percent,
            })
        })
        .collect()
}

#[derive(FromQueryResult)]
struct NameRow {
    table_path: String,
    column_name: String,
}

#[derive(FromQueryResult)]
struct PointRow {
    table_path: String,
    column_name: String,
    recorded_at: i64,
    null_percent: Option<f64>,
    previous_null_percent: Option<f64>,
}
