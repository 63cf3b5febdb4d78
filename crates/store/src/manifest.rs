//! Manifests: the objects of a snapshot, as a tree whose parts versions share where nothing changed.
//!
//! The sorted entries are cut into nodes of about sixteen where the hash of an entry's name says so, the list of these
//! nodes again, and so on up to one root: an object that comes or goes moves no other cut. Every node is a blob, so a
//! change of one object writes a node of each level, and comparing two versions reads only the nodes that differ.
//! Earlier manifests have one list of larger nodes, which is read just the same.

use std::collections::{BTreeMap, HashSet};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::object::{self, Address, Packed};
use crate::{Error, Reads};

/// A node of the lowest level ends at every name whose hash ends in so many zero bits, one of the next level at twice so
/// many, and so on.
const BITS: u32 = 4;
/// Names are chosen by whoever owns the database: without a limit, some choices would make one endless node.
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

    /// How many zero bits the hash of its name ends in.
    fn zeros(&self) -> u32 {
        let mut hasher = blake3::Hasher::new();
        hasher.update(self.path.as_bytes());
        hasher.update(&[0]);
        hasher.update(self.kind.as_bytes());
        let [a, b, c, d, ..] = *hasher.finalize().as_bytes();
        u32::from_be_bytes([a, b, c, d]).trailing_zeros()
    }
}

/// What a blob of a manifest holds.
#[derive(Deserialize)]
#[serde(untagged)]
enum Node {
    /// The lowest level.
    Entries(Vec<Entry>),
    /// Nodes of the level below.
    Nodes(Vec<Address>),
}

/// The list of a version's objects, ready to be kept with [`object::put_many`]: where it will be, and its blobs. Equal
/// lists have equal addresses, in whatever order they come.
///
/// # Errors
/// [`Error::Corrupt`] when it cannot be written.
pub fn pack(entries: &[Entry]) -> Result<(Address, Vec<Packed>), Error> {
    let mut sorted = entries.to_vec();
    sorted.sort_unstable();
    let mut blobs = Vec::new();
    let mut level = 1;
    let ended: Vec<_> = sorted.iter().map(|entry| (entry, entry.zeros())).collect();
    let mut nodes = write(&ended, level, &mut blobs)?;
    while nodes.len() > 1 {
        level += 1;
        nodes = write(&nodes, level, &mut blobs)?;
    }
    match nodes.pop() {
        Some((root, _)) => Ok((root, blobs)),
        None => {
            let root = Packed::new(&encode(&[(); 0])?)?;
            Ok((root.address.clone(), vec![root]))
        }
    }
}

/// Writes a level of nodes; answers their addresses, each with the zero bits of the last name in it.
fn write<T: Serialize>(
    items: &[(T, u32)],
    level: u32,
    blobs: &mut Vec<Packed>,
) -> Result<Vec<(Address, u32)>, Error> {
    let mut nodes = Vec::new();
    for node in cut(items, level) {
        let content: Vec<&T> = node.iter().map(|(item, _)| item).collect();
        let packed = Packed::new(&encode(&content)?)?;
        nodes.push((packed.address.clone(), node.last().map_or(0, |(_, zeros)| *zeros)));
        blobs.push(packed);
    }
    Ok(nodes)
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
    let mut unseen = vec![manifest.clone()];
    while !unseen.is_empty() {
        let (entries, nodes) = nodes(tx, &unseen).await?;
        live.extend(entries.into_iter().map(|entry| entry.address));
        unseen = nodes;
        unseen.retain(|node| live.insert(node.clone()));
    }
    Ok(())
}

