//! How often one may try to sign in.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use types::Timestamp;

use crate::Error;

/// Counts attempts by key in a sliding window: exact, because there are few.
pub(crate) struct Throttle {
    most: usize,
    window: Duration,
    attempts: Mutex<HashMap<String, VecDeque<i64>>>,
}

/// Beyond this many keys the expired ones are swept out.
const SWEEP_AT: usize = 10_000;

impl Throttle {
    pub(crate) fn new(most: usize, window: Duration) -> Self {
        Self { most, window, attempts: Mutex::new(HashMap::new()) }
    }

    /// Counts an attempt.
    ///
    /// # Errors
    /// [`Error::TooManyRequests`] when the window is full; such an attempt is not counted.
    pub(crate) fn attempt(&self, key: &str, now: Timestamp) -> Result<(), Error> {
        let window = i64::try_from(self.window.as_millis()).unwrap_or(i64::MAX);
        let start = now.millis().saturating_sub(window);
        let mut attempts = self.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        if attempts.len() > SWEEP_AT {
            attempts.retain(|_, times| times.back().is_some_and(|last| *last > start));
        }
        let times = attempts.entry(key.to_owned()).or_default();
        while times.front().is_some_and(|first| *first <= start) {
            times.pop_front();
        }
        match times.front() {
            Some(first) if times.len() >= self.most => {
                let wait = (first - start).max(1).unsigned_abs();
                Err(Error::TooManyRequests { retry_after_seconds: wait.div_ceil(1000) })
            }
            _ => {
                times.push_back(now.millis());
                Ok(())
            }
        }
    }

    /// Forgets a key's attempts, after a success.
    pub(crate) fn forget(&self, key: &str) {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000).unwrap()
    }

    #[test]
    fn the_window_slides_and_says_how_long_to_wait() {
        let throttle = Throttle::new(2, Duration::from_secs(60));
        throttle.attempt("ada", at(0)).unwrap();
        throttle.attempt("ada", at(10)).unwrap();
        let refused = throttle.attempt("ada", at(20));
        assert!(matches!(refused, Err(Error::TooManyRequests { retry_after_seconds: 40 })), "{refused:?}");
        throttle.attempt("bob", at(20)).unwrap();
        throttle.attempt("ada", at(60)).unwrap();
        assert!(throttle.attempt("ada", at(61)).is_err());
    }

    #[test]
    fn a_success_clears_the_count() {
        let throttle = Throttle::new(1, Duration::from_secs(60));
        throttle.attempt("ada", at(0)).unwrap();
        throttle.forget("ada");
        throttle.attempt("ada", at(1)).unwrap();
    }
}
