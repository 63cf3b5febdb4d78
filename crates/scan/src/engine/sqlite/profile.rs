//! One pass over each table of an SQLite file.

use chrono::Utc;
use rusqlite::Connection;
use types::Timestamp;
use types::profile::{Level, Method, TableProfile, TimeMethod};
use types::protocol::Progress;

use super::carry::{Carry, Mark};
use super::catalog::Meant;
use super::estimate;
use super::expectation::{Basis, judge};
use super::freshness::written_at;
use super::pass::Section;
use super::target::{TargetColumn, TargetTable, targets};
use crate::budget::Spent;
use crate::engine::selection::{is_asked, selected, skipped};
use crate::expectation::{Counted, Extent, Plan};
use crate::measure::{Distinct, Measure, Reading};
use crate::{Limits, ProfileEvent, ProfileRequest, ScanError};

/// A sample is of short ranges of row numbers; tables without them, and small ones, are read whole. There is no server
/// that others would want to use: reading takes no rest.
pub(super) fn tables(
    connection: &Connection,
    source: &str,
    request: &ProfileRequest,
    limits: Limits,
    tell: &dyn Fn(ProfileEvent),
) -> Result<(), ScanError> {
    // Before a table is read: what is written from here on shows in the next profile.
    let mark = Mark::of(connection);
    let asked: Meant<'_> = &|path| is_asked(request, path);
    let all_are_meant = request.tables.is_empty() && request.filter.is_everything();
    let is_part = !all_are_meant && !request.expectations.need_other_tables();
    let mut all = targets(connection, is_part.then_some(asked))?;
    all.retain(|table| request.allowed.admits(&table.path));
    let started = Timestamp(Utc::now());
    let estimates = match request.level {
        Level::Estimate => Some(estimate::statistics(connection)?),
        Level::Sample | Level::Full => None,
    };
    let wanted = selected(&all, |table| &table.path, request, started, tell);
    let total = wanted.len() as u64;
    let spent = Spent::start(request.budget);
    for (done, table) in wanted.into_iter().enumerate() {
        tell(ProfileEvent::Progress(Progress {
            done: done as u64,
            total,
            message: format!("profiling {}", table.path),
        }));
        let mut profile = if let Some(estimates) = &estimates {
            estimate::profile(connection, table, estimates, started)
        } else if let Some(reason) = spent.over() {
            skipped(&table.path, started, reason)
        } else {
            match read(connection, (source, mark.as_ref()), (table, &all), request, &spent, limits) {
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
    (source, mark): (&str, Option<&Mark>),
    (table, all): (&TargetTable, &[TargetTable]),
    request: &ProfileRequest,
    spent: &Spent,
    limits: Limits,
) -> Result<TableProfile, ScanError> {
    let now = Timestamp(Utc::now());
    let domains: Vec<_> = table.columns.iter().map(|column| (column.name.as_str(), column.domain)).collect();
    let plan = Plan::new(request.expectations.of(&table.path), &domains);
    let chosen = table.timestamp_column(request.timestamp_columns.get(&table.path).map(String::as_str));
    let chosen_name = chosen.and_then(|index| table.columns.get(index)).map(|column| column.name.clone());
    let carry = Carry::new(mark, source, table, request, chosen_name.as_deref(), &plan);
    if let Some(profile) = carry.as_ref().and_then(|carry| carry.unchanged(now)) {
        return Ok(profile);
    }
    let empty = || Section::new(table, &plan, measures(table, request, now));
    let mut section = empty();
    let sampled = match request.level {
        Level::Sample => section.sample(connection, spent)?,
        Level::Full | Level::Estimate => None,
    };
    let (of, ended) = match sampled {
        Some((of, reason)) => (Some(of), reason),
        None => {
            section = empty();
            (None, section.read(connection, spent, limits)?)
        }
    };
    let Section { rows: row_count, measures, tallies, .. } = section;
    let counted: Vec<Counted> = measures.iter().map(Counted::by).collect();
    let is_whole = of.is_none() && ended.is_none();
    let extent = if !is_whole { Extent::Part } else { Extent::All };
    let basis = Basis { counted: &counted, tallies: &tallies, extent, spent, now };
    let expectations = judge(connection, (table, all), &plan, &basis)?;
    let latest = chosen.and_then(|index| measures.get(index)).and_then(Measure::newest);
    let columns = table.columns.iter().zip(&measures);
    let row_count = of.unwrap_or(row_count).max(row_count);
    let reading = match ended {
        None if is_whole => Reading::All,
        None => Reading::Sample { of: row_count },
        Some(_) => Reading::Part { of: row_count },
    };
    let written = written_at(connection);
    let profile = TableProfile {
        table: table.path.clone(),
        row_count,
        row_count_method: if is_whole { Method::Exact } else { Method::Estimated },
        latest_value_at: latest,
        latest_value_method: latest.map(|_| if is_whole { TimeMethod::FullPass } else { TimeMethod::Sample }),
        timestamp_column: chosen_name,
        last_write_at: written,
        last_write_method: written.map(|_| TimeMethod::FileTime),
        level: if of.is_some() { Level::Sample } else { Level::Full },
        columns: columns.map(|(column, measure)| measure.finish(column.name.clone(), reading)).collect(),
        partial: ended.is_some(),
        partial_reason: ended,
        profiled_at: now,
        expectations,
        ..TableProfile::default()
    };
    // An expectation that the budget left out is judged next time.
    if let Some(carry) = carry.filter(|_| spent.over().is_none()) {
        carry.keep(&profile);
    }
    Ok(profile)
}

fn measures(table: &TargetTable, request: &ProfileRequest, now: Timestamp) -> Vec<Measure> {
    let new = |column: &TargetColumn| {
        let distinct = Distinct::beside(table.columns.len());
        let distinct = if request.level == Level::Sample { distinct.of_sample() } else { distinct };
        Measure::new(now.0.timestamp_micros(), column.unique, Some(distinct)).of_table(
            &table.path,
            table.columns.len(),
            request.values,
        )
    };
    table.columns.iter().map(new).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use rusqlite::trace::{TraceEvent, TraceEventCodes};

    use super::*;

    static STATEMENTS: Mutex<Vec<String>> = Mutex::new(Vec::new());

    /// Keeps what is asked of SQLite. What it asks itself for a table-valued pragma is told as a comment.
    fn keep(event: TraceEvent<'_>) {
        if let TraceEvent::Stmt(_, text) = event
            && !text.starts_with("--")
        {
            STATEMENTS.lock().unwrap().push(text.to_owned());
        }
    }

    #[test]
    fn each_table_is_read_by_one_statement() {
        const TABLES: usize = 20;
        let connection = Connection::open_in_memory().unwrap();
        for i in 0..TABLES {
            let sql = format!(
                "CREATE TABLE t{i} (id INTEGER PRIMARY KEY, name TEXT UNIQUE, at TIMESTAMP, share REAL); \
                 CREATE TABLE u{i} (name TEXT PRIMARY KEY, number INT) WITHOUT ROWID; \
                 WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) \
                 INSERT INTO t{i} SELECT i, 'name ' || i, '2024-01-01 00:00:00', i / 7.0 FROM n; \
                 INSERT INTO u{i} SELECT name, id FROM t{i}"
            );
            connection.execute_batch(&sql).unwrap();
        }
        connection.trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(keep));
        let profiles = Mutex::new(Vec::new());
        let tell = |event| {
            if let ProfileEvent::Table(table) = event {
                profiles.lock().unwrap().push(table);
            }
        };
        tables(&connection, "shop", &ProfileRequest::default(), Limits::default(), &tell).unwrap();
        let statements = STATEMENTS.lock().unwrap();
        for profile in profiles.into_inner().unwrap() {
            assert_eq!(
                (profile.row_count, profile.columns[0].distinct_count),
                (500, Some(500)),
                "{profile:?}"
            );
            let name = profile.table.strip_prefix("main.").unwrap();
            let from = format!("FROM main.\"{name}\"");
            let reads = statements.iter().filter(|statement| statement.contains(&from));
            assert_eq!(reads.count(), 1, "{name}");
        }
        let others = statements.iter().filter(|statement| !statement.contains("FROM main.\""));
        assert!(others.count() <= 12, "what else is asked does not grow with the tables: {statements:?}");
        assert!(statements.len() >= 2 * TABLES);
    }
}
