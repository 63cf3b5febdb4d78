//! One pass over each table of a MySQL or MariaDB database.

use mysql_async::prelude::Queryable;
use types::profile::{Level, Method, TableProfile};
use types::protocol::Progress;

use super::connection::{Connection, failed};
use super::target::{TargetTable, targets};
use super::value::measured;
use crate::engine::selection::{selected, skipped};
use crate::measure::{Distinct, Measure, Reading};
use crate::{Limits, ProfileEvent, ProfileRequest, ScanError};

/// A sample is read whole: these servers have no cheap way to a fair one.
pub(super) async fn tables(
    connection: &mut Connection,
    request: &ProfileRequest,
    limits: Limits,
    tell: &(dyn Fn(ProfileEvent) + Send + Sync),
) -> Result<(), ScanError> {
    let all = targets(connection, &request.filter, limits).await?;
    let now = connection.begin(limits, limits.catalog_statement).await?;
    connection.commit().await?;
    let wanted = selected(&all, |table| &table.path, request, now, tell);
    let total = wanted.len() as u64;
    for (done, table) in wanted.into_iter().enumerate() {
        let message = format!("profiling {}", table.path);
        tell(ProfileEvent::Progress(Progress { done: done as u64, total, message }));
        let profile = if request.level == Level::Estimate {
            let reason = "the server's estimates are not read: profile with level sample or full";
            skipped(&table.path, now, reason)
        } else {
            match read(connection, table, request, limits).await {
                Ok(profile) => profile,
                Err(error) if connection.connection.is_disconnected() => return Err(error),
                Err(error) => {
                    connection.commit().await?;
                    skipped(&table.path, now, error.to_string())
                }
            }
        };
        tell(ProfileEvent::Table(Box::new(profile)));
    }
    tell(ProfileEvent::Progress(Progress { done: total, total, message: String::new() }));
    Ok(())
}

async fn read(
    connection: &mut Connection,
    table: &TargetTable,
    request: &ProfileRequest,
    limits: Limits,
) -> Result<TableProfile, ScanError> {
    let now = connection.begin(limits, limits.table_statement).await?;
    let mut measures: Vec<Measure> = table
        .columns
        .iter()
        .map(|column| {
            let distinct = column.kind.has_equality().then(|| Distinct::beside(table.columns.len()));
            Measure::new(now.0.timestamp_micros(), column.unique, distinct)
        })
        .collect();
    let projected: Vec<String> =
        table.columns.iter().map(|column| column.kind.expression(&column.name)).collect();
    let name = table.qualified_name(&connection.database);
    let statement = format!("SELECT {} FROM {name}", projected.join(", "));
    let mut row_count = 0;
    let mut result = connection.connection.exec_iter(statement, ()).await.map_err(|error| failed(&error))?;
    while let Some(row) = result.next().await.map_err(|error| failed(&error))? {
        row_count += 1;
        for (index, (column, measure)) in table.columns.iter().zip(&mut measures).enumerate() {
            match row.as_ref(index) {
                None | Some(mysql_async::Value::NULL) => measure.null(),
                Some(value) => {
                    let (hash, point) = measured(column.kind, value);
                    measure.value(hash, point);
                }
            }
        }
    }
    result.drop_result().await.map_err(|error| failed(&error))?;
    connection.commit().await?;
    let chosen = table.timestamp_column(request.timestamp_columns.get(&table.path).map(String::as_str));
    let columns = table.columns.iter().zip(&measures);
    Ok(TableProfile {
        table: table.path.clone(),
        row_count,
        row_count_method: Method::Exact,
        latest_value_at: chosen.and_then(|index| measures.get(index)).and_then(Measure::newest),
        timestamp_column: chosen.and_then(|index| table.columns.get(index)).map(|column| column.name.clone()),
        columns: columns.map(|(column, measure)| measure.finish(column.name.clone(), Reading::All)).collect(),
        level: Level::Full,
        profiled_at: now,
        ..TableProfile::default()
    })
}
