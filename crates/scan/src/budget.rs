//! What a profile may cost, and how it makes way for others.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// What a profile may cost altogether. A table that is being read when it runs out is told as far as it was read, and
/// marked partial; those that come after are skipped. One connection is used, whatever the budget.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Budget {
    /// Bytes received from the database.
    pub bytes: Option<u64>,
    /// From the start of the profile.
    pub time: Option<Duration>,
    /// While others use the server: the part of the time, in percent, that reading takes; it rests for the remainder.
    /// An idle server is read without a rest, and so is a file, which has no server. 100 makes way for nobody.
    pub duty_percent: u8,
}

impl Default for Budget {
    fn default() -> Self {
        Self { bytes: None, time: None, duty_percent: 2 }
    }
}

/// What was spent of a budget so far.
#[derive(Debug)]
pub(crate) struct Spent {
    budget: Budget,
    started: Instant,
    bytes: AtomicU64,
}

impl Spent {
    pub(crate) fn start(budget: Budget) -> Self {
        Self { budget, started: Instant::now(), bytes: AtomicU64::new(0) }
    }

    pub(crate) fn add(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Which budget ran out.
    pub(crate) fn over(&self) -> Option<&'static str> {
        if self.budget.time.is_some_and(|time| self.started.elapsed() >= time) {
            return Some("the budget of seconds ran out");
        }
        let bytes = self.bytes.load(Ordering::Relaxed);
        self.budget.bytes.is_some_and(|most| bytes >= most).then_some("the budget of bytes ran out")
    }
}

/// Whether others are at work on a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Others {
    /// It was not looked at for long enough.
    Unknown,
    /// Nobody is, as far as can be seen; or they are not to be made way for.
    Away,
    AtWork,
}

/// How much a stretch of reading may be, in pages or rows, and how long it should take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stride {
    pub(crate) fewest: u32,
    pub(crate) most: u32,
    pub(crate) goal: Duration,
}

impl Stride {
    /// How much comes next, after so much took so long. What is beyond the bounds at first may stay there.
    pub(crate) fn next(self, much: u32, took: Duration) -> u32 {
        if took < self.goal / 2 {
            much.saturating_mul(2).min(self.most.max(much))
        } else if took > self.goal {
            (much / 2).max(self.fewest.min(much))
        } else {
            much
        }
    }
}

/// How hard a server is read: without rest while nobody else needs it, at the budget's duty cycle while somebody does.
#[derive(Debug)]
pub(crate) struct Pace {
    duty_percent: u8,
    others: Others,
    /// Work that was not rested for yet.
    owed: Duration,
    /// Seconds that a mebibyte took, of the latest stretches.
    recent: Vec<f64>,
    /// Bytes, and the time they took, that are too few to tell.
    unjudged: (u64, Duration),
}

impl Pace {
    pub(crate) fn new(budget: Budget) -> Self {
        let duty_percent = budget.duty_percent.clamp(1, 100);
        Self {
            duty_percent,
            others: if duty_percent < 100 { Others::Unknown } else { Others::Away },
            owed: Duration::ZERO,
            recent: Vec::new(),
            unjudged: (0, Duration::ZERO),
        }
    }

    /// Notes whether others are at work.
    pub(crate) fn saw(&mut self, at_work: bool) {
        if at_work && self.duty_percent < 100 {
            self.others = Others::AtWork;
        } else {
            self.others = Others::Away;
            self.owed = Duration::ZERO;
        }
    }

    pub(crate) fn others(&self) -> Others {
        self.others
    }

    /// Rests after work, as others need.
    pub(crate) async fn rest(&mut self, worked: Duration) {
        if let Some(rest) = self.due(worked, self.duty_percent) {
            tokio::time::sleep(rest).await;
        }
    }

    /// The same within a statement, which goes on for a quarter of the time at least: what it sees cannot be cleaned up
    /// before it is over, and it has to be over before its timeout.
    pub(crate) async fn rest_within(&mut self, worked: Duration) {
        if let Some(rest) = self.due(worked, self.duty_percent.max(25)) {
            tokio::time::sleep(rest).await;
        }
    }

    /// How long to rest after so much work. Short rests are saved up: a timer does not know them.
    fn due(&mut self, worked: Duration, duty_percent: u8) -> Option<Duration> {
        const SHORTEST: Duration = Duration::from_millis(5);
        // After what cannot be read in parts, its harm is done.
        const LONGEST: Duration = Duration::from_secs(5);
        if self.others != Others::AtWork {
            return None;
        }
        self.owed += worked * u32::from(100 - duty_percent) / u32::from(duty_percent);
        (self.owed >= SHORTEST).then(|| std::mem::take(&mut self.owed).min(LONGEST))
    }

