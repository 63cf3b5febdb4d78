//! One pass over each table of a MySQL or MariaDB database.

use mysql_async::prelude::Queryable;
use types::profile::{Level, Method, TableProfile};
use types::protocol::Progress;

use super::connection::{Connection, failed};
use super::expectation::{self, judge};
use super::target::{TargetTable, targets};
use super::value::measured;
use crate::engine::selection::{selected, skipped};
use crate::expectation::{Counted, Plan, Tally};
use crate::measure::{Distinct, Measure, Reading};
use crate::{Filter, Limits, ProfileEvent, ProfileRequest, ScanError};

/// A sample is read whole: these servers have no cheap way to a fair one.
pub(super) async fn tables(
    connection: &mut Connection,
    request: &ProfileRequest,
    limits: Limits,
    tell: &(dyn Fn(ProfileEvent) + Send + Sync),
) -> Result<(), ScanError> {
    // What an expectation refers to may be a table that is not profiled.
    let everything = Filter::default();
    let filter = if request.expectations.need_other_tables() { &everything } else { &request.filter };
    let mut all = targets(connection, filter, limits).await?;
    all.iter_mut().for_each(|table| table.show_texts(&request.expectations));
    let now = connection.begin(limits, limits.catalog_statement).await?;
    connection.commit().await?;
    let wanted = selected(&all, |table| &table.path, request, now, tell);
    let total = wanted.len() as u64;
    for (done, table) in wanted.into_iter().enumerate() {
        let message = format!("profiling {}", table.path);
        tell(ProfileEvent::Progress(Progress { done: done as u64, total, message }));
        let mut profile = if request.level == Level::Estimate {
            let reason = "the server's estimates are not read: profile with level sample or full";
            skipped(&table.path, now, reason)
        } else {
            match read(connection, (table, &all), request, limits).await {
                Ok(profile) => profile,
                Err(error) if connection.connection.is_disconnected() => return Err(error),
                Err(error) => {
                    connection.commit().await?;
                    skipped(&table.path, now, error.to_string())
                }
            }
        };
        request.expectations.complete(&mut profile);
        tell(ProfileEvent::Table(Box::new(profile)));
    }
    tell(ProfileEvent::Progress(Progress { done: total, total, message: String::new() }));
    Ok(())
}

async fn read(
    connection: &mut Connection,
    (table, all): (&TargetTable, &[TargetTable]),
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
    let domains: Vec<_> = table.columns.iter().map(|column| (column.name.as_str(), column.domain)).collect();
    let plan = Plan::new(request.expectations.of(&table.path), &domains);
    let mut tallies = vec![Tally::default(); plan.checks.len()];
    let projected: Vec<String> =
        table.columns.iter().map(|column| column.kind.expression(&column.name)).collect();
    let name = table.qualified_name();
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
        for (check, tally) in plan.checks.iter().zip(&mut tallies) {
            let column = table.columns.get(check.column);
            if let (Some(column), Some(value)) = (column, row.as_ref(check.column))
                && *value != mysql_async::Value::NULL
            {
                tally.add(check, expectation::value(column.kind, value));
            }
        }
    }
    result.drop_result().await.map_err(|error| failed(&error))?;
    connection.commit().await?;
    let counted: Vec<Counted> = measures.iter().map(Counted::by).collect();
    let expectations = judge(connection, (table, all), &plan, (&counted, &tallies), now, limits).await?;
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
        expectations,
        ..TableProfile::default()
    })
}
