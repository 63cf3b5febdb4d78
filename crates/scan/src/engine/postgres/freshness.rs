//! The newest time in a table, from an index or from its last pages, and what was counted of its writes.

use chrono::{DateTime, Utc};
use types::Timestamp;
use types::profile::TimeMethod;
use types::protocol::{FreshnessAnswer, TableFreshness};

use super::connection::{Connection, failed};
use super::profile::{Meant, TargetTable, Writes, quote, targets, writes};
use crate::{FreshnessRequest, Limits, ScanError, timestamp_column};

/// Pages read from a table's end when no index leads to the newest time: 2 MiB.
const TAIL_PAGES: u64 = 256;
const PAGE_BYTES: u64 = 8192;

pub(super) async fn tables(
    connection: &Connection,
    request: &FreshnessRequest,
    limits: Limits,
) -> Result<FreshnessAnswer, ScanError> {
    let now = connection.begin(limits.catalog_statement).await?;
    let asked: Meant<'_> = &|path| request.tables.iter().any(|table| table == path);
    let all = targets(connection, Some(asked)).await?;
    connection.commit().await?;
    let find = |path: &String| {
        all.iter().find(|table| table.path == *path).ok_or_else(|| ScanError::table_unknown(path))
    };
    let tables: Vec<&TargetTable> = request.tables.iter().map(find).collect::<Result<_, _>>()?;
    let written = writes(connection, &tables, limits.catalog_statement).await?;
    let mut answers = Vec::with_capacity(tables.len());
    for table in tables {
        let asked = request.timestamp_column(&table.path);
        answers.push(freshness(connection, (table, asked), written.get(&table.path), limits).await?);
    }
    Ok(FreshnessAnswer { now, tables: answers })
}

async fn freshness(
    connection: &Connection,
    (table, asked): (&TargetTable, Option<&str>),
    written: Option<&Writes>,
    limits: Limits,
) -> Result<TableFreshness, ScanError> {
    let last_write_at = written.and_then(|written| written.last_at);
    let mut answer = TableFreshness {
        table: table.path.clone(),
        last_write_at,
        last_write_method: last_write_at.map(|_| TimeMethod::CommitTime),
        writes: written.and_then(|written| written.counters),
        ..TableFreshness::default()
    };
    let candidates = table.columns.iter().map(|column| column.candidate().filter(|_| column.readable));
    let chosen = timestamp_column::choose(candidates, asked).and_then(|index| table.columns.get(index));
    let Some(chosen) = chosen.filter(|_| table.unreadable.is_none()) else { return Ok(answer) };
    answer.timestamp_column = Some(chosen.name.clone());
    let column = quote(&chosen.name);
    let mut statement = format!(
        "SELECT pg_catalog.max({column})::pg_catalog.timestamptz FROM {} \
         WHERE {column} <= pg_catalog.now() + '1 day'::pg_catalog.interval",
        table.qualified_name()
    );
    // The catalog knows how large it was at the last ANALYZE, if there ever was one.
    let pages = written.map_or_else(|| table.bytes.unwrap_or(0) / PAGE_BYTES, |written| written.pages);
    let mut whole = true;
    if !chosen.leads_index {
        if table.partitioned && pages > TAIL_PAGES {
            return Ok(answer);
        }
        if pages > TAIL_PAGES {
            // New rows mostly go to the end; a newer one in a reused gap is missed, so this is a lower bound.
            let first = pages - TAIL_PAGES;
            whole = false;
            statement.push_str(&format!(" AND ctid >= '({first},0)'::pg_catalog.tid"));
        }
    }
    connection.begin(limits.catalog_statement).await?;
    match connection.query(&statement, &[]).await {
        Ok(rows) => {
            let newest: Option<DateTime<Utc>> =
                rows.first().map(|row| row.try_get(0)).transpose().map_err(|error| failed(&error))?.flatten();
            answer.latest_value_at = newest.map(Timestamp);
            answer.latest_value_method = newest.map(|_| match (chosen.leads_index, whole) {
                (true, _) => TimeMethod::Index,
                (false, true) => TimeMethod::FullPass,
                (false, false) => TimeMethod::Tail,
            });
            connection.commit().await?;
        }
        Err(error) if connection.is_closed() => return Err(error),
        // One table that cannot be read says nothing of the others.
        Err(_) => connection.rollback().await?,
    }
    Ok(answer)
}
