//! Manifests: the objects of a snapshot, as a list in two levels so that versions share what did not change.
//!
//! The sorted entries are cut into chunks of about 128 where the hash of an entry's name says so: an object that comes or
//! goes moves no other cut. Chunks and the root that lists them are blobs, so comparing two versions reads only the
//! chunks that differ.

use std::collections::{BTreeMap, HashSet};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::object::{self, Address, Packed};
use crate::{Error, Reads};

/// One name in this many ends a chunk.
const CHUNK: u8 = 128;
/// Names are chosen by whoever owns the database: without a limit, some choices would make one endless chunk.
const LARGEST: usize = 1024;

/// One object of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Entry {
    pub path: String,
    pub kind: String,
    /// Of its canonical form: equal hashes mean an unchanged object.
    pub hash: String,
    /// Of all that is kept of it.
    pub address: Address,
}

impl Entry {
    fn name(&self) -> (&str, &str) {
        (&self.path, &self.kind)
    }

    fn ends_chunk(&self) -> bool {
        let mut hasher = blake3::Hasher::new();
        hasher.update(self.path.as_bytes());
        hasher.update(&[0]);
        hasher.update(self.kind.as_bytes());
        let [first, ..] = *hasher.finalize().as_bytes();
        first % CHUNK == 0
    }
}

/// The list of a version's objects, ready to be kept with [`object::put_many`]: where it will be, and its blobs. Equal
/// lists have equal addresses, in whatever order they come.
///
/// # Errors
/// [`Error::Corrupt`] when it cannot be written.
pub fn pack(entries: &[Entry]) -> Result<(Address, Vec<Packed>), Error> {
    let mut sorted = entries.to_vec();
    sorted.sort_unstable();
    let pack = |content: Vec<u8>| Packed::new(&content);
    let mut blobs = cut(&sorted).map(|chunk| pack(encode(chunk)?)).collect::<Result<Vec<_>, _>>()?;
    let addresses: Vec<_> = blobs.iter().map(|chunk| &chunk.address).collect();
    let root = pack(encode(&addresses)?)?;
    let address = root.address.clone();
    blobs.push(root);
    Ok((address, blobs))
}

/// Every blob that a list is made of, and every object that it names, added to `live`; what is there is not read again.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Corrupt`].
pub(crate) async fn mark(
    tx: &impl Reads,
    manifest: &Address,
    live: &mut HashSet<Address>,
) -> Result<(), Error> {
    if !live.insert(manifest.clone()) {
        return Ok(());
    }
    let mut unseen = chunks(tx, manifest).await?;
    unseen.retain(|chunk| live.insert(chunk.clone()));
    live.extend(entries(tx, &unseen).await?.into_iter().map(|entry| entry.address));
    Ok(())
}

/// The objects of a version, sorted by path and kind.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Corrupt`].
pub async fn read(tx: &impl Reads, manifest: &Address) -> Result<Vec<Entry>, Error> {
    let chunks = chunks(tx, manifest).await?;
    entries(tx, &chunks).await
}

/// What differs between two versions by canonical hash: the entries of the old and those of the new, both sorted. A
/// changed object is on both sides, a removed one on the old, an added one on the new.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Corrupt`].
pub async fn changed(
    tx: &impl Reads,
    old: &Address,
    new: &Address,
) -> Result<(Vec<Entry>, Vec<Entry>), Error> {
    if old == new {
        return Ok((Vec::new(), Vec::new()));
    }
    let (old, new) = (chunks(tx, old).await?, chunks(tx, new).await?);
    let shared: HashSet<&Address> = old.iter().filter(|chunk| new.contains(chunk)).collect();
    let only = |chunks: &[Address]| -> Vec<Address> {
        chunks.iter().filter(|chunk| !shared.contains(chunk)).cloned().collect()
    };
    let (old, new) = (entries(tx, &only(&old)).await?, entries(tx, &only(&new)).await?);
    Ok((without(&old, &new), without(&new, &old)))
}

fn cut(mut entries: &[Entry]) -> impl Iterator<Item = &[Entry]> {
    std::iter::from_fn(move || {
        if entries.is_empty() {
            return None;
        }
        let length = entries
            .iter()
            .take(LARGEST)
            .position(Entry::ends_chunk)
            .map_or(entries.len().min(LARGEST), |last| last + 1);
        let (chunk, rest) = entries.split_at(length);
        entries = rest;
        Some(chunk)
    })
}

/// Those that `others` does not have with the same hash.
fn without(entries: &[Entry], others: &[Entry]) -> Vec<Entry> {
    let others: BTreeMap<_, _> = others.iter().map(|entry| (entry.name(), &entry.hash)).collect();
    entries.iter().filter(|entry| others.get(&entry.name()) != Some(&&entry.hash)).cloned().collect()
}

async fn chunks(tx: &impl Reads, manifest: &Address) -> Result<Vec<Address>, Error> {
    decode(&object::get(tx, manifest).await?)
}

async fn entries(tx: &impl Reads, chunks: &[Address]) -> Result<Vec<Entry>, Error> {
    let mut entries = Vec::new();
    for chunk in object::get_many(tx, chunks).await? {
        entries.extend(decode::<Vec<Entry>>(&chunk)?);
    }
    Ok(entries)
}

fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(value)
        .map_err(|error| Error::Corrupt(format!("a manifest cannot be written: {error}")))
}

fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(bytes)
        .map_err(|error| Error::Corrupt(format!("a manifest cannot be read: {error}")))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn entry(number: usize) -> Entry {
        Entry {
            path: format!("public.table_{number:05}"),
            kind: "table".into(),
            hash: number.to_string(),
            address: Address::of(&number.to_be_bytes()),
        }
    }

    #[test]
    fn an_object_more_changes_at_most_two_chunks() {
        let all: Vec<Entry> = (0..5000).map(entry).collect();
        let before: BTreeSet<&[Entry]> = cut(&all).collect();
        assert!((20..80).contains(&before.len()), "{} chunks", before.len());
        let mut fewer = all.clone();
        fewer.remove(2500);
        let changed = cut(&fewer).filter(|chunk| !before.contains(chunk)).count();
        assert!(changed <= 2, "{changed} chunks");
    }

    #[test]
    fn no_chunk_is_larger_than_the_limit() {
        let hostile: Vec<Entry> =
            (0..400_000).map(entry).filter(|entry| !entry.ends_chunk()).take(3000).collect();
        assert!(cut(&hostile).all(|chunk| chunk.len() <= LARGEST));
    }
}
