//! One pass over each table: a binary `COPY` whose rows are added up here as they come.

mod decode;
mod estimate;
mod projection;
mod target;
mod tuple;

use std::pin::pin;

use futures_util::StreamExt;
use types::Timestamp;
use types::profile::{Level, Method, TableProfile};
use types::protocol::Progress;

use super::connection::Connection;
use crate::measure::{Distinct, Measure, Reading, to_real};
use crate::{Limits, ProfileEvent, ProfileRequest, ScanError};
use target::TargetColumn;
pub(super) use target::{TargetTable, quote, targets};

/// Different values that a column keeps before a sketch takes over, and those of all columns of a table together.
const EXACT_PER_COLUMN: usize = 100_000;
const EXACT_PER_TABLE: usize = 4_000_000;

/// A sample reads about so many rows; a table with fewer, or with so few bytes, is read whole.
const SAMPLE_ROWS: f64 = 100_000.0;
const SMALL_BYTES: u64 = 64 * 1024 * 1024;

pub(super) async fn tables(
    connection: &Connection,
    request: &ProfileRequest,
    limits: Limits,
    tell: &(dyn Fn(ProfileEvent) + Send + Sync),
) -> Result<(), ScanError> {
    let started = connection.begin(limits.catalog_statement).await?;
    let all = targets(connection).await?;
    let statistics = match request.level {
        Level::Estimate => Some(estimate::statistics(connection).await?),
        Level::Sample | Level::Full => None,
    };
    connection.commit().await?;

    let mut wanted: Vec<&TargetTable> = all
        .iter()
        .filter(|table| request.tables.is_empty() || request.tables.contains(&table.path))
        .filter(|table| request.filter.admits(&table.path))
        .collect();
    wanted.sort_by(|a, b| a.path.cmp(&b.path));
    for missing in request.tables.iter().filter(|path| !all.iter().any(|table| table.path == **path)) {
        let reason = ScanError::TableUnknown(crate::error::quoted(missing)).to_string();
        tell(ProfileEvent::Table(Box::new(skipped(missing, started, None, reason))));
    }
    let total = wanted.len() as u64;
    for (done, table) in wanted.into_iter().enumerate() {
        tell(ProfileEvent::Progress(Progress {
            done: done as u64,
            total,
            message: format!("profiling {}", table.path),
        }));
        let profile = if let Some(reason) = &table.unreadable {
            skipped(&table.path, started, table.bytes, reason.clone())
        } else if let Some(statistics) = &statistics {
            estimate::profile(table, statistics, started)
        } else {
            match read(connection, table, request, limits).await {
                Ok(profile) => profile,
                Err(error) if connection.is_closed() => return Err(error),
                Err(error) => {
                    connection.rollback().await?;
                    skipped(&table.path, started, table.bytes, error.to_string())
                }
            }
        };
        tell(ProfileEvent::Table(Box::new(profile)));
    }
    tell(ProfileEvent::Progress(Progress { done: total, total, message: String::new() }));
    Ok(())
}

/// The one pass. Its transaction is its own, so that no snapshot is held longer than a table takes.
async fn read(
    connection: &Connection,
    table: &TargetTable,
    request: &ProfileRequest,
    limits: Limits,
) -> Result<TableProfile, ScanError> {
    let now = connection.begin(limits.table_statement).await?;
    let sample = match request.level {
        Level::Sample => sample_percent(table),
        Level::Estimate | Level::Full => None,
    };
    let columns: Vec<&TargetColumn> = table.columns.iter().filter(|column| column.readable).collect();
    let limit = EXACT_PER_COLUMN.min(EXACT_PER_TABLE / columns.len().max(1));
    let mut measures: Vec<Measure> = columns
        .iter()
        .map(|column| {
            let distinct = column.kind.has_equality().then(|| Distinct::new(limit));
            Measure::new(now.0.timestamp_micros(), column.unique, distinct)
        })
        .collect();

    let statement = projection::copy(table, &columns, sample);
    let mut stream = pin!(connection.copy_out(&statement).await?);
    let mut tuples = tuple::Tuples::default();
    let mut rows: u64 = 0;
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|error| super::connection::failed(&error))?;
        tuples.feed(&chunk, columns.len(), |fields| {
            rows += 1;
            for ((column, measure), field) in columns.iter().zip(&mut measures).zip(fields) {
                match field {
                    None => measure.null(),
                    Some(bytes) => {
                        let (hash, point) = decode::value(column.kind, bytes);
                        measure.value(hash, point);
                    }
                }
            }
        })?;
    }
    connection.commit().await?;

    let (reading, row_count, row_count_method) = match sample {
        None => (Reading::All, rows, Method::Exact),
        Some(_) => {
            let of = table.estimated_rows.unwrap_or(rows).max(rows);
            (Reading::Sample { of }, of, Method::Estimated)
        }
    };
    let chosen = timestamp_column(table, &columns, request);
    let latest = chosen.and_then(|chosen| {
        columns.iter().zip(&measures).find(|(column, _)| column.name == chosen.name)?.1.newest()
    });
    Ok(TableProfile {
        table: table.path.clone(),
        row_count,
        row_count_method,
        bytes: table.bytes,
        latest_value_at: latest,
        timestamp_column: chosen.map(|column| column.name.clone()),
        last_write_at: None,
        columns: columns
            .iter()
            .zip(&measures)
            .map(|(column, measure)| measure.finish(column.name.clone(), reading))
            .collect(),
        partial: false,
        profiled_at: now,
        skipped: None,
        ..TableProfile::default()
    })
}

/// What part of a large table a sample reads, in percent; `None` when reading it whole is as good.
fn sample_percent(table: &TargetTable) -> Option<f64> {
    let bytes = table.bytes.unwrap_or(0);
    let percent = match table.estimated_rows {
        Some(rows) if to_real(rows) > 2.0 * SAMPLE_ROWS => SAMPLE_ROWS / to_real(rows) * 100.0,
        None if bytes > SMALL_BYTES => to_real(SMALL_BYTES) / to_real(bytes) * 100.0,
        _ => return None,
    };
    Some(percent.clamp(0.001, 100.0))
}

/// The column asked for, if it is there and holds times; else the one that looks best.
fn timestamp_column<'a>(
    table: &TargetTable,
    columns: &[&'a TargetColumn],
    request: &ProfileRequest,
) -> Option<&'a TargetColumn> {
    let times = || columns.iter().copied().filter(|column| column.kind.is_time());
    if let Some(name) = request.timestamp_columns.get(&table.path)
        && let Some(column) = times().find(|column| column.name == *name)
    {
        return Some(column);
    }
    let times: Vec<&TargetColumn> = times().collect();
    let candidates: Vec<_> = times.iter().map(|column| column.candidate()).collect();
    crate::timestamp_column::best(&candidates).and_then(|index| times.get(index).copied())
}

fn skipped(path: &str, at: Timestamp, bytes: Option<u64>, reason: String) -> TableProfile {
    TableProfile {
        table: path.to_owned(),
        row_count: 0,
        row_count_method: Method::Estimated,
        bytes,
        latest_value_at: None,
        timestamp_column: None,
        last_write_at: None,
        columns: Vec::new(),
        partial: false,
        profiled_at: at,
        skipped: Some(reason),
        ..TableProfile::default()
    }
}
