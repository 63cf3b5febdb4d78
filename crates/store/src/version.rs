//! Versions of a source's schema.

use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use types::schema::ObjectCounts;
use types::snapshot::SnapshotHeader;
use types::{DriftId, RunId, SourceId, Timestamp};

use crate::entity::schema_version::{ActiveModel, Column, Entity, Model};
use crate::object::Address;
use crate::row::{json, number, time, time_option, to_json};
use crate::transaction::Connected;
use crate::{Error, Reads, WriteTx, scoped};

/// One row of `schema_version`.
#[derive(Clone, Debug, PartialEq)]
pub struct Version {
    pub source_id: SourceId,
    /// Counts from 1 within the source.
    pub version: u32,
    pub root_hash: String,
    /// Where its manifest is; that of no objects at all once it was removed.
    pub manifest: Address,
    pub header: SnapshotHeader,
    pub counts: ObjectCounts,
    pub canonical_version: u32,
    pub captured_at: Timestamp,
    /// When a scan last found it unchanged, or made it.
    pub verified_at: Timestamp,
    pub run_id: RunId,
    pub rebased: bool,
    pub drift_id: Option<DriftId>,
    /// Since when its objects are not kept any more; see [`crate::retention`].
    pub removed_at: Option<Timestamp>,
}

/// Adds one.
///
/// # Errors
/// [`Error::Conflict`] when the number is taken.
pub async fn insert(tx: &WriteTx, version: &Version) -> Result<(), Error> {
    let row = ActiveModel {
        source_id: Set(version.source_id.0),
        version: Set(number(version.version)?),
        root_hash: Set(version.root_hash.clone()),
        manifest: Set(version.manifest.to_string()),
        header: Set(to_json(&version.header)?),
        counts: Set(to_json(&version.counts)?),
        canonical_version: Set(number(version.canonical_version)?),
        captured_at: Set(version.captured_at.millis()),
        verified_at: Set(version.verified_at.millis()),
        run_id: Set(version.run_id.0),
        rebased: Set(version.rebased),
        drift_id: Set(version.drift_id.map(|id| id.0)),
        removed_at: Set(version.removed_at.map(Timestamp::millis)),
        ..Default::default()
    };
    scoped::insert(tx, row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Notes that a scan found a version unchanged; its objects may have new physical ids.
///
/// # Errors
/// [`Error::NotFound`] when there is no such version.
pub async fn verify(
    tx: &WriteTx,
    source: SourceId,
    version: u32,
    manifest: Option<&Address>,
    now: Timestamp,
) -> Result<(), Error> {
    let mut row = ActiveModel { verified_at: Set(now.millis()), ..Default::default() };
    if let Some(manifest) = manifest {
        row.manifest = Set(manifest.to_string());
    }
    let version: i32 = number(version)?;
    let result = scoped::update::<Entity>(tx)
        .set(row)
        .filter(Column::SourceId.eq(source.0))
        .filter(Column::Version.eq(version))
        .exec(tx.connection())
        .await?;
    if result.rows_affected == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// Notes that somebody compares databases with a version.
///
/// # Errors
/// When the database fails.
pub async fn mark_baseline(
    tx: &WriteTx,
    source: SourceId,
    version: u32,
    now: Timestamp,
) -> Result<(), Error> {
    let row = ActiveModel { baseline_at: Set(Some(now.millis())), ..Default::default() };
    let version: i32 = number(version)?;
    scoped::update::<Entity>(tx)
        .set(row)
        .filter(Column::SourceId.eq(source.0))
        .filter(Column::Version.eq(version))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// The newest version of a source.
///
/// # Errors
/// When the database fails.
pub async fn latest(tx: &impl Reads, source: SourceId) -> Result<Option<Version>, Error> {
    Ok(list(tx, source, None, 1).await?.pop())
}

/// One version.
///
/// # Errors
/// [`Error::NotFound`] when there is none of that number.
pub async fn find(tx: &impl Reads, source: SourceId, version: u32) -> Result<Version, Error> {
    let version: i32 = number(version).map_err(|_| Error::NotFound)?;
    scoped::find::<Entity>(tx)
        .filter(Column::SourceId.eq(source.0))
        .filter(Column::Version.eq(version))
        .one(tx.connection())
        .await?
        .ok_or(Error::NotFound)?
        .try_into()
}

/// The version that was the newest at a time; none before the first.
///
/// # Errors
/// When the database fails.
pub async fn at(tx: &impl Reads, source: SourceId, time: Timestamp) -> Result<Option<Version>, Error> {
    let found = scoped::find::<Entity>(tx)
        .filter(Column::SourceId.eq(source.0))
        .filter(Column::CapturedAt.lte(time.millis()))
        .order_by_desc(Column::Version)
        .limit(1)
        .one(tx.connection())
        .await?;
    found.map(Version::try_from).transpose()
}

/// At most `rows` versions before `before`, newest first.
///
/// # Errors
/// When the database fails.
pub async fn list(
    tx: &impl Reads,
    source: SourceId,
    before: Option<u32>,
    rows: u64,
) -> Result<Vec<Version>, Error> {
    let mut query = scoped::find::<Entity>(tx).filter(Column::SourceId.eq(source.0));
    if let Some(before) = before {
        let before: i32 = number(before)?;
        query = query.filter(Column::Version.lt(before));
    }
    let found = query.order_by_desc(Column::Version).limit(rows).all(tx.connection()).await?;
    found.into_iter().map(Version::try_from).collect()
}

/// How many versions a source has, with those that were removed.
///
/// # Errors
/// When the database fails.
pub async fn count(tx: &impl Reads, source: SourceId) -> Result<u64, Error> {
    scoped::count(tx, scoped::find::<Entity>(tx).filter(Column::SourceId.eq(source.0))).await
}

impl TryFrom<Model> for Version {
    type Error = Error;

    fn try_from(row: Model) -> Result<Self, Error> {
        Ok(Self {
            source_id: SourceId(row.source_id),
            version: number(row.version)?,
            root_hash: row.root_hash,
            manifest: row.manifest.parse()?,
            header: json(row.header)?,
            counts: json(row.counts)?,
            canonical_version: number(row.canonical_version)?,
            captured_at: time(row.captured_at)?,
            verified_at: time(row.verified_at)?,
            run_id: RunId(row.run_id),
            rebased: row.rebased,
            drift_id: row.drift_id.map(DriftId),
            removed_at: time_option(row.removed_at)?,
        })
    }
}
