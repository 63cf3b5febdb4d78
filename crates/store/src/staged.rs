//! What a run has read and nobody sees yet.
//!
//! Rows are keyed by run and path, so an attempt that repeats a page overwrites it.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use types::RunId;
use types::profile::TableProfile;

use crate::entity::{staged_object, staged_profile};
use crate::manifest::Entry;
use crate::row::{json, to_json};
use crate::transaction::Connected;
use crate::{Error, Reads, WriteTx, scoped};

/// How many rows one statement inserts.
const BATCH: usize = 500;

/// Keeps objects of a run.
///
/// # Errors
/// When the database fails.
pub async fn put_objects(tx: &WriteTx, run: RunId, objects: &[Entry]) -> Result<(), Error> {
    use staged_object::{ActiveModel, Column};
    for batch in objects.chunks(BATCH) {
        let rows = batch.iter().map(|object| ActiveModel {
            run_id: Set(run.0),
            path: Set(object.path.clone()),
            kind: Set(object.kind.clone()),
            hash: Set(object.hash.clone()),
            address: Set(object.address.to_string()),
            ..Default::default()
        });
        let again = OnConflict::columns([Column::OrgId, Column::RunId, Column::Path, Column::Kind])
            .update_columns([Column::Hash, Column::Address])
            .to_owned();
        scoped::insert_many(tx, rows).on_conflict(again).exec_without_returning(tx.connection()).await?;
    }
    Ok(())
}

/// The objects of a run, sorted by path, then kind, as those of a version are.
///
/// # Errors
/// When the database fails.
pub async fn objects(tx: &impl Reads, run: RunId) -> Result<Vec<Entry>, Error> {
    use staged_object::{Column, Entity};
    let rows = scoped::find::<Entity>(tx).filter(Column::RunId.eq(run.0)).all(tx.connection()).await?;
    let mut objects = rows
        .into_iter()
        .map(|row| {
            let address = row.address.parse()?;
            Ok(Entry { path: row.path, kind: row.kind, hash: row.hash, address })
        })
        .collect::<Result<Vec<_>, Error>>()?;
    // Not by the database: its collation is not ours.
    objects.sort_unstable_by(|a, b| (&a.path, &a.kind).cmp(&(&b.path, &b.kind)));
    Ok(objects)
}

/// Keeps profiles of a run.
///
/// # Errors
/// When the database fails.
pub async fn put_profiles(tx: &WriteTx, run: RunId, profiles: &[TableProfile]) -> Result<(), Error> {
    use staged_profile::{ActiveModel, Column};
    for batch in profiles.chunks(BATCH) {
        let rows = batch
            .iter()
            .map(|profile| {
                Ok(ActiveModel {
                    run_id: Set(run.0),
                    table_path: Set(profile.table.clone()),
                    profile: Set(to_json(profile)?),
                    ..Default::default()
                })
            })
            .collect::<Result<Vec<_>, Error>>()?;
        let again = OnConflict::columns([Column::OrgId, Column::RunId, Column::TablePath])
            .update_column(Column::Profile)
            .to_owned();
        scoped::insert_many(tx, rows).on_conflict(again).exec_without_returning(tx.connection()).await?;
    }
    Ok(())
}

/// The profiles of a run, by path.
///
/// # Errors
/// When the database fails.
pub async fn profiles(tx: &impl Reads, run: RunId) -> Result<Vec<TableProfile>, Error> {
    use staged_profile::{Column, Entity};
    let rows = scoped::find::<Entity>(tx)
        .filter(Column::RunId.eq(run.0))
        .order_by_asc(Column::TablePath)
        .all(tx.connection())
        .await?;
    rows.into_iter().map(|row| json(row.profile)).collect()
}

/// The profile of one table of a run, if there is one yet.
///
/// # Errors
/// When the database fails.
pub async fn profile(tx: &impl Reads, run: RunId, table: &str) -> Result<Option<TableProfile>, Error> {
    use staged_profile::{Column, Entity};
    let row = scoped::find::<Entity>(tx)
        .filter(Column::RunId.eq(run.0))
        .filter(Column::TablePath.eq(table))
        .one(tx.connection())
        .await?;
    row.map(|row| json(row.profile)).transpose()
}

/// Forgets the objects of a run, so that its scan can begin again.
///
/// # Errors
/// When the database fails.
pub async fn clear_objects(tx: &WriteTx, run: RunId) -> Result<(), Error> {
    use staged_object::{Column, Entity};
    scoped::delete::<Entity>(tx).filter(Column::RunId.eq(run.0)).exec(tx.connection()).await?;
    Ok(())
}

/// Forgets the profiles of a run, so that it can begin again.
///
/// # Errors
/// When the database fails.
pub async fn clear_profiles(tx: &WriteTx, run: RunId) -> Result<(), Error> {
    use staged_profile::{Column, Entity};
    scoped::delete::<Entity>(tx).filter(Column::RunId.eq(run.0)).exec(tx.connection()).await?;
    Ok(())
}

/// Forgets a part of what a run has staged; `false` when nothing was left.
///
/// # Errors
/// When the database fails.
pub async fn clear_some(tx: &WriteTx, run: RunId) -> Result<bool, Error> {
    let objects = {
        use staged_object::Column::{Kind, Path, RunId};
        scoped::delete_some::<staged_object::Entity, 3>(tx, RunId.eq(run.0), [RunId, Path, Kind], BATCH)
            .await?
    };
    let profiles = {
        use staged_profile::Column::{RunId, TablePath};
        scoped::delete_some::<staged_profile::Entity, 2>(tx, RunId.eq(run.0), [RunId, TablePath], BATCH)
            .await?
    };
    Ok(objects + profiles > 0)
}

/// How many rows the organization has staged, of all its runs.
///
/// # Errors
/// When the database fails.
pub async fn count(tx: &impl Reads) -> Result<u64, Error> {
    use sea_orm::PaginatorTrait;
    let objects = scoped::find::<staged_object::Entity>(tx).count(tx.connection()).await?;
    Ok(objects + scoped::find::<staged_profile::Entity>(tx).count(tx.connection()).await?)
}
