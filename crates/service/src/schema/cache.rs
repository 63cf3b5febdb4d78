//! Snapshots that were read lately, so that a page does not read and decode a thousand blobs each time.
//!
//! A version never changes what it says, so nothing is ever stale: what a scan adds has another version or another
//! manifest. Who may see a snapshot is decided before, by finding the version in the organization's own transaction.

use std::sync::Arc;

use quick_cache::Weighter;
use quick_cache::sync::Cache;
use store::object::Address;
use store::version::Version;
use types::snapshot::Snapshot;
use types::{OrgId, SourceId};

/// The most bytes of stored JSON whose snapshots are kept: decoded, they take about twice as much memory. A snapshot
/// that is larger than this is read each time.
const CAPACITY: u64 = 48 * 1024 * 1024;
/// How many snapshots that will be: a guess, from which the cache sizes its tables.
const LIKELY: usize = 64;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    org: OrgId,
    source: SourceId,
    version: u32,
    /// Objects of a version may get new physical ids, and with them another manifest.
    manifest: Address,
}

impl Key {
    pub(super) fn of(org: OrgId, version: &Version) -> Self {
        Self { org, source: version.source_id, version: version.version, manifest: version.manifest.clone() }
    }
}

/// A snapshot and how many bytes of JSON it was.
#[derive(Clone)]
pub(super) struct Kept {
    pub(super) snapshot: Arc<Snapshot>,
    pub(super) bytes: u64,
}

#[derive(Clone)]
struct Bytes;

impl Weighter<Key, Kept> for Bytes {
    fn weight(&self, _: &Key, kept: &Kept) -> u64 {
        // A weight of zero would never be evicted.
        kept.bytes.max(1)
    }
}

/// The snapshots that were read lately; cheap to clone.
#[derive(Clone)]
pub(crate) struct Snapshots(Arc<Cache<Key, Kept, Bytes>>);

impl Snapshots {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Cache::with_weighter(LIKELY, CAPACITY, Bytes)))
    }

    /// What is kept under the key, else what `read` reads; of several who ask at once, one reads.
    pub(super) async fn get<E>(
        &self,
        key: &Key,
        read: impl Future<Output = Result<Kept, E>>,
    ) -> Result<Arc<Snapshot>, E> {
        Ok(self.0.get_or_insert_async(key, read).await?.snapshot)
    }
}
