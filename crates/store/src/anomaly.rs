//! Anomalies: odd points, the bounds that points were judged by, the models that judge, and how far that is.
//!
//! The rows of one judgement have one time of their own. They are written in batches that nobody sees, and
//! [`set_detection`] makes them visible, as a profile's.

mod bounds;
mod detection;
mod model;

pub use bounds::{Bounds, KEPT, TableBounds, bounds_of_tables, forget_bounds, put_bounds};
pub use detection::{Detection, detection, make_due, set_detection};
pub use model::{TableModels, forget_models, models, put_models};

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, QueryFilter, QueryOrder, QuerySelect};
use types::incident::Measure;
use types::{IncidentId, SourceId, Timestamp};

use crate::entity::anomaly::{ActiveModel, Column, Entity, Model};
use crate::row::{number, time, word};
use crate::transaction::Connected;
use crate::{Error, Reads, WriteTx, scoped};

/// How many rows one statement writes or names.
pub const BATCH: usize = 500;

/// One row of `anomaly`.
#[derive(Clone, Debug, PartialEq)]
pub struct Anomaly {
    pub source_id: SourceId,
    /// The table's path.
    pub table: String,
    /// Missing for what is measured of the whole table.
    pub column: Option<String>,
    pub measure: Measure,
    pub at: Timestamp,
    pub value: f64,
    pub expected: f64,
    pub lower: f64,
    pub upper: f64,
    /// The how many-th odd point in a row.
    pub streak: u32,
    /// A person called it normal.
    pub normal: bool,
    /// The incident of the schema change of the same scan.
    pub explained_by: Option<IncidentId>,
}

/// Some of the anomalies of a source.
#[derive(Clone, Debug)]
pub struct Part<'a> {
    pub source: SourceId,
    /// Of one table and these measures, unless something else explains them.
    pub table: &'a str,
    pub measures: &'a [Measure],
    pub from: Timestamp,
    pub to: Timestamp,
    /// And those that this incident explains.
    pub explained_by: IncidentId,
}

impl Part<'_> {
    fn condition(&self) -> Condition {
        let own = Condition::all()
            .add(Column::TablePath.eq(self.table))
            .add(Column::Measure.is_in(self.measures.iter().map(|measure| measure.as_str())))
            .add(Column::At.between(self.from.millis(), self.to.millis()))
            .add(Column::ExplainedBy.is_null());
        Condition::all()
            .add(Column::SourceId.eq(self.source.0))
            .add(Condition::any().add(Column::ExplainedBy.eq(self.explained_by.0)).add(own))
    }
}

/// Adds anomalies of one time, which nobody sees before [`set_detection`].
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &WriteTx, anomalies: &[Anomaly]) -> Result<(), Error> {
    for batch in anomalies.chunks(BATCH) {
        let rows = batch.iter().map(active).collect::<Result<Vec<_>, Error>>()?;
        scoped::insert_many(tx, rows).exec_without_returning(tx.connection()).await?;
    }
    Ok(())
}

/// Removes at most [`BATCH`] odd points, and as many bounds, that were written after a time by an attempt that died; `false` when none is left. Only
/// for the attempt that holds the source's run.
///
/// # Errors
/// When the database fails.
pub async fn discard(tx: &WriteTx, source: SourceId, after: Option<Timestamp>) -> Result<bool, Error> {
    use Column::{At, ColumnName, Measure, TablePath};
    let after = after.map_or(i64::MIN, Timestamp::millis);
    let wanted = Column::SourceId.eq(source.0).and(At.gt(after));
    let key = [TablePath, ColumnName, Measure, At];
    let odd = scoped::delete_some::<Entity, 4>(tx, wanted, key, BATCH).await?;
    Ok(odd + bounds::discard(tx, source, after).await? > 0)
}

