//! Leases: who does a job, until when, and what becomes of it when that fails. When one ends is told by the database's clock
//! where there is one: a machine whose own is wrong would take the others' jobs, or hold its own for ever.

use sea_orm::sea_query::{Condition, Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Statement,
    Value,
};
use types::{JobId, OrgId, Timestamp};
use uuid::Uuid;

use super::{DEAD, LEASED, Leased, QUEUED};
use crate::entity::{job, organization};
use crate::transaction::Connected;
use crate::{Error, Store, metric};

/// A lease that is not renewed ends after this long.
pub const LEASE_SECONDS: i64 = 60;
/// How often a worker renews its leases.
pub const HEARTBEAT_SECONDS: u64 = 20;
/// The first retry comes after about this long; each later one after twice the time.
const FIRST_RETRY_MS: i64 = 5_000;
const LONGEST_RETRY_MS: i64 = 15 * 60 * 1000;
/// Errors come from outside systems: what is kept of one is limited.
const ERROR_CHARACTERS: usize = 2_000;

/// An organization's turn is the number of its jobs that run or come first: whoever has fewest goes first, so one that
/// puts in ten thousand jobs delays nobody. The jobs of one that is deleted or suspended wait, as it may come back.
const CLAIM: &str = r"
WITH picked AS MATERIALIZED (
  SELECT due.id FROM job AS due
  JOIN (
    SELECT waiting.id,
           row_number() OVER (PARTITION BY waiting.org_id ORDER BY waiting.priority DESC, waiting.run_at, waiting.id)
           + (SELECT count(*) FROM job AS busy WHERE busy.state = 'leased' AND busy.org_id = waiting.org_id) AS turn
    FROM job AS waiting WHERE waiting.state = 'queued' AND waiting.run_at <= $1
      AND NOT EXISTS (SELECT 1 FROM organization AS closed WHERE closed.id = waiting.org_id
                      AND (closed.deleted_at IS NOT NULL OR closed.suspended_at IS NOT NULL))
  ) AS ranked ON ranked.id = due.id
  WHERE due.state = 'queued'
  ORDER BY ranked.turn, due.priority DESC, due.run_at, due.id
  LIMIT $2 /*LOCK*/
)
UPDATE job SET state = 'leased', lease_until = $3, lease_token = $4, worker = $5, attempts = attempts + 1
WHERE state = 'queued' AND id IN (SELECT id FROM picked)
RETURNING *";

/// Leases at most `limit` jobs that are due to `worker`, the same one to nobody else, and fairly among organizations.
///
/// # Errors
/// When the database refuses.
pub async fn claim(store: &Store, worker: &str, now: Timestamp, limit: u32) -> Result<Vec<Leased>, Error> {
    // A look first: an idle worker never takes SQLite's one write lock.
    let due = waiting().add(job::Column::RunAt.lte(now.millis()));
    if !any(store, due).await? {
        return Ok(Vec::new());
    }
    let shared = store.shared_time(now).await?;
    let tx = store.platform_write().await?;
    let backend = tx.connection().get_database_backend();
    let lock = match backend {
        DbBackend::Postgres => "FOR UPDATE OF due SKIP LOCKED",
        _ => "",
    };
    let token = Uuid::now_v7();
    let values: [Value; 5] =
        [now.millis().into(), i64::from(limit).into(), lease_end(shared).into(), token.into(), worker.into()];
    let rows = job::Entity::find()
        .from_raw_sql(Statement::from_sql_and_values(backend, CLAIM.replace("/*LOCK*/", lock), values))
        .all(tx.connection())
        .await?;
    tx.commit().await?;
    let mut leased: Vec<Leased> = rows.into_iter().map(|row| of_row(row, token)).collect();
    leased.sort_unstable_by_key(|job| job.id);
    Ok(leased)
}

