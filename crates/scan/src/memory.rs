//! What an agent remembers of the tables it has read, so as not to read them again while nobody writes to them.
//!
//! It is a matter of cost only: an agent that has forgotten everything answers the same, having read more.

use std::any::Any;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use types::profile::TableProfile;
use xxhash_rust::xxh3::xxh3_64;

/// About how many bytes are remembered altogether.
///
/// Decision: when they are used up, what nobody used for long is forgotten, and then whatever has the least number of its
/// own. Tables are profiled in the same order each time: were the least recently used forgotten, then of more tables than
/// there is room for each would be forgotten right before it is needed.
const MOST_BYTES: usize = 96 * 1024 * 1024;
/// Longer than between two profiles of a source, in most cases.
const LONG: Duration = Duration::from_secs(8 * 24 * 60 * 60);

/// The figures and the sketches of tables. Clones share what they remember.
#[derive(Clone, Default)]
pub struct Memory(Arc<Mutex<Remembered>>);

#[derive(Default)]
struct Remembered {
    tables: HashMap<String, Entry>,
    bytes: usize,
}

struct Entry {
    kept: Kept,
    bytes: usize,
    used_at: Instant,
}

/// What is kept of a table: its figures, and whatever the engine needs to know whether they still hold.
#[derive(Clone)]
pub(crate) struct Kept {
    pub(crate) profile: TableProfile,
    pub(crate) state: Arc<dyn Any + Send + Sync>,
}

impl std::fmt::Debug for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Memory").field("tables", &self.lock().tables.len()).finish()
    }
}

impl Memory {
    pub(crate) fn recall(&self, key: &str) -> Option<Kept> {
        let mut remembered = self.lock();
        let entry = remembered.tables.get_mut(key)?;
        entry.used_at = Instant::now();
        Some(entry.kept.clone())
    }

    pub(crate) fn keep(&self, key: String, kept: Kept, bytes: usize) {
        let mut remembered = self.lock();
        let now = Instant::now();
        let entry = Entry { kept, bytes, used_at: now };
        if let Some(before) = remembered.tables.insert(key, entry) {
            remembered.bytes -= before.bytes;
        }
        remembered.bytes += bytes;
        if remembered.bytes <= MOST_BYTES {
            return;
        }
        // A quarter at once, so that a full memory is not sorted for every table.
        let worth =
            |key: &str, entry: &Entry| (now.duration_since(entry.used_at) < LONG, xxh3_64(key.as_bytes()));
        let mut by_worth: Vec<_> =
            remembered.tables.iter().map(|(key, entry)| (worth(key, entry), key.clone())).collect();
        by_worth.sort_unstable();
        for (_, key) in by_worth {
            if remembered.bytes <= MOST_BYTES / 4 * 3 {
                break;
            }
            if let Some(entry) = remembered.tables.remove(&key) {
                remembered.bytes -= entry.bytes;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Remembered> {
        // Half an update costs at most a table read again.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_more_tables_than_there_is_room_for_many_are_known_again_each_time() {
        let memory = Memory::default();
        let kept = || Kept { profile: TableProfile::default(), state: Arc::new(()) };
        let mut known = Vec::new();
        for _ in 0..4 {
            let keys = (0..200).map(|number| format!("t{number}"));
            let again = keys.filter(|key| {
                let found = memory.recall(key).is_some();
                memory.keep(key.clone(), kept(), MOST_BYTES / 100);
                found
            });
            known.push(again.count());
            assert!(memory.lock().bytes <= MOST_BYTES);
        }
        assert_eq!(known[0], 0);
        assert!(known[1..].iter().all(|again| *again >= 70), "{known:?}");
    }
}
