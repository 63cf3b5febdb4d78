//! Redis, in which the servers of an installation count together what each would count for itself.
//!
//! It holds nothing that cannot be lost, and nobody waits for it long: while it does not answer, whoever asks is told so
//! at once. Redis from 5.0 on will do, and what speaks as it does, such as Valkey.

mod counter;
mod log;
mod server;
mod silence;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ::redis::aio::MultiplexedConnection;
use ::redis::{AsyncConnectionConfig, RedisError, RedisResult};
use tokio::sync::Mutex;

use self::silence::Silence;

pub use counter::{Counter, Tally};
pub use log::{Limit, Log};
pub use server::RedisServer;

/// How long a connection and an answer may take together.
const PATIENCE: Duration = Duration::from_millis(500);
/// For how long a Redis that did not answer is not asked again.
const PAUSE: Duration = Duration::from_secs(3);
/// The most of an error's text that is logged, in characters.
const LONGEST_REASON: usize = 200;

/// Redis does not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Redis does not answer")]
pub struct Silent;

/// One Redis; cheap to clone, and all clones use one connection.
#[derive(Clone)]
pub struct Redis(Arc<Inner>);

struct Inner {
    server: RedisServer,
    patience: Duration,
    connection: Mutex<Option<MultiplexedConnection>>,
    silence: Silence,
}

impl Redis {
    /// Connects once something is asked.
    #[must_use]
    pub fn new(server: RedisServer) -> Self {
        Self::with_patience(server, PATIENCE, PAUSE)
    }

    /// The same with a patience of one's own: how long an answer may take, and for how long a Redis that did not answer is
    /// not asked again.
    #[must_use]
    pub fn with_patience(server: RedisServer, patience: Duration, pause: Duration) -> Self {
        let silence = Silence::new(pause);
        Self(Arc::new(Inner { server, patience, connection: Mutex::default(), silence }))
    }

    /// Whether it answers now, by what is remembered of one that did not lately.
    pub async fn answers(&self) -> bool {
        self.ask(ping).await.is_ok()
    }

    /// Asks it, whatever is remembered.
    ///
    /// # Errors
    /// Why it does not answer: the system's own words, or Redis' code; no secret.
    pub async fn check(&self) -> Result<(), String> {
        self.try_to_ask(ping).await
    }

    /// Puts a question, unless it has not answered lately. That it is silent is logged once, and that it answers again.
    async fn ask<T, A>(&self, question: impl FnOnce(MultiplexedConnection) -> A) -> Result<T, Silent>
    where
        A: Future<Output = RedisResult<T>>,
    {
        let silence = &self.0.silence;
        if !silence.may_be_asked(Instant::now()) {
            return Err(Silent);
        }
        match self.try_to_ask(question).await {
            Ok(answer) => {
                if silence.ended() {
                    tracing::warn!(server = ?self, "Redis answers again: all servers count together");
                }
                Ok(answer)
            }
            Err(reason) => {
                if silence.began(Instant::now()) {
                    tracing::warn!(
                        server = ?self,
                        reason,
                        "Redis does not answer: until it does, each server counts requests and sign-ins for itself"
                    );
                }
                Err(Silent)
            }
        }
    }

    async fn try_to_ask<T, A>(&self, question: impl FnOnce(MultiplexedConnection) -> A) -> Result<T, String>
    where
        A: Future<Output = RedisResult<T>>,
    {
        let patience = self.0.patience;
        let answer = tokio::time::timeout(patience, async { question(self.connection().await?).await }).await;
        let reason = match answer {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) => reason(&error),
            Err(_) => format!("no answer within {} ms", patience.as_millis()),
        };
        // Whatever it was: the next one who asks begins anew. Whoever holds the lock is about to.
        if let Ok(mut connection) = self.0.connection.try_lock() {
            *connection = None;
        }
        Err(reason)
    }

    async fn connection(&self) -> RedisResult<MultiplexedConnection> {
        let mut kept = self.0.connection.lock().await;
        if let Some(connection) = &*kept {
            return Ok(connection.clone());
        }
        let patience = Some(self.0.patience);
        let config =
            AsyncConnectionConfig::new().set_connection_timeout(patience).set_response_timeout(patience);
        let client = self.0.server.client();
        let connection = client.get_multiplexed_async_connection_with_config(&config).await?;
        Ok(kept.insert(connection).clone())
    }
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.server.fmt(f)
    }
}

async fn ping(mut connection: MultiplexedConnection) -> RedisResult<()> {
    ::redis::cmd("PING").exec_async(&mut connection).await
}

/// An error without what Redis says in it, which might repeat what it was told: its code, or what the system says.
fn reason(error: &RedisError) -> String {
    let text = match error.code() {
        Some(code) => format!("{}: {code}", error.category()),
        None if error.is_io_error() => error.to_string(),
        None => error.category().to_owned(),
    };
    text.chars().filter(|letter| !letter.is_control()).take(LONGEST_REASON).collect()
}
