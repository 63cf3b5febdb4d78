//! One pass over each table: a binary `COPY` whose rows are added up here as they come.

mod burst;
mod carry;
mod course;
mod decode;
mod estimate;
mod expectation;
mod fingerprint;
mod load;
mod pass;
mod projection;
mod read;
mod sketcher;
mod state;
mod target;
mod times;
mod tuple;
mod writes;

use std::collections::HashMap;

use types::Timestamp;
use types::profile::{Level, TableProfile};
use types::protocol::Progress;

use super::connection::Connection;
use crate::budget::Pace;
use crate::engine::selection;
use crate::measure::to_real;
use crate::{Limits, ProfileEvent, ProfileRequest, ScanError};
pub(super) use course::Course;
pub(super) use fingerprint::fingerprint;
pub(super) use load::Watch;
use pass::Reader;
pub(super) use target::{Meant, TargetTable, quote, targets};
pub(super) use writes::{Writes, writes};

/// A sample reads about so many rows; a table with fewer, or with so few bytes, is read whole.
const SAMPLE_ROWS: f64 = 100_000.0;
const SMALL_BYTES: u64 = 64 * 1024 * 1024;
/// So many tables are looked at by one statement.
const AT_ONCE: usize = 100;

pub(super) async fn tables(
    connection: &Connection,
    source: &str,
    request: &ProfileRequest,
    limits: Limits,
    course: &mut Course,
    tell: &(dyn Fn(ProfileEvent) + Send + Sync),
) -> Result<Option<String>, ScanError> {
    let mut watch = Watch::new(Pace::new(request.budget));
    watch.look(connection).await?;
    let started = connection.begin(limits.catalog_statement).await?;
    // Before a table is read: what is written from here on shows in the next one.
    let mut fingerprint = if course.is_new() { fingerprint(connection, request).await? } else { None };
    let all_are_meant = request.tables.is_empty() && request.filter.is_everything();
    let asked: Meant<'_> = &|path| selection::is_asked(request, path);
    let is_part = !all_are_meant && !request.expectations.need_other_tables();
    let mut all = targets(connection, is_part.then_some(asked)).await?;
    all.retain(|table| request.allowed.admits(&table.path));
    all.iter_mut().for_each(|table| table.show_texts(&request.expectations));
    let statistics = match request.level {
        Level::Estimate => {
            let meant: Vec<&TargetTable> = all.iter().filter(|table| asked(&table.path)).collect();
            let is_all = all_are_meant && request.allowed.is_everything();
            Some(estimate::statistics(connection, (!is_all).then_some(&*meant)).await?)
        }
        Level::Sample | Level::Full => None,
    };
    connection.commit().await?;

    let is_new = course.is_new();
    let tell_missing = |event| {
        if is_new {
            tell(event);
        }
    };
    let wanted = selection::selected(&all, |table| &table.path, request, started, &tell_missing);
    let total = wanted.len() as u64;
    let Course { spent, told, broken, .. } = course;
    // Between the first look and the next one the list of tables was read.
    watch.transaction_ended();
    let mut reader = Reader { connection, tables: &all, looked: HashMap::new(), limits, spent, watch };
    for (done, table) in wanted.iter().copied().enumerate() {
        if told.contains(&table.path) {
            continue;
        }
        tell(ProfileEvent::Progress(Progress {
            done: done as u64,
            total,
            message: format!("profiling {}", table.path),
        }));
        if done.is_multiple_of(AT_ONCE) && statistics.is_none() && spent.over().is_none() {
            let next = wanted.iter().copied().skip(done).take(AT_ONCE);
            let next: Vec<_> = next.filter(|table| table.unreadable.is_none()).collect();
            if let Err(error) = reader.look_ahead(&next).await {
                // No table of them is to blame.
                broken.push(String::new());
                return Err(error);
            }
        }
        let mut again = false;
        let mut profile = if let Some(reason) = &table.unreadable {
            skipped(table, started, reason)
        } else if let Some(statistics) = &statistics {
            estimate::profile(table, statistics, started)
        } else if let Some(reason) = spent.over() {
            skipped(table, started, reason)
        } else if broken.iter().filter(|path| **path == table.path).count() >= course::TRIES {
            skipped(table, started, "the server ended what was read of it, each time it was tried")
        } else {
            match read::table(&mut reader, source, table, request).await {
                Ok(read) => {
                    again = read.again;
                    read.profile
                }
                Err(error) => {
                    let goes_on = !connection.is_closed() && connection.rollback().await.is_ok();
                    if !goes_on || matches!(error, ScanError::Conflict(_)) {
                        broken.push(table.path.clone());
                        return Err(error);
                    }
                    skipped(table, started, error.to_string())
                }
            }
        };
        let may_come = table.unreadable.is_none() && profile.skipped.is_some();
        fingerprint = fingerprint.filter(|_| !profile.partial && !may_come && !again);
        request.expectations.complete(&mut profile);
        told.insert(table.path.clone());
        tell(ProfileEvent::Table(Box::new(profile)));
    }
    tell(ProfileEvent::Progress(Progress { done: total, total, message: String::new() }));
    Ok(fingerprint)
}

/// What part of a large table a sample reads, in percent; `None` when reading it whole is as good.
fn sample_percent(rows: Option<u64>, bytes: u64) -> Option<f64> {
    let percent = match rows {
        Some(rows) if to_real(rows) > 2.0 * SAMPLE_ROWS => SAMPLE_ROWS / to_real(rows) * 100.0,
        None if bytes > SMALL_BYTES => to_real(SMALL_BYTES) / to_real(bytes) * 100.0,
        _ => return None,
    };
    Some(percent.clamp(0.001, 100.0))
}

/// What is told of a table that was not read.
fn skipped(table: &TargetTable, at: Timestamp, reason: impl Into<String>) -> TableProfile {
    TableProfile { bytes: table.bytes, ..selection::skipped(&table.path, at, reason) }
}
