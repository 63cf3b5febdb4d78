//! How often one may try what anybody may try without being known.
//!
//! A sliding log: exact, because there are few attempts. Each is counted for the account at the network that it comes from,
//! for the account from wherever, and for the network: whoever guesses shuts out themselves long before they shut out the
//! owner, who is elsewhere. An account that does not exist is counted like one that does.
//!
//! Every process keeps logs of its own. Where there is Redis, they are kept there as well, for all servers together, and
//! an attempt has to fit in both: a Redis that does not answer, or that has lost what it held, lets nobody try more often
//! than one server alone would.

mod memory;
#[cfg(test)]
mod tests;

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use integrations::redis::{Limit, Log, Redis, Silent};
use sha2::{Digest, Sha256};
use types::Timestamp;
use uuid::Uuid;

use self::memory::Memory;
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
    kind: Kind,
    account: &'a str,
    from: IpAddr,
    at: Timestamp,
    /// Tells it from others of the same moment.
    id: Uuid,
}

/// What a log is found by: a hash, so that nobody fills the memory with long addresses.
type Key = [u8; 32];

impl<'a> Attempt<'a> {
    /// `account` is the address of the account as it is stored, whether there is one or not, and empty where none is named;
    /// `from` is where the request comes from.
    pub(crate) fn new(kind: Kind, account: &'a str, from: IpAddr, at: Timestamp) -> Self {
        Self { kind, account, from, at, id: Uuid::now_v7() }
    }

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

    /// Writes it into the logs of all servers; how many milliseconds one must wait if one of them is full.
    async fn count(&self, redis: &Redis, at: Option<i64>) -> Result<Option<i64>, Silent> {
        let logs = self.keys().map(named).into_iter().zip(self.kind.limits());
        let logs: Vec<Log<'_>> = logs
            .filter(|(_, limits)| !limits.is_empty())
            .map(|(name, limits)| Log { name, limits })
            .collect();
        redis.log(&logs, &self.id.to_string(), at).await
    }

    /// What a success does to the logs of all servers.
    async fn forget(&self, redis: &Redis) -> Result<(), Silent> {
        let [both, account, _] = self.keys().map(named);
        redis.forget(&both, &account, &self.id.to_string()).await
    }
}

/// The name of a log that all servers share.
fn named(key: Key) -> String {
    URL_SAFE_NO_PAD.encode(key)
}

/// The logs of a process, and those of all servers if they share any.
#[derive(Debug, Default)]
pub(crate) struct Throttle {
    memory: Memory,
    redis: Option<Redis>,
}

impl Throttle {
    /// One that shares its logs.
    pub(crate) fn with_redis(redis: Redis) -> Self {
        Self { memory: Memory::default(), redis: Some(redis) }
    }

    /// Counts an attempt, before it is known what becomes of it: many at once are counted as well.
    ///
    /// # Errors
    /// [`Error::TooManyRequests`] when one of its logs is full; such an attempt is not counted.
    pub(crate) async fn attempt(&self, attempt: &Attempt<'_>) -> Result<(), Error> {
        // First, so that of many at once no more than fit wait for Redis to be given up.
        if let Some(wait) = self.memory.attempt(attempt) {
            return Err(too_many(wait));
        }
        let Some(redis) = &self.redis else { return Ok(()) };
        match attempt.count(redis, None).await {
            Ok(Some(wait)) => {
                self.memory.withdraw(attempt);
                Err(too_many(wait))
            }
            Ok(None) | Err(Silent) => Ok(()),
        }
    }

    /// Notes that an attempt succeeded: what this network tried of this account is forgotten, and elsewhere it was no guess.
    /// The network's own log keeps it.
    pub(crate) async fn succeeded(&self, attempt: &Attempt<'_>) {
        self.memory.succeeded(attempt);
        if let Some(redis) = &self.redis {
            // If it does not answer, the guesses before stand until their time is over.
            let _ = attempt.forget(redis).await;
        }
    }
}

fn too_many(wait: i64) -> Error {
    Error::TooManyRequests { retry_after_seconds: wait.unsigned_abs().div_ceil(1000) }
}
