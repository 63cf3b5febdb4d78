//! The logs of one process.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use integrations::redis::Limit;

use super::{Attempt, Key};

/// When something was attempted, the oldest first.
#[derive(Debug, Default)]
struct Log {
    times: VecDeque<i64>,
    /// When nothing in it counts any more.
    until: i64,
}

impl Log {
    /// How many milliseconds one must wait until one more fits; none when it fits now.
    fn wait(&self, limits: &[Limit], now: i64) -> Option<i64> {
        let full = limits.iter().filter_map(|limit| {
            let oldest = self.times.get(self.times.len().checked_sub(limit.most)?)?;
            let wait = oldest.saturating_add(limit.window) - now;
            (wait > 0).then_some(wait.min(limit.window))
        });
        full.max()
    }

    fn write(&mut self, limits: &[Limit], now: i64) {
        let longest = limits.iter().map(|limit| limit.window).max().unwrap_or_default();
        while self.times.front().is_some_and(|first| *first <= now - longest) {
            self.times.pop_front();
        }
        self.times.push_back(now);
        self.until = now.saturating_add(longest);
    }

    /// Takes out one attempt of a moment.
    fn remove(&mut self, at: i64) {
        if let Some(place) = self.times.iter().rposition(|time| *time == at) {
            self.times.remove(place);
        }
    }
}

/// The most logs that are kept: each holds at most a hundred times.
const MOST_LOGS: usize = 50_000;

/// The logs of a process.
#[derive(Debug, Default)]
pub(super) struct Memory {
    logs: Mutex<HashMap<Key, Log>>,
}

impl Memory {
    /// Writes an attempt into its logs; how many milliseconds one must wait if one of them is full.
    pub(super) fn attempt(&self, attempt: &Attempt<'_>) -> Option<i64> {
        let (keys, limits, now) = (attempt.keys(), attempt.kind.limits(), attempt.at.millis());
        let mut logs = self.logs.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = keys.iter().zip(limits).filter_map(|(key, limits)| logs.get(key)?.wait(limits, now)).max();
        if wait.is_some() {
            return wait;
        }
        make_room(&mut logs, MOST_LOGS - keys.len(), now);
        for (key, limits) in keys.into_iter().zip(limits).filter(|(_, limits)| !limits.is_empty()) {
            logs.entry(key).or_default().write(limits, now);
        }
        None
    }

    /// Takes an attempt out again that was refused elsewhere.
    pub(super) fn withdraw(&self, attempt: &Attempt<'_>) {
        let mut logs = self.logs.lock().unwrap_or_else(PoisonError::into_inner);
        for key in attempt.keys() {
            if let Some(log) = logs.get_mut(&key) {
                log.remove(attempt.at.millis());
            }
        }
    }

    /// Empties the log of the account at the network, and takes the attempt out of the account's.
    pub(super) fn succeeded(&self, attempt: &Attempt<'_>) {
        let [both, account, _] = attempt.keys();
        let mut logs = self.logs.lock().unwrap_or_else(PoisonError::into_inner);
        logs.remove(&both);
        if let Some(log) = logs.get_mut(&account) {
            log.remove(attempt.at.millis());
        }
    }
}

/// Sweeps out logs of the past when there are more than `most`. If that does not help, the shorter half goes: whoever fills
/// the memory with many names does not make it forget what it holds against one.
fn make_room(logs: &mut HashMap<Key, Log>, most: usize, now: i64) {
    if logs.len() <= most {
        return;
    }
    logs.retain(|_, log| log.until > now);
    if logs.len() <= most {
        return;
    }
    let mut order: Vec<_> =
        logs.iter().map(|(key, log)| (log.times.len(), log.times.back().copied(), *key)).collect();
    order.sort_unstable();
    for (_, _, key) in order.iter().take(order.len() / 2) {
        logs.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use types::Timestamp;

    use super::super::{DAY, Kind};
    use super::*;

    fn attempt(account: &str, from: [u8; 4], seconds: i64) -> Attempt<'_> {
        Attempt::new(Kind::SignIn, account, from.into(), Timestamp::from_millis(seconds * 1000).unwrap())
    }

    #[test]
    fn memory_is_bounded_and_what_is_held_against_one_outlasts_a_flood() {
        let memory = Memory::default();
        for _ in 0..10 {
            assert_eq!(memory.attempt(&attempt("ada", [192, 0, 2, 1], 0)), None);
        }
        for number in 0..60_000_u32 {
            let [_, a, b, c] = number.to_be_bytes();
            let name = format!("person-{number}");
            assert_eq!(memory.attempt(&attempt(&name, [10, a, b, c], 1)), None);
        }
        let kept = memory.logs.lock().unwrap().len();
        assert!(kept <= MOST_LOGS, "{kept}");
        assert_eq!(memory.attempt(&attempt("ada", [192, 0, 2, 1], 2)), Some(898_000));
        // A day later the next one finds room without anything being forgotten too early.
        let mut logs = memory.logs.lock().unwrap();
        make_room(&mut logs, 0, 2 * DAY);
        assert!(logs.is_empty());
    }
}
