//! What users expect of their data, and what scans found of it.
//!
//! An expectation carries its newest result; the history beside it has a row for each result that was new.

mod result;

pub use result::{Recorded, count_results, forget_before, record, results};

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use serde::{Deserialize, Serialize};
use types::expectation::{ExpectationDefinition, ExpectationOutcome, ExpectationPoint, ExpectationState};
use types::{ExpectationId, RunId, SourceId, Timestamp};

use crate::entity::expectation::{ActiveModel, Column, Entity, Model};
use crate::row::{json, number_option, time, time_option, to_json, word};
use crate::text::holds;
use crate::transaction::Connected;
use crate::{Error, Reads, WriteTx, scoped};

/// How many rows one statement inserts or names.
pub const BATCH: usize = 500;

/// One row of `expectation`.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    pub id: ExpectationId,
    pub source_id: SourceId,
    pub definition: ExpectationDefinition,
    pub author: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// What was found last.
    pub outcome: ExpectationOutcome,
    /// When that was; missing before the first result.
    pub recorded_at: Option<Timestamp>,
    /// The run that found it.
    pub run_id: Option<RunId>,
    /// The last results, oldest first.
    pub recent: Vec<ExpectationPoint>,
}

/// Where a list goes on: table and id of the row before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    pub table: String,
    pub id: ExpectationId,
}

/// Which expectations a list holds.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub sources: Vec<SourceId>,
    pub table: Option<String>,
    /// Of those that are enabled, those in this state.
    pub state: Option<ExpectationState>,
    pub enabled: Option<bool>,
    /// A part of the table's path, of the description or of what the rule names, in any case.
    pub text: Option<String>,
    pub after: Option<Key>,
}

/// How many there are of a source, and when one was written last: equal only while nobody changes any.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    pub count: u64,
    pub updated_at: Option<Timestamp>,
}

/// Adds expectations.
///
/// # Errors
/// [`Error::Conflict`] when the source is not the organization's.
pub async fn insert(tx: &WriteTx, expectations: &[Expectation]) -> Result<(), Error> {
    for batch in expectations.chunks(BATCH) {
        let rows = batch.iter().map(row).collect::<Result<Vec<_>, Error>>()?;
        scoped::insert_many(tx, rows).exec_without_returning(tx.connection()).await?;
    }
    Ok(())
}

/// Writes every field of one that is there.
///
/// # Errors
/// [`Error::NotFound`] when it is gone.
pub async fn update(tx: &WriteTx, expectation: &Expectation) -> Result<(), Error> {
    let result = scoped::update::<Entity>(tx)
        .set(active(expectation)?)
        .filter(Column::Id.eq(expectation.id.0))
        .exec(tx.connection())
        .await?;
    if result.rows_affected == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// Removes expectations, with their results.
///
/// # Errors
/// When the database fails.
pub async fn delete(tx: &WriteTx, ids: &[ExpectationId]) -> Result<(), Error> {
    for batch in ids.chunks(BATCH) {
        scoped::delete::<Entity>(tx)
            .filter(Column::Id.is_in(batch.iter().map(|id| id.0)))
            .exec(tx.connection())
            .await?;
    }
    Ok(())
}

/// One expectation.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub async fn find(tx: &impl Reads, id: ExpectationId) -> Result<Expectation, Error> {
    scoped::find::<Entity>(tx)
        .filter(Column::Id.eq(id.0))
        .one(tx.connection())
        .await?
        .ok_or(Error::NotFound)?
        .try_into()
}

/// All of a source, by table, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn of_source(tx: &impl Reads, source: SourceId) -> Result<Vec<Expectation>, Error> {
    let rows = scoped::find::<Entity>(tx)
        .filter(Column::SourceId.eq(source.0))
        .order_by_asc(Column::TablePath)
        .order_by_asc(Column::Id)
        .all(tx.connection())
        .await?;
    rows.into_iter().map(Expectation::try_from).collect()
}

/// At most `rows` expectations, by table, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn list(tx: &impl Reads, filter: &Filter, rows: u64) -> Result<Vec<Expectation>, Error> {
    let mut query = narrowed(tx, filter);
    if let Some(enabled) = filter.enabled {
        query = query.filter(Column::Enabled.eq(enabled));
    }
    if let Some(state) = filter.state {
        query = query.filter(Column::Enabled.eq(true)).filter(Column::State.eq(state.as_str()));
    }
    if let Some(after) = &filter.after {
        let same =
            Condition::all().add(Column::TablePath.eq(after.table.as_str())).add(Column::Id.gt(after.id.0));
        query = query.filter(Condition::any().add(Column::TablePath.gt(after.table.as_str())).add(same));
    }
    let found = query
        .order_by_asc(Column::TablePath)
        .order_by_asc(Column::Id)
        .limit(rows)
        .all(tx.connection())
        .await?;
    found.into_iter().map(Expectation::try_from).collect()
}

