//! Background work: rows, put in by the transaction that needs them done and leased by workers.
//!
//! A lease ends by itself; who lost it cannot complete, because the lease's token is another one by then. So a job runs at
//! least once, and what it does must bear being done again.

mod lease;

use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, Select, TryInsertResult,
};
use serde_json::Value;
use types::{JobId, OrgId, Timestamp};
use uuid::Uuid;

use crate::entity::{cron_tick, job};
use crate::transaction::Connected;
use crate::{Error, PlatformReads, PlatformWrite, PlatformWrites, Store, metric};

pub use lease::{
    HEARTBEAT_SECONDS, LEASE_SECONDS, claim, fail, heartbeat, postpone, reap, reap_all, release,
};

pub(crate) const QUEUED: &str = "queued";
pub(crate) const LEASED: &str = "leased";
pub(crate) const DEAD: &str = "dead";

/// How many one statement forgets.
const FORGOTTEN: u64 = 500;

/// Work to be done.
#[derive(Clone, Debug)]
pub struct NewJob<'a> {
    /// Whose work it is; none for the platform's own.
    pub org: Option<OrgId>,
    pub kind: &'a str,
    pub payload: Value,
    /// Not before.
    pub run_at: Timestamp,
    /// How often it is tried before it is dead, at least once.
    pub max_attempts: u32,
    /// While a job of this organization, kind and key waits or runs, no second one is made.
    pub idempotency_key: Option<String>,
}

/// A job that this process may do, until its lease ends.
#[derive(Clone, Debug)]
pub struct Leased {
    pub id: JobId,
    pub org: Option<OrgId>,
    pub kind: String,
    pub payload: Value,
    /// Which attempt this is, from 1.
    pub attempts: u32,
    pub max_attempts: u32,
    /// Fences off whoever held the job before.
    pub token: Uuid,
}

/// Puts a job in; it becomes visible when the transaction commits. Answers the job that is there already when the
/// idempotency key says so.
///
/// # Errors
/// When the database refuses.
pub async fn enqueue(tx: &impl PlatformWrites, new: NewJob<'_>) -> Result<JobId, Error> {
    if let Some(found) = active(tx, &new).await? {
        return Ok(found);
    }
    let id = Uuid::now_v7();
    let row = job::ActiveModel {
        id: Set(id),
        org_id: Set(new.org.map(|org| org.0)),
        queue: Set("default".to_owned()),
        kind: Set(new.kind.to_owned()),
        payload: Set(new.payload.clone()),
        priority: Set(0),
        run_at: Set(new.run_at.millis()),
        attempts: Set(0),
        max_attempts: Set(i32::try_from(new.max_attempts.max(1)).unwrap_or(i32::MAX)),
        state: Set(QUEUED.to_owned()),
        idempotency_key: Set(new.idempotency_key.clone()),
        created_at: Set(made_at(id)),
        ..Default::default()
    };
    // Without a target: one of two partial indexes refuses it, that of the jobs of organizations or that of the platform's.
    let inserted = job::Entity::insert(row)
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .try_insert()
        .exec_without_returning(tx.connection())
        .await?;
    if matches!(inserted, TryInsertResult::Inserted(1)) {
        return Ok(JobId(id));
    }
    // Another transaction put it in meanwhile. If that one is finished as well by now, the caller tries again.
    active(tx, &new).await?.ok_or(Error::Busy)
}

/// The time in a UUIDv7, in milliseconds since 1970.
fn made_at(id: Uuid) -> i64 {
    id.get_timestamp().map_or(0, |at| {
        let (seconds, nanoseconds) = at.to_unix();
        i64::try_from(seconds).unwrap_or(0) * 1000 + i64::from(nanoseconds / 1_000_000)
    })
}

/// The job with this idempotency key that waits or runs.
async fn active(tx: &impl PlatformWrites, new: &NewJob<'_>) -> Result<Option<JobId>, Error> {
    let Some(key) = &new.idempotency_key else {
        return Ok(None);
    };
    let same = job::Column::IdempotencyKey.eq(key.as_str());
    let found = unended(new.org, new.kind).filter(same).one(tx.connection()).await?;
    Ok(found.map(|row| JobId(row.id)))
}

/// Whether a job of this organization and kind waits or runs.
///
/// # Errors
/// When the database refuses.
pub async fn is_active(tx: &impl PlatformReads, org: Option<OrgId>, kind: &str) -> Result<bool, Error> {
    Ok(unended(org, kind).count(tx.connection()).await? > 0)
}

