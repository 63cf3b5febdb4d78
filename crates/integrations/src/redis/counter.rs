//! Sliding-window counters.

use std::sync::LazyLock;

use ::redis::Script;

use super::{Redis, Silent};

/// Sent by its hash, and in full to a Redis that does not know it.
static SCRIPT: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("counter.lua")));

/// A counter and its limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counter {
    /// Its name. Those that are asked for together are kept by one node of a cluster.
    pub name: String,
    /// The most requests in a window.
    pub limit: u32,
}

/// What a counter held before a request came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// In the window before.
    pub previous: u32,
    /// In the window that runs.
    pub current: u32,
    /// How many milliseconds of the window that runs have passed.
    pub elapsed: i64,
}

impl Redis {
    /// Counts a request in each counter, up to the first that is full; windows are of so many milliseconds. The clock is
    /// Redis' own, unless a time in milliseconds is given.
    ///
    /// # Errors
    /// [`Silent`].
    pub async fn count(
        &self,
        counters: &[Counter],
        window: i64,
        at: Option<i64>,
    ) -> Result<Vec<Tally>, Silent> {
        let mut call = SCRIPT.prepare_invoke();
        call.arg(window).arg(at.map_or_else(String::new, |at| at.to_string()));
        for Counter { name, limit } in counters {
            // What stands in braces decides where a cluster keeps a key.
            call.key(format!("{{bastion}}:count:{name}")).arg(limit);
        }
        let found: Vec<(u32, u32, i64)> =
            self.ask(|mut connection| async move { call.invoke_async(&mut connection).await }).await?;
        let tally = |(previous, current, elapsed)| Tally { previous, current, elapsed };
        Ok(found.into_iter().map(tally).collect())
    }
}
