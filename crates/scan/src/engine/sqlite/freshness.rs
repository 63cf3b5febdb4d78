//! The newest time in a table of an SQLite file: from an index, or among its last rows.

use chrono::Utc;
use rusqlite::Connection;
use types::Timestamp;
use types::profile::TimeMethod;
use types::protocol::{FreshnessAnswer, TableFreshness};

use super::catalog::Meant;
use super::connection::failed;
use super::quote;
use super::target::{TargetTable, targets};
use super::value::place;
use crate::measure::Measure;
use crate::{FreshnessRequest, ScanError};

pub(super) fn tables(
    connection: &Connection,
    request: &FreshnessRequest,
) -> Result<FreshnessAnswer, ScanError> {
    let asked: Meant<'_> = &|path| request.tables.iter().any(|asked| asked == path);
    let all = targets(connection, Some(asked))?;
    let now = Timestamp(Utc::now());
    let written = written_at(connection);
    let one = |path: &String| {
        let table = all.iter().find(|table| table.path == *path);
        let table = table.ok_or_else(|| ScanError::table_unknown(path))?;
        freshness(connection, (table, request.timestamp_column(path)), now, written)
    };
    Ok(FreshnessAnswer { now, tables: request.tables.iter().map(one).collect::<Result<_, _>>()? })
}

/// When the file was written last, whichever table it was for: the database or its write-ahead log.
pub(super) fn written_at(connection: &Connection) -> Option<Timestamp> {
    let path = connection.path()?;
    let times = [path.to_owned(), format!("{path}-wal")].into_iter().filter_map(|path| {
        let file = std::fs::metadata(path).ok()?;
        // A log that was emptied says only when.
        file.modified().ok()
    });
    times.max().map(|time| Timestamp(time.into()))
}

fn freshness(
    connection: &Connection,
    (table, asked): (&TargetTable, Option<&str>),
    now: Timestamp,
    written: Option<Timestamp>,
) -> Result<TableFreshness, ScanError> {
    let chosen = table.timestamp_column(asked).and_then(|index| table.columns.get(index));
    let mut answer = TableFreshness {
        table: table.path.clone(),
        timestamp_column: chosen.map(|column| column.name.clone()),
        last_write_at: written,
        last_write_method: written.map(|_| TimeMethod::FileTime),
        ..TableFreshness::default()
    };
    let Some(column) = chosen else { return Ok(answer) };
    let name = quote(&column.name);
    // New rows have the greatest row numbers; a late update of an old row is missed, so this is a lower bound.
    let order = match (column.leads_index, table.row_number()) {
        (true, _) => name.as_str(),
        (false, Some(number)) => number,
        (false, None) => return Ok(answer),
    };
    let sql = format!("SELECT {name} FROM main.{} ORDER BY {order} DESC LIMIT 1000", quote(&table.name));
    let mut statement = connection.prepare(&sql).map_err(|error| failed(&error))?;
    let mut rows = statement.query([]).map_err(|error| failed(&error))?;
    let mut measure = Measure::new(now.0.timestamp_micros(), false, None);
    while let Some(row) = rows.next().map_err(|error| failed(&error))? {
        measure.value(None, place(row.get_ref(0).map_err(|error| failed(&error))?, true));
    }
    answer.latest_value_at = measure.newest();
    answer.latest_value_method =
        answer.latest_value_at.map(|_| if column.leads_index { TimeMethod::Index } else { TimeMethod::Tail });
    Ok(answer)
}