/// How many a list would hold in each state and switched off, whatever state it is narrowed to.
///
/// # Errors
/// When the database fails.
pub async fn counts(tx: &impl Reads, filter: &Filter) -> Result<Vec<(ExpectationState, bool, u64)>, Error> {
    let rows: Vec<(String, bool, i64)> = narrowed(tx, filter)
        .select_only()
        .column(Column::State)
        .column(Column::Enabled)
        .column_as(Expr::col((Entity, Column::Id)).count(), "number")
        .group_by(Column::State)
        .group_by(Column::Enabled)
        .into_tuple()
        .all(tx.connection())
        .await?;
    rows.into_iter()
        .map(|(state, enabled, count)| Ok((word(&state)?, enabled, crate::row::number(count)?)))
        .collect()
}

fn narrowed(tx: &impl Reads, filter: &Filter) -> Select<Entity> {
    let mut query = scoped::find::<Entity>(tx)
        .filter(Column::SourceId.is_in(filter.sources.iter().map(|source| source.0)));
    if let Some(table) = &filter.table {
        query = query.filter(Column::TablePath.eq(table.as_str()));
    }
    if let Some(text) = &filter.text {
        let own = |column| Expr::col((Entity, column));
        let any = Condition::any()
            .add(holds(own(Column::TablePath), text))
            .add(holds(own(Column::Description), text))
            .add(holds(own(Column::Rule).cast_as("text"), text));
        query = query.filter(any);
    }
    query
}

/// How many there are of a source, and when one was written last.
///
/// # Errors
/// When the database fails.
pub async fn revision(tx: &impl Reads, source: SourceId) -> Result<Revision, Error> {
    let of_source = || scoped::find::<Entity>(tx).filter(Column::SourceId.eq(source.0));
    let newest: Option<Option<i64>> = of_source()
        .select_only()
        .column_as(Expr::col((Entity, Column::UpdatedAt)).max(), "newest")
        .into_tuple()
        .one(tx.connection())
        .await?;
    let count = of_source().count(tx.connection()).await?;
    Ok(Revision { count, updated_at: time_option(newest.flatten())? })
}

fn row(expectation: &Expectation) -> Result<ActiveModel, Error> {
    Ok(ActiveModel {
        id: Set(expectation.id.0),
        source_id: Set(expectation.source_id.0),
        author: Set(expectation.author.clone()),
        created_at: Set(expectation.created_at.millis()),
        ..active(expectation)?
    })
}

fn active(expectation: &Expectation) -> Result<ActiveModel, Error> {
    let (definition, outcome) = (&expectation.definition, &expectation.outcome);
    Ok(ActiveModel {
        table_path: Set(definition.table.clone()),
        rule: Set(to_json(&definition.rule)?),
        severity: Set(definition.severity.as_str().to_owned()),
        description: Set(definition.description.clone()),
        enabled: Set(definition.enabled),
        updated_at: Set(expectation.updated_at.millis()),
        state: Set(outcome.state.as_str().to_owned()),
        failing: Set(number_option(outcome.failing)?),
        checked: Set(number_option(outcome.checked)?),
        detail: Set(outcome.detail.clone()),
        checked_at: Set(outcome.checked_at.map(Timestamp::millis)),
        recorded_at: Set(expectation.recorded_at.map(Timestamp::millis)),
        run_id: Set(expectation.run_id.map(|run| run.0)),
        recent: Set(to_json(&expectation.recent)?),
        ..Default::default()
    })
}

impl TryFrom<Model> for Expectation {
    type Error = Error;

    fn try_from(row: Model) -> Result<Self, Error> {
        Ok(Self {
            id: ExpectationId(row.id),
            source_id: SourceId(row.source_id),
            definition: ExpectationDefinition {
                table: row.table_path,
                rule: json(row.rule)?,
                severity: word(&row.severity)?,
                description: row.description,
                enabled: row.enabled,
            },
            author: row.author,
            created_at: time(row.created_at)?,
            updated_at: time(row.updated_at)?,
            outcome: ExpectationOutcome {
                state: word(&row.state)?,
                failing: number_option(row.failing)?,
                checked: number_option(row.checked)?,
                detail: row.detail,
                checked_at: time_option(row.checked_at)?,
            },
            recorded_at: time_option(row.recorded_at)?,
            run_id: row.run_id.map(RunId),
            recent: json(row.recent)?,
        })
    }
}
