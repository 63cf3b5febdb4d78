//! A version's objects, read back from the store.

use std::sync::Arc;

use store::Reads;
use store::manifest::{self, Entry};
use store::object::{self, Address};
use store::version::Version;
use types::SourceId;
use types::snapshot::{Object, Snapshot};

use super::cache::{Kept, Key};
use super::version_of;
use crate::permission::SchemaRead;
use crate::{Context, Error, Scope};

/// The whole snapshot of a version, from memory when it was read lately.
///
/// # Errors
/// [`Error::VersionRemoved`] when it is not kept any more; when the store fails.
pub(crate) async fn snapshot(
    context: &Context,
    tx: &impl Reads,
    version: &Version,
) -> Result<Arc<Snapshot>, Error> {
    if let Some(at) = version.removed_at {
        return Err(Error::VersionRemoved { version: version.version, at });
    }
    let read = async {
        let entries = manifest::read(tx, &version.manifest).await?;
        let contents = contents(tx, &entries).await?;
        let bytes = contents.iter().map(|content| content.len() as u64).sum();
        let snapshot = Snapshot { header: version.header.clone(), objects: parse_all(contents).await? };
        Ok::<_, Error>(Kept { snapshot: Arc::new(snapshot), bytes })
    };
    context.snapshots.get(&Key::of(tx.org(), version), read).await
}

/// A version as a file: all that `bastion diff` and `bastion check` compare. One that is asked for by its number is
/// somebody's baseline, and kept for that.
///
/// # Errors
/// [`Error::NoSnapshot`] before the first scan, [`Error::NotFound`] for an unknown source or version,
/// [`Error::VersionRemoved`] for one that is not kept any more.
pub async fn export(
    context: &Context,
    scope: &Scope<SchemaRead>,
    source: Option<&str>,
    version: Option<u32>,
) -> Result<Snapshot, Error> {
    let tx = context.store.read(scope.tenant()).await?;
    let (_, found) = version_of(&tx, source, version).await?;
    let snapshot = snapshot(context, &tx, &found).await?;
    drop(tx);
    if version.is_some()
        && let Err(error) = mark_baseline(context, scope, found.source_id, found.version).await
    {
        // A full or read-only database can still be read. It is marked the next time.
        tracing::warn!(%error, version = found.version, "a baseline could not be marked");
    }
    Ok(Arc::unwrap_or_clone(snapshot))
}

async fn mark_baseline(
    context: &Context,
    scope: &Scope<SchemaRead>,
    source: SourceId,
    version: u32,
) -> Result<(), Error> {
    let tx = context.store.write(scope.tenant()).await?;
    store::version::mark_baseline(&tx, source, version, context.now()).await?;
    Ok(tx.commit().await?)
}

/// The objects of some entries, in their order.
///
/// # Errors
/// When the store fails.
pub(crate) async fn objects(tx: &impl Reads, entries: &[Entry]) -> Result<Vec<Object>, Error> {
    parse_all(contents(tx, entries).await?).await
}

async fn contents(tx: &impl Reads, entries: &[Entry]) -> Result<Vec<Vec<u8>>, Error> {
    let addresses: Vec<Address> = entries.iter().map(|entry| entry.address.clone()).collect();
    Ok(object::get_many(tx, &addresses).await?)
}

/// Decoding a large schema takes longer than a thread that serves requests may be held.
async fn parse_all(contents: Vec<Vec<u8>>) -> Result<Vec<Object>, Error> {
    tokio::task::spawn_blocking(move || contents.iter().map(|bytes| parse(bytes)).collect())
        .await
        .map_err(|error| Error::Internal(format!("the snapshot could not be decoded: {error}")))?
}

/// One stored value.
///
/// # Errors
/// When the store fails.
pub(crate) async fn value<T: serde::de::DeserializeOwned>(
    tx: &impl Reads,
    address: &Address,
) -> Result<T, Error> {
    parse(&object::get(tx, address).await?)
}

fn parse<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(bytes).map_err(|error| store::Error::Corrupt(error.to_string()).into())
}
