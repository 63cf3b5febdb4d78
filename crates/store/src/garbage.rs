//! Blobs that nothing refers to: what a run wrote that ended before its flip, a list that another one replaced, and what
//! only versions held that are removed.
//!
//! What is referred to is found by reading, and what is not is deleted later. In between a run may begin to refer to a blob
//! that it found there; but whoever wants a blob marks it as young, and only blobs that are older than
//! [`GRACE`](crate::object::GRACE) are ever deleted.

use std::collections::HashSet;

use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use types::Timestamp;

use crate::entity::{drift, run, schema_object, schema_version, staged_object, staged_profile};
use crate::object::{Address, GRACE};
use crate::run::ACTIVE;
use crate::transaction::Connected;
use crate::{Error, Reads, WriteTx, manifest, scoped};

/// How many blobs are looked at, and how many rows deleted, by one statement.
pub const BATCH: usize = 500;

/// At most `most` blobs that nothing refers to and that nobody has wanted lately.
///
/// # Errors
/// [`Error::Corrupt`] when a version's list cannot be read: then nothing may be deleted.
pub async fn dead(tx: &impl Reads, now: Timestamp, most: usize) -> Result<Vec<Address>, Error> {
    use schema_object::Column::{CreatedAt, Hash};
    let before = Timestamp(now.0 - GRACE).millis();
    let (mut dead, mut live) = (Vec::new(), None);
    let mut last = String::new();
    loop {
        let old: Vec<String> = scoped::find::<schema_object::Entity>(tx)
            .select_only()
            .column(Hash)
            .filter(CreatedAt.lt(before))
            .filter(Hash.gt(last.as_str()))
            .order_by_asc(Hash)
            .limit(BATCH as u64)
            .into_tuple()
            .all(tx.connection())
            .await?;
        let Some(end) = old.last() else { return Ok(dead) };
        last.clone_from(end);
        // Only found out when there is something old at all.
        let live = match &mut live {
            Some(live) => live,
            empty => empty.insert(referred(tx).await?),
        };
        for hash in old {
            let address: Address = hash.parse()?;
            if !live.contains(&address) {
                dead.push(address);
            }
            if dead.len() == most {
                return Ok(dead);
            }
        }
    }
}

/// Deletes those of some blobs that nobody has wanted meanwhile; answers how many.
///
/// # Errors
/// When the database fails.
pub async fn sweep(tx: &WriteTx, dead: &[Address], now: Timestamp) -> Result<u64, Error> {
    use schema_object::Column::{CreatedAt, Hash};
    let before = Timestamp(now.0 - GRACE).millis();
    let deleted = scoped::delete::<schema_object::Entity>(tx)
        .filter(Hash.is_in(dead.iter().map(Address::as_str)))
        .filter(CreatedAt.lt(before))
        .exec(tx.connection())
        .await?;
    Ok(deleted.rows_affected)
}

/// Deletes a part of what runs have staged that are not under way; answers how many rows.
///
/// # Errors
/// When the database fails.
pub async fn clear_staged(tx: &WriteTx) -> Result<u64, Error> {
    let active: Vec<uuid::Uuid> = scoped::find::<run::Entity>(tx)
        .select_only()
        .column(run::Column::Id)
        .filter(run::Column::State.is_in(ACTIVE))
        .into_tuple()
        .all(tx.connection())
        .await?;
    let objects = {
        use staged_object::Column::{Kind, Path, RunId};
        let left = RunId.is_in(active.clone()).not();
        scoped::delete_some::<staged_object::Entity, 3>(tx, left, [RunId, Path, Kind], BATCH).await?
    };
    let profiles = {
        use staged_profile::Column::{RunId, TablePath};
        let left = RunId.is_in(active).not();
        scoped::delete_some::<staged_profile::Entity, 2>(tx, left, [RunId, TablePath], BATCH).await?
    };
    Ok(objects + profiles)
}

/// Everything that the organization refers to.
async fn referred(tx: &impl Reads) -> Result<HashSet<Address>, Error> {
    let staged: Vec<String> = scoped::find::<staged_object::Entity>(tx)
        .select_only()
        .column(staged_object::Column::Address)
        .into_tuple()
        .all(tx.connection())
        .await?;
    let events: Vec<String> = scoped::find::<drift::Entity>(tx)
        .select_only()
        .column(drift::Column::Changes)
        .into_tuple()
        .all(tx.connection())
        .await?;
    let mut live =
        staged.into_iter().chain(events).map(Address::try_from).collect::<Result<HashSet<_>, _>>()?;
    let versions: Vec<String> = scoped::find::<schema_version::Entity>(tx)
        .select_only()
        .column(schema_version::Column::Manifest)
        .into_tuple()
        .all(tx.connection())
        .await?;
    for version in versions {
        manifest::mark(tx, &version.parse()?, &mut live).await?;
    }
    Ok(live)
}
