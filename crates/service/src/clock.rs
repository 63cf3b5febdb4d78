//! The time, injected so that tests and the demo decide what time it is.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use types::Timestamp;

/// Says what time it is.
pub trait Clock: Send + Sync {
    /// Now, in whole milliseconds, as the tables keep it.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        at(Utc::now().timestamp_millis())
    }
}

/// A clock that stands until it is moved.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// A clock that shows `now`.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        Self(AtomicI64::new(now.millis()))
    }

    /// Moves it to `now`.
    pub fn set(&self, now: Timestamp) {
        self.0.store(now.millis(), Ordering::SeqCst);
    }

    /// Moves it forwards.
    pub fn advance(&self, by: Duration) {
        let millis = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.0.fetch_add(millis, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        at(self.0.load(Ordering::SeqCst))
    }
}

/// A clock that is set to another day and runs on from there, as fast as the machine's: what takes a second takes a
/// second on it as well.
#[derive(Debug)]
pub struct SimulatedClock(Mutex<(Timestamp, Instant)>);

impl SimulatedClock {
    /// A clock that shows `now` and runs.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        Self(Mutex::new((now, Instant::now())))
    }

    /// Moves it to `now`, from where it runs on.
    pub fn set(&self, now: Timestamp) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = (now, Instant::now());
    }
}

impl Clock for SimulatedClock {
    fn now(&self) -> Timestamp {
        let (shown, since) = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let millis = i64::try_from(since.elapsed().as_millis()).unwrap_or(i64::MAX);
        at(shown.millis().saturating_add(millis))
    }
}

fn at(millis: i64) -> Timestamp {
    Timestamp(DateTime::from_timestamp_millis(millis).unwrap_or(DateTime::<Utc>::UNIX_EPOCH))
}

/// Whether something was `at` a time that has come, less than so long ago.
pub(crate) fn is_recent(at: Timestamp, longest: Duration, now: Timestamp) -> bool {
    at <= now && now < Timestamp(at.0 + longest)
}
