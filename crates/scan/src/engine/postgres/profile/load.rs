//! Whether others need the server: looked at between two stretches of reading.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::target::get;
use crate::ScanError;
use crate::budget::Pace;
use crate::engine::postgres::connection::Connection;

/// Anybody may read these: a role without `pg_monitor` does not see what other sessions do, but that transactions end
/// and that somebody waits for a lock. Whoever waits in another database of the server does not wait for us, but whoever works
/// there needs the same machine. Sessions tell what they committed once a second at most; how many transactions began to
/// write is known at once. Functions are asked and not the views over them, whose planning made it take three times as long.
const LOAD: &str = "\
    SELECT (SELECT pg_catalog.sum(pg_catalog.pg_stat_get_db_xact_commit(d.oid) \
                                  + pg_catalog.pg_stat_get_db_xact_rollback(d.oid)) FROM pg_catalog.pg_database d)::int8, \
           (SELECT count(*) FROM pg_catalog.pg_lock_status() l, pg_catalog.pg_stat_get_activity(l.pid) w \
             WHERE NOT l.granted AND w.datid = own.datid)::int8, \
           (SELECT count(*) FROM pg_catalog.pg_stat_get_activity(NULL) a WHERE a.state = 'active' \
             AND a.backend_type = 'client backend' AND a.pid <> own.pid)::int8, \
           pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text::int8 \
    FROM pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) own";

/// How long it takes for a look to be worth its while.
const BETWEEN_LOOKS: Duration = Duration::from_millis(500);
/// The same before the second look and the third: what others do is seen between two, soon and then more surely.
const FIRST_LOOKS: [Duration; 2] = [Duration::from_millis(10), Duration::from_millis(100)];
/// So long after a transaction ended, its session has told so.
const TOLD_AFTER: Duration = Duration::from_secs(1);
/// Others' transactions in a second that make a server busy.
const BUSY_TRANSACTIONS: f64 = 20.0;
/// The longest rest for those who wait for a lock.
const LONGEST_REST: Duration = Duration::from_secs(3);

/// What a look found.
#[derive(Clone, Copy, Debug)]
struct Look {
    at: Instant,
    /// Transactions that ended and are told of, our own among them.
    ended: i64,
    /// Transactions of our own that ended.
    own: i64,
    /// Transactions that began to write, of which we have none.
    writing: i64,
    /// Sessions that wait for a lock.
    waiting: i64,
    /// Sessions at work that the role may see.
    active: i64,
}

/// The latest looks, as many as tell whether others are at work.
#[derive(Debug, Default)]
struct Looks(VecDeque<Look>);

impl Looks {
    fn push(&mut self, look: Look) {
        let is_old = |known: &Look| look.at.duration_since(known.at) >= 3 * TOLD_AFTER;
        while self.0.len() > FIRST_LOOKS.len() && self.0.get(1).is_some_and(is_old) {
            self.0.pop_front();
        }
        self.0.push_back(look);
    }

    fn are_due(&self) -> bool {
        let Some(last) = self.0.back() else { return true };
        let between = FIRST_LOOKS.get(self.0.len() - 1).copied().unwrap_or(BETWEEN_LOOKS);
        last.at.elapsed() >= between
    }

    /// Whether others are at work, as soon as that can be told.
    fn are_others_at_work(&self) -> Option<bool> {
        let now = self.0.back()?;
        if now.active > 0 || now.waiting > 0 {
            return Some(true);
        }
        let before = self.0.iter().rev().nth(1)?;
        let writing = per_second(now.writing - before.writing, now.at.duration_since(before.at));
        // What one session tells of at once are the transactions of up to a second, and so are our own.
        let long_before = |at: Instant| {
            self.0.iter().rev().find(|look| at.saturating_duration_since(look.at) >= TOLD_AFTER)
        };
        let since = long_before(now.at).or(self.0.front())?;
        let own = now.own - long_before(since.at).map_or(0, |look| look.own);
        let passed = now.at.duration_since(since.at).max(TOLD_AFTER);
        let ended = per_second(now.ended - since.ended - own, passed);
        Some(writing.max(ended) > BUSY_TRANSACTIONS)
    }
}

fn per_second(transactions: i64, passed: Duration) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    let transactions = transactions as f64;
    transactions / passed.as_secs_f64().max(0.001)
}

