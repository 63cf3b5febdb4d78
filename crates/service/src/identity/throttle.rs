//! How often one may try what anybody may try without being known.
//!
//! A sliding log: exact, because there are few attempts. Each is counted for the account at the network that it comes from,
//! for the account from wherever, and for the network: whoever guesses shuts out themselves long before they shut out the
//! owner, who is elsewhere. An account that does not exist is counted like one that does. The logs are this process's own.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use sha2::{Digest, Sha256};
use types::Timestamp;

use crate::{Error, Network};

/// What is counted apart from the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Giving a password, to sign in or to prove oneself again.
    SignIn,
    SignUp,
    /// Asking for a mail with a link.
    Link,
    /// Using a link, which names no account.
    Token,
}

/// At most so many attempts in so many milliseconds.
#[derive(Clone, Copy, Debug)]
struct Limit {
    most: usize,
    window: i64,
}

const QUARTER: i64 = 15 * 60 * 1000;
const DAY: i64 = 24 * 60 * 60 * 1000;

/// The limits of a kind: for an account at one network, for an account, and for a network, behind which many may be.
type Limits = [&'static [Limit]; 3];

const SIGN_IN: Limits = [
    &[Limit { most: 10, window: QUARTER }, Limit { most: 40, window: DAY }],
    &[Limit { most: 50, window: QUARTER }],
    &[Limit { most: 100, window: QUARTER }],
];
const SIGN_UP: Limits = [
    &[Limit { most: 5, window: QUARTER }, Limit { most: 20, window: DAY }],
    &[Limit { most: 10, window: QUARTER }],
    &[Limit { most: 100, window: QUARTER }],
];
const LINK: Limits = [
    &[Limit { most: 3, window: QUARTER }, Limit { most: 10, window: DAY }],
    &[Limit { most: 10, window: QUARTER }],
    &[Limit { most: 30, window: QUARTER }],
];
const TOKEN: Limits = [&[], &[], &[Limit { most: 60, window: QUARTER }]];

impl Kind {
    fn limits(self) -> Limits {
        match self {
            Self::SignIn => SIGN_IN,
            Self::SignUp => SIGN_UP,
            Self::Link => LINK,
            Self::Token => TOKEN,
        }
    }
}

/// Who attempts what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attempt<'a> {
    pub(crate) kind: Kind,
    /// The address of the account as it is stored, whether there is one or not; empty where none is named.
    pub(crate) account: &'a str,
    /// Where the request comes from.
    pub(crate) from: IpAddr,
    pub(crate) at: Timestamp,
}

/// What a log is found by: a hash, so that nobody fills the memory with long addresses.
type Key = [u8; 32];

impl Attempt<'_> {
    /// The keys of the logs that it is written into, in the order of [`Limits`].
    fn keys(&self) -> [Key; 3] {
        let network = Network::of(self.from);
        let (account, network) = (self.account.as_bytes(), network.as_bytes());
        [("both", network, account), ("account", &[][..], account), ("network", network, &[][..])].map(
            |(what, network, account)| {
                // A network has a fixed length, so none can pass for the beginning of an account.
                let digest = Sha256::new()
                    .chain_update(format!("{:?} {what} ", self.kind))
                    .chain_update(network)
                    .chain_update(account);
                digest.finalize().into()
            },
        )
    }
}

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
}

/// The most logs that are kept: each holds at most a hundred times.
const MOST_LOGS: usize = 50_000;

/// The logs of a process.
#[derive(Debug, Default)]
pub(crate) struct Throttle {
    logs: Mutex<HashMap<Key, Log>>,
}

impl Throttle {
    /// Counts an attempt, before it is known what becomes of it: many at once are counted as well.
    ///
    /// # Errors
    /// [`Error::TooManyRequests`] when one of its logs is full; such an attempt is not counted.
    pub(crate) fn attempt(&self, attempt: &Attempt<'_>) -> Result<(), Error> {
        let (keys, limits, now) = (attempt.keys(), attempt.kind.limits(), attempt.at.millis());
        let mut logs = self.logs.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = keys.iter().zip(limits).filter_map(|(key, limits)| logs.get(key)?.wait(limits, now)).max();
        if let Some(wait) = wait {
            return Err(Error::TooManyRequests { retry_after_seconds: wait.unsigned_abs().div_ceil(1000) });
        }
        make_room(&mut logs, MOST_LOGS - keys.len(), now);
        for (key, limits) in keys.into_iter().zip(limits).filter(|(_, limits)| !limits.is_empty()) {
            logs.entry(key).or_default().write(limits, now);
        }
        Ok(())
    }

