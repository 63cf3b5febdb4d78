//! The one pass over a table: stretches of pages, each read by a statement in a short transaction of its own, so that
//! none holds back the cleaning up of old rows for long.

use std::collections::HashMap;
use std::pin::pin;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use types::Timestamp;

use super::load::Watch;
use super::projection::{self, Rows};
use super::sketcher::Sketcher;
use super::state::{Relation, State};
use super::target::{TargetColumn, TargetTable};
use crate::budget::Spent;
use crate::engine::postgres::connection::{Connection, failed};
use crate::{Limits, ScanError};

/// The most pages of a stretch (512 MiB), and the fewest.
const MOST: u32 = 65_536;
const FEWEST: u32 = 256;
/// How long a stretch should take.
const GOAL: Duration = Duration::from_secs(2);
/// The same while others are at work: of two processors one has to be free for them most of the time, and what they update
/// again and again cannot be cleaned up before a stretch is over.
const GOAL_BESIDE: Duration = Duration::from_millis(25);
/// So many pages are read in about that time (4 MiB).
const PAGES_BESIDE: u32 = 512;

/// The connection, and all that says how hard it may be used.
pub(super) struct Reader<'a> {
    pub(super) connection: &'a Connection,
    /// All that there are.
    pub(super) tables: &'a [TargetTable],
    /// Tables that were looked at lately.
    pub(super) looked: HashMap<u32, State>,
    pub(super) limits: Limits,
    pub(super) spent: &'a Spent,
    pub(super) watch: Watch,
}

/// How a pass ended.
#[derive(Debug, Default)]
pub(super) struct Ended {
    /// Why it did not get to the end.
    pub(super) reason: Option<String>,
}

