//! Statistics of columns.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait, Func, SimpleExpr};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, FromQueryResult, JoinType, Order, QueryFilter, QueryOrder,
    QuerySelect, RelationDef,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use types::profile::Method;
use types::quality::{Deduction, Health};
use types::{RunId, SourceId, Timestamp};

use super::{BATCH, newest};
use crate::entity::column_stats::{ActiveModel, Column, Entity, Model};
use crate::entity::table_stats;
use crate::row::{json, number, number_option, time, time_option, to_json, word};
use crate::text::holds;
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

/// A column's newest statistics with what is known of its table.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnRow {
    pub stats: ColumnStats,
    pub last_write_at: Option<Timestamp>,
    pub table_latest_value_at: Option<Timestamp>,
    /// The place in the list, for the cursor.
    pub key: ColumnKey,
}

/// What a list of columns is ordered by; columns without the figure come as if it were the least.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColumnSort {
    /// Table, then column.
    #[default]
    Name,
    /// Critical first.
    Health,
    /// Most NULLs first.
    NullPercent,
    /// Least unique first.
    Uniqueness,
    /// Stalest table first.
    Freshness,
}

/// A place in a list of columns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ColumnKey {
    pub rank: f64,
    pub source: SourceId,
    pub table: String,
    pub column: String,
}

/// Which columns a list holds.
#[derive(Clone, Debug, Default)]
pub struct ColumnFilter {
    pub sources: Vec<SourceId>,
    pub table: Option<String>,
    pub health: Option<Health>,
    /// A part of the table's path or the column's name, in any case.
    pub text: Option<String>,
    pub sort: ColumnSort,
    /// The other way round.
    pub reverse: bool,
    pub after: Option<ColumnKey>,
}

/// What a distribution needs of a column.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnBadge {
    pub source_id: SourceId,
    pub table: String,
    pub column: String,
    pub null_percent: Option<f64>,
    pub uniqueness_percent: Option<f64>,
    pub health: Health,
    pub score: Option<f64>,
    pub recorded_at: Timestamp,
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

/// At most `rows` of the newest rows that the filter wants, in its order.
///
/// # Errors
/// When the database fails.
pub async fn column_rows(tx: &impl Reads, filter: &ColumnFilter, rows: u64) -> Result<Vec<ColumnRow>, Error> {
    let Some(wanted) = wanted(tx, filter).await? else { return Ok(Vec::new()) };
    let rank = rank(filter.sort);
    let mut query = scoped::find::<Entity>(tx)
        .select_also(table_stats::Entity)
        .join(JoinType::LeftJoin, newest_of_table())
        .filter(wanted);
    if let Some(after) = &filter.after {
        let names = [Column::SourceId, Column::TablePath, Column::ColumnName];
        let place = rank.clone().into_iter().chain(names.map(|name| Expr::col((Entity, name))));
        let before = rank.is_some().then(|| Expr::value(after.rank)).into_iter().chain([
            Expr::value(after.source.0),
            Expr::value(after.table.as_str()),
            Expr::value(after.column.as_str()),
        ]);
        let (place, before) = (Expr::tuple(place), Expr::tuple(before));
        query = query.filter(if filter.reverse { place.lt(before) } else { place.gt(before) });
    }
    // One direction for all of them, so that one comparison of tuples finds the place.
    let order = if filter.reverse { Order::Desc } else { Order::Asc };
    if let Some(rank) = rank {
        query = query.order_by(rank, order.clone());
    }
    let found = query
        .order_by(Column::SourceId, order.clone())
        .order_by(Column::TablePath, order.clone())
        .order_by(Column::ColumnName, order)
        .limit(rows)
        .all(tx.connection())
        .await?;
    found.into_iter().map(|(column, table)| row(column, table, filter.sort)).collect()
}

/// Health, score and shape of every newest row that the filter wants, in no order; its place is ignored.
///
/// # Errors
/// When the database fails.
pub async fn badges(tx: &impl Reads, filter: &ColumnFilter) -> Result<Vec<ColumnBadge>, Error> {
    let Some(wanted) = wanted(tx, filter).await? else { return Ok(Vec::new()) };
    let found = scoped::find::<Entity>(tx)
        .filter(wanted)
        .select_only()
        .columns([
            Column::SourceId,
            Column::TablePath,
            Column::ColumnName,
            Column::NullPercent,
            Column::UniquenessPercent,
            Column::Health,
            Column::Score,
            Column::RecordedAt,
        ])
        .into_model::<BadgeRow>()
        .all(tx.connection())
        .await?;
    found
        .into_iter()
        .map(|row| {
            Ok(ColumnBadge {
                source_id: SourceId(row.source_id),
                table: row.table_path,
                column: row.column_name,
                null_percent: row.null_percent,
                uniqueness_percent: row.uniqueness_percent,
                health: word(&row.health)?,
                score: row.score,
                recorded_at: time(row.recorded_at)?,
            })
        })
        .collect()
}

