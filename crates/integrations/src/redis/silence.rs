//! What is remembered of a server that does not answer, so that one question in a while waits for it and not each.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Whether it is silent, and until when it is left alone.
#[derive(Debug)]
pub(super) struct Silence {
    pause: Duration,
    until: Mutex<Option<Instant>>,
}

impl Silence {
    /// Of a server that has not been asked yet; one that was silent is asked again after the pause.
    pub(super) fn new(pause: Duration) -> Self {
        Self { pause, until: Mutex::default() }
    }

    /// Whether to ask now. Of many who ask a silent server one in each pause may.
    pub(super) fn may_be_asked(&self, now: Instant) -> bool {
        let mut until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        match *until {
            Some(end) if now < end => false,
            Some(_) => {
                *until = Some(now + self.pause);
                true
            }
            None => true,
        }
    }

    /// Notes that it did not answer; whether that is new.
    pub(super) fn began(&self, now: Instant) -> bool {
        let mut until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        until.replace(now + self.pause).is_none()
    }

    /// Notes that it answered; whether it had not.
    pub(super) fn ended(&self) -> bool {
        self.until.lock().unwrap_or_else(PoisonError::into_inner).take().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_silent_server_one_question_in_a_pause_waits_and_each_change_is_told_once() {
        let (silence, start) = (Silence::new(Duration::from_secs(3)), Instant::now());
        let after = |millis: u64| start + Duration::from_millis(millis);
        // Two were under way when it went.
        assert!(silence.may_be_asked(start) && silence.may_be_asked(start));
        assert!(silence.began(after(500)) && !silence.began(after(500)));
        assert!(!silence.may_be_asked(after(501)) && !silence.may_be_asked(after(3_499)));
        // One tries it, and the others do not wait for what comes of that.
        assert!(silence.may_be_asked(after(3_500)) && !silence.may_be_asked(after(3_500)));
        assert!(!silence.began(after(4_000)));
        assert!(!silence.may_be_asked(after(6_999)) && silence.may_be_asked(after(7_000)));
        assert!(silence.ended() && !silence.ended());
        assert!(silence.may_be_asked(after(7_000)) && silence.may_be_asked(after(7_000)));
    }
}
