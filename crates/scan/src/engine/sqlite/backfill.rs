//! How many rows of an SQLite file's tables came in each day.

use std::collections::BTreeMap;
use std::time::Instant;

use chrono::Utc;
use rusqlite::Connection;
use types::Timestamp;

use super::connection::failed;
use super::quote;
use super::target::{TargetTable, targets};
use super::value::place;
use crate::backfill::{Backfill, BackfillEvent, BackfillRequest, Size};
use crate::measure::Point;
use crate::{Limits, ScanError};

/// How many rows are read between two looks at the limits.
const ROWS_BETWEEN_LOOKS: u64 = 4096;

pub(super) fn tables(
    connection: &Connection,
    request: &BackfillRequest,
    limits: Limits,
    tell: &(dyn Fn(BackfillEvent) + Send + Sync),
) -> Result<(), ScanError> {
    let all = targets(connection, None)?;
    let backfill = Backfill::new(request, limits, Timestamp(Utc::now()), tell)?;
    let wanted = backfill.wanted(&all, |table| &table.path);
    let total = wanted.len();
    for (done, table) in wanted.into_iter().enumerate() {
        backfill.progress(done, total, &table.path);
        let column = table.arrival_column(backfill.asked_column(&table.path));
        let column = column.map(|column| column.name.as_str());
        // No catalog tells how large a table is: that shows on the way.
        let size = Size::default();
        let Some(column) = backfill.countable(&table.path, column, size, None) else { continue };
        match count(connection, table, column, &backfill) {
            Ok(Ok(counts)) => backfill.counted(&table.path, column, counts),
            Ok(Err(reason)) => backfill.skip(&table.path, Some(column), reason),
            Err(ScanError::Cancelled) => return Err(ScanError::Cancelled),
            Err(error) => backfill.skip(&table.path, Some(column), error.to_string()),
        }
    }
    backfill.progress(total, total, "");
    Ok(())
}

/// Days by their number, and their rows; or why they were not counted to the end.
///
/// The file has no type for times, and one column may hold them in all forms that a profile reads: they are told apart here,
/// beside the file, rather than in the statement. Those in other forms, such as Julian days, count for no day.
fn count(
    connection: &Connection,
    table: &TargetTable,
    column: &str,
    backfill: &Backfill<'_>,
) -> Result<Result<BTreeMap<i64, u64>, String>, ScanError> {
    let sql = format!("SELECT {} FROM main.{}", quote(column), quote(&table.name));
    let mut statement = connection.prepare(&sql).map_err(|error| failed(&error))?;
    let mut rows = statement.query([]).map_err(|error| failed(&error))?;
    let (began, mut read, mut counts) = (Instant::now(), 0_u64, BTreeMap::new());
    while let Some(row) = rows.next().map_err(|error| failed(&error))? {
        read += 1;
        let at = place(row.get_ref(0).map_err(|error| failed(&error))?, true).and_then(Point::micros);
        if let Some(day) = at.and_then(|at| backfill.window.number(at)) {
            *counts.entry(day).or_default() += 1;
        }
        if read.is_multiple_of(ROWS_BETWEEN_LOOKS)
            && let Some(reason) = backfill.exhausted(began, read)
        {
            return Ok(Err(reason));
        }
    }
    Ok(Ok(counts))
}
