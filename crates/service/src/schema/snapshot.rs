//! A version's objects, read back from the store.

use store::Reads;
use store::manifest::{self, Entry};
use store::object::{self, Address};
use store::version::Version;
use types::snapshot::{Object, Snapshot};

use crate::Error;

/// The whole snapshot of a version.
///
/// # Errors
/// When the store fails.
pub(crate) async fn snapshot(tx: &impl Reads, version: &Version) -> Result<Snapshot, Error> {
    let entries = manifest::read(tx, &version.manifest).await?;
    Ok(Snapshot { header: version.header.clone(), objects: objects(tx, &entries).await? })
}

/// The objects of some entries, in their order.
///
/// # Errors
/// When the store fails.
pub(crate) async fn objects(tx: &impl Reads, entries: &[Entry]) -> Result<Vec<Object>, Error> {
    let addresses: Vec<Address> = entries.iter().map(|entry| entry.address.clone()).collect();
    object::get_many(tx, &addresses).await?.iter().map(|bytes| parse(bytes)).collect()
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
