//! Whether others need the server: looked at between two stretches of reading.

use std::time::{Duration, Instant};

use mysql_async::{Params, Row};

use super::connection::{Connection, number, text};
use crate::ScanError;
use crate::budget::Pace;

/// Anybody may ask for these: an account without PROCESS does not see what others do, but that they do something. Reading
/// locks no rows, so nobody waits for us; that some wait for each other says that the server has enough to do.
const LOAD: &str = "SHOW GLOBAL STATUS WHERE Variable_name IN \
                    ('Questions', 'Threads_running', 'Innodb_row_lock_current_waits')";

/// How long it takes for a look to be worth its while.
const BETWEEN_LOOKS: Duration = Duration::from_millis(500);
/// Others' statements in a second that make a server busy.
const BUSY_STATEMENTS: f64 = 20.0;

/// Watches over a profile's pace.
#[derive(Debug)]
pub(super) struct Watch {
    pub(super) pace: Pace,
    last: Option<Look>,
}

/// What a look found.
#[derive(Clone, Copy, Debug)]
struct Look {
    at: Instant,
    /// Statements of everybody.
    questions: i64,
    /// Those of ours among them.
    own: u64,
    running: i64,
    waiting: i64,
}

impl Look {
    fn of(rows: &[Row], own: u64) -> Self {
        let figure = |name: &str| {
            let row =
                rows.iter().find(|row| text(row, 0).is_some_and(|told| told.eq_ignore_ascii_case(name)));
            row.and_then(|row| number(row, 1)).unwrap_or(0)
        };
        Self {
            at: Instant::now(),
            questions: figure("Questions"),
            own,
            running: figure("Threads_running"),
            waiting: figure("Innodb_row_lock_current_waits"),
        }
    }

    /// Whether others are at work: now, or since the look before.
    fn is_busy(&self, before: Option<&Self>) -> bool {
        let rate = before.map_or(0.0, |before| {
            let own = i64::try_from(self.own.saturating_sub(before.own)).unwrap_or(i64::MAX);
            let others = (self.questions - before.questions - own).max(0);
            #[expect(clippy::cast_precision_loss, reason = "a rate")]
            let others = others as f64;
            others / self.at.duration_since(before.at).as_secs_f64().max(0.001)
        });
        // The look itself is running.
        self.running > 1 || self.waiting > 0 || rate > BUSY_STATEMENTS
    }
}

impl Watch {
    pub(super) fn new(pace: Pace) -> Self {
        Self { pace, last: None }
    }

    /// Looks, outside of a transaction, if it is time to.
    pub(super) async fn look(&mut self, connection: &mut Connection) -> Result<(), ScanError> {
        if self.last.is_some_and(|look| look.at.elapsed() < BETWEEN_LOOKS) {
            return Ok(());
        }
        let rows = connection.query(LOAD, Params::Empty).await?;
        let look = Look::of(&rows, connection.sent);
        self.pace.saw(look.is_busy(self.last.as_ref()));
        self.last = Some(look);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_busy_when_others_run_wait_or_ask_much() {
        let at = Instant::now();
        let idle = Look { at, questions: 1000, own: 10, running: 1, waiting: 0 };
        let later = |look: Look| Look { at: at + Duration::from_secs(1), ..look };
        assert!(!idle.is_busy(None));
        assert!(Look { running: 2, ..idle }.is_busy(None));
        assert!(Look { waiting: 1, ..idle }.is_busy(None));
        // A hundred of our own are nobody else's.
        assert!(!later(Look { questions: 1100, own: 110, ..idle }).is_busy(Some(&idle)));
        assert!(!later(Look { questions: 1120, own: 110, ..idle }).is_busy(Some(&idle)));
        assert!(later(Look { questions: 1121, own: 110, ..idle }).is_busy(Some(&idle)));
        // A server that was started again counts from the beginning.
        assert!(!later(Look { questions: 5, own: 12, ..idle }).is_busy(Some(&idle)));
    }
}
