//! Versions that are not kept whole any more.
//!
//! A removed version keeps its row, with its number, its times and its counts: drift refers to it, and nobody takes a
//! later one for it. It lets go of its objects, which [`crate::garbage`] collects once nothing else refers to them.

use std::collections::BTreeSet;

use domain::retention::{Version, baselines_since};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, Condition, QueryFilter, QueryOrder, QuerySelect};
use types::change::Severity;
use types::drift::DriftStatus;
use types::incident::Evidence;
use types::{SourceId, Timestamp};
use uuid::Uuid;

use crate::entity::{drift, schema_version};
use crate::row::{number, time, time_option};
use crate::transaction::Connected;
use crate::{Error, Reads, WriteTx, incident, manifest, object, scoped};

/// How many versions are removed in one transaction.
pub const BATCH: usize = 200;

/// The sources that have a version, also those that are deleted: their history stays.
///
/// # Errors
/// When the database fails.
pub async fn sources(tx: &impl Reads) -> Result<Vec<SourceId>, Error> {
    use schema_version::Column::SourceId as Source;
    let found: Vec<Uuid> = scoped::find::<schema_version::Entity>(tx)
        .select_only()
        .column(Source)
        .distinct()
        .order_by_asc(Source)
        .into_tuple()
        .all(tx.connection())
        .await?;
    Ok(found.into_iter().map(SourceId).collect())
}

/// All versions of a source, newest first.
///
/// # Errors
/// When the database fails.
pub async fn versions(tx: &impl Reads, source: SourceId) -> Result<Vec<Version>, Error> {
    use schema_version::Column;
    let rows: Vec<(i32, i64, Option<i64>, Option<i64>)> = scoped::find::<schema_version::Entity>(tx)
        .select_only()
        .columns([Column::Version, Column::CapturedAt, Column::BaselineAt, Column::RemovedAt])
        .filter(Column::SourceId.eq(source.0))
        .order_by_desc(Column::Version)
        .into_tuple()
        .all(tx.connection())
        .await?;
    let version = |(version, captured_at, baseline_at, removed_at): (_, _, _, Option<i64>)| {
        Ok(Version {
            version: number::<i32, u32>(version)?,
            captured_at: time(captured_at)?,
            baseline_at: time_option(baseline_at)?,
            removed: removed_at.is_some(),
        })
    };
    rows.into_iter().map(version).collect()
}

/// The versions that something of a source still needs: what an incident that has not ended is about and is compared with,
/// and both sides of drift that asks for a decision and has none.
///
/// # Errors
/// When the database fails.
pub async fn needed(tx: &impl Reads, source: SourceId) -> Result<BTreeSet<u32>, Error> {
    use drift::Column;
    let (mut needed, mut events) = (BTreeSet::new(), Vec::new());
    for incident in incident::active_of(tx, source).await? {
        if let Evidence::Schema { base_version, new_version, .. } = incident.evidence {
            needed.extend([base_version, new_version]);
        }
        events.extend(incident.drift_id.map(|id| id.0));
    }
    let undecided = [DriftStatus::New, DriftStatus::Acknowledged].map(DriftStatus::as_str);
    let alarming = [Severity::PotentiallyBreaking, Severity::Breaking].map(Severity::as_str);
    let wanted = Condition::any()
        .add(Column::Id.is_in(events))
        .add(Condition::all().add(Column::Status.is_in(undecided)).add(Column::Severity.is_in(alarming)));
    let sides: Vec<(i32, i32)> = scoped::find::<drift::Entity>(tx)
        .select_only()
        .columns([Column::OldVersion, Column::NewVersion])
        .filter(Column::SourceId.eq(source.0))
        .filter(wanted)
        .into_tuple()
        .all(tx.connection())
        .await?;
    for (old, new) in sides {
        needed.extend([number::<i32, u32>(old)?, number::<i32, u32>(new)?]);
    }
    Ok(needed)
}

/// Removes versions of a source, but for those that something has come to need meanwhile; answers how many. The newest
/// must not be among them: a scan compares with it.
///
/// # Errors
/// When the database fails.
pub async fn remove(tx: &WriteTx, source: SourceId, versions: &[u32], now: Timestamp) -> Result<u64, Error> {
    use schema_version::{ActiveModel, Column, Entity};
    let needed = needed(tx, source).await?;
    let free = versions.iter().filter(|version| !needed.contains(version));
    let free = free.map(|version| number(*version)).collect::<Result<Vec<i32>, Error>>()?;
    let (nothing, blobs) = manifest::pack(&[])?;
    object::put_many(tx, blobs, now).await?;
    let row = ActiveModel {
        manifest: Set(nothing.to_string()),
        removed_at: Set(Some(now.millis())),
        ..Default::default()
    };
    let baselines = baselines_since(now).millis();
    let mut removed = 0;
    for batch in free.chunks(BATCH) {
        let result = scoped::update::<Entity>(tx)
            .set(row.clone())
            .filter(Column::SourceId.eq(source.0))
            .filter(Column::Version.is_in(batch.iter().copied()))
            .filter(Column::RemovedAt.is_null())
            .filter(Condition::any().add(Column::BaselineAt.is_null()).add(Column::BaselineAt.lt(baselines)))
            .exec(tx.connection())
            .await?;
        removed += result.rows_affected;
    }
    Ok(removed)
}