/// The anomalies of one time, in no order.
///
/// # Errors
/// When the database fails.
pub async fn at(tx: &impl Reads, source: SourceId, at: Timestamp) -> Result<Vec<Anomaly>, Error> {
    let rows = scoped::find::<Entity>(tx)
        .filter(Column::SourceId.eq(source.0))
        .filter(Column::At.eq(at.millis()))
        .all(tx.connection())
        .await?;
    rows.into_iter().map(Anomaly::try_from).collect()
}

/// The anomalies of some tables between two times, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn of_tables(
    tx: &impl Reads,
    source: SourceId,
    tables: &[String],
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<Anomaly>, Error> {
    let rows = scoped::find::<Entity>(tx)
        .filter(Column::SourceId.eq(source.0))
        .filter(Column::TablePath.is_in(tables.iter().map(String::as_str)))
        .filter(Column::At.between(from.millis(), to.millis()))
        .order_by_asc(Column::At)
        .all(tx.connection())
        .await?;
    rows.into_iter().map(Anomaly::try_from).collect()
}

/// At most `rows` anomalies of a part, newest first.
///
/// # Errors
/// When the database fails.
pub async fn of_part(tx: &impl Reads, part: &Part<'_>, rows: u64) -> Result<Vec<Anomaly>, Error> {
    let found = scoped::find::<Entity>(tx)
        .filter(part.condition())
        .order_by_desc(Column::At)
        .order_by_asc(Column::TablePath)
        .order_by_asc(Column::ColumnName)
        .limit(rows)
        .all(tx.connection())
        .await?;
    found.into_iter().map(Anomaly::try_from).collect()
}

/// Calls the anomalies of a part normal, and answers how many were not yet.
///
/// # Errors
/// When the database fails.
pub async fn mark_normal(tx: &WriteTx, part: &Part<'_>) -> Result<u64, Error> {
    let result = scoped::update::<Entity>(tx)
        .col_expr(Column::Normal, Expr::value(true))
        .filter(part.condition())
        .filter(Column::Normal.eq(false))
        .exec(tx.connection())
        .await?;
    Ok(result.rows_affected)
}

/// Says which incident explains the anomalies of one time in some tables.
///
/// # Errors
/// When the database fails.
pub async fn explain(
    tx: &WriteTx,
    source: SourceId,
    at: Timestamp,
    table: &str,
    incident: IncidentId,
) -> Result<(), Error> {
    scoped::update::<Entity>(tx)
        .col_expr(Column::ExplainedBy, Expr::value(incident.0))
        .filter(Column::SourceId.eq(source.0))
        .filter(Column::At.eq(at.millis()))
        .filter(Column::TablePath.eq(table))
        .exec(tx.connection())
        .await?;
    Ok(())
}

fn active(anomaly: &Anomaly) -> Result<ActiveModel, Error> {
    Ok(ActiveModel {
        source_id: Set(anomaly.source_id.0),
        table_path: Set(anomaly.table.clone()),
        column_name: Set(anomaly.column.clone().unwrap_or_default()),
        measure: Set(anomaly.measure.as_str().to_owned()),
        at: Set(anomaly.at.millis()),
        value: Set(anomaly.value),
        expected: Set(anomaly.expected),
        lower: Set(anomaly.lower),
        upper: Set(anomaly.upper),
        streak: Set(number(anomaly.streak)?),
        normal: Set(anomaly.normal),
        explained_by: Set(anomaly.explained_by.map(|id| id.0)),
        ..Default::default()
    })
}

impl TryFrom<Model> for Anomaly {
    type Error = Error;

    fn try_from(row: Model) -> Result<Self, Error> {
        Ok(Self {
            source_id: SourceId(row.source_id),
            table: row.table_path,
            column: Some(row.column_name).filter(|name| !name.is_empty()),
            measure: word(&row.measure)?,
            at: time(row.at)?,
            value: row.value,
            expected: row.expected,
            lower: row.lower,
            upper: row.upper,
            streak: number(row.streak)?,
            normal: row.normal,
            explained_by: row.explained_by.map(IncidentId),
        })
    }
}
