//! Beside others, a stretch comes in bursts: some rows by a cursor, added up at once, and then a rest. The server works for us
//! for less than a millisecond at a time, and never while the rows are added up: of two processors, one is left to others.

use std::time::{Duration, Instant};

use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, Type};

use super::pass::{Ended, Reader};
use super::projection::{self, Kind, Rows};
use super::sketcher::Sketcher;
use super::target::TargetColumn;
use crate::ScanError;
use crate::engine::postgres::connection::failed;

/// How much comes at once: a server sends it in some tenths of a millisecond, less than a small transaction of somebody else
/// takes, and to ask for less costs more than the rows do.
const BYTES: u64 = 32 * 1024;
const MOST: u32 = 8192;
/// Where texts come whole, however long they are: they are kept until the burst is there.
const MOST_WHOLE: u32 = 16;

/// How many rows come at once.
#[derive(Debug)]
pub(super) struct Burst {
    rows: u32,
    most: u32,
}

impl Burst {
    /// Before anything is known of the rows.
    pub(super) fn first(columns: &[&TargetColumn]) -> Self {
        let is_whole = columns.iter().any(|column| column.kind == Kind::WholeText);
        Self { rows: 8, most: if is_whole { MOST_WHOLE } else { MOST } }
    }

    /// Notes how large as many rows were.
    fn was(&mut self, bytes: u64) {
        let fitting = u64::from(self.rows) * BYTES / bytes.max(1);
        // Those that follow may be larger.
        self.rows = u32::try_from(fitting).unwrap_or(self.most).clamp(1, self.most.min(self.rows * 2));
    }
}

impl Reader<'_> {
    /// Reads rows of a relation in a transaction of its own, with rests between the bursts and after the last one. Answers how
    /// long it took without the rests.
    pub(super) async fn bursts(
        &mut self,
        relation: &str,
        columns: &[&TargetColumn],
        rows: Rows,
        (burst, sketcher): (&mut Burst, &mut Sketcher),
    ) -> Result<(Ended, Duration), ScanError> {
        let (mut began, mut worked) = (Instant::now(), Duration::ZERO);
        sketcher.catch_up().await;
        let declare = projection::declare(relation, columns, rows);
        let fetch = projection::fetch(burst.rows);
        let (begun, declared, first) = tokio::join!(
            biased;
            self.connection.begin(self.limits.table_statement),
            self.connection.query(&declare, &[]),
            self.connection.query(&fetch, &[])
        );
        begun?;
        declared?;
        let mut found = first?;
        let mut ended = Ended::default();
        loop {
            let bytes = self.add_up(&found, columns.len(), sketcher)?;
            ended.reason = self.spent.over().map(str::to_owned);
            let took = began.elapsed();
            if found.len() < burst.rows as usize || ended.reason.is_some() {
                break;
            }
            worked += took;
            self.watch.pace.rest(took).await;
            began = Instant::now();
            burst.was(bytes);
            found = self.connection.query(&projection::fetch(burst.rows), &[]).await?;
        }
        self.connection.commit().await?;
        self.watch.transaction_ended();
        let took = began.elapsed();
        self.watch.pace.rest(took).await;
        Ok((ended, worked + took))
    }

    /// Answers how many bytes a COPY would have sent.
    fn add_up(&self, found: &[Row], columns: usize, sketcher: &Sketcher) -> Result<u64, ScanError> {
        let mut fields: Vec<Option<&[u8]>> = Vec::with_capacity(columns);
        let mut bytes = 0;
        for row in found {
            fields.clear();
            for column in 0..columns {
                let value: Option<Sent<'_>> = row.try_get(column).map_err(|error| failed(&error))?;
                fields.push(value.map(|Sent(value)| value));
            }
            bytes += 2 + fields.iter().map(|field| 4 + field.map_or(0, <[u8]>::len)).sum::<usize>();
            sketcher.add(&fields);
        }
        self.spent.add(bytes as u64);
        Ok(bytes as u64)
    }
}

/// A value as it was sent.
struct Sent<'a>(&'a [u8]);

impl<'a> FromSql<'a> for Sent<'a> {
    fn from_sql(_: &Type, sent: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(sent))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_grows_to_what_it_should_hold_and_shrinks_at_once() {
        let mut burst = Burst { rows: 8, most: MOST };
        for expected in [16, 32, 64, 128, 163, 163] {
            burst.was(u64::from(burst.rows) * 200);
            assert_eq!(burst.rows, expected);
        }
        burst.was(163 * 100_000);
        assert_eq!(burst.rows, 1);
        burst.was(0);
        assert_eq!(burst.rows, 2, "rows without a column");
        let mut burst = Burst { rows: 8, most: MOST_WHOLE };
        (0..9).for_each(|_| burst.was(1));
        assert_eq!(burst.rows, MOST_WHOLE);
    }
}
