//! How the NULL % of columns moved.

use sea_orm::sea_query::{Expr, ExprTrait, Func};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, FromQueryResult, Order, QueryFilter, QueryOrder, QuerySelect,
};
use types::{SourceId, Timestamp};

use super::{OF_COLUMN, during};
use crate::entity::column_rollup;
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

/// Which columns of a source, and when.
#[derive(Clone, Copy, Debug)]
pub struct Span<'a> {
    pub source: SourceId,
    /// A table's path.
    pub table: Option<&'a str>,
    /// A column's name.
    pub column: Option<&'a str>,
    pub from: Timestamp,
    pub to: Timestamp,
}

impl Span<'_> {
    fn profiles(&self) -> Condition {
        use crate::entity::column_stats::Column::{ColumnName, RecordedAt, SourceId, TablePath};
        let during = match self.table {
            None => RecordedAt.between(self.from.millis(), self.to.millis()),
            Some(_) => during(OF_COLUMN, self.from, self.to),
        };
        Condition::all()
            .add(SourceId.eq(self.source.0))
            .add(during)
            .add_option(self.table.map(|table| TablePath.eq(table)))
            .add_option(self.column.map(|column| ColumnName.eq(column)))
    }

    /// Periods that began before are not in it.
    fn rollups(&self) -> Condition {
        use crate::entity::column_rollup::Column::{ColumnName, SourceId, StartsAt, TablePath};
        Condition::all()
            .add(SourceId.eq(self.source.0))
            .add(StartsAt.between(self.from.millis(), self.to.millis()))
            .add_option(self.table.map(|table| TablePath.eq(table)))
            .add_option(self.column.map(|column| ColumnName.eq(column)))
    }
}

/// That the NULL % moved by a point or more from one profile to the next, and within a rollup: in the very words of the
/// indexes that hold such rows alone, or they are not used.
const MOVED: &str = r#"ABS("column_stats"."null_percent" - "column_stats"."previous_null_percent") >= 1"#;
const MOVED_WITHIN: &str = r#""column_rollup"."null_percent_max" - "column_rollup"."null_percent_min" >= 1"#;

/// The columns whose NULL % moved most, at most `rows`, with the points between its least and its most; the furthest
/// first. With `large`, only moves of a point or more count, within a rollup or from one profile to the next, and how far
/// they went at once: that is found without reading every row.
///
/// # Errors
/// When the database fails.
pub async fn moving_columns(
    tx: &impl Reads,
    span: &Span<'_>,
    large: bool,
    rows: u64,
) -> Result<Vec<(ColumnName, f64)>, Error> {
    let own = |column| Expr::col((Entity, column));
    let spread = if large {
        let move_of = own(Column::NullPercent).sub(own(Column::PreviousNullPercent));
        Expr::from(Func::abs(move_of)).max()
    } else {
        own(Column::NullPercent).max().sub(own(Column::NullPercent).min())
    };
    let mut profiles =
        scoped::find::<Entity>(tx).filter(span.profiles()).filter(Column::NullPercent.is_not_null());
    if large {
        profiles = profiles.filter(Expr::cust(MOVED));
    }
    let mut found = moving(tx, profiles, [Column::TablePath, Column::ColumnName], spread, rows).await?;
    let own = |column| Expr::col((column_rollup::Entity, column));
    let (low, high) = (column_rollup::Column::NullPercentMin, column_rollup::Column::NullPercentMax);
    let spread = if large { own(high).sub(own(low)).max() } else { own(high).max().sub(own(low).min()) };
    let mut rollups =
        scoped::find::<column_rollup::Entity>(tx).filter(span.rollups()).filter(high.is_not_null());
    if large {
        rollups = rollups.filter(Expr::cust(MOVED_WITHIN));
    } else if span.table.is_none() {
        // For the index by time.
        rollups = rollups.filter(column_rollup::Column::Period.is_in(["day", "week"]));
    }
    let names = [column_rollup::Column::TablePath, column_rollup::Column::ColumnName];
    for (name, spread) in moving(tx, rollups, names, spread, rows).await? {
        match found.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = known.max(spread),
            None => found.push((name, spread)),
        }
    }
    let order = |name: &ColumnName| (name.table.clone(), name.column.clone());
    found.sort_by(|(a, one), (b, other)| other.total_cmp(one).then_with(|| order(a).cmp(&order(b))));
    found.truncate(usize::try_from(rows).unwrap_or(usize::MAX));
    Ok(found)
}

async fn moving<E: EntityTrait>(
    tx: &impl Reads,
    query: sea_orm::Select<E>,
    [table, column]: [E::Column; 2],
    spread: Expr,
    rows: u64,
) -> Result<Vec<(ColumnName, f64)>, Error> {
    let found: Vec<(String, String, f64)> = query
        .select_only()
        .columns([table, column])
        .column_as(spread.clone(), "spread")
        .group_by(table)
        .group_by(column)
        .order_by(spread, Order::Desc)
        .order_by_asc(table)
        .order_by_asc(column)
        .limit(rows)
        .into_tuple()
        .all(tx.connection())
        .await?;
    Ok(found.into_iter().map(|(table, column, spread)| (ColumnName { table, column }, spread)).collect())
}

/// Every NULL % of a column between two times, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn null_history(tx: &impl Reads, span: &Span<'_>) -> Result<Vec<NullPoint>, Error> {
    let query = scoped::find::<Entity>(tx).filter(span.profiles()).order_by_asc(Column::RecordedAt);
    points(query, tx).await
}

/// The points at which a NULL % rose by at least `points_up`, which is more than one, over the profile before, newest
/// first, at most `rows`.
///
/// # Errors
/// When the database fails.
pub async fn null_jumps(
    tx: &impl Reads,
    span: &Span<'_>,
    points_up: f64,
    rows: u64,
) -> Result<Vec<NullPoint>, Error> {
    let rise = Expr::col(Column::NullPercent).sub(Expr::col(Column::PreviousNullPercent));
    points(
        scoped::find::<Entity>(tx)
            .filter(span.profiles())
            .filter(Expr::cust(MOVED))
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
struct PointRow {
    table_path: String,
    column_name: String,
    recorded_at: i64,
    null_percent: Option<f64>,
    previous_null_percent: Option<f64>,
}