impl Reader<'_> {
    /// Reads the rows that `rows` says, whole, in the transaction that has begun, ends it, and rests.
    pub(super) async fn once(
        &mut self,
        relation: &str,
        columns: &[&TargetColumn],
        rows: Rows,
        sketcher: &mut Sketcher,
    ) -> Result<Ended, ScanError> {
        let (ended, worked) = self.copy(relation, columns, (rows, true), sketcher).await?;
        self.watch.rest(worked).await;
        Ok(ended)
    }

    /// Answers as well for how much work there was no rest: for all, unless the rows are many and come by one statement, and
    /// so in one transaction.
    async fn copy(
        &mut self,
        relation: &str,
        columns: &[&TargetColumn],
        (rows, rests): (Rows, bool),
        sketcher: &mut Sketcher,
    ) -> Result<(Ended, Duration), ScanError> {
        let mut since = Instant::now();
        let statement = projection::copy(relation, columns, rows);
        sketcher.begin().await;
        let mut stream = pin!(self.connection.copy_out(&statement).await?);
        let mut ended = Ended::default();
        let mut unaccounted = 0;
        while let Some(chunk) = stream.next().await {
            let chunk = match chunk {
                Ok(chunk) => chunk,
                // What was asked for: the statement ends with an error.
                Err(_) if ended.reason.is_some() => break,
                Err(error) => return Err(failed(&error)),
            };
            if ended.reason.is_some() {
                continue;
            }
            unaccounted += chunk.len() as u64;
            if sketcher.feed(&chunk).await {
                self.spent.add(std::mem::take(&mut unaccounted));
                if let Some(reason) = self.spent.over() {
                    ended.reason = Some(reason.to_owned());
                    self.connection.stop_statement().await;
                } else if rests {
                    self.watch.rest_within(since.elapsed()).await;
                    since = Instant::now();
                }
            }
        }
        self.spent.add(unaccounted);
        if ended.reason.is_some() {
            self.connection.rollback().await?;
        } else {
            self.connection.commit().await?;
        }
        self.watch.transaction_ended();
        Ok((ended, since.elapsed()))
    }

    /// Reads a relation from a page on to its end, in stretches. The transaction has begun. Rows from page `divide` on
    /// become a section of their own.
    pub(super) async fn onwards(
        &mut self,
        table: &TargetTable,
        relation: &Relation,
        columns: &[&TargetColumn],
        (first, divide): (u32, Option<u32>),
        sketcher: &mut Sketcher,
    ) -> Result<Ended, ScanError> {
        let mut next = first;
        let most_beside = PAGES_BESIDE.min(self.limits.pages_at_once);
        let mut stretch = (self.limits.pages_at_once / 2).max(1);
        let mut begun = true;
        loop {
            if !begun {
                if let Some(reason) = self.spent.over() {
                    return Ok(Ended { reason: Some(reason.to_owned()) });
                }
                self.watch.look(self.connection).await?;
                self.connection.begin(self.limits.table_statement).await?;
            }
            begun = false;
            if self.watch.pace.is_busy() {
                stretch = stretch.min(most_beside);
            }
            let border = divide.filter(|divide| *divide > next);
            if divide == Some(next) {
                sketcher.divide().await;
            }
            let last = next.saturating_add(stretch).min(border.unwrap_or(u32::MAX));
            // The last stretch has no end: pages may have been added since.
            let last = Some(last).filter(|last| *last < relation.pages || border == Some(*last));
            let rows = (Rows::Pages(next, last), false);
            let (ended, took) = match self.copy(&relation.name, columns, rows, sketcher).await {
                Ok(read) => read,
                // A replica gives up a statement that stands in the way of what it replays. What was read is told.
                Err(error) if next > first && !self.connection.is_closed() => {
                    self.connection.rollback().await?;
                    return Ok(Ended { reason: Some(error.to_string()) });
                }
                Err(error) => return Err(error),
            };
            self.watch.rest(took).await;
            let Some(last) = last.filter(|_| ended.reason.is_none()) else { return Ok(ended) };
            if self.watch.pace.was_slow(u64::from(last - next) * 8192, took) {
                tracing::debug!(table = table.path, "reading slowed down; resting");
                tokio::time::sleep(took.min(GOAL)).await;
            }
            let goal = if self.watch.pace.is_busy() { GOAL_BESIDE } else { GOAL };
            stretch = if took < goal / 2 { (stretch * 2).min(MOST) } else { stretch };
            stretch = if took > goal { (stretch / 2).max(FEWEST.min(stretch)) } else { stretch };
            next = last;
        }
    }

    /// Whether a relation that fits into one stretch is read in shorter ones, because others are at work.
    pub(super) fn in_short_stretches(&self, state: &State, relation: &Relation) -> bool {
        state.by_page && self.watch.pace.is_busy() && relation.pages > PAGES_BESIDE
    }

    /// Whether a relation is read in stretches.
    pub(super) fn in_stretches(&self, state: &State, relation: &Relation) -> bool {
        state.by_page && relation.pages > self.limits.pages_at_once
    }

    /// Looks at tables that come next, all at once. One that is read in parts is looked at again right before it is: rows
    /// that come until then would be told apart from those that its counters tell.
    pub(super) async fn look_ahead(&mut self, tables: &[&TargetTable]) -> Result<(), ScanError> {
        self.watch.look(self.connection).await?;
        let found = State::look(self.connection, tables, self.limits.table_statement).await;
        self.watch.transaction_ended();
        match found {
            Ok(mut found) => {
                let most = u64::from(self.limits.pages_at_once);
                found.retain(|_, state| state.relations.len() == 1 && state.pages() <= most);
                self.looked = found;
                Ok(())
            }
            Err(error) if self.connection.is_closed() => Err(error),
            // One of them is locked, or gone: each is looked at for itself.
            Err(_) => Ok(()),
        }
    }

    /// What a table is like, looked at now if it was not lately.
    pub(super) async fn look(&mut self, table: &TargetTable) -> Result<State, ScanError> {
        if let Some(state) = self.looked.remove(&table.oid) {
            return Ok(state);
        }
        self.watch.look(self.connection).await?;
        let found = State::look(self.connection, &[table], self.limits.table_statement).await;
        self.watch.transaction_ended();
        found?.remove(&table.oid).ok_or_else(|| ScanError::Database("the server told nothing".into()))
    }

    /// Begins the transaction of a table that was looked at, after a look at who else is there.
    pub(super) async fn begin(&mut self) -> Result<Timestamp, ScanError> {
        self.watch.look(self.connection).await?;
        self.connection.begin(self.limits.table_statement).await
    }
}
