//! The one pass over a table: stretches of pages, each read by a statement in a short transaction of its own, so that
//! none holds back the cleaning up of old rows for long.

use std::collections::HashMap;
use std::pin::pin;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use tokio_postgres::CopyOutStream;
use types::Timestamp;

use super::burst::Burst;
use super::load::Watch;
use super::projection::{self, Rows};
use super::sketcher::Sketcher;
use super::state::{Relation, State};
use super::target::{TargetColumn, TargetTable};
use crate::budget::{Others, Spent, Stride};
use crate::engine::postgres::connection::{Connection, failed};
use crate::{Limits, ScanError};

/// The pages of a stretch: at most 512 MiB.
const ALONE: Stride = Stride { fewest: 256, most: 65_536, goal: Duration::from_secs(2) };
/// The first stretch has at most 4 MiB: others may have come.
const FIRST: u32 = 512;
/// While others are at work, with the rests: what they update again and again cannot be cleaned up before a stretch
/// is over.
const BESIDE: Stride = Stride { fewest: 4, most: 1024, goal: Duration::from_millis(500) };
/// A relation of so many pages is read in stretches while others are at work.
const SMALL_BESIDE: u32 = 16;

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
        let statement = projection::copy(relation, columns, rows);
        sketcher.begin().await;
        let output = self.connection.copy_out(&statement).await?;
        let (ended, worked) = self.copy(output, true, sketcher).await?;
        self.watch.pace.rest(worked).await;
        Ok(ended)
    }

    /// Takes what a statement puts out, and ends its transaction. Answers as well for how much work there was no rest: for
    /// all, unless it `rests` in between.
    async fn copy(
        &mut self,
        output: CopyOutStream,
        rests: bool,
        sketcher: &mut Sketcher,
    ) -> Result<(Ended, Duration), ScanError> {
        let mut since = Instant::now();
        let mut stream = pin!(output);
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
                    self.watch.pace.rest_within(since.elapsed()).await;
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

    /// Reads a relation from a page on to its end, in stretches, each in a transaction of its own. Rows from page `divide`
    /// on become a section of their own.
    pub(super) async fn onwards(
        &mut self,
        table: &TargetTable,
        relation: &Relation,
        columns: &[&TargetColumn],
        (first, divide): (u32, Option<u32>),
        sketcher: &mut Sketcher,
    ) -> Result<Ended, ScanError> {
        let mut next = first;
        let mut alone = (self.limits.pages_at_once / 2).clamp(1, FIRST);
        let mut beside = SMALL_BESIDE.min(alone);
        let mut burst = Burst::first(columns);
        loop {
            self.watch.look(self.connection).await?;
            if let Some(reason) = self.spent.over().filter(|_| next > first) {
                return Ok(Ended { reason: Some(reason.to_owned()) });
            }
            let others = self.watch.pace.others();
            let (pages, stride) =
                if others == Others::AtWork { (&mut beside, BESIDE) } else { (&mut alone, ALONE) };
            // Until it is known whether others are at work, it is soon looked for again.
            let stretch = if others == Others::Unknown { (*pages).min(ALONE.fewest) } else { *pages };
            let border = divide.filter(|divide| *divide > next);
            if divide == Some(next) {
                sketcher.divide().await;
            }
            let last = next.saturating_add(stretch).min(border.unwrap_or(u32::MAX));
            // The last stretch has no end: pages may have been added since.
            let last = Some(last).filter(|last| *last < relation.pages || border == Some(*last));
            let rows = Rows::Pages(next, last);
            let began = Instant::now();
            let read = if others == Others::AtWork {
                self.bursts(&relation.name, columns, rows, (&mut burst, sketcher)).await
            } else {
                self.stretch(&relation.name, columns, rows, sketcher).await
            };
            let (ended, worked) = match read {
                Ok(read) => read,
                // A replica gives up a statement that stands in the way of what it replays. What was read is told.
                Err(error) if next > first && !self.connection.is_closed() => {
                    self.connection.rollback().await?;
                    return Ok(Ended { reason: Some(error.to_string()) });
                }
                Err(error) => return Err(error),
            };
            let Some(last) = last.filter(|_| ended.reason.is_none()) else { return Ok(ended) };
            if let Some(took) = self.watch.pace.slowed(u64::from(last - next) * 8192, worked) {
                tracing::debug!(table = table.path, "reading slowed down; resting");
                tokio::time::sleep(took.min(ALONE.goal)).await;
            }
            if others != Others::Unknown {
                *pages = stride.next(*pages, began.elapsed());
            }
            next = last;
        }
    }

    /// One stretch by one statement, in a transaction of its own, and how long it took.
    async fn stretch(
        &mut self,
        relation: &str,
        columns: &[&TargetColumn],
        rows: Rows,
        sketcher: &mut Sketcher,
    ) -> Result<(Ended, Duration), ScanError> {
        let statement = projection::copy(relation, columns, rows);
        sketcher.begin().await;
        let (begun, output) = tokio::join!(
            biased;
            self.connection.begin(self.limits.table_statement),
            self.connection.copy_out(&statement)
        );
        begun?;
        self.copy(output?, false, sketcher).await
    }

    /// Whether a relation that fits into one stretch is read in shorter ones, because others are at work, or may be.
    pub(super) fn in_short_stretches(&self, state: &State, relation: &Relation) -> bool {
        state.by_page && self.watch.pace.others() != Others::Away && relation.pages > SMALL_BESIDE
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
