//! Beside others, a stretch comes in bursts: some rows by a cursor, added up at once, and then a rest. The server works for us
//! for less than a millisecond at a time, and never while the rows are added up: of two processors, one is left to others.

use std::collections::VecDeque;
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

/// Of so many bursts the fastest is what the server does undisturbed.
const REMEMBERED: usize = 64;
/// How much more rest a burst is worth at most that others kept waiting.
const MOST_STRAIN: f64 = 4.0;

/// How many rows come at once, and how hard that is on the server.
#[derive(Debug)]
pub(super) struct Burst {
    rows: u32,
    most: u32,
    /// Seconds that a byte took, of the latest bursts.
    recent: VecDeque<f64>,
    /// How many times as long as the fastest the latest one took.
    strain: f64,
}

impl Burst {
    /// Before anything is known of the rows.
    pub(super) fn first(columns: &[&TargetColumn]) -> Self {
        let is_whole = columns.iter().any(|column| column.kind == Kind::WholeText);
        let most = if is_whole { MOST_WHOLE } else { MOST };
        Self { rows: 8, most, recent: VecDeque::new(), strain: 1.0 }
    }

    /// Notes how long it took, and answers for how much work there is to be a rest: a burst that waited for a processor or for
    /// storage had to do with others who need it more, so that on a server that has nothing to spare the rests are longer.
    fn weighed(&mut self, bytes: u64, took: Duration) -> Duration {
        // What a small one takes is the asking.
        if bytes >= BYTES / 2 {
            if self.recent.len() == REMEMBERED {
                self.recent.pop_front();
            }
            let now = took.as_secs_f64() / crate::measure::to_real(bytes);
            self.recent.push_back(now);
            let fastest = self.recent.iter().copied().fold(now, f64::min);
            self.strain = (now / fastest.max(f64::MIN_POSITIVE)).clamp(1.0, MOST_STRAIN);
        }
        took.mul_f64(self.strain)
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
        let start = Instant::now();
        sketcher.catch_up().await;
        let declare = projection::declare(relation, columns, rows);
        let fetch = projection::fetch(burst.rows);
        let declare = async { (self.connection.query(&declare, &[]).await, Instant::now()) };
        let (begun, (declared, mut began), first) = tokio::join!(
            biased;
            self.connection.begin(self.limits.table_statement),
            declare,
            self.connection.query(&fetch, &[])
        );
        begun?;
        declared?;
        let mut found = first?;
        let (mut worked, mut owed) = (Duration::ZERO, (began - start).mul_f64(burst.strain));
        let mut ended = Ended::default();
        loop {
            let bytes = self.add_up(&found, columns.len(), sketcher)?;
            ended.reason = self.spent.over().map(str::to_owned);
            let took = began.elapsed();
            worked += took;
            owed += burst.weighed(bytes, took);
            if found.len() < burst.rows as usize || ended.reason.is_some() {
                break;
            }
            self.watch.pace.rest(std::mem::take(&mut owed)).await;
            began = Instant::now();
            burst.was(bytes);
            found = self.connection.query(&projection::fetch(burst.rows), &[]).await?;
        }
        began = Instant::now();
        self.connection.commit().await?;
        self.watch.transaction_ended();
        self.watch.pace.rest(owed + began.elapsed().mul_f64(burst.strain)).await;
        Ok((ended, worked))
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
        let mut burst = Burst::first(&[]);
        for expected in [16, 32, 64, 128, 163, 163] {
            burst.was(u64::from(burst.rows) * 200);
            assert_eq!(burst.rows, expected);
        }
        burst.was(163 * 100_000);
        assert_eq!(burst.rows, 1);
        burst.was(0);
        assert_eq!(burst.rows, 2, "rows without a column");
        let mut burst = Burst { most: MOST_WHOLE, ..Burst::first(&[]) };
        (0..9).for_each(|_| burst.was(1));
        assert_eq!(burst.rows, MOST_WHOLE);
    }

    #[test]
    fn a_burst_that_others_kept_waiting_is_rested_for_longer() {
        let mut burst = Burst::first(&[]);
        for (bytes, took, weighed) in [
            (BYTES, 200, 200),
            (BYTES, 300, 450),
            (2 * BYTES, 400, 400),
            (BYTES, 2000, 8000),
            // Too small to tell: as the one before.
            (BYTES / 4, 100, 400),
            (BYTES, 100, 100),
            (BYTES, 200, 400),
        ] {
            let (took, weighed) = (Duration::from_micros(took), Duration::from_micros(weighed));
            let found = burst.weighed(bytes, took);
            assert!(
                found.abs_diff(weighed) < Duration::from_micros(1),
                "{bytes} bytes in {took:?}: {found:?}"
            );
        }
        // The fastest is forgotten when the rows that follow are others.
        for _ in 0..REMEMBERED {
            burst.weighed(BYTES, Duration::from_micros(500));
        }
        assert_eq!(burst.weighed(BYTES, Duration::from_micros(500)), Duration::from_micros(500));
    }
}
