//! The sliding-window counter: what was asked in the window before counts for the part of it that is less than a window ago.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use service::redis::{Counter, Tally};

/// The window, in milliseconds.
pub(super) const WINDOW: i64 = 60_000;
/// Beyond this many counters those of the past are swept out; if that does not help, all begin anew.
const MOST_COUNTERS: usize = 100_000;

/// What a counter says of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) limit: u32,
    /// Missing when the request is one too many.
    pub(super) remaining: Option<u32>,
    /// When it is worth while to ask again, or when the window ends.
    pub(super) seconds: u64,
}

impl Verdict {
    /// Of what was counted before the request.
    pub(super) fn of(tally: Tally, limit: u32) -> Self {
        let Tally { previous, current, elapsed } = tally;
        let weighed = (i64::from(previous) * (WINDOW - elapsed) + WINDOW - 1) / WINDOW;
        let room = i64::from(limit) - weighed - i64::from(current) - 1;
        let left = WINDOW - elapsed;
        if room >= 0 {
            let remaining = Some(u32::try_from(room).unwrap_or(u32::MAX));
            return Self { limit, remaining, seconds: seconds(left) };
        }
        // Until so much of the busier window has passed that one more fits.
        let fading = |count: u32, room: i64| WINDOW - WINDOW * room.max(0) / i64::from(count.max(1));
        let free = i64::from(limit) - i64::from(current) - 1;
        let wait = if free >= 0 {
            fading(previous, free) - elapsed
        } else {
            left + fading(current, i64::from(limit) - 1)
        };
        Self { limit, remaining: None, seconds: seconds(wait) }
    }
}

/// Whole seconds, at least one.
fn seconds(millis: i64) -> u64 {
    u64::try_from(millis).unwrap_or(0).div_ceil(1_000).max(1)
}

/// What was asked within the window that runs, and in the one before.
#[derive(Clone, Copy, Debug, Default)]
struct Kept {
    window: i64,
    previous: u32,
    current: u32,
}

impl Kept {
    /// Counts a request, unless it is one too many.
    fn count(&mut self, limit: u32, now: i64) -> Verdict {
        let window = now.div_euclid(WINDOW);
        if window != self.window {
            let previous = if window == self.window + 1 { self.current } else { 0 };
            *self = Self { window, previous, current: 0 };
        }
        let elapsed = now.rem_euclid(WINDOW);
        let verdict = Verdict::of(Tally { previous: self.previous, current: self.current, elapsed }, limit);
        self.current += u32::from(verdict.remaining.is_some());
        verdict
    }
}

/// The counters of one process.
#[derive(Debug, Default)]
pub(super) struct Counters(Mutex<HashMap<String, Kept>>);

impl Counters {
    /// Counts a request in each counter, up to the first that is full.
    pub(super) fn count(&self, counters: &[Counter], now: i64) -> Vec<Verdict> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST_COUNTERS {
            let window = now.div_euclid(WINDOW);
            kept.retain(|_, counter| counter.window + 1 >= window);
            if kept.len() >= MOST_COUNTERS {
                kept.clear();
            }
        }
        let mut verdicts = Vec::with_capacity(counters.len());
        for Counter { name, limit } in counters {
            let verdict = kept.entry(name.clone()).or_default().count(*limit, now);
            verdicts.push(verdict);
            if verdict.remaining.is_none() {
                break;
            }
        }
        verdicts
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use service::{Redis, RedisServer};
    use testkit::redis::Server;

    use super::*;

    /// At which millisecond, and what is then said: what remains, and in how many seconds to ask again. The limit is ten.
    const CASES: [(i64, Option<u32>, u64); 24] = [
        (30_000, Some(9), 30),
        (30_000, Some(8), 30),
        (30_000, Some(7), 30),
        (30_000, Some(6), 30),
        (30_000, Some(5), 30),
        (30_000, Some(4), 30),
        (30_000, Some(3), 30),
        (30_000, Some(2), 30),
        (30_000, Some(1), 30),
        (30_000, Some(0), 30),
        // When a tenth of this minute has faded out of the next.
        (30_000, None, 36),
        (59_999, None, 7),
        (60_000, None, 6),
        (65_900, None, 1),
        (66_000, Some(0), 54),
        (66_000, None, 6),
        (90_000, Some(3), 30),
        (90_000, Some(2), 30),
        (90_001, Some(1), 30),
        (119_999, Some(4), 1),
        (120_000, Some(4), 60),
        // A quarter of an hour later all is forgotten.
        (900_000, Some(9), 60),
        // A clock that is put back begins anew.
        (300_000, Some(9), 60),
        (300_000, Some(8), 60),
    ];

    fn counters() -> [Counter; 1] {
        [Counter { name: "ada".to_owned(), limit: 10 }]
    }

    fn cases() -> impl Iterator<Item = (i64, [Verdict; 1])> {
        CASES.into_iter().map(|(at, remaining, seconds)| (at, [Verdict { limit: 10, remaining, seconds }]))
    }

    #[test]
    fn the_window_before_counts_for_the_part_that_is_less_than_a_window_ago() {
        let kept = Counters::default();
        for (number, (at, verdict)) in cases().enumerate() {
            assert_eq!(kept.count(&counters(), at), verdict, "case {number}");
        }
    }

    #[tokio::test]
    async fn redis_counts_as_a_process_does() {
        let server = Server::start();
        let url = RedisServer::parse(&server.url().into()).unwrap();
        let redis = Redis::with_patience(url, Duration::from_secs(30), Duration::ZERO);
        for (number, (at, verdict)) in cases().enumerate() {
            let tallies = redis.count(&counters(), WINDOW, Some(at)).await.unwrap();
            let verdicts: Vec<_> = tallies.into_iter().map(|tally| Verdict::of(tally, 10)).collect();
            assert_eq!(verdicts, verdict, "case {number}");
        }
        // One that is full keeps those after it from being counted.
        let both = ["full", "other"].map(|name| Counter { name: name.to_owned(), limit: 1 });
        assert_eq!(redis.count(&both, WINDOW, Some(0)).await.unwrap().len(), 2);
        assert_eq!(redis.count(&both, WINDOW, Some(0)).await.unwrap().len(), 1);
    }
}
