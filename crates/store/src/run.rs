//! Runs: one execution of the scan graph for one source.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, QueryFilter, Select};
use types::run::{RunError, RunState, Trigger};
use types::{DriftId, RunId, SourceId, Timestamp};

use crate::entity::run::{ActiveModel, Column, Entity, Model};
use crate::row::{number_option, time, time_option, word};
use crate::transaction::Connected;
use crate::{Error, Reads, WriteTx, scoped};

/// One row of `run`.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    pub id: RunId,
    pub source_id: SourceId,
    pub state: RunState,
    pub trigger: Trigger,
    pub created_at: Timestamp,
    pub started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
    pub version: Option<u32>,
    pub unchanged: Option<bool>,
    pub drift_id: Option<DriftId>,
    pub tables_profiled: Option<u32>,
    pub error: Option<RunError>,
    /// Somebody wants it to end; the worker looks between two pages.
    pub cancel_requested: bool,
}

/// Which runs a list holds.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub source: Option<SourceId>,
    pub state: Option<RunState>,
    /// Only runs after this one in the list: its `created_at` in milliseconds, and its id.
    pub after: Option<(i64, RunId)>,
}

/// Adds one.
///
/// # Errors
/// [`Error::Conflict`] when a run of the source is under way: an index allows only one.
pub async fn insert(tx: &WriteTx, run: &Run) -> Result<(), Error> {
    let mut row = active(run)?;
    row.id = Set(run.id.0);
    row.source_id = Set(run.source_id.0);
    row.trigger = Set(run.trigger.as_str().to_owned());
    row.created_at = Set(run.created_at.millis());
    row.cancel_requested = Set(run.cancel_requested);
    scoped::insert(tx, row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Writes what a run has come to; `cancel_requested` stays as it is.
///
/// # Errors
/// [`Error::NotFound`] when it is gone or final already.
pub async fn update(tx: &WriteTx, run: &Run) -> Result<(), Error> {
    let result = scoped::update::<Entity>(tx)
        .set(active(run)?)
        .filter(Column::Id.eq(run.id.0))
        .filter(Column::State.is_in(ACTIVE))
        .exec(tx.connection())
        .await?;
    if result.rows_affected == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// Asks the worker to end a run.
///
/// # Errors
/// [`Error::NotFound`] when it is gone or final already.
pub async fn request_cancel(tx: &WriteTx, id: RunId) -> Result<(), Error> {
    let result = scoped::update::<Entity>(tx)
        .col_expr(Column::CancelRequested, Expr::value(true))
        .filter(Column::Id.eq(id.0))
        .filter(Column::State.is_in(ACTIVE))
        .exec(tx.connection())
        .await?;
    if result.rows_affected == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// Asks the worker to end all runs that are under way; answers how many.
///
/// # Errors
/// When the database fails.
pub async fn request_cancel_of_all(tx: &WriteTx) -> Result<u64, Error> {
    let result = scoped::update::<Entity>(tx)
        .col_expr(Column::CancelRequested, Expr::value(true))
        .filter(Column::State.is_in(ACTIVE))
        .exec(tx.connection())
        .await?;
    Ok(result.rows_affected)
}

/// One run.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub async fn find(tx: &impl Reads, id: RunId) -> Result<Run, Error> {
    scoped::find::<Entity>(tx)
        .filter(Column::Id.eq(id.0))
        .one(tx.connection())
        .await?
        .ok_or(Error::NotFound)?
        .try_into()
}

/// Several runs, in no order.
///
/// # Errors
/// When the database fails.
pub async fn find_many(tx: &impl Reads, ids: &[RunId]) -> Result<Vec<Run>, Error> {
    let rows = scoped::find::<Entity>(tx)
        .filter(Column::Id.is_in(ids.iter().map(|id| id.0)))
        .all(tx.connection())
        .await?;
    rows.into_iter().map(Run::try_from).collect()
}

/// The run of a source that is under way.
///
/// # Errors
/// When the database fails.
pub async fn active_of(tx: &impl Reads, source: SourceId) -> Result<Option<Run>, Error> {
    scoped::find::<Entity>(tx)
        .filter(Column::SourceId.eq(source.0))
        .filter(Column::State.is_in(ACTIVE))
        .one(tx.connection())
        .await?
        .map(Run::try_from)
        .transpose()
}

/// At most `rows` runs, newest first.
///
/// # Errors
/// When the database fails.
pub async fn list(tx: &impl Reads, filter: &Filter, rows: u64) -> Result<Vec<Run>, Error> {
    let query = matching(tx, filter);
    let after = filter.after.map(|(at, id)| (at, id.0));
    let found = scoped::newest_first(tx, query, (Column::CreatedAt, Column::Id), after, rows).await?;
    found.into_iter().map(Run::try_from).collect()
}

/// How many runs there are on all pages of a list.
///
/// # Errors
/// When the database fails.
pub async fn count(tx: &impl Reads, filter: &Filter) -> Result<u64, Error> {
    scoped::count(tx, matching(tx, filter)).await
}

/// The runs that a filter wants, wherever a page begins.
fn matching(tx: &impl Reads, filter: &Filter) -> Select<Entity> {
    let mut query = scoped::find::<Entity>(tx);
    if let Some(source) = filter.source {
        query = query.filter(Column::SourceId.eq(source.0));
    }
    if let Some(state) = filter.state {
        query = query.filter(Column::State.eq(state.as_str()));
    }
    query
}

/// The states of a run that is under way.
pub(crate) const ACTIVE: [&str; 2] = ["queued", "running"];

fn active(run: &Run) -> Result<ActiveModel, Error> {
    Ok(ActiveModel {
        state: Set(run.state.as_str().to_owned()),
        started_at: Set(run.started_at.map(Timestamp::millis)),
        finished_at: Set(run.finished_at.map(Timestamp::millis)),
        version: Set(number_option(run.version)?),
        unchanged: Set(run.unchanged),
        drift_id: Set(run.drift_id.map(|id| id.0)),
        tables_profiled: Set(number_option(run.tables_profiled)?),
        error_code: Set(run.error.as_ref().map(|error| error.code.clone())),
        error_message: Set(run.error.as_ref().map(|error| error.message.clone())),
        ..Default::default()
    })
}

impl TryFrom<Model> for Run {
    type Error = Error;

    fn try_from(row: Model) -> Result<Self, Error> {
        Ok(Self {
            id: RunId(row.id),
            source_id: SourceId(row.source_id),
            state: word(&row.state)?,
            trigger: word(&row.trigger)?,
            created_at: time(row.created_at)?,
            started_at: time_option(row.started_at)?,
            finished_at: time_option(row.finished_at)?,
            version: number_option(row.version)?,
            unchanged: row.unchanged,
            drift_id: row.drift_id.map(DriftId),
            tables_profiled: number_option(row.tables_profiled)?,
            error: error_of(row.error_code, row.error_message),
            cancel_requested: row.cancel_requested,
        })
    }
}

/// Both columns or neither.
pub(crate) fn error_of(code: Option<String>, message: Option<String>) -> Option<RunError> {
    code.map(|code| RunError { code, message: message.unwrap_or_default() })
}
