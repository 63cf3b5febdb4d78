//! SQLite files.
//!
//! The library is synchronous: work runs on a thread for blocking work, and cancelling interrupts it there.

mod backfill;
mod carry;
mod catalog;
mod connection;
mod definition;
mod estimate;
mod expectation;
mod freshness;
mod pass;
mod profile;
mod target;
mod value;

use std::path::Path;

use chrono::Utc;
use rusqlite::Connection;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use types::Timestamp;
use types::protocol::{FreshnessAnswer, SourceInfo};
use types::snapshot::{Engine, Snapshot};

use crate::backfill::{BackfillEvent, BackfillRequest};
use crate::engine::Tell;
use crate::{Filter, FreshnessRequest, Limits, ProfileEvent, ProfileRequest, ScanError, Source};
use connection::blocking;

pub(super) async fn info(source: &Source, path: &Path) -> Result<SourceInfo, ScanError> {
    let database = database_name(path);
    blocking(source.name(), path, &CancellationToken::new(), move |connection| {
        // Reads the header: opening alone does not notice that a file is no database.
        catalog::fingerprint(connection)
    })
    .await?;
    Ok(SourceInfo {
        name: source.name().to_owned(),
        engine: Engine::Sqlite,
        engine_version: Some(rusqlite::version().to_owned()),
        database: Some(database),
        now: Some(Timestamp(Utc::now())),
        reachable: true,
        limits: None,
        findings: Vec::new(),
    })
}

pub(super) async fn fingerprint(
    source: &Source,
    path: &Path,
    cancel: &CancellationToken,
) -> Result<String, ScanError> {
    blocking(source.name(), path, cancel, catalog::fingerprint).await
}

pub(super) async fn scan(
    source: &Source,
    path: &Path,
    filter: &Filter,
    cancel: &CancellationToken,
    tell: Tell<'_>,
) -> Result<Snapshot, ScanError> {
    let (database, filter) = (database_name(path), filter.clone());
    let work = move |connection: &Connection, tell: Tell<'_>| {
        let admits: catalog::Meant<'_> = &|path| filter.admits(path);
        catalog::scan(connection, database, (!filter.is_everything()).then_some(admits), tell)
    };
    telling(source, path, cancel, work, tell).await
}

pub(super) async fn profile(
    source: &Source,
    path: &Path,
    request: &ProfileRequest,
    limits: Limits,
    cancel: &CancellationToken,
    tell: &(dyn Fn(ProfileEvent) + Send + Sync),
) -> Result<(), ScanError> {
    let (name, request) = (source.name().to_owned(), request.clone());
    let work = move |connection: &Connection, tell: &(dyn Fn(ProfileEvent) + Send + Sync)| {
        profile::tables(connection, &name, &request, limits, tell)
    };
    telling(source, path, cancel, work, tell).await
}

pub(super) async fn backfill(
    source: &Source,
    path: &Path,
    request: &BackfillRequest,
    limits: Limits,
    cancel: &CancellationToken,
    tell: &(dyn Fn(BackfillEvent) + Send + Sync),
) -> Result<(), ScanError> {
    let request = request.clone();
    let work = move |connection: &Connection, tell: &(dyn Fn(BackfillEvent) + Send + Sync)| {
        backfill::tables(connection, &request, limits, tell)
    };
    telling(source, path, cancel, work, tell).await
}

/// Does `work` on a thread of its own; what it tells is passed on here.
async fn telling<E: Send + 'static, T: Send + 'static>(
    source: &Source,
    path: &Path,
    cancel: &CancellationToken,
    work: impl FnOnce(&Connection, &(dyn Fn(E) + Send + Sync)) -> Result<T, ScanError> + Send + 'static,
    tell: &(dyn Fn(E) + Send + Sync),
) -> Result<T, ScanError> {
    let (events, mut told) = mpsc::unbounded_channel();
    let work = blocking(source.name(), path, cancel, move |connection| {
        // Nobody listens any more only when the caller is gone; then the interrupt comes too.
        work(connection, &|event| drop(events.send(event)))
    });
    let pass_on = async {
        while let Some(event) = told.recv().await {
            tell(event);
        }
        Ok(())
    };
    let (found, ()) = tokio::try_join!(work, pass_on)?;
    Ok(found)
}

pub(super) async fn freshness(
    source: &Source,
    path: &Path,
    request: &FreshnessRequest,
    cancel: &CancellationToken,
) -> Result<FreshnessAnswer, ScanError> {
    let request = request.clone();
    blocking(source.name(), path, cancel, move |connection| freshness::tables(connection, &request)).await
}

/// The file's name without its extension: the rest of the path is nobody's business.
fn database_name(path: &Path) -> String {
    path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Quotes an identifier.
fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
