//! Whether others need the server: looked at between two stretches of reading.

use std::time::{Duration, Instant};

use super::target::get;
use crate::ScanError;
use crate::budget::{Others, Pace};
use crate::engine::postgres::connection::Connection;

/// Anybody may read these: a role without `pg_monitor` does not see what other sessions do, but that transactions end
/// and that somebody waits for a lock. Whoever waits in another database of the server does not wait for us, but whoever works
/// there needs the same machine. Sessions tell what they committed once a second at most; how many transactions began to
/// write is known at once.
const LOAD: &str = "\
    SELECT (SELECT pg_catalog.sum(s.xact_commit + s.xact_rollback) FROM pg_catalog.pg_stat_database s)::int8, \
           (SELECT count(*) FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity w ON w.pid = l.pid \
             WHERE NOT l.granted AND w.datid = d.datid)::int8, \
           (SELECT count(*) FROM pg_catalog.pg_stat_activity a WHERE a.state = 'active' \
             AND a.backend_type = 'client backend' AND a.pid <> pg_catalog.pg_backend_pid())::int8, \
           pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text::int8 \
    FROM pg_catalog.pg_stat_database d WHERE d.datname = pg_catalog.current_database()";

/// How long it takes for a look to be worth its while.
const BETWEEN_LOOKS: Duration = Duration::from_millis(500);
/// What others do is seen between two looks, of which the first two are as far apart at least.
const FIRST_LOOKS: Duration = Duration::from_millis(25);
/// Others' transactions in a second that make a server busy.
const BUSY_TRANSACTIONS: f64 = 20.0;
/// The longest rest for those who wait for a lock.
const LONGEST_REST: Duration = Duration::from_secs(3);

/// What others do.
#[derive(Clone, Copy, Debug)]
struct Load {
    /// Transactions that ended, our own among them.
    ended: i64,
    /// Transactions that began to write, of which we have none.
    writing: i64,
    /// Sessions that wait for a lock.
    waiting: i64,
    /// Sessions at work that the role may see.
    active: i64,
}

/// Watches over a profile's pace.
#[derive(Debug)]
pub(in crate::engine::postgres) struct Watch {
    pub(in crate::engine::postgres) pace: Pace,
    last: Option<(Instant, Load)>,
    /// Transactions of our own since the last look.
    own: i64,
}

impl Watch {
    pub(in crate::engine::postgres) fn new(pace: Pace) -> Self {
        Self { pace, last: None, own: 0 }
    }

    pub(in crate::engine::postgres) fn transaction_ended(&mut self) {
        self.own += 1;
    }

    /// Looks, outside of a transaction, if it is time to; rests while somebody waits for a lock. Whether others are at work is
    /// not known before the second look.
    pub(in crate::engine::postgres) async fn look(
        &mut self,
        connection: &Connection,
    ) -> Result<(), ScanError> {
        let between = if self.pace.others() == Others::Unknown { FIRST_LOOKS } else { BETWEEN_LOOKS };
        if self.last.is_some_and(|(at, _)| at.elapsed() < between) {
            return Ok(());
        }
        let mut rested = Duration::ZERO;
        loop {
            let load = self.ask(connection).await?;
            let at = Instant::now();
            let seen = load.active > 0 || load.waiting > 0;
            let rate = self.last.replace((at, load)).map(|(before, known)| {
                let others = (load.ended - known.ended - self.own).max(load.writing - known.writing);
                #[expect(clippy::cast_precision_loss, reason = "a rate")]
                let others = others as f64;
                others / at.duration_since(before).as_secs_f64().max(0.001)
            });
            if seen || rate.is_some() {
                self.pace.saw(seen || rate.is_some_and(|rate| rate > BUSY_TRANSACTIONS));
            }
            // The look itself is one.
            self.own = 1;
            if load.waiting == 0 || rested >= LONGEST_REST {
                return Ok(());
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
            rested += BETWEEN_LOOKS;
        }
    }

    async fn ask(&self, connection: &Connection) -> Result<Load, ScanError> {
        let (_, rows) = connection.begin_and_query(LONGEST_REST, LOAD, &[]).await?;
        connection.commit().await?;
        let row = rows.first().ok_or_else(|| ScanError::Database("the server told no activity".into()))?;
        Ok(Load { ended: get(row, 0)?, waiting: get(row, 1)?, active: get(row, 2)?, writing: get(row, 3)? })
    }
}
