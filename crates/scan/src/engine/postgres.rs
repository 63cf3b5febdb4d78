//! PostgreSQL 13 and later.

mod backfill;
mod catalog;
mod connection;
mod freshness;
mod posture;
mod profile;

use tokio_util::sync::CancellationToken;
use types::protocol::{FreshnessAnswer, SourceInfo};
use types::snapshot::Snapshot;

use crate::backfill::{BackfillEvent, BackfillRequest};
use crate::engine::Tell;
use crate::engine::posture::refuse_unsafe;
use crate::source::PostgresTarget;
use crate::{Filter, FreshnessRequest, Limits, ProfileEvent, ProfileRequest, ScanError, Source};
use connection::Connection;
pub(super) use posture::ADVICE;

pub(super) async fn info(
    source: &Source,
    target: &PostgresTarget,
    limits: Limits,
) -> Result<SourceInfo, ScanError> {
    let connection = Connection::open(source.name(), target, limits).await?;
    connection.stopped_when_dropped(posture::info(source, target, &connection)).await
}

pub(super) async fn fingerprint(
    source: &Source,
    target: &PostgresTarget,
    limits: Limits,
    cancel: &CancellationToken,
) -> Result<String, ScanError> {
    let connection = Connection::open(source.name(), target, limits).await?;
    connection.unless_cancelled(cancel, fingerprint_over(&connection, limits)).await
}

async fn fingerprint_over(connection: &Connection, limits: Limits) -> Result<String, ScanError> {
    connection.begin(limits.catalog_statement).await?;
    let fingerprint = catalog::fingerprint(connection).await?;
    connection.commit().await?;
    Ok(fingerprint)
}

/// The fingerprint, unless the role can do more than read. In a large catalog each takes a moment, so the role is looked at
/// on a connection of its own at the same time, where a second one is to be had.
pub(super) async fn safe_fingerprint(
    source: &Source,
    target: &PostgresTarget,
    limits: Limits,
    cancel: &CancellationToken,
) -> Result<String, ScanError> {
    let connection = Connection::open(source.name(), target, limits).await?;
    let safe = async {
        let info = posture::info(source, target, &connection).await?;
        refuse_unsafe(source.name(), &info.findings, ADVICE)
    };
    let beside = async {
        if limits.is_one_connection() {
            return Ok(None);
        }
        let one =
            |error: &ScanError| tracing::debug!(%error, "the fingerprint is asked for over one connection");
        Ok(fingerprint(source, target, limits, cancel).await.inspect_err(one).ok())
    };
    let work = async {
        match tokio::try_join!(safe, beside)? {
            ((), Some(fingerprint)) => Ok(fingerprint),
            ((), None) => fingerprint_over(&connection, limits).await,
        }
    };
    connection.unless_cancelled(cancel, work).await
}

pub(super) async fn scan(
    source: &Source,
    target: &PostgresTarget,
    filter: &Filter,
    limits: Limits,
    cancel: &CancellationToken,
    tell: Tell<'_>,
) -> Result<Snapshot, ScanError> {
    let mut last: Option<ScanError> = None;
    loop {
        // A server that takes nobody back is told of by what it did before.
        let connection = match Connection::open(source.name(), target, limits).await {
            Ok(connection) => connection,
            Err(error) => return Err(last.unwrap_or(error)),
        };
        let work = catalog::scan(&connection, (source.name(), target), filter, limits, tell);
        match connection.unless_cancelled(cancel, work).await {
            // A standby ends connections that rest in a transaction which stands in the way of what it replays.
            Err(error @ ScanError::Lost(_)) if last.is_none() && !cancel.is_cancelled() => {
                tracing::info!(source = source.name(), %error, "reading the catalog over another connection");
                last = Some(error);
            }
            ended => return ended,
        }
    }
}

pub(super) async fn profile(
    source: &Source,
    target: &PostgresTarget,
    request: &ProfileRequest,
    limits: Limits,
    cancel: &CancellationToken,
    tell: &(dyn Fn(ProfileEvent) + Send + Sync),
) -> Result<Option<String>, ScanError> {
    let mut course = profile::Course::start(request.budget);
    let mut last: Option<ScanError> = None;
    loop {
        // A server that takes nobody back is told of by what it did before.
        let connection = match Connection::open(source.name(), target, limits).await {
            Ok(connection) => connection,
            Err(error) => return Err(last.unwrap_or(error)),
        };
        let work = profile::tables(&connection, source.name(), request, limits, &mut course, tell);
        let ended = connection.unless_cancelled(cancel, work).await;
        match ended {
            Err(error) if course.goes_on() && !cancel.is_cancelled() => {
                tracing::info!(source = source.name(), %error, "profiling goes on over another connection");
                last = Some(error);
            }
            ended => return ended,
        }
    }
}

pub(super) async fn profile_fingerprint(
    source: &Source,
    target: &PostgresTarget,
    request: &ProfileRequest,
    limits: Limits,
    cancel: &CancellationToken,
) -> Result<Option<String>, ScanError> {
    let connection = Connection::open(source.name(), target, limits).await?;
    let work = async {
        connection.begin(limits.catalog_statement).await?;
        let fingerprint = profile::fingerprint(&connection, request).await?;
        connection.commit().await?;
        Ok(fingerprint)
    };
    connection.unless_cancelled(cancel, work).await
}

pub(super) async fn backfill(
    source: &Source,
    target: &PostgresTarget,
    request: &BackfillRequest,
    limits: Limits,
    cancel: &CancellationToken,
    tell: &(dyn Fn(BackfillEvent) + Send + Sync),
) -> Result<(), ScanError> {
    let connection = Connection::open(source.name(), target, limits).await?;
    connection.unless_cancelled(cancel, backfill::tables(&connection, request, limits, tell)).await
}

pub(super) async fn freshness(
    source: &Source,
    target: &PostgresTarget,
    request: &FreshnessRequest,
    limits: Limits,
    cancel: &CancellationToken,
) -> Result<FreshnessAnswer, ScanError> {
    let connection = Connection::open(source.name(), target, limits).await?;
    connection.unless_cancelled(cancel, freshness::tables(&connection, request, limits)).await
}