/// The objects of a version, sorted by path and kind.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Corrupt`].
pub async fn read(tx: &impl Reads, manifest: &Address) -> Result<Vec<Entry>, Error> {
    let (mut all, mut unread) = (Vec::new(), vec![manifest.clone()]);
    while !unread.is_empty() {
        let (entries, nodes) = nodes(tx, &unread).await?;
        all.extend(entries);
        unread = nodes;
    }
    // Nodes of different depths do not come in order.
    all.sort_unstable();
    Ok(all)
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
    let (mut old_entries, mut new_entries) = (Vec::new(), Vec::new());
    let (mut old_nodes, mut new_nodes) = (vec![old.clone()], vec![new.clone()]);
    loop {
        let known: HashSet<Address> = old_nodes.iter().cloned().collect();
        let shared: HashSet<Address> =
            new_nodes.iter().filter(|node| known.contains(node)).cloned().collect();
        for nodes in [&mut old_nodes, &mut new_nodes] {
            nodes.retain(|node| !shared.contains(node));
        }
        if old_nodes.is_empty() && new_nodes.is_empty() {
            break;
        }
        let (entries, below) = nodes(tx, &old_nodes).await?;
        old_entries.extend(entries);
        old_nodes = below;
        let (entries, below) = nodes(tx, &new_nodes).await?;
        new_entries.extend(entries);
        new_nodes = below;
    }
    old_entries.sort_unstable();
    new_entries.sort_unstable();
    Ok((without(&old_entries, &new_entries), without(&new_entries, &old_entries)))
}

fn cut<T>(mut items: &[(T, u32)], level: u32) -> impl Iterator<Item = &[(T, u32)]> {
    std::iter::from_fn(move || {
        if items.is_empty() {
            return None;
        }
        let length = items
            .iter()
            .take(LARGEST)
            .position(|(_, zeros)| *zeros >= level * BITS)
            .map_or(items.len().min(LARGEST), |last| last + 1);
        let (node, rest) = items.split_at(length);
        items = rest;
        Some(node)
    })
}

/// Those that `others` does not have with the same hash.
fn without(entries: &[Entry], others: &[Entry]) -> Vec<Entry> {
    let others: BTreeMap<_, _> = others.iter().map(|entry| (entry.name(), &entry.hash)).collect();
    entries.iter().filter(|entry| others.get(&entry.name()) != Some(&&entry.hash)).cloned().collect()
}

/// What some nodes hold.
async fn nodes(tx: &impl Reads, addresses: &[Address]) -> Result<(Vec<Entry>, Vec<Address>), Error> {
    let (mut entries, mut nodes) = (Vec::new(), Vec::new());
    for node in object::get_many(tx, addresses).await? {
        match decode(&node)? {
            Node::Entries(some) => entries.extend(some),
            Node::Nodes(some) => nodes.extend(some),
        }
    }
    Ok((entries, nodes))
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
    use std::collections::HashMap;

    use super::*;

    fn entry(number: usize) -> Entry {
        Entry {
            path: format!("public.table_{number:05}"),
            kind: "table".into(),
            hash: number.to_string(),
            address: Address::of(&number.to_be_bytes()),
        }
    }

    fn packed(entries: &[Entry]) -> HashMap<Address, usize> {
        let (_, blobs) = pack(entries).unwrap();
        blobs.into_iter().map(|blob| (blob.address.clone(), blob.bytes().len())).collect()
    }

    #[test]
    fn an_object_that_changes_comes_or_goes_changes_a_node_or_two_of_each_level() {
        let all: Vec<Entry> = (0..10_000).map(entry).collect();
        let before = packed(&all);
        assert!((500..900).contains(&before.len()), "{} nodes", before.len());
        for at in [0, 777, 5_000, 9_999] {
            let mut fewer = all.clone();
            fewer.remove(at);
            let mut other = all.clone();
            other[at].hash = "another".into();
            for entries in [fewer, other] {
                let after = packed(&entries);
                let new: Vec<_> = after.iter().filter(|(address, _)| !before.contains_key(address)).collect();
                let bytes: usize = new.iter().map(|(_, bytes)| **bytes).sum();
                assert!(new.len() <= 8 && bytes < 12_000, "{at}: {} nodes of {bytes} bytes", new.len());
            }
        }
    }

    #[test]
    fn no_node_is_larger_than_the_limit() {
        let hostile: Vec<(Entry, u32)> = (0..3000).map(|number| (entry(number), 0)).collect();
        assert!(cut(&hostile, 1).all(|node| node.len() <= LARGEST));
    }

    #[test]
    fn an_empty_list_has_a_place_as_well() {
        let (root, blobs) = pack(&[]).unwrap();
        assert_eq!(blobs.len(), 1);
        assert_eq!(root, Address::of(b"[]"));
    }
}
