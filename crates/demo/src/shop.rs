//! The shop: a SQLite file that lives day by day.

use std::path::{Path, PathBuf};

use chrono::Duration;
use rusqlite::{Connection, params};
use types::Timestamp;

use crate::days::{self, Day};
use crate::{DAYS, Error, MIGRATIONS};

/// The shop's database, open for its own developers: it writes; the agent only reads.
pub struct Shop {
    connection: Connection,
    path: PathBuf,
    /// When day 0 ends.
    first_day: Timestamp,
}

/// Where the file keeps what the shop itself must remember: SQLite's own field for applications.
const SHOP_ID: i32 = 0x0053_484f;

impl Shop {
    /// Founds the shop in a new file, so that its last day ends at `today`.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn found(path: &Path, today: Timestamp) -> Result<Self, Error> {
        let connection = open(path)?;
        connection.execute_batch(include_str!("schema.sql"))?;
        connection.pragma_update(None, "application_id", SHOP_ID)?;
        let first_day = Timestamp(today.0 - Duration::days(i64::from(DAYS) - 1));
        days::found(&connection, first_day)?;
        Ok(Self { connection, path: path.to_owned(), first_day })
    }

    /// Opens the shop again: its last day stays where it was.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn reopen(path: &Path) -> Result<Self, Error> {
        let connection = open(path)?;
        // Day 0 ends when the first product came in: the founding writes both at once.
        let text: String =
            connection.query_row("SELECT MIN(created_at) FROM products", [], |row| row.get(0))?;
        let first_day =
            Timestamp::parse(&format!("{}Z", text.replace(' ', "T"))).ok_or(rusqlite::Error::InvalidQuery)?;
        Ok(Self { connection, path: path.to_owned(), first_day })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// When a day ends.
    #[must_use]
    pub fn end_of(&self, day: u32) -> Timestamp {
        Timestamp(self.first_day.0 + Duration::days(i64::from(day)))
    }

    /// Lives through one day: deploys its migrations, then trades.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn live(&mut self, day: u32) -> Result<(), Error> {
        // A table is rebuilt while others point to it: SQLite's documented way needs enforcement off meanwhile.
        let transaction = self.connection.transaction()?;
        for migration in MIGRATIONS.iter().filter(|migration| migration.day == day) {
            transaction.execute_batch(migration.sql)?;
        }
        let end = Timestamp(self.first_day.0 + Duration::days(i64::from(day)));
        days::trade(&transaction, &Day { number: day, end })?;
        transaction.commit()?;
        Ok(())
    }

    /// Takes a few orders now: what keeps the demo fresh while it runs.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn trickle(&mut self, now: Timestamp) -> Result<(), Error> {
        let transaction = self.connection.transaction()?;
        let customers: i64 = transaction.query_row("SELECT COUNT(*) FROM customers", [], |row| row.get(0))?;
        let seed = now.millis().unsigned_abs();
        let mut random = fastrand::Rng::with_seed(seed);
        for _ in 0..random.u8(1..4) {
            let customer = random.i64(1..=customers.max(1));
            transaction.execute(
                "INSERT INTO orders (customer_id, status, ordered_at) VALUES (?1, 'new', ?2)",
                params![customer, days::text(now)],
            )?;
        }
        transaction.commit()?;
        Ok(())
    }
}

fn open(path: &Path) -> Result<Connection, Error> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "foreign_keys", false)?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    Ok(connection)
}
