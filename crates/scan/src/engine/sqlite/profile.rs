//! One pass over each table of an SQLite file.

use chrono::Utc;
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use types::Timestamp;
use types::profile::{ColumnProfile, Level, Method, TableProfile, TimeMethod};
use types::protocol::Progress;

use super::connection::failed;
use super::expectation::{self, Basis, judge};
use super::freshness::written_at;
use super::quote;
use super::target::{TargetTable, targets};
use super::value::add;
use crate::budget::Spent;
use crate::engine::selection::{selected, skipped};
use crate::expectation::{Counted, Extent, Plan, Tally};
use crate::measure::{Distinct, Measure, Reading};
use crate::{ProfileEvent, ProfileRequest, ScanError};

/// How many rows are read between two looks at the budget.
const ROWS_BETWEEN_LOOKS: u64 = 4096;

/// A sample is read whole: SQLite has no cheap way to a fair one, and a file on the same machine is read fast.
pub(super) fn tables(
    connection: &Connection,
    request: &ProfileRequest,
    tell: &dyn Fn(ProfileEvent),
) -> Result<(), ScanError> {
    let all = targets(connection)?;
    let started = Timestamp(Utc::now());
    let wanted = selected(&all, |table| &table.path, request, started, tell);
    let total = wanted.len() as u64;
    let spent = Spent::start(request.budget);
    for (done, table) in wanted.into_iter().enumerate() {
        tell(ProfileEvent::Progress(Progress {
            done: done as u64,
            total,
            message: format!("profiling {}", table.path),
        }));
        let mut profile = if request.level == Level::Estimate {
            let reason = "SQLite keeps no statistics of columns: profile with level sample or full";
            skipped(&table.path, started, reason)
        } else if let Some(reason) = spent.over() {
            skipped(&table.path, started, reason)
        } else {
            match read(connection, (table, &all), request, &spent) {
                Ok(profile) => profile,
                Err(ScanError::Cancelled) => return Err(ScanError::Cancelled),
                Err(error) => skipped(&table.path, started, error.to_string()),
            }
        };
        request.expectations.complete(&mut profile);
        tell(ProfileEvent::Table(Box::new(profile)));
    }
    tell(ProfileEvent::Progress(Progress { done: total, total, message: String::new() }));
    Ok(())
}

fn read(
    connection: &Connection,
    (table, all): (&TargetTable, &[TargetTable]),
    request: &ProfileRequest,
    spent: &Spent,
) -> Result<TableProfile, ScanError> {
    let now = Timestamp(Utc::now());
    let mut measures: Vec<Measure> = table
        .columns
        .iter()
        .map(|column| {
            let distinct = Distinct::beside(table.columns.len());
            Measure::new(now.0.timestamp_micros(), column.unique, Some(distinct))
                .of_table(&table.path, request.values)
        })
        .collect();
    let domains: Vec<_> = table.columns.iter().map(|column| (column.name.as_str(), column.domain)).collect();
    let plan = Plan::new(request.expectations.of(&table.path), &domains);
    let mut tallies = vec![Tally::default(); plan.checks.len()];
    let names: Vec<String> = table.columns.iter().map(|column| quote(&column.name)).collect();
    let sql = format!("SELECT {} FROM main.{}", names.join(", "), quote(&table.name));
    let mut statement = connection.prepare(&sql).map_err(|error| failed(&error))?;
    let mut cursor = statement.query([]).map_err(|error| failed(&error))?;
    let mut row_count = 0_u64;
    let mut ended = None;
    while let Some(row) = cursor.next().map_err(|error| failed(&error))? {
        row_count += 1;
        for (index, (column, measure)) in table.columns.iter().zip(&mut measures).enumerate() {
            add(measure, row.get_ref(index).map_err(|error| failed(&error))?, column.is_time);
        }
        for (check, tally) in plan.checks.iter().zip(&mut tallies) {
            let value = row.get_ref(check.column).map_err(|error| failed(&error))?;
            if value != ValueRef::Null
                && let Some(column) = table.columns.get(check.column)
            {
                tally.add(check, expectation::value(value, column.domain));
            }
        }
        if row_count.is_multiple_of(ROWS_BETWEEN_LOOKS) {
            ended = spent.over();
            if ended.is_some() {
                break;
            }
        }
    }
    let counted: Vec<Counted> = measures.iter().map(Counted::by).collect();
    let extent = if ended.is_some() { Extent::Part } else { Extent::All };
    let basis = Basis { counted: &counted, tallies: &tallies, extent, spent, now };
    let expectations = judge(connection, (table, all), &plan, &basis)?;
    let chosen = table.timestamp_column(request.timestamp_columns.get(&table.path).map(String::as_str));
    let latest = chosen.and_then(|index| measures.get(index)).and_then(Measure::newest);
    let columns = table.columns.iter().zip(&measures);
    let reading = if ended.is_some() { Reading::Sample { of: row_count } } else { Reading::All };
    let written = written_at(connection);
    Ok(TableProfile {
        table: table.path.clone(),
        row_count,
        row_count_method: if ended.is_some() { Method::Estimated } else { Method::Exact },
        latest_value_at: latest,
        latest_value_method: latest.map(|_| TimeMethod::FullPass),
        timestamp_column: chosen.and_then(|index| table.columns.get(index)).map(|column| column.name.clone()),
        last_write_at: written,
        last_write_method: written.map(|_| TimeMethod::FileTime),
        level: Level::Full,
        columns: columns.map(|(column, measure)| figures(measure, &column.name, reading)).collect(),
        partial: ended.is_some(),
        partial_reason: ended.map(ToOwned::to_owned),
        profiled_at: now,
        expectations,
        ..TableProfile::default()
    })
}

/// The first rows of a table are no fair sample: their figures have no bound.
fn figures(measure: &Measure, column: &str, reading: Reading) -> ColumnProfile {
    let figures = measure.finish(column.to_owned(), reading);
    match reading {
        Reading::All => figures,
        Reading::Sample { .. } => ColumnProfile { error_bound: None, ..figures },
    }
}
