//! Beside others, a stretch comes in bursts: some rows by a cursor, added up at once, and then a rest. The server works for us
//! for less than a millisecond at a time, and never while the rows are added up: of two processors, one is left to others.

use std::time::{Duration, Instant};

use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, Type};

use super::pass::{Ended, Reader};
use super::projection::{self, Rows};
use super::sketcher::Sketcher;
use super::target::TargetColumn;
use crate::ScanError;
use crate::engine::postgres::connection::failed;

/// How much comes at once: a server sends it in some tenths of a millisecond, less than a small transaction of somebody else
/// takes, and to ask for less costs more than the rows do.
const BYTES: u64 = 32 * 1024;
const MOST: u32 = 8192;

/// How many rows come at once.
#[derive(Debug)]
pub(super) struct Burst {
    rows: u32,
}

impl Default for Burst {
    /// Before a table's rows are known.
    fn default() -> Self {
        Self { rows: 64 }
    }
}

impl Burst {
    /// Notes how large as many rows were.
    fn was(&mut self, bytes: u64) {
        let fitting = u64::from(self.rows) * BYTES / bytes.max(1);
        // Those that follow may be larger.
        self.rows = u32::try_from(fitting).unwrap_or(MOST).clamp(1, MOST.min(self.rows * 2));
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