/// Renews a lease.
///
/// # Errors
/// [`Error::LeaseLost`]: stop working on it.
pub async fn heartbeat(store: &Store, leased: &Leased, now: Timestamp) -> Result<(), Error> {
    let shared = store.shared_time(now).await?;
    let tx = store.platform_write().await?;
    let renewed = job::Entity::update_many()
        .col_expr(job::Column::LeaseUntil, Expr::value(lease_end(shared)))
        .filter(held(leased))
        .exec(tx.connection())
        .await?;
    still_held(renewed.rows_affected)?;
    tx.commit().await
}

/// Notes that an attempt failed: it is tried again later, or dead when it may not be or was tried often enough.
///
/// # Errors
/// [`Error::LeaseLost`] when it is not this worker's any more.
pub async fn fail(
    store: &Store,
    leased: &Leased,
    now: Timestamp,
    error: &str,
    retry: bool,
) -> Result<(), Error> {
    let tx = store.platform_write().await?;
    let error: String = error.chars().take(ERROR_CHARACTERS).collect();
    let again = retry && leased.attempts < leased.max_attempts;
    let update =
        job::Entity::update_many().col_expr(job::Column::LastError, Expr::value(error)).filter(held(leased));
    let update = if again {
        let run_at = now.millis() + delay_ms(leased.id, leased.attempts);
        update
            .col_expr(job::Column::State, Expr::value(QUEUED))
            .col_expr(job::Column::RunAt, Expr::value(run_at))
    } else {
        update
            .col_expr(job::Column::State, Expr::value(DEAD))
            .col_expr(job::Column::FinishedAt, Expr::value(now.millis()))
    };
    let failed = update.exec(tx.connection()).await?;
    still_held(failed.rows_affected)?;
    tx.commit().await?;
    metric::job_ended(&leased.kind, if again { "retried" } else { "dead" });
    Ok(())
}

/// Gives a job back unharmed, as when the worker stops: the attempt does not count, and another may have it at once.
///
/// # Errors
/// [`Error::LeaseLost`] when it is not this worker's any more.
pub async fn release(store: &Store, leased: &Leased) -> Result<(), Error> {
    give_back(store, leased, None).await
}

/// The same, for a while in which nobody could do it.
///
/// # Errors
/// [`Error::LeaseLost`] when it is not this worker's any more.
pub async fn postpone(store: &Store, leased: &Leased, until: Timestamp) -> Result<(), Error> {
    give_back(store, leased, Some(until)).await
}

async fn give_back(store: &Store, leased: &Leased, until: Option<Timestamp>) -> Result<(), Error> {
    let tx = store.platform_write().await?;
    let mut update = job::Entity::update_many()
        .col_expr(job::Column::State, Expr::value(QUEUED))
        .col_expr(job::Column::Attempts, Expr::col(job::Column::Attempts).sub(1))
        .filter(held(leased));
    if let Some(until) = until {
        update = update.col_expr(job::Column::RunAt, Expr::value(until.millis()));
    }
    let released = update.exec(tx.connection()).await?;
    still_held(released.rows_affected)?;
    tx.commit().await?;
    metric::job_ended(&leased.kind, "released");
    Ok(())
}

/// Takes back jobs whose lease ended, as when their worker was killed; answers how many.
///
/// # Errors
/// When the database refuses.
pub async fn reap(store: &Store, now: Timestamp) -> Result<u64, Error> {
    let shared = store.shared_time(now).await?;
    take_back(store, now, leased().add(job::Column::LeaseUntil.lt(shared.millis()))).await
}

/// Takes back every leased job, whether its lease ended or not; answers how many. For a database that has one server,
/// which has just started: whoever held them is gone. A holder that lives all the same is fenced off.
///
/// # Errors
/// When the database refuses.
pub async fn reap_all(store: &Store, now: Timestamp) -> Result<u64, Error> {
    take_back(store, now, leased()).await
}