/// Jobs that wait or run.
fn unended(org: Option<OrgId>, kind: &str) -> Select<job::Entity> {
    let whose = match org {
        Some(org) => job::Column::OrgId.eq(org.0),
        None => job::Column::OrgId.is_null(),
    };
    job::Entity::find()
        .filter(whose)
        .filter(job::Column::Kind.eq(kind))
        .filter(job::Column::State.is_in([QUEUED, LEASED]))
}

/// Ends a job, in the transaction that holds what it did: both happen or neither. Nothing of it is kept, as what it did
/// says more; only jobs that died are, with their errors.
///
/// # Errors
/// [`Error::LeaseLost`] when it is not this worker's any more; then roll back.
pub async fn complete(tx: &impl PlatformWrites, leased: &Leased) -> Result<(), Error> {
    let done = job::Entity::delete_many().filter(lease::held(leased)).exec(tx.connection()).await?;
    lease::still_held(done.rows_affected)?;
    metric::job_ended(&leased.kind, "done");
    Ok(())
}

/// When the next waiting job is due; none when none waits.
///
/// # Errors
/// When the database refuses.
pub async fn next_due(store: &Store) -> Result<Option<Timestamp>, Error> {
    let tx = store.platform_read().await?;
    let next: Option<i64> = job::Entity::find()
        .select_only()
        .column(job::Column::RunAt)
        .filter(lease::waiting())
        .order_by_asc(job::Column::RunAt)
        .limit(1)
        .into_tuple()
        .one(tx.connection())
        .await?;
    Ok(next.and_then(Timestamp::from_millis))
}

/// What waits to be done, and what is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Queue {
    /// Jobs whose time has come and that nobody has begun.
    pub waiting: u64,
    /// Jobs that somebody does.
    pub running: u64,
    /// Since when the oldest of those that wait could have been begun.
    pub oldest_due: Option<Timestamp>,
}

/// How long the queue is. Jobs of organizations that are deleted or suspended do not count as waiting.
///
/// # Errors
/// When the database refuses.
pub async fn queue(store: &Store, now: Timestamp) -> Result<Queue, Error> {
    let tx = store.platform_read().await?;
    let due: Option<(i64, Option<i64>)> = job::Entity::find()
        .select_only()
        .column_as(job::Column::Id.count(), "waiting")
        .column_as(job::Column::RunAt.min(), "oldest")
        .filter(lease::waiting().add(job::Column::RunAt.lte(now.millis())))
        .into_tuple()
        .one(tx.connection())
        .await?;
    let (waiting, oldest) = due.unwrap_or_default();
    let running = job::Entity::find().filter(job::Column::State.eq(LEASED)).count(tx.connection()).await?;
    Ok(Queue {
        waiting: waiting.unsigned_abs(),
        running,
        oldest_due: oldest.and_then(Timestamp::from_millis),
    })
}

/// Claims one tick of a schedule: true for exactly one caller, on however many machines.
///
/// # Errors
/// When the database refuses.
pub async fn tick(tx: &impl PlatformWrites, name: &str, scheduled_at: Timestamp) -> Result<bool, Error> {
    let inserted = cron_tick::Entity::insert(cron_tick::ActiveModel {
        name: Set(name.to_owned()),
        scheduled_at: Set(scheduled_at.millis()),
    })
    .on_conflict_do_nothing()
    .exec_without_returning(tx.connection())
    .await?;
    Ok(matches!(inserted, TryInsertResult::Inserted(1)))
}

/// Forgets a part of the jobs that died before a time, and of the ticks; answers how many.
///
/// # Errors
/// When the database refuses.
pub async fn forget_before(tx: &PlatformWrite, before: Timestamp) -> Result<u64, Error> {
    let ended = job::Entity::find()
        .select_only()
        .column(job::Column::Id)
        .filter(job::Column::State.is_not_in([QUEUED, LEASED]))
        .filter(job::Column::FinishedAt.lt(before.millis()))
        .limit(FORGOTTEN)
        .into_query();
    let jobs = job::Entity::delete_many().filter(job::Column::Id.in_subquery(ended));
    let ticks = cron_tick::Entity::delete_many().filter(cron_tick::Column::ScheduledAt.lt(before.millis()));
    let ticks = ticks.exec(tx.connection()).await?.rows_affected;
    Ok(jobs.exec(tx.connection()).await?.rows_affected + ticks)
}

/// How many jobs are kept, in whatever state.
///
/// # Errors
/// When the database refuses.
pub async fn count(tx: &impl PlatformReads) -> Result<u64, Error> {
    Ok(job::Entity::find().count(tx.connection()).await?)
}
