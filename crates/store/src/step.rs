//! Steps: the nodes of a run's graph.

mod folded;

use sea_orm::ActiveValue::Set;
use sea_orm::prelude::Json;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use types::protocol::Progress;
use types::run::{RunError, RunState, StepKind};
use types::{RunId, StepId, Timestamp};

use crate::entity::run_step::{ActiveModel, Column, Entity, Model};
use crate::row::{json, number, time_option, to_json, word};
use crate::run::error_of;
use crate::transaction::Connected;
use crate::{Error, Reads, WriteTx, scoped};

pub use folded::fold;

/// One row of `run_step`, or what is known of it since it was folded.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub id: StepId,
    pub run_id: RunId,
    pub kind: StepKind,
    pub state: RunState,
    pub depends_on: Vec<StepId>,
    /// How often it was begun. Also the fence: what an earlier attempt writes is refused.
    pub attempts: u32,
    pub progress: Progress,
    pub started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
    pub error: Option<RunError>,
    /// Where the next attempt goes on.
    pub checkpoint: Option<Json>,
}

/// Adds the steps of a run.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &WriteTx, steps: &[Step]) -> Result<(), Error> {
    let rows = steps
        .iter()
        .map(|step| {
            Ok(ActiveModel {
                id: Set(step.id.0),
                run_id: Set(step.run_id.0),
                kind: Set(step.kind.as_str().to_owned()),
                state: Set(step.state.as_str().to_owned()),
                depends_on: Set(to_json(&step.depends_on)?),
                attempts: Set(number(step.attempts)?),
                progress: Set(to_json(&step.progress)?),
                started_at: Set(None),
                finished_at: Set(None),
                error_code: Set(None),
                error_message: Set(None),
                checkpoint: Set(step.checkpoint.clone()),
                ..Default::default()
            })
        })
        .collect::<Result<Vec<_>, Error>>()?;
    scoped::insert_many(tx, rows).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// One step.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub async fn find(tx: &impl Reads, id: StepId) -> Result<Step, Error> {
    scoped::find::<Entity>(tx)
        .filter(Column::Id.eq(id.0))
        .one(tx.connection())
        .await?
        .ok_or(Error::NotFound)?
        .try_into()
}

/// The steps of some runs, in the order they were made.
///
/// # Errors
/// When the database fails.
pub async fn of_runs(tx: &impl Reads, runs: &[RunId]) -> Result<Vec<Step>, Error> {
    let rows = scoped::find::<Entity>(tx)
        .filter(Column::RunId.is_in(runs.iter().map(|id| id.0)))
        .order_by_asc(Column::Id)
        .all(tx.connection())
        .await?;
    let mut steps: Vec<Step> = rows.into_iter().map(Step::try_from).collect::<Result<_, _>>()?;
    steps.extend(folded::of_runs(tx, runs).await?);
    steps.sort_by_key(|step| step.id);
    Ok(steps)
}

/// Starts the next attempt of a step that is not final.
///
/// # Errors
/// [`Error::NotFound`] when it is gone or final.
pub async fn begin(tx: &WriteTx, id: StepId, now: Timestamp) -> Result<Step, Error> {
    let result = scoped::update::<Entity>(tx)
        .col_expr(Column::State, Expr::value(RunState::Running.as_str()))
        .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
        .col_expr(Column::StartedAt, Expr::col(Column::StartedAt).if_null(now.millis()))
        .filter(Column::Id.eq(id.0))
        .filter(Column::State.is_in([RunState::Queued.as_str(), RunState::Running.as_str()]))
        .exec(tx.connection())
        .await?;
    if result.rows_affected == 0 {
        return Err(Error::NotFound);
    }
    find(tx, id).await
}

/// Keeps how far an attempt is and where the next one goes on.
///
/// # Errors
/// [`Error::LeaseLost`] when a later attempt has begun or the step has ended.
pub async fn save(tx: &WriteTx, step: &Step) -> Result<(), Error> {
    let row = ActiveModel {
        progress: Set(to_json(&step.progress)?),
        checkpoint: Set(step.checkpoint.clone()),
        ..Default::default()
    };
    write(tx, step, row).await
}

/// Ends an attempt's step in its state, with its error.
///
/// # Errors
/// [`Error::LeaseLost`] when a later attempt has begun or the step has ended.
pub async fn finish(tx: &WriteTx, step: &Step, now: Timestamp) -> Result<(), Error> {
    let row = ActiveModel {
        state: Set(step.state.as_str().to_owned()),
        progress: Set(to_json(&step.progress)?),
        finished_at: Set(Some(now.millis())),
        error_code: Set(step.error.as_ref().map(|error| error.code.clone())),
        error_message: Set(step.error.as_ref().map(|error| error.message.clone())),
        checkpoint: Set(step.checkpoint.clone()),
        ..Default::default()
    };
    write(tx, step, row).await
}

/// Ends the steps of a run that never began.
///
/// # Errors
/// When the database fails.
pub async fn abandon(tx: &WriteTx, run: RunId, state: RunState, now: Timestamp) -> Result<(), Error> {
    scoped::update::<Entity>(tx)
        .col_expr(Column::State, Expr::value(state.as_str()))
        .col_expr(Column::FinishedAt, Expr::value(now.millis()))
        .filter(Column::RunId.eq(run.0))
        .filter(Column::State.is_in([RunState::Queued.as_str(), RunState::Running.as_str()]))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Drops what the steps of a run kept for one another and for a later attempt: the run has ended.
///
/// # Errors
/// When the database fails.
pub async fn forget_checkpoints(tx: &WriteTx, run: RunId) -> Result<(), Error> {
    scoped::update::<Entity>(tx)
        .col_expr(Column::Checkpoint, Expr::value(None::<Json>))
        .filter(Column::RunId.eq(run.0))
        .exec(tx.connection())
        .await?;
    Ok(())
}

async fn write(tx: &WriteTx, step: &Step, row: ActiveModel) -> Result<(), Error> {
    let attempts: i32 = number(step.attempts)?;
    let result = scoped::update::<Entity>(tx)
        .set(row)
        .filter(Column::Id.eq(step.id.0))
        .filter(Column::Attempts.eq(attempts))
        .filter(Column::State.eq(RunState::Running.as_str()))
        .exec(tx.connection())
        .await?;
    if result.rows_affected == 0 { Err(Error::LeaseLost) } else { Ok(()) }
}

impl TryFrom<Model> for Step {
    type Error = Error;

    fn try_from(row: Model) -> Result<Self, Error> {
        Ok(Self {
            id: StepId(row.id),
            run_id: RunId(row.run_id),
            kind: word(&row.kind)?,
            state: word(&row.state)?,
            depends_on: json(row.depends_on)?,
            attempts: number(row.attempts)?,
            progress: json(row.progress)?,
            started_at: time_option(row.started_at)?,
            finished_at: time_option(row.finished_at)?,
            error: error_of(row.error_code, row.error_message),
            checkpoint: row.checkpoint,
        })
    }
}
