//! What an agent remembers of the tables it has read, so as not to read them again while nobody writes to them.
//!
//! It is a matter of cost only: an agent that has forgotten everything answers the same, having read more.

use std::any::Any;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use types::profile::TableProfile;

/// About how many bytes are remembered altogether; what was used least recently is forgotten first.
const MOST_BYTES: usize = 96 * 1024 * 1024;

/// The figures and the sketches of tables. Clones share what they remember.
#[derive(Clone, Default)]
pub struct Memory(Arc<Mutex<Remembered>>);

#[derive(Default)]
struct Remembered {
    tables: HashMap<String, Entry>,
    bytes: usize,
    uses: u64,
}

struct Entry {
    kept: Kept,
    bytes: usize,
    used: u64,
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
        remembered.uses += 1;
        let now = remembered.uses;
        let entry = remembered.tables.get_mut(key)?;
        entry.used = now;
        Some(entry.kept.clone())
    }

    pub(crate) fn keep(&self, key: String, kept: Kept, bytes: usize) {
        let mut remembered = self.lock();
        remembered.uses += 1;
        let entry = Entry { kept, bytes, used: remembered.uses };
        if let Some(before) = remembered.tables.insert(key, entry) {
            remembered.bytes -= before.bytes;
        }
        remembered.bytes += bytes;
        if remembered.bytes <= MOST_BYTES {
            return;
        }
        // A quarter at once, so that a full memory is not sorted for every table.
        let mut by_use: Vec<(u64, String)> =
            remembered.tables.iter().map(|(key, entry)| (entry.used, key.clone())).collect();
        by_use.sort_unstable();
        for (_, key) in by_use {
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
    fn what_was_used_least_recently_is_forgotten_first() {
        let memory = Memory::default();
        let kept = || Kept { profile: TableProfile::default(), state: Arc::new(()) };
        for number in 0..10 {
            memory.keep(format!("t{number}"), kept(), MOST_BYTES / 10);
        }
        assert!(memory.recall("t0").is_some());
        memory.keep("t10".into(), kept(), MOST_BYTES / 10);
        assert!(memory.recall("t0").is_some(), "just used");
        assert!(memory.recall("t10").is_some(), "just kept");
        assert!(memory.recall("t1").is_none());
        assert!(memory.lock().bytes <= MOST_BYTES / 4 * 3);
    }
}
