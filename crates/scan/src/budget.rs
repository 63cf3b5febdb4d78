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

/// How hard a server is read: without rest while nobody else needs it, at the budget's duty cycle while somebody does.
#[derive(Debug)]
pub(crate) struct Pace {
    duty_percent: u8,
    /// Whether others are at work, once that is known.
    busy: Option<bool>,
    /// Work that was not rested for yet.
    owed: Duration,
    /// Seconds that a mebibyte took, of the latest stretches.
    recent: Vec<f64>,
    /// Bytes, and the time they took, that are too few to tell.
    unjudged: (u64, Duration),
}

impl Pace {
    pub(crate) fn new(budget: Budget) -> Self {
        Self {
            duty_percent: budget.duty_percent.clamp(1, 100),
            busy: None,
            owed: Duration::ZERO,
            recent: Vec::new(),
            unjudged: (0, Duration::ZERO),
        }
    }

    /// Notes whether others are at work.
    pub(crate) fn others(&mut self, busy: bool) {
        self.busy = Some(busy);
        if !busy {
            self.owed = Duration::ZERO;
        }
    }

    pub(crate) fn is_busy(&self) -> bool {
        self.duty_percent < 100 && self.busy == Some(true)
    }

    /// Whether others are at work is known, or does not matter.
    pub(crate) fn is_known(&self) -> bool {
        self.duty_percent >= 100 || self.busy.is_some()
    }

    /// Nobody else is at work, as far as can be seen, or nobody is to be made way for.
    pub(crate) fn is_alone(&self) -> bool {
        self.duty_percent >= 100 || self.busy == Some(false)
    }

    /// How long to rest after so much work. Short rests are saved up: a timer does not know them.
    pub(crate) fn rest_after(&mut self, worked: Duration) -> Option<Duration> {
        self.rest(worked, self.duty_percent)
    }

    /// The same within a statement, which goes on for a quarter of the time at least: what it sees cannot be cleaned up
    /// before it is over, and it has to be over before its timeout.
    pub(crate) fn rest_within(&mut self, worked: Duration) -> Option<Duration> {
        self.rest(worked, self.duty_percent.max(25))
    }

    fn rest(&mut self, worked: Duration, duty_percent: u8) -> Option<Duration> {
        const SHORTEST: Duration = Duration::from_millis(5);
        // After what cannot be read in parts, its harm is done.
        const LONGEST: Duration = Duration::from_secs(5);
        if !self.is_busy() {
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
        assert_eq!(pace.rest_after(Duration::from_secs(1)), None);
        pace.others(true);
        assert_eq!(pace.rest_after(Duration::from_millis(100)), Some(Duration::from_millis(4900)));
        assert_eq!(pace.rest_within(Duration::from_millis(100)), Some(Duration::from_millis(300)));
        assert_eq!(pace.rest_after(Duration::from_secs(60)), Some(Duration::from_secs(5)));
        assert_eq!(pace.rest_after(Duration::from_micros(100)), None, "saved up");
        assert_eq!(pace.rest_after(Duration::from_micros(100)), Some(Duration::from_micros(9800)));
    }

    #[test]
    fn whether_others_are_at_work_is_not_known_before_they_were_looked_for_and_does_not_matter_at_a_hundred_percent()
     {
        let mut pace = Pace::new(Budget::default());
        assert!(!pace.is_known() && !pace.is_alone() && !pace.is_busy());
        pace.others(false);
        assert!(pace.is_known() && pace.is_alone() && !pace.is_busy());
        let mut pace = Pace::new(Budget { duty_percent: 100, ..Budget::default() });
        assert!(pace.is_known() && pace.is_alone());
        pace.others(true);
        assert!(pace.is_alone() && !pace.is_busy());
        assert_eq!(pace.rest_after(Duration::from_secs(1)), None);
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