async fn take_back(store: &Store, now: Timestamp, ended: Condition) -> Result<u64, Error> {
    if !any(store, ended.clone()).await? {
        return Ok(0);
    }
    let tx = store.platform_write().await?;
    let exhausted = Expr::col(job::Column::Attempts).gte(Expr::col(job::Column::MaxAttempts));
    let dead = job::Entity::update_many()
        .col_expr(job::Column::State, Expr::value(DEAD))
        .col_expr(job::Column::FinishedAt, Expr::value(now.millis()))
        .col_expr(job::Column::LastError, Expr::value("the worker stopped before it was done"))
        .filter(ended.clone().add(exhausted))
        .exec_with_returning(tx.connection())
        .await?;
    let queued = job::Entity::update_many()
        .col_expr(job::Column::State, Expr::value(QUEUED))
        .col_expr(job::Column::RunAt, Expr::value(now.millis()))
        .filter(ended)
        .exec_with_returning(tx.connection())
        .await?;
    tx.commit().await?;
    dead.iter().for_each(|job| metric::job_ended(&job.kind, "dead"));
    queued.iter().for_each(|job| metric::job_ended(&job.kind, "lost"));
    Ok((dead.len() + queued.len()) as u64)
}

/// Jobs that wait, but for those of organizations that are deleted or suspended.
pub(super) fn waiting() -> Condition {
    let closed =
        organization::Column::DeletedAt.is_not_null().or(organization::Column::SuspendedAt.is_not_null());
    let closed = organization::Entity::find()
        .select_only()
        .column(organization::Column::Id)
        .filter(closed)
        .into_query();
    let of_none = job::Column::OrgId.is_null().or(job::Column::OrgId.not_in_subquery(closed));
    Condition::all().add(job::Column::State.eq(QUEUED)).add(of_none)
}

fn leased() -> Condition {
    Condition::all().add(job::Column::State.eq(LEASED))
}

/// The row, as long as this lease holds it.
pub(super) fn held(leased: &Leased) -> Condition {
    Condition::all()
        .add(job::Column::Id.eq(leased.id.0))
        .add(job::Column::State.eq(LEASED))
        .add(job::Column::LeaseToken.eq(leased.token))
}

pub(super) fn still_held(rows: u64) -> Result<(), Error> {
    if rows == 1 { Ok(()) } else { Err(Error::LeaseLost) }
}

async fn any(store: &Store, which: Condition) -> Result<bool, Error> {
    let tx = store.platform_read().await?;
    let found: Option<Uuid> = job::Entity::find()
        .select_only()
        .column(job::Column::Id)
        .filter(which)
        .limit(1)
        .into_tuple()
        .one(tx.connection())
        .await?;
    Ok(found.is_some())
}

fn of_row(row: job::Model, token: Uuid) -> Leased {
    Leased {
        id: JobId(row.id),
        org: row.org_id.map(OrgId),
        kind: row.kind,
        payload: row.payload,
        attempts: row.attempts.unsigned_abs(),
        max_attempts: row.max_attempts.unsigned_abs(),
        token,
    }
}

fn lease_end(now: Timestamp) -> i64 {
    now.millis() + LEASE_SECONDS * 1000
}

/// Twice as long each time, and up to a quarter more: what failed together does not come back together. The extra is
/// taken from the job's id, so that a test can foretell it.
fn delay_ms(id: JobId, attempts: u32) -> i64 {
    let mut base = FIRST_RETRY_MS;
    for _ in 1..attempts {
        if base >= LONGEST_RETRY_MS {
            break;
        }
        base *= 2;
    }
    let base = Ord::min(base, LONGEST_RETRY_MS);
    let mut hasher = blake3::Hasher::new();
    hasher.update(id.0.as_bytes());
    hasher.update(&attempts.to_be_bytes());
    let [first, ..] = *hasher.finalize().as_bytes();
    base + base / 4 * i64::from(first) / 255
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_wait_longer_each_time_up_to_a_limit_and_not_all_alike() {
        let id = |number| JobId(Uuid::from_u128(number));
        for (attempts, least) in
            [(1, 5_000), (2, 10_000), (3, 20_000), (9, LONGEST_RETRY_MS), (u32::MAX, LONGEST_RETRY_MS)]
        {
            let delay = delay_ms(id(1), attempts);
            assert!((least..=least + least / 4).contains(&delay), "{attempts}: {delay}");
        }
        assert!((0..20).any(|number| delay_ms(id(number), 1) != delay_ms(id(99), 1)));
    }
}
