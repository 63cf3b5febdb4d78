//! The newest time in a table, from an index or from its last pages.

use chrono::{DateTime, Utc};
use types::Timestamp;
use types::profile::TimeMethod;
use types::protocol::{FreshnessAnswer, TableFreshness};

use super::connection::{Connection, failed};
use super::profile::{TargetTable, quote, targets};
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
    let all = targets(connection).await?;
    connection.commit().await?;
    let mut answers = Vec::with_capacity(request.tables.len());
    for path in &request.tables {
        let table =
            all.iter().find(|table| table.path == *path).ok_or_else(|| ScanError::table_unknown(path))?;
        answers.push(freshness(connection, table, request.timestamp_column(path), limits).await?);
    }
    Ok(FreshnessAnswer { now, tables: answers })
}

async fn freshness(
    connection: &Connection,
    table: &TargetTable,
    asked: Option<&str>,
    limits: Limits,
) -> Result<TableFreshness, ScanError> {
    let mut answer = TableFreshness {
        table: table.path.clone(),
        latest_value_at: None,
        timestamp_column: None,
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
    let pages = table.bytes.unwrap_or(0) / PAGE_BYTES;
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
