//! One pass over each table: a binary `COPY` whose rows are added up here as they come.

mod carry;
mod decode;
mod estimate;
mod load;
mod pass;
mod projection;
mod read;
mod sketcher;
mod state;
mod target;
mod tuple;

use types::Timestamp;
use types::profile::{Level, Method, TableProfile};
use types::protocol::Progress;

use super::connection::Connection;
use crate::budget::{Pace, Spent};
use crate::measure::to_real;
use crate::{Limits, ProfileEvent, ProfileRequest, ScanError};
use load::Watch;
use pass::Reader;
use target::TargetColumn;
pub(super) use target::{TargetTable, quote, targets};

/// A sample reads about so many rows; a table with fewer, or with so few bytes, is read whole.
const SAMPLE_ROWS: f64 = 100_000.0;
const SMALL_BYTES: u64 = 64 * 1024 * 1024;

pub(super) async fn tables(
    connection: &Connection,
    source: &str,
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
    let spent = Spent::start(request.budget);
    let watch = Watch::new(Pace::new(request.budget));
    let mut reader = Reader { connection, limits, spent: &spent, watch };
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
        } else if let Some(reason) = spent.over() {
            skipped(&table.path, started, table.bytes, reason.to_owned())
        } else {
            match read::table(&mut reader, source, table, request).await {
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
        row_count_method: Method::Estimated,
        bytes,
        profiled_at: at,
        skipped: Some(reason),
        ..TableProfile::default()
    }
}
