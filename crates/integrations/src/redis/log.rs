//! Sliding logs: exact, for what there is little of.

use std::sync::LazyLock;

use ::redis::Script;

use super::{Redis, Silent};

/// Sent by its hash, and in full to a Redis that does not know it.
static SCRIPT: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("log.lua")));

/// At most so many attempts in so many milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    pub most: usize,
    pub window: i64,
}

/// A log and its limits, of which there is at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log<'a> {
    /// Its name. All logs are kept by one node of a cluster.
    pub name: String,
    pub limits: &'a [Limit],
}

/// What stands in braces decides where a cluster keeps a key.
fn key(log: &str) -> String {
    format!("{{bastion}}:log:{log}")
}

impl Redis {
    /// Writes an attempt of this name into each log, unless one is full: then it answers how many milliseconds one must
    /// wait, and nothing is written. The clock is Redis' own, unless a time in milliseconds is given.
    ///
    /// # Errors
    /// [`Silent`].
    pub async fn log(&self, logs: &[Log<'_>], attempt: &str, at: Option<i64>) -> Result<Option<i64>, Silent> {
        let mut call = SCRIPT.prepare_invoke();
        call.arg(attempt).arg(at.map_or_else(String::new, |at| at.to_string()));
        for Log { name, limits } in logs {
            call.key(key(name)).arg(limits.len());
            for Limit { most, window } in *limits {
                call.arg(most).arg(window);
            }
        }
        let wait: i64 =
            self.ask(|mut connection| async move { call.invoke_async(&mut connection).await }).await?;
        Ok((wait > 0).then_some(wait))
    }

    /// Empties one log, and takes an attempt out of another.
    ///
    /// # Errors
    /// [`Silent`].
    pub async fn forget(&self, log: &str, other: &str, attempt: &str) -> Result<(), Silent> {
        let mut both = ::redis::pipe();
        both.atomic().cmd("DEL").arg(key(log)).cmd("ZREM").arg(key(other)).arg(attempt);
        self.ask(|mut connection| async move { both.exec_async(&mut connection).await }).await
    }
}
