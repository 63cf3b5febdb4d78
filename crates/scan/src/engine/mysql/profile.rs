//! One pass over each table of a MySQL or MariaDB database.

use types::Timestamp;
use types::profile::{Level, Method, TableProfile, TimeMethod};
use types::protocol::Progress;

use super::connection::{Connection, Stopper};
use super::expectation::{Basis, judge};
use super::freshness::newest;
use super::load::Watch;
use super::pass::{Reader, Section};
use super::statistics::{self, DistinctCounts, Statistics};
use super::target::{TargetTable, targets};
use crate::budget::{Pace, Spent};
use crate::engine::estimate::estimated_column;
use crate::engine::selection::{selected, skipped};
use crate::expectation::{Counted, Extent, Plan};
use crate::measure::{Distinct, Measure, Reading};
use crate::{Limits, ProfileEvent, ProfileRequest, ScanError};

/// A sample is of short ranges of the primary key, if that is one whole number; other tables are read whole.
pub(super) async fn tables(
    connection: &mut Connection,
    stopper: &Stopper,
    request: &ProfileRequest,
    limits: Limits,
    tell: &(dyn Fn(ProfileEvent) + Send + Sync),
) -> Result<(), ScanError> {
    // What an expectation refers to may be a table that is not profiled.
    let filter = if request.expectations.need_other_tables() {
        request.allowed.clone()
    } else {
        request.filter.and(&request.allowed)
    };
    let mut all = targets(connection, &filter, limits).await?;
    all.iter_mut().for_each(|table| table.show_texts(&request.expectations));
    let started = connection.begin(limits, limits.catalog_statement).await?;
    // Before a table is read: what is written while it is shows in the next profile.
    let noted = statistics::tables(connection).await?;
    let distinct = match request.level {
        Level::Estimate => Some(statistics::distinct(connection).await?),
        Level::Sample | Level::Full => None,
    };
    connection.commit().await?;
    let wanted = selected(&all, |table| &table.path, request, started, tell);
    let total = wanted.len() as u64;
    let spent = Spent::start(request.budget);
    let watch = Watch::new(Pace::new(request.budget));
    let mut reader = Reader { connection, stopper, limits, spent: &spent, watch };
    for (done, table) in wanted.into_iter().enumerate() {
        let message = format!("profiling {}", table.path);
        tell(ProfileEvent::Progress(Progress { done: done as u64, total, message }));
        let noted = noted.get(&table.name).copied().unwrap_or_default();
        let mut profile = if let Some(distinct) = &distinct {
            estimated(table, noted, distinct, started)
        } else if let Some(reason) = spent.over() {
            skipped(&table.path, started, reason)
        } else {
            match read(&mut reader, (table, &all), noted, request).await {
                Ok(profile) => profile,
                Err(error) if reader.connection.connection.is_disconnected() => return Err(error),
                Err(error) => {
                    reader.connection.commit().await?;
                    skipped(&table.path, started, error.to_string())
                }
            }
        };
        profile.bytes = profile.bytes.or(noted.bytes());
        request.expectations.complete(&mut profile);
        tell(ProfileEvent::Table(Box::new(profile)));
    }
    tell(ProfileEvent::Progress(Progress { done: total, total, message: String::new() }));
    Ok(())
}

