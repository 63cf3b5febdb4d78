//! What reading may cost the customer's database.

use std::time::Duration;

/// Times after which a statement gives up. The database enforces them, so that they hold even if this process dies.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// For one statement over the catalog.
    pub catalog_statement: Duration,
    /// For the one pass over a table.
    pub table_statement: Duration,
    /// For a lock. Short: a reader that waits behind a schema change makes all others wait behind it.
    pub lock: Duration,
    /// For a connection.
    pub connect: Duration,
    /// For what is answered at once instead of by a job; gateways cut calls off after a minute at the latest.
    pub call: Duration,
    /// For finding out whether a schema has changed where that means reading all of it: what takes longer is for a job.
    pub look: Duration,
    /// A catalog whose list of columns takes more bytes is read over two connections at once, which see the same state.
    /// With [`u64::MAX`] there is never more than one.
    pub catalog_at_once: u64,
    /// A table of more pages is read in stretches, each in a transaction of its own, so that none holds back the
    /// cleaning up of old rows for long.
    pub pages_at_once: u32,
    /// The same where rows are not found by page: a table of more rows is read in stretches of its key.
    pub rows_at_once: u32,
    /// Rows, by the catalog's estimate, of the largest table that is counted back: that is one statement, which cannot rest
    /// on its way.
    pub backfill_rows: u64,
    /// Its bytes.
    pub backfill_bytes: u64,
}

impl Limits {
    /// Whether no two connections may be open at once.
    pub(crate) fn is_one_connection(&self) -> bool {
        self.catalog_at_once == u64::MAX
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            catalog_statement: Duration::from_secs(60),
            table_statement: Duration::from_secs(15 * 60),
            lock: Duration::from_secs(2),
            connect: Duration::from_secs(10),
            // With what comes before and after it, a call is over within twenty seconds.
            call: Duration::from_secs(18),
            look: Duration::from_secs(5),
            // About 60,000 columns; less is read in the time it takes to connect.
            catalog_at_once: 8 << 20,
            // 128 MiB
            pages_at_once: 16_384,
            rows_at_once: 50_000,
            backfill_rows: 50_000_000,
            // 16 GiB
            backfill_bytes: 16 << 30,
        }
    }
}
