//! When a table was written, and the newest time in it: from an index, or among its last rows.

use mysql_async::Params;
use types::Timestamp;
use types::profile::TimeMethod;
use types::protocol::{FreshnessAnswer, TableFreshness};

use super::connection::{Connection, instant, quote};
use super::statistics::{self, Statistics};
use super::target::{TargetColumn, TargetTable, targets};
use super::value::Kind;
use crate::{Filter, FreshnessRequest, Limits, ScanError};

pub(super) async fn tables(
    connection: &mut Connection,
    request: &FreshnessRequest,
    limits: Limits,
) -> Result<FreshnessAnswer, ScanError> {
    let all = targets(connection, &Filter::paths(&request.tables), limits).await?;
    let now = connection.begin(limits, limits.catalog_statement).await?;
    let names: Vec<String> = all.iter().map(|table| table.name.clone()).collect();
    let noted = statistics::of(connection, &names).await?;
    connection.commit().await?;
    let mut answers = Vec::with_capacity(request.tables.len());
    for path in &request.tables {
        let table =
            all.iter().find(|table| table.path == *path).ok_or_else(|| ScanError::table_unknown(path))?;
        let noted = noted.get(&table.name).copied().unwrap_or_default();
        answers.push(freshness(connection, (table, request.timestamp_column(path)), noted, limits).await?);
    }
    Ok(FreshnessAnswer { now, tables: answers })
}

async fn freshness(
    connection: &mut Connection,
    (table, asked): (&TargetTable, Option<&str>),
    noted: Statistics,
    limits: Limits,
) -> Result<TableFreshness, ScanError> {
    let chosen = table.timestamp_column(asked).and_then(|index| table.columns.get(index));
    let mut answer = TableFreshness {
        table: table.path.clone(),
        timestamp_column: chosen.map(|column| column.name.clone()),
        last_write_at: noted.written_at,
        last_write_method: noted.written_at.map(|_| TimeMethod::TableTime),
        ..TableFreshness::default()
    };
    let Some(column) = chosen else { return Ok(answer) };
    let (newest, method) = if column.leads_index {
        (newest(connection, table, column, limits).await?, TimeMethod::Index)
    } else {
        // Without an index or a number the whole table would be read: the next profile says it.
        let Some(number) = number(table, noted) else { return Ok(answer) };
        (newest_of_last(connection, (table, number), column, limits).await?, TimeMethod::Tail)
    };
    answer.latest_value_at = newest;
    answer.latest_value_method = newest.map(|_| method);
    Ok(answer)
}

/// The one number that is the table's primary key: new rows have the greatest ones.
fn number(table: &TargetTable, noted: Statistics) -> Option<&TargetColumn> {
    let [place] = table.key.as_slice() else { return None };
    let column = table.columns.get(*place)?;
    (noted.plain_key && column.kind == Kind::Integer).then_some(column)
}

/// The newest plausible time of a column whose index leads to it; an error is none.
pub(super) async fn newest(
    connection: &mut Connection,
    table: &TargetTable,
    column: &TargetColumn,
    limits: Limits,
) -> Result<Option<Timestamp>, ScanError> {
    let name = quote(&column.name);
    let statement = format!(
        "SELECT CAST(MAX({name}) AS DATETIME(6)) FROM {} WHERE {name} <= UTC_TIMESTAMP() + INTERVAL 1 DAY",
        table.qualified_name()
    );
    ask(connection, &statement, limits).await
}

/// The newest plausible time among the thousand rows with the greatest numbers. A late update of an old row is missed, so
/// this is a lower bound.
async fn newest_of_last(
    connection: &mut Connection,
    (table, number): (&TargetTable, &TargetColumn),
    column: &TargetColumn,
    limits: Limits,
) -> Result<Option<Timestamp>, ScanError> {
    let (name, number) = (quote(&column.name), quote(&number.name));
    let statement = format!(
        "SELECT CAST(MAX(l.at) AS DATETIME(6)) FROM (SELECT {name} AS at FROM {} FORCE INDEX (PRIMARY) \
         ORDER BY {number} DESC LIMIT 1000) l WHERE l.at <= UTC_TIMESTAMP() + INTERVAL 1 DAY",
        table.qualified_name()
    );
    ask(connection, &statement, limits).await
}

/// A time, in a transaction of its own; an error is none: one table that cannot be read says nothing of the others.
async fn ask(
    connection: &mut Connection,
    statement: &str,
    limits: Limits,
) -> Result<Option<Timestamp>, ScanError> {
    connection.begin(limits, limits.catalog_statement).await?;
    let found = match connection.query(statement, Params::Empty).await {
        Ok(rows) => rows.first().and_then(|row| instant(row.as_ref(0)?)),
        Err(error) if connection.connection.is_disconnected() => return Err(error),
        Err(_) => None,
    };
    connection.commit().await?;
    Ok(found)
}
