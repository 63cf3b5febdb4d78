//! What the server itself notes of its tables, for which none is read: about how many rows and bytes they have, and when
//! they were written last.

use std::collections::{HashMap, HashSet};

use mysql_async::{Params, Row, Value};
use types::Timestamp;

use super::catalog::named;
use super::connection::{Connection, instant, number, text};
use crate::ScanError;

const TABLES: &str = "\
    SELECT TABLE_NAME, TABLE_ROWS, DATA_LENGTH, INDEX_LENGTH, UPDATE_TIME \
    FROM information_schema.TABLES WHERE TABLE_SCHEMA = ?";

/// Tables whose primary key is in descending order somewhere, or has but the beginnings of values.
const ODD_KEYS: &str = "\
    SELECT DISTINCT TABLE_NAME FROM information_schema.STATISTICS \
    WHERE TABLE_SCHEMA = ? AND INDEX_NAME = 'PRIMARY' AND (SUB_PART IS NOT NULL OR COLLATION = 'D')";

/// The different values of columns that lead an index. The server counts them on a few pages.
const DISTINCT: &str = "\
    SELECT TABLE_NAME, COLUMN_NAME, MAX(CARDINALITY) FROM information_schema.STATISTICS \
    WHERE TABLE_SCHEMA = ? AND SEQ_IN_INDEX = 1 AND SUB_PART IS NULL AND COLUMN_NAME IS NOT NULL \
      AND INDEX_TYPE = 'BTREE' AND CARDINALITY IS NOT NULL GROUP BY TABLE_NAME, COLUMN_NAME";

/// By table and column.
pub(super) type DistinctCounts = HashMap<(String, String), u64>;

/// What is noted of one table.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Statistics {
    /// An estimate, but for MyISAM and Aria, which count.
    pub(super) rows: Option<u64>,
    /// Without indexes.
    pub(super) data_bytes: Option<u64>,
    pub(super) index_bytes: Option<u64>,
    /// InnoDB forgets it when the server starts again, and so may know none. MariaDB's is when the transaction that wrote
    /// began, told when it ends: it may stand still or go back, and nothing can be carried over by it.
    pub(super) written_at: Option<Timestamp>,
    /// Its primary key, if it has one, leads through the rows in ascending order.
    pub(super) plain_key: bool,
}

impl Statistics {
    /// Bytes on disk.
    pub(super) fn bytes(self) -> Option<u64> {
        Some(self.data_bytes? + self.index_bytes.unwrap_or(0))
    }
}

/// By name, in the transaction that has begun: its time zone is UTC.
pub(super) async fn tables(connection: &mut Connection) -> Result<HashMap<String, Statistics>, ScanError> {
    fresh(connection).await;
    let database = || Params::Positional(vec![Value::from(connection.database.as_str())]);
    let (of_tables, of_keys) = (database(), database());
    let rows = connection.query(TABLES, of_tables).await?;
    let odd = connection.query(ODD_KEYS, of_keys).await?;
    Ok(by_name(&rows, &odd))
}

/// The same of the tables named: the server opens no other.
pub(super) async fn of(
    connection: &mut Connection,
    names: &[String],
) -> Result<HashMap<String, Statistics>, ScanError> {
    fresh(connection).await;
    let rows = named(connection, TABLES, "TABLE_NAME", names).await?;
    let odd = named(connection, ODD_KEYS, "TABLE_NAME", names).await?;
    Ok(by_name(&rows, &odd))
}

/// Has the server look again.
async fn fresh(connection: &mut Connection) {
    if !connection.mariadb {
        // MySQL tells what it noted up to a day ago unless it is asked not to. A server that does not know the setting
        // keeps no such notes.
        let _ = connection.set("SET SESSION information_schema_stats_expiry = 0").await;
    }
}

fn by_name(rows: &[Row], odd: &[Row]) -> HashMap<String, Statistics> {
    let odd: HashSet<String> = odd.iter().filter_map(|row| text(row, 0)).collect();
    let one = |row: &Row| {
        let figure = |index| number(row, index).and_then(|figure| u64::try_from(figure).ok());
        let name = text(row, 0)?;
        let statistics = Statistics {
            rows: figure(1),
            data_bytes: figure(2),
            index_bytes: figure(3),
            written_at: row.as_ref(4).and_then(instant),
            plain_key: !odd.contains(&name),
        };
        Some((name, statistics))
    };
    rows.iter().filter_map(one).collect()
}

/// In the transaction that has begun.
pub(super) async fn distinct(connection: &mut Connection) -> Result<DistinctCounts, ScanError> {
    let database = Value::from(connection.database.as_str());
    let rows = connection.query(DISTINCT, Params::Positional(vec![database])).await?;
    let one = |row: &Row| {
        let count = number(row, 2).and_then(|count| u64::try_from(count).ok())?;
        Some(((text(row, 0)?, text(row, 1)?), count))
    };
    Ok(rows.iter().filter_map(one).collect())
}
