//! How far this machine's clock is ahead of the database's. What several machines compare is told by the one clock that they
//! share.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use sea_orm::{ConnectionTrait, DbBackend, Statement};
use types::Timestamp;

use crate::transaction::Connected;
use crate::{Error, Store};

/// A clock runs evenly: it is measured again after this long.
const MEASURED_FOR: Duration = Duration::from_secs(60);
/// What is less may be the way to the database and back.
const NOTICED_MILLIS: i64 = 1_000;
/// More than this the operator should know.
const WORRYING_MILLIS: i64 = 5_000;

/// The last measurement.
pub(crate) struct Skew {
    measured: Mutex<Option<(Instant, i64)>>,
    clock: fn() -> i64,
}

impl Default for Skew {
    fn default() -> Self {
        Self { measured: Mutex::default(), clock: system_millis }
    }
}

impl Skew {
    fn known(&self) -> Option<i64> {
        let measured = *self.measured.lock().unwrap_or_else(PoisonError::into_inner);
        measured.filter(|(at, _)| at.elapsed() < MEASURED_FOR).map(|(_, ahead)| ahead)
    }
}

impl Store {
    /// A time of this machine's clock as the database's clock tells it.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub(crate) async fn shared_time(&self, time: Timestamp) -> Result<Timestamp, Error> {
        if !self.is_shared() {
            return Ok(time);
        }
        let ahead = match self.skew().known() {
            Some(ahead) => ahead,
            None => self.measure().await?,
        };
        Ok(Timestamp::from_millis(time.millis() - ahead).unwrap_or(time))
    }

    async fn measure(&self) -> Result<i64, Error> {
        let tx = self.platform_read().await?;
        let sql = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS millis";
        let before = (self.skew().clock)();
        let row = tx.connection().query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await?;
        let after = (self.skew().clock)();
        let theirs: i64 = row.ok_or(Error::Database)?.try_get("", "millis")?;
        let ahead = ahead(before, theirs, after);
        if ahead.abs() >= WORRYING_MILLIS {
            tracing::warn!(ahead_ms = ahead, "this machine's clock is not the database's: set it right");
        }
        *self.skew().measured.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), ahead));
        Ok(ahead)
    }
}

/// How far our clock is ahead, if that is more than the time that asking took may explain.
fn ahead(before: i64, theirs: i64, after: i64) -> i64 {
    if (before - NOTICED_MILLIS..=after + NOTICED_MILLIS).contains(&theirs) {
        0
    } else {
        (before + after) / 2 - theirs
    }
}

fn system_millis() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use testkit::database::TestDatabase;

    use super::*;
    use crate::job::{self, NewJob};
    use crate::{MasterKeys, Settings};

    #[test]
    fn a_difference_that_asking_explains_is_none() {
        for (before, theirs, after, expected) in [
            (10_000, 10_900, 10_000, 0),
            (10_000, 9_100, 12_000, 0),
            (10_000, 12_900, 12_000, 0),
            (610_000, 10_000, 610_200, 600_100),
            (10_000, 610_000, 10_000, -600_000),
        ] {
            assert_eq!(ahead(before, theirs, after), expected, "{before} {theirs} {after}");
        }
    }

    const TEN_MINUTES: i64 = 600_000;

    fn ten_minutes_ahead() -> i64 {
        system_millis() + TEN_MINUTES
    }

    fn ten_minutes_behind() -> i64 {
        system_millis() - TEN_MINUTES
    }

    #[tokio::test]
    async fn a_wrong_clock_takes_no_lease_from_another_machine_on_postgres() {
        let database = TestDatabase::postgres();
        let settings = Settings { url: database.url(), owner_url: None, max_connections: 2, dev: false };
        let connect = async |clock: fn() -> i64| {
            let keys = MasterKeys { current: [1; 32], previous: None };
            let mut store = Store::connect(&settings, keys).await.unwrap();
            store.set_skew(Skew { clock, ..Skew::default() });
            store
        };
        let time = |clock: fn() -> i64| Timestamp::from_millis(clock()).unwrap();
        let clocks = [system_millis as fn() -> i64, ten_minutes_ahead, ten_minutes_behind];
        for holder in clocks {
            let right = connect(system_millis).await;
            let tx = right.platform_write().await.unwrap();
            let run_at = time(ten_minutes_behind);
            let new = NewJob {
                org: None,
                kind: "test",
                payload: json!({}),
                run_at,
                max_attempts: 9,
                idempotency_key: None,
            };
            job::enqueue(&tx, new).await.unwrap();
            tx.commit().await.unwrap();
            let holding = connect(holder).await;
            let leased = job::claim(&holding, "holder", time(holder), 1).await.unwrap().pop().unwrap();
            job::heartbeat(&holding, &leased, time(holder)).await.unwrap();
            for other in clocks {
                let looking = connect(other).await;
                assert_eq!(job::reap(&looking, time(other)).await.unwrap(), 0);
                let late = Timestamp::from_millis(time(other).millis() + 61_000).unwrap();
                let looks = looking.shared_time(late).await.unwrap().millis() - system_millis();
                assert!((55_000..=61_500).contains(&looks), "{looks}");
            }
            let tx = holding.platform_write().await.unwrap();
            job::complete(&tx, &leased).await.unwrap();
            tx.commit().await.unwrap();
        }
    }
}
