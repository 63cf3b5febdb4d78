//! The newest time in a table, where an index leads to it.

use mysql_async::Params;
use types::protocol::{FreshnessAnswer, TableFreshness};

use super::connection::{Connection, instant, quote};
use super::target::targets;
use crate::error::quoted;
use crate::{Filter, Limits, ScanError};

pub(super) async fn tables(
    connection: &mut Connection,
    paths: &[String],
    limits: Limits,
) -> Result<FreshnessAnswer, ScanError> {
    let all = targets(connection, &Filter::default(), limits).await?;
    let now = connection.begin(limits, limits.catalog_statement).await?;
    let mut answers = Vec::with_capacity(paths.len());
    for path in paths {
        let table = all
            .iter()
            .find(|table| table.path == *path)
            .ok_or_else(|| ScanError::TableUnknown(quoted(path)))?;
        let chosen = table.timestamp_column(None).and_then(|index| table.columns.get(index));
        let mut answer = TableFreshness {
            table: path.clone(),
            timestamp_column: chosen.map(|column| column.name.clone()),
            ..TableFreshness::default()
        };
        // Without an index the whole table would be read: the next profile says it.
        if let Some(column) = chosen.filter(|column| column.leads_index) {
            let name = quote(&column.name);
            let statement = format!(
                "SELECT CAST(MAX({name}) AS DATETIME(6)) FROM {} WHERE {name} <= UTC_TIMESTAMP() + INTERVAL 1 DAY",
                table.qualified_name()
            );
            match connection.query(&statement, Params::Empty).await {
                Ok(rows) => answer.latest_value_at = rows.first().and_then(|row| instant(row.as_ref(0)?)),
                Err(error) if connection.connection.is_disconnected() => return Err(error),
                // One table that cannot be read says nothing of the others.
                Err(_) => {}
            }
        }
        answers.push(answer);
    }
    connection.commit().await?;
    Ok(FreshnessAnswer { now, tables: answers })
}
