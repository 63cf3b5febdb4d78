//! What scans found of expectations, one after the other.

use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use types::expectation::{ExpectationOutcome, ExpectationPoint, ExpectationResult};
use types::{ExpectationId, RunId, Timestamp};
use uuid::Uuid;

use super::{BATCH, Expectation};
use crate::entity::expectation_result::{ActiveModel, Column, Entity, Model};
use crate::row::{number_option, time, time_option, to_json, word};
use crate::transaction::Connected;
use crate::{Error, Reads, WriteTx, scoped};

/// How many results an expectation carries in short.
const RECENT: usize = 20;

/// A new result of an expectation as it was when it was judged.
#[derive(Clone, Debug)]
pub struct Recorded {
    pub expectation: Expectation,
    pub outcome: ExpectationOutcome,
}

/// Adds results to the history, and makes them the newest of their expectations. One that somebody changed or removed since
/// it was read is passed over: the result is not about what it says now.
///
/// # Errors
/// When the database fails.
pub async fn record(
    tx: &WriteTx,
    run: RunId,
    recorded_at: Timestamp,
    results: &[Recorded],
) -> Result<(), Error> {
    for batch in results.chunks(BATCH) {
        let mut rows = Vec::with_capacity(batch.len());
        for result in batch {
            // Also keeps the expectation from being removed before its row in the history is there.
            if make_newest(tx, run, recorded_at, result).await? {
                rows.push(active(run, recorded_at, result)?);
            }
        }
        scoped::insert_many(tx, rows).exec_without_returning(tx.connection()).await?;
    }
    Ok(())
}

async fn make_newest(
    tx: &WriteTx,
    run: RunId,
    recorded_at: Timestamp,
    Recorded { expectation, outcome }: &Recorded,
) -> Result<bool, Error> {
    use crate::entity::expectation as own;
    let point = ExpectationPoint { at: recorded_at, state: outcome.state, failing: outcome.failing };
    let old = (expectation.recent.len() + 1).saturating_sub(RECENT);
    let recent: Vec<_> = expectation.recent.iter().copied().chain([point]).skip(old).collect();
    let row = own::ActiveModel {
        state: Set(outcome.state.as_str().to_owned()),
        failing: Set(number_option(outcome.failing)?),
        checked: Set(number_option(outcome.checked)?),
        detail: Set(outcome.detail.clone()),
        checked_at: Set(outcome.checked_at.map(Timestamp::millis)),
        recorded_at: Set(Some(recorded_at.millis())),
        run_id: Set(Some(run.0)),
        recent: Set(to_json(&recent)?),
        ..Default::default()
    };
    let result = scoped::update::<own::Entity>(tx)
        .set(row)
        .filter(own::Column::Id.eq(expectation.id.0))
        .filter(own::Column::UpdatedAt.eq(expectation.updated_at.millis()))
        .exec(tx.connection())
        .await?;
    Ok(result.rows_affected > 0)
}

fn active(
    run: RunId,
    recorded_at: Timestamp,
    Recorded { expectation, outcome }: &Recorded,
) -> Result<ActiveModel, Error> {
    Ok(ActiveModel {
        expectation_id: Set(expectation.id.0),
        id: Set(Uuid::now_v7()),
        run_id: Set(run.0),
        recorded_at: Set(recorded_at.millis()),
        state: Set(outcome.state.as_str().to_owned()),
        failing: Set(number_option(outcome.failing)?),
        checked: Set(number_option(outcome.checked)?),
        detail: Set(outcome.detail.clone()),
        checked_at: Set(outcome.checked_at.map(Timestamp::millis)),
        ..Default::default()
    })
}

/// At most `rows` results of an expectation, newest first, each with what tells it apart; with `after`, those that come
/// after that one.
///
/// # Errors
/// When the database fails.
pub async fn results(
    tx: &impl Reads,
    expectation: ExpectationId,
    after: Option<Uuid>,
    rows: u64,
) -> Result<Vec<(Uuid, ExpectationResult)>, Error> {
    let mut query = of(tx, expectation);
    if let Some(after) = after {
        query = query.filter(Column::Id.lt(after));
    }
    let found = query.order_by_desc(Column::Id).limit(rows).all(tx.connection()).await?;
    found.into_iter().map(|row| Ok((row.id, ExpectationResult::try_from(row)?))).collect()
}

/// How many results of an expectation are kept.
///
/// # Errors
/// When the database fails.
pub async fn count_results(tx: &impl Reads, expectation: ExpectationId) -> Result<u64, Error> {
    scoped::count(tx, of(tx, expectation)).await
}

fn of(tx: &impl Reads, expectation: ExpectationId) -> Select<Entity> {
    scoped::find::<Entity>(tx).filter(Column::ExpectationId.eq(expectation.0))
}

/// Removes at most [`BATCH`] results that were recorded before a time, and answers how many.
///
/// # Errors
/// When the database fails.
pub async fn forget_before(tx: &WriteTx, before: Timestamp) -> Result<u64, Error> {
    let wanted = Column::RecordedAt.lt(before.millis());
    scoped::delete_some::<Entity, 2>(tx, wanted, [Column::ExpectationId, Column::Id], BATCH).await
}

impl TryFrom<Model> for ExpectationResult {
    type Error = Error;

    fn try_from(row: Model) -> Result<Self, Error> {
        Ok(Self {
            run_id: RunId(row.run_id),
            recorded_at: time(row.recorded_at)?,
            outcome: ExpectationOutcome {
                state: word(&row.state)?,
                failing: number_option(row.failing)?,
                checked: number_option(row.checked)?,
                detail: row.detail,
                checked_at: time_option(row.checked_at)?,
            },
        })
    }
}