async fn read(
    reader: &mut Reader<'_>,
    (table, all): (&TargetTable, &[TargetTable]),
    noted: Statistics,
    request: &ProfileRequest,
) -> Result<TableProfile, ScanError> {
    let domains: Vec<_> = table.columns.iter().map(|column| (column.name.as_str(), column.domain)).collect();
    let plan = Plan::new(request.expectations.of(&table.path), &domains);
    let now = reader.begin().await?;
    let empty = || Section::new(table, noted.plain_key, &plan, measures(table, request, now));
    let mut section = empty();
    let sampled = match request.level {
        Level::Sample => reader.sample(&mut section, noted.rows.unwrap_or(0)).await?,
        Level::Full | Level::Estimate => None,
    };
    let (of, reason) = match sampled {
        Some((of, reason)) => (Some(of), reason),
        None => {
            if request.level == Level::Sample {
                section = empty();
                reader.connection.commit().await?;
                reader.begin().await?;
            }
            (None, reader.all(&mut section).await?)
        }
    };
    let Section { rows, measures, tallies, .. } = section;
    let is_whole = of.is_none() && reason.is_none();
    let counted: Vec<Counted> = measures.iter().map(Counted::by).collect();
    let extent = if is_whole { Extent::All } else { Extent::Part };
    let basis = Basis { counted: &counted, tallies: &tallies, extent, now };
    let expectations = judge(reader, (table, all), &plan, &basis).await?;
    let chosen = table.timestamp_column(request.timestamp_columns.get(&table.path).map(String::as_str));
    let latest = chosen.and_then(|index| measures.get(index)).and_then(Measure::newest);
    let chosen = chosen.and_then(|index| table.columns.get(index));
    let columns = table.columns.iter().zip(&measures);
    let mut profile = TableProfile {
        table: table.path.clone(),
        row_count: rows,
        row_count_method: Method::Exact,
        bytes: noted.bytes(),
        latest_value_at: latest,
        latest_value_method: latest.map(|_| TimeMethod::FullPass),
        timestamp_column: chosen.map(|column| column.name.clone()),
        last_write_at: noted.written_at,
        last_write_method: noted.written_at.map(|_| TimeMethod::TableTime),
        level: Level::Full,
        profiled_at: now,
        expectations,
        ..TableProfile::default()
    };
    if is_whole {
        profile.columns =
            columns.map(|(column, measure)| measure.finish(column.name.clone(), Reading::All)).collect();
        return Ok(profile);
    }
    profile.level = if of.is_some() { Level::Sample } else { Level::Full };
    profile.partial = reason.is_some();
    profile.partial_reason = reason;
    profile.row_count = of.or(noted.rows).unwrap_or(0).max(rows);
    profile.row_count_method = Method::Estimated;
    profile.latest_value_method = latest.map(|_| TimeMethod::Sample);
    if let Some(column) = chosen.filter(|column| column.leads_index)
        && let Some(at) = newest(reader.connection, table, column, reader.limits).await?
    {
        profile.latest_value_at = Some(at);
        profile.latest_value_method = Some(TimeMethod::Index);
    }
    let of = profile.row_count;
    let reading = if profile.partial { Reading::Part { of } } else { Reading::Sample { of } };
    profile.columns = columns.map(|(column, measure)| measure.finish(column.name.clone(), reading)).collect();
    Ok(profile)
}

/// What the server estimates; of columns, only what an index or their declaration tells.
fn estimated(
    table: &TargetTable,
    noted: Statistics,
    distinct: &DistinctCounts,
    at: Timestamp,
) -> TableProfile {
    let Some(rows) = noted.rows else {
        let reason = "the server tells no estimate of it: profile with level sample or full";
        return skipped(&table.path, at, reason);
    };
    let columns = table.columns.iter().filter_map(|column| {
        let known = distinct.get(&(table.name.clone(), column.name.clone())).copied();
        let known = if column.unique && !column.nullable { Some(rows) } else { known };
        estimated_column(&column.name, column.nullable, rows, known.map(|known| known.min(rows)))
    });
    TableProfile {
        table: table.path.clone(),
        row_count: rows,
        row_count_method: Method::Estimated,
        last_write_at: noted.written_at,
        last_write_method: noted.written_at.map(|_| TimeMethod::TableTime),
        level: Level::Estimate,
        columns: columns.collect(),
        profiled_at: at,
        ..TableProfile::default()
    }
}

fn measures(table: &TargetTable, request: &ProfileRequest, now: Timestamp) -> Vec<Measure> {
    let new = |column: &super::target::TargetColumn| {
        let distinct = Distinct::beside(table.columns.len());
        let distinct = if request.level == Level::Sample { distinct.of_sample() } else { distinct };
        let distinct = column.kind.has_equality().then_some(distinct);
        let measure = Measure::new(now.0.timestamp_micros(), column.unique, distinct);
        measure.of_table(&table.path, table.columns.len(), request.values)
    };
    table.columns.iter().map(new).collect()
}