#[derive(FromQueryResult)]
struct BadgeRow {
    source_id: uuid::Uuid,
    table_path: String,
    column_name: String,
    null_percent: Option<f64>,
    uniqueness_percent: Option<f64>,
    health: String,
    score: Option<f64>,
    recorded_at: i64,
}

/// Where [`newest`] looks.
const PLACE: (Column, Column) = (Column::SourceId, Column::RecordedAt);

/// The newest rows that the filter wants; `None` when there are none at all.
async fn wanted(tx: &impl Reads, filter: &ColumnFilter) -> Result<Option<Condition>, Error> {
    let Some(newest) = newest(tx, &filter.sources, PLACE).await? else { return Ok(None) };
    let mut condition = Condition::all().add(newest);
    if let Some(table) = &filter.table {
        condition = condition.add(Column::TablePath.eq(table.as_str()));
    }
    if let Some(health) = filter.health {
        condition = condition.add(Column::Health.eq(health.as_str()));
    }
    if let Some(text) = &filter.text {
        let own = |column| holds(Expr::col((Entity, column)), text);
        condition = condition.add(Condition::any().add(own(Column::TablePath)).add(own(Column::ColumnName)));
    }
    Ok(Some(condition))
}

/// What comes before the names in the order: ascending always, so that one comparison of tuples finds the place. Nothing
/// in the order of the names themselves, which an index has ready.
fn rank(sort: ColumnSort) -> Option<SimpleExpr> {
    let negated = |expression: SimpleExpr| Expr::value(0.0_f64).sub(expression);
    let known = |expression: SimpleExpr, missing: f64| {
        SimpleExpr::from(Func::coalesce([expression, Expr::value(missing)]))
    };
    let own = |column| Expr::col((Entity, column));
    Some(match sort {
        ColumnSort::Name => return None,
        ColumnSort::Health => Expr::case(own(Column::Health).eq("critical"), Expr::value(0.0_f64))
            .case(own(Column::Health).eq("warning"), Expr::value(1.0_f64))
            .case(own(Column::Health).eq("healthy"), Expr::value(2.0_f64))
            .finally(Expr::value(3.0_f64))
            .into(),
        ColumnSort::NullPercent => negated(known(own(Column::NullPercent), -1.0)),
        ColumnSort::Uniqueness => known(own(Column::UniquenessPercent), 101.0),
        ColumnSort::Freshness => {
            let newest = Expr::col((table_stats::Entity, table_stats::Column::LatestValueAt));
            known(newest.mul(Expr::value(1.0_f64)), FAR_FUTURE)
        }
    })
}

/// Later than any value, in milliseconds; exact as a float.
const FAR_FUTURE: f64 = 1e15;

/// The same figure as `rank`, of a row that was read.
fn rank_of(column: &ColumnStats, table: Option<&table_stats::Model>, sort: ColumnSort) -> f64 {
    match sort {
        ColumnSort::Name => 0.0,
        ColumnSort::Health => match column.health {
            Health::Critical => 0.0,
            Health::Warning => 1.0,
            Health::Healthy => 2.0,
            Health::Unknown => 3.0,
        },
        ColumnSort::NullPercent => 0.0 - column.null_percent.unwrap_or(-1.0),
        ColumnSort::Uniqueness => column.uniqueness_percent.unwrap_or(101.0),
        // Milliseconds stay far below 2^53.
        ColumnSort::Freshness => {
            table.and_then(|table| table.latest_value_at).map_or(FAR_FUTURE, |millis| millis as f64)
        }
    }
}

fn newest_of_table() -> RelationDef {
    Entity::belongs_to(table_stats::Entity)
        .from((Column::OrgId, Column::SourceId, Column::TablePath, Column::RecordedAt))
        .to((
            table_stats::Column::OrgId,
            table_stats::Column::SourceId,
            table_stats::Column::TablePath,
            table_stats::Column::RecordedAt,
        ))
        .into()
}

fn row(column: Model, table: Option<table_stats::Model>, sort: ColumnSort) -> Result<ColumnRow, Error> {
    let stats = ColumnStats::try_from(column)?;
    let key = ColumnKey {
        rank: rank_of(&stats, table.as_ref(), sort),
        source: stats.source_id,
        table: stats.table.clone(),
        column: stats.column.clone(),
    };
    let (last_write_at, table_latest_value_at) =
        table.map_or((None, None), |table| (table.last_write_at, table.latest_value_at));
    Ok(ColumnRow {
        stats,
        last_write_at: time_option(last_write_at)?,
        table_latest_value_at: time_option(table_latest_value_at)?,
        key,
    })
}

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