/// Watches over a profile's pace.
#[derive(Debug)]
pub(in crate::engine::postgres) struct Watch {
    pub(in crate::engine::postgres) pace: Pace,
    looks: Looks,
    /// Transactions of our own.
    own: i64,
}

impl Watch {
    pub(in crate::engine::postgres) fn new(pace: Pace) -> Self {
        Self { pace, looks: Looks::default(), own: 0 }
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
        if !self.looks.are_due() {
            return Ok(());
        }
        let mut rested = Duration::ZERO;
        loop {
            let look = self.ask(connection).await?;
            self.transaction_ended();
            self.looks.push(look);
            if let Some(at_work) = self.looks.are_others_at_work() {
                self.pace.saw(at_work);
            }
            if look.waiting == 0 || rested >= LONGEST_REST {
                return Ok(());
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
            rested += BETWEEN_LOOKS;
        }
    }

    async fn ask(&self, connection: &Connection) -> Result<Look, ScanError> {
        let (_, rows) = connection.begin_and_query(LONGEST_REST, LOAD, &[]).await?;
        connection.commit().await?;
        let row = rows.first().ok_or_else(|| ScanError::Database("the server told no activity".into()))?;
        Ok(Look {
            at: Instant::now(),
            own: self.own,
            ended: get(row, 0)?,
            waiting: get(row, 1)?,
            active: get(row, 2)?,
            writing: get(row, 3)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Looks at these times, in milliseconds: what ended, of which were our own, and what began to write.
    fn looks(found: &[(u64, i64, i64, i64)]) -> Looks {
        let start = Instant::now();
        let mut looks = Looks::default();
        for (millis, ended, own, writing) in found.iter().copied() {
            let at = start + Duration::from_millis(millis);
            looks.push(Look { at, ended: 5000 + ended, own, writing: 700 + writing, waiting: 0, active: 0 });
        }
        looks
    }

    #[test]
    fn others_are_at_work_when_they_write_end_transactions_run_or_wait() {
        for (found, at_work) in [
            (&[][..], None),
            (&[(0, 0, 0, 0)], None),
            (&[(0, 0, 0, 0), (10, 0, 2, 0)], Some(false)),
            (&[(0, 0, 0, 0), (10, 0, 2, 1)], Some(true)),
            // What a session tells of at once are the transactions of a second.
            (&[(0, 0, 0, 0), (10, 20, 0, 0)], Some(false)),
            (&[(0, 0, 0, 0), (10, 21, 0, 0)], Some(true)),
            (&[(0, 0, 0, 0), (10, 0, 1, 0), (500, 0, 2, 9)], Some(false)),
            (&[(0, 0, 0, 0), (10, 0, 1, 0), (500, 0, 2, 10)], Some(true)),
            // They go.
            (&[(0, 0, 0, 0), (500, 30, 1, 90), (1000, 30, 2, 90), (1500, 30, 3, 90)], Some(false)),
        ] {
            assert_eq!(looks(found).are_others_at_work(), at_work, "{found:?}");
        }
        for (waiting, active) in [(1, 0), (0, 1)] {
            let mut looks = looks(&[(0, 0, 0, 0)]);
            let Some(last) = looks.0.back_mut() else { panic!("a look") };
            (last.waiting, last.active) = (waiting, active);
            assert_eq!(looks.are_others_at_work(), Some(true));
        }
    }

    #[test]
    fn many_transactions_of_ones_own_are_nobody_elses_whenever_they_are_told_of() {
        // Of 400 in a second, those of the second before are told of at once.
        let mut found = vec![(0, 0, 0, 0), (10, 1, 4, 0), (110, 1, 44, 0)];
        for half in 1..20_u32 {
            let own = 200 * i64::from(half);
            let told = 400 * i64::from(half / 2);
            found.push((110 + 500 * u64::from(half), told, own, 0));
            assert_eq!(looks(&found).are_others_at_work(), Some(false), "{found:?}");
        }
        assert!(looks(&found).0.len() < 10, "no more are kept than are needed");
        for (others, at_work) in [(210, false), (900, true)] {
            let mut found = found.clone();
            found.push((10_110, 4000 + others, 4000, 0));
            assert_eq!(looks(&found).are_others_at_work(), Some(at_work));
        }
    }
}
