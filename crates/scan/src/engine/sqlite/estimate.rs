//! What ANALYZE has noted of tables: about how many rows, and how many of them share a value of an indexed column.

use std::collections::HashMap;

use rusqlite::Connection;
use types::Timestamp;
use types::profile::{Level, Method, TableProfile, TimeMethod};

use super::connection::failed;
use super::freshness::written_at;
use super::target::TargetTable;
use crate::ScanError;
use crate::engine::estimate::estimated_column;
use crate::engine::selection::skipped;
use crate::measure::{to_real, whole};

const HAS_STATISTICS: &str = "SELECT count(*) FROM main.sqlite_schema WHERE name = 'sqlite_stat1'";

/// Table, the first column of the index, whether the index leaves rows out, and numbers apart by blanks: rows, rows for
/// each value of the first column, and so on.
const STATISTICS: &str = "\
    SELECT s.tbl, s.stat, l.partial, (SELECT x.name FROM pragma_index_xinfo(s.idx, 'main') x WHERE x.seqno = 0) \
    FROM main.sqlite_stat1 s LEFT JOIN pragma_index_list(s.tbl, 'main') l ON l.name = s.idx";

/// What is noted of one table.
#[derive(Debug, Default)]
pub(super) struct Statistics {
    rows: u64,
    /// How many rows share a value, by column.
    shared: HashMap<String, u64>,
}

/// By table.
pub(super) fn statistics(connection: &Connection) -> Result<HashMap<String, Statistics>, ScanError> {
    let noted: i64 =
        connection.query_row(HAS_STATISTICS, [], |row| row.get(0)).map_err(|error| failed(&error))?;
    let mut by_table: HashMap<String, Statistics> = HashMap::new();
    if noted == 0 {
        return Ok(by_table);
    }
    let mut statement = connection.prepare(STATISTICS).map_err(|error| failed(&error))?;
    let mut rows = statement.query([]).map_err(|error| failed(&error))?;
    while let Some(row) = rows.next().map_err(|error| failed(&error))? {
        // Anybody who may write to the file may write to this table: what it should not hold says nothing.
        let (Ok(table), Ok(stat)) = (row.get::<_, String>(0), row.get::<_, String>(1)) else { continue };
        let (partial, column): (Option<bool>, Option<String>) =
            (row.get(2).unwrap_or_default(), row.get(3).unwrap_or_default());
        let mut numbers = stat.split(' ').map_while(|number| number.parse::<u64>().ok());
        let Some(all) = numbers.next().filter(|_| partial != Some(true)) else { continue };
        let noted = by_table.entry(table).or_default();
        noted.rows = noted.rows.max(all);
        if let (Some(column), Some(shared)) = (column, numbers.next()) {
            noted.shared.insert(column, shared.max(1));
        }
    }
    Ok(by_table)
}

pub(super) fn profile(
    connection: &Connection,
    table: &TargetTable,
    statistics: &HashMap<String, Statistics>,
    at: Timestamp,
) -> TableProfile {
    let Some(noted) = statistics.get(&table.name) else {
        let reason =
            "the file has no statistics of it yet: run ANALYZE, or profile with level sample or full";
        return skipped(&table.path, at, reason);
    };
    let rows = noted.rows;
    let columns = table.columns.iter().filter_map(|column| {
        let shared = noted.shared.get(&column.name).copied();
        let shared = if column.unique && !column.nullable { Some(1) } else { shared };
        let distinct = shared.map(|shared| whole((to_real(rows) / to_real(shared)).round()));
        estimated_column(&column.name, column.nullable, rows, distinct)
    });
    let written = written_at(connection);
    TableProfile {
        table: table.path.clone(),
        row_count: rows,
        row_count_method: Method::Estimated,
        last_write_at: written,
        last_write_method: written.map(|_| TimeMethod::FileTime),
        level: Level::Estimate,
        columns: columns.collect(),
        profiled_at: at,
        ..TableProfile::default()
    }
}
