//! MySQL 8 and MariaDB 10.6 and later. A source is one database of a server.

mod backfill;
mod catalog;
mod connection;
mod expectation;
mod freshness;
mod load;
mod pass;
mod posture;
mod profile;
mod statistics;
mod target;
mod value;

use tokio_util::sync::CancellationToken;
use types::protocol::{FreshnessAnswer, Progress, SourceInfo};
use types::snapshot::Snapshot;

use crate::backfill::{BackfillEvent, BackfillRequest};
use crate::source::MysqlTarget;
use crate::{Filter, FreshnessRequest, Limits, ProfileEvent, ProfileRequest, ScanError, Source};
use connection::Connection;
pub(super) use posture::ADVICE;

pub(super) async fn info(
    source: &Source,
    target: &MysqlTarget,
    limits: Limits,
) -> Result<SourceInfo, ScanError> {
    let (mut connection, stopper) = Connection::open(source.name(), target, limits).await?;
    stopper.stopped_when_dropped(posture::info(source, target, &mut connection, limits)).await
}

pub(super) async fn fingerprint(
    source: &Source,
    target: &MysqlTarget,
    limits: Limits,
    cancel: &CancellationToken,
) -> Result<String, ScanError> {
    let (mut connection, stopper) = Connection::open(source.name(), target, limits).await?;
    stopper.unless_cancelled(cancel, catalog::fingerprint(&mut connection, limits)).await
}

pub(super) async fn look(
    source: &Source,
    target: &MysqlTarget,
    is_known: &(dyn Fn(&str) -> bool + Sync),
    limits: Limits,
    cancel: &CancellationToken,
) -> Result<(String, Option<Snapshot>), ScanError> {
    let (mut connection, stopper) = Connection::open(source.name(), target, limits).await?;
    stopper.unless_cancelled(cancel, catalog::look(&mut connection, is_known, limits)).await
}

pub(super) async fn scan(
    source: &Source,
    target: &MysqlTarget,
    filter: &Filter,
    limits: Limits,
    cancel: &CancellationToken,
    tell: &(dyn Fn(Progress) + Send + Sync),
) -> Result<Snapshot, ScanError> {
    let (mut connection, stopper) = Connection::open(source.name(), target, limits).await?;
    stopper.unless_cancelled(cancel, catalog::scan(&mut connection, filter, limits, tell)).await
}

pub(super) async fn profile(
    source: &Source,
    target: &MysqlTarget,
    request: &ProfileRequest,
    limits: Limits,
    cancel: &CancellationToken,
    tell: &(dyn Fn(ProfileEvent) + Send + Sync),
) -> Result<(), ScanError> {
    let (mut connection, stopper) = Connection::open(source.name(), target, limits).await?;
    let work = profile::tables(&mut connection, &stopper, request, limits, tell);
    stopper.unless_cancelled(cancel, work).await
}

pub(super) async fn backfill(
    source: &Source,
    target: &MysqlTarget,
    request: &BackfillRequest,
    limits: Limits,
    cancel: &CancellationToken,
    tell: &(dyn Fn(BackfillEvent) + Send + Sync),
) -> Result<(), ScanError> {
    let (mut connection, stopper) = Connection::open(source.name(), target, limits).await?;
    stopper.unless_cancelled(cancel, backfill::tables(&mut connection, request, limits, tell)).await
}

pub(super) async fn freshness(
    source: &Source,
    target: &MysqlTarget,
    request: &FreshnessRequest,
    limits: Limits,
    cancel: &CancellationToken,
) -> Result<FreshnessAnswer, ScanError> {
    let (mut connection, stopper) = Connection::open(source.name(), target, limits).await?;
    stopper.unless_cancelled(cancel, freshness::tables(&mut connection, request, limits)).await
}