    /// Notes that an attempt succeeded: what this network tried of this account is forgotten, and elsewhere it was no guess.
    /// The network's own log keeps it.
    pub(crate) fn succeeded(&self, attempt: &Attempt<'_>) {
        let [both, account, _] = attempt.keys();
        let mut logs = self.logs.lock().unwrap_or_else(PoisonError::into_inner);
        logs.remove(&both);
        if let Some(log) = logs.get_mut(&account)
            && let Some(place) = log.times.iter().rposition(|time| *time == attempt.at.millis())
        {
            log.times.remove(place);
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
    use super::*;

    fn attempt(account: &str, from: [u8; 4], seconds: i64) -> Attempt<'_> {
        let at = Timestamp::from_millis(seconds * 1000).unwrap();
        Attempt { kind: Kind::SignIn, account, from: from.into(), at }
    }

    /// How long a refused attempt must wait, in seconds.
    fn wait(throttle: &Throttle, attempt: &Attempt<'_>) -> Option<u64> {
        match throttle.attempt(attempt) {
            Ok(()) => None,
            Err(Error::TooManyRequests { retry_after_seconds }) => Some(retry_after_seconds),
            Err(error) => panic!("{error}"),
        }
    }

    const HOME: [u8; 4] = [192, 0, 2, 1];
    const OFFICE: [u8; 4] = [192, 0, 2, 2];

    #[test]
    fn the_window_slides_and_says_how_long_to_wait() {
        let throttle = Throttle::default();
        for second in 0..10 {
            assert_eq!(wait(&throttle, &attempt("ada", HOME, second * 10)), None);
        }
        assert_eq!(wait(&throttle, &attempt("ada", HOME, 100)), Some(800));
        assert_eq!(wait(&throttle, &attempt("ada", HOME, 899)), Some(1));
        // The first has left the window, and the second not yet.
        assert_eq!(wait(&throttle, &attempt("ada", HOME, 900)), None);
        assert_eq!(wait(&throttle, &attempt("ada", HOME, 900)), Some(10));
    }

    #[test]
    fn who_goes_on_for_hours_waits_longer() {
        let throttle = Throttle::default();
        for round in 0..4 {
            for _ in 0..10 {
                assert_eq!(wait(&throttle, &attempt("ada", HOME, round * 900)), None);
            }
        }
        assert_eq!(wait(&throttle, &attempt("ada", HOME, 3600)), Some(86_400 - 3600));
    }

    #[test]
    fn one_network_does_not_shut_an_account_out_elsewhere_and_many_do_for_a_while() {
        let throttle = Throttle::default();
        let stranger = |network: u8| attempt("ada", [198, 51, 100, network], 0);
        for network in 0..5 {
            assert_eq!(wait(&throttle, &attempt("ada", HOME, 0)), None);
            throttle.succeeded(&attempt("ada", HOME, 0));
            for _ in 0..10 {
                assert_eq!(wait(&throttle, &stranger(network)), None);
            }
            assert_eq!(wait(&throttle, &stranger(network)), Some(900));
        }
        assert_eq!(wait(&throttle, &attempt("ada", HOME, 1)), Some(899));
        assert_eq!(wait(&throttle, &attempt("ada", HOME, 900)), None);
    }

    #[test]
    fn a_network_is_stopped_whatever_accounts_it_names_and_another_is_not() {
        let throttle = Throttle::default();
        for number in 0..100 {
            let name = format!("person-{number}");
            assert_eq!(wait(&throttle, &attempt(&name, HOME, 0)), None);
        }
        assert_eq!(wait(&throttle, &attempt("ada", HOME, 60)), Some(840));
        assert_eq!(wait(&throttle, &attempt("ada", OFFICE, 60)), None);
    }

    #[test]
    fn kinds_are_counted_apart() {
        let throttle = Throttle::default();
        let sign_up = Attempt { kind: Kind::SignUp, ..attempt("ada", HOME, 0) };
        for _ in 0..5 {
            assert_eq!(wait(&throttle, &sign_up), None);
        }
        assert_eq!(wait(&throttle, &sign_up), Some(900));
        assert_eq!(wait(&throttle, &attempt("ada", HOME, 0)), None);
    }

    #[test]
    fn a_success_forgets_what_the_network_tried_and_a_refusal_is_not_counted() {
        let throttle = Throttle::default();
        for round in 0..9 {
            for _ in 0..10 {
                assert_eq!(wait(&throttle, &attempt("ada", HOME, round)), None);
                throttle.succeeded(&attempt("ada", HOME, round));
            }
        }
        for _ in 0..10 {
            assert_eq!(wait(&throttle, &attempt("ada", HOME, 10)), None);
        }
        for _ in 0..100 {
            assert_eq!(wait(&throttle, &attempt("ada", HOME, 11)), Some(899));
        }
        assert_eq!(wait(&throttle, &attempt("bob", OFFICE, 11)), None);
    }

    #[test]
    fn memory_is_bounded_and_what_is_held_against_one_outlasts_a_flood() {
        let throttle = Throttle::default();
        for _ in 0..10 {
            throttle.attempt(&attempt("ada", HOME, 0)).unwrap();
        }
        for number in 0..60_000_u32 {
            let [_, a, b, c] = number.to_be_bytes();
            let name = format!("person-{number}");
            throttle.attempt(&attempt(&name, [10, a, b, c], 1)).unwrap();
        }
        let kept = throttle.logs.lock().unwrap().len();
        assert!(kept <= MOST_LOGS, "{kept}");
        assert_eq!(wait(&throttle, &attempt("ada", HOME, 2)), Some(898));
        // A day later the next one finds room without anything being forgotten too early.
        let mut logs = throttle.logs.lock().unwrap();
        make_room(&mut logs, 0, 2 * DAY);
        assert!(logs.is_empty());
    }
}
