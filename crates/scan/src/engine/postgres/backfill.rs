//! How many rows came in each day: one statement a table, each in a transaction of its own.

use std::time::Instant;

use tokio_postgres::types::{ToSql, Type};

use super::connection::{Connection, failed};
use super::profile::{Meant, TargetTable, Watch, quote, targets};
use crate::backfill::{Backfill, BackfillEvent, BackfillRequest, Size, Window};
use crate::budget::Pace;
use crate::{Limits, ScanError, timestamp_column};

pub(super) async fn tables(
    connection: &Connection,
    request: &BackfillRequest,
    limits: Limits,
    tell: &(dyn Fn(BackfillEvent) + Send + Sync),
) -> Result<(), ScanError> {
    let now = connection.begin(limits.catalog_statement).await?;
    let asked: Meant<'_> = &|path| request.tables.iter().any(|table| table == path);
    let is_part = !request.tables.is_empty();
    let all = targets(connection, is_part.then_some(asked)).await?;
    connection.commit().await?;
    let backfill = Backfill::new(request, limits, now, tell)?;
    let mut watch = Watch::new(Pace::new(request.budget));
    let wanted = backfill.wanted(&all, |table| &table.path);
    let total = wanted.len();
    for (done, table) in wanted.into_iter().enumerate() {
        backfill.progress(done, total, &table.path);
        let column = arrival_column(table, backfill.asked_column(&table.path));
        let size = Size { rows: table.estimated_rows, bytes: table.bytes };
        let unreadable = table.unreadable.as_deref();
        let Some(column) = backfill.countable(&table.path, column, size, unreadable) else { continue };
        watch.look(connection).await?;
        let began = Instant::now();
        match count(connection, table, column, backfill.window, limits).await {
            Ok(counts) => backfill.counted(&table.path, column, counts),
            Err(error) if connection.is_closed() => return Err(error),
            Err(error) => {
                connection.rollback().await?;
                backfill.skip(&table.path, Some(column), error.to_string());
            }
        }
        watch.transaction_ended();
        watch.pace.rest(began.elapsed()).await;
    }
    backfill.progress(total, total, "");
    Ok(())
}

fn arrival_column<'a>(table: &'a TargetTable, asked: Option<&str>) -> Option<&'a str> {
    let candidates = table.columns.iter().map(|column| column.candidate().filter(|_| column.readable));
    let chosen = timestamp_column::choose_arrival(candidates, asked)?;
    table.columns.get(chosen).map(|column| column.name.as_str())
}

/// Days by their number, and their rows. The bounds are on the bare column, so that an index on it is used.
async fn count(
    connection: &Connection,
    table: &TargetTable,
    column: &str,
    window: Window,
    limits: Limits,
) -> Result<Vec<(i64, u64)>, ScanError> {
    let column = quote(column);
    let statement = format!(
        "SELECT pg_catalog.floor((pg_catalog.date_part('epoch', {column}::pg_catalog.timestamptz) \
                - pg_catalog.date_part('epoch', $1)) / 86400)::pg_catalog.int8 AS day, \
                pg_catalog.count(*)::pg_catalog.int8 \
         FROM {} WHERE {column} >= $1 AND {column} < $2 GROUP BY 1 ORDER BY 1",
        table.qualified_name()
    );
    connection.begin(limits.table_statement).await?;
    let parameters: [(&(dyn ToSql + Sync), Type); 2] =
        [(&window.since.0, Type::TIMESTAMPTZ), (&window.until.0, Type::TIMESTAMPTZ)];
    let rows = connection.query(&statement, &parameters).await?;
    connection.commit().await?;
    let day = |row: &tokio_postgres::Row| {
        let number = row.try_get(0).map_err(|error| failed(&error))?;
        let rows: i64 = row.try_get(1).map_err(|error| failed(&error))?;
        Ok((number, rows.cast_unsigned()))
    };
    rows.iter().map(day).collect()
}
