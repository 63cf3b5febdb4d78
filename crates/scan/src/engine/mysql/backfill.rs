//! How many rows came in each day: one statement a table, each in a transaction of its own.

use chrono::{Datelike, Timelike};
use mysql_async::{Params, Value};
use types::Timestamp;

use super::connection::{Connection, number, quote};
use super::statistics;
use super::target::{TargetTable, targets};
use crate::backfill::{Backfill, BackfillEvent, BackfillRequest, Size, Window};
use crate::{Filter, Limits, ScanError};

pub(super) async fn tables(
    connection: &mut Connection,
    request: &BackfillRequest,
    limits: Limits,
    tell: &(dyn Fn(BackfillEvent) + Send + Sync),
) -> Result<(), ScanError> {
    let all = targets(connection, &Filter::default(), limits).await?;
    let now = connection.begin(limits, limits.catalog_statement).await?;
    let statistics = statistics::tables(connection).await?;
    connection.commit().await?;
    let backfill = Backfill::new(request, limits, now, tell)?;
    let wanted = backfill.wanted(&all, |table| &table.path);
    let total = wanted.len();
    for (done, table) in wanted.into_iter().enumerate() {
        backfill.progress(done, total, &table.path);
        let column = table.arrival_column(backfill.asked_column(&table.path));
        let column = column.map(|column| column.name.as_str());
        let noted = statistics.get(&table.name).copied().unwrap_or_default();
        let size = Size { rows: noted.rows, bytes: noted.data_bytes };
        let Some(column) = backfill.countable(&table.path, column, size, None) else { continue };
        match count(connection, table, column, backfill.window, limits).await {
            Ok(counts) => backfill.counted(&table.path, column, counts),
            Err(error) if connection.connection.is_disconnected() => return Err(error),
            Err(error) => {
                connection.commit().await?;
                backfill.skip(&table.path, Some(column), error.to_string());
            }
        }
    }
    backfill.progress(total, total, "");
    Ok(())
}

/// Days by their number, and their rows. The bounds are on the bare column, so that an index on it is used.
async fn count(
    connection: &mut Connection,
    table: &TargetTable,
    column: &str,
    window: Window,
    limits: Limits,
) -> Result<Vec<(i64, u64)>, ScanError> {
    let column = quote(column);
    let statement = format!(
        "SELECT TIMESTAMPDIFF(MICROSECOND, ?, {column}) DIV 86400000000, COUNT(*) FROM {} \
         WHERE {column} >= ? AND {column} < ? GROUP BY 1 ORDER BY 1",
        table.qualified_name()
    );
    let (since, until) = (date_and_time(window.since), date_and_time(window.until));
    connection.begin(limits, limits.table_statement).await?;
    let bounds = Params::Positional(vec![since.clone(), since, until]);
    let rows = connection.query(&statement, bounds).await?;
    connection.commit().await?;
    let day = |row: &mysql_async::Row| Some((number(row, 0)?, number(row, 1)?.cast_unsigned()));
    Ok(rows.iter().filter_map(day).collect())
}

/// A time of the session's zone, which is UTC.
#[expect(clippy::cast_possible_truncation, reason = "parts of a date and a time are small")]
fn date_and_time(at: Timestamp) -> Value {
    let at = at.0.naive_utc();
    Value::Date(
        at.year().clamp(0, 9999) as u16,
        at.month() as u8,
        at.day() as u8,
        at.hour() as u8,
        at.minute() as u8,
        at.second() as u8,
        at.nanosecond() / 1000,
    )
}