    /// Notes how long a stretch took. Answers how long the latest mebibyte did when that is three times as long as the middle
    /// one of those before: the storage or the server is busy with something that its activity does not show.
    pub(crate) fn slowed(&mut self, bytes: u64, took: Duration) -> Option<Duration> {
        const MEBIBYTE: u64 = 1_048_576;
        let (bytes, took) = (self.unjudged.0 + bytes, self.unjudged.1 + took);
        if bytes < MEBIBYTE {
            self.unjudged = (bytes, took);
            return None;
        }
        self.unjudged = (0, Duration::ZERO);
        let seconds = took.as_secs_f64() * crate::measure::to_real(MEBIBYTE) / crate::measure::to_real(bytes);
        let mut sorted = self.recent.clone();
        sorted.sort_by(f64::total_cmp);
        let slow = self.recent.len() >= 3
            && sorted.get(sorted.len() / 2).is_some_and(|middle| seconds > 3.0 * middle);
        if self.recent.len() == 16 {
            self.recent.remove(0);
        }
        self.recent.push(seconds);
        slow.then_some(took)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_server_is_read_a_fiftieth_of_the_time_and_an_idle_one_without_rest() {
        let mut pace = Pace::new(Budget::default());
        let percent = pace.duty_percent;
        assert_eq!(pace.due(Duration::from_secs(1), percent), None);
        pace.saw(true);
        assert_eq!(pace.due(Duration::from_millis(100), percent), Some(Duration::from_millis(4900)));
        assert_eq!(pace.due(Duration::from_secs(60), percent), Some(Duration::from_secs(5)));
        assert_eq!(pace.due(Duration::from_micros(100), percent), None, "saved up");
        assert_eq!(pace.due(Duration::from_micros(100), percent), Some(Duration::from_micros(9800)));
    }

    #[tokio::test(start_paused = true)]
    async fn within_a_statement_it_rests_for_three_quarters_of_the_time_at_most() {
        let mut pace = Pace::new(Budget::default());
        pace.saw(true);
        let began = tokio::time::Instant::now();
        pace.rest_within(Duration::from_millis(100)).await;
        assert_eq!(began.elapsed(), Duration::from_millis(300));
        pace.rest(Duration::from_millis(100)).await;
        assert_eq!(began.elapsed(), Duration::from_millis(300 + 4900));
    }

    #[test]
    fn whether_others_are_at_work_is_not_known_before_they_were_looked_for_and_does_not_matter_at_a_hundred_percent()
     {
        let mut pace = Pace::new(Budget::default());
        assert_eq!(pace.others(), Others::Unknown);
        for (at_work, others) in [(true, Others::AtWork), (false, Others::Away)] {
            pace.saw(at_work);
            assert_eq!(pace.others(), others);
        }
        let mut pace = Pace::new(Budget { duty_percent: 100, ..Budget::default() });
        assert_eq!(pace.others(), Others::Away);
        pace.saw(true);
        assert_eq!(pace.others(), Others::Away);
        assert_eq!(pace.due(Duration::from_secs(1), 100), None);
    }

    #[test]
    fn a_stretch_that_was_short_is_followed_by_a_longer_one_and_a_long_one_by_a_shorter_within_bounds() {
        let stride = Stride { fewest: 4, most: 100, goal: Duration::from_millis(100) };
        for (much, took, next) in
            [(30, 49, 60), (60, 49, 100), (30, 50, 30), (30, 100, 30), (30, 101, 15), (5, 101, 4)]
        {
            assert_eq!(stride.next(much, Duration::from_millis(took)), next, "{much} in {took} ms");
        }
        assert_eq!(stride.next(3, Duration::from_secs(1)), 3, "fewer than it may be");
        assert_eq!(stride.next(200, Duration::ZERO), 200, "more than it may be");
    }

    #[test]
    fn a_stretch_three_times_as_slow_as_usual_is_noticed() {
        let mut pace = Pace::new(Budget::default());
        let mebibyte = 1024 * 1024;
        for _ in 0..5 {
            assert_eq!(pace.slowed(mebibyte, Duration::from_millis(10)), None);
        }
        assert_eq!(pace.slowed(mebibyte, Duration::from_millis(29)), None);
        assert_eq!(pace.slowed(mebibyte, Duration::from_millis(31)), Some(Duration::from_millis(31)));
        assert_eq!(pace.slowed(mebibyte / 2, Duration::from_millis(20)), None, "too little to tell");
        assert_eq!(pace.slowed(mebibyte / 2, Duration::from_millis(20)), Some(Duration::from_millis(40)));
    }

    #[test]
    fn a_budget_of_bytes_runs_out_when_they_are_received() {
        let spent = Spent::start(Budget { bytes: Some(100), ..Budget::default() });
        spent.add(99);
        assert_eq!(spent.over(), None);
        spent.add(1);
        assert!(spent.over().is_some_and(|reason| reason.contains("bytes")));
        assert!(Spent::start(Budget { time: Some(Duration::ZERO), ..Budget::default() }).over().is_some());
    }
}
