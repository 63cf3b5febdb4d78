//! Hashes of objects and of whole snapshots.

use types::snapshot::Object;

use super::order::address;
use super::text::CanonicalTexts;

/// How much is hashed at once: BLAKE3 takes long texts several pieces at a time.
const AT_ONCE: usize = 16 * 1024;

/// BLAKE3 over an object's address, kind and the parts of it that count, hexadecimal.
///
/// The address is in it, so that objects may be stored under their hash alone. Members that are null, false or empty
/// are left out before hashing: a new optional member does not give old objects a new hash. Physical ids, estimates,
/// names of partitions and the order of columns do not count.
#[derive(Default)]
pub(super) struct ObjectHasher(CanonicalTexts);

impl ObjectHasher {
    fn hash(&mut self, object: &Object) -> blake3::Hash {
        // The model has nothing that cannot be written: a test writes each kind.
        blake3::hash(self.0.of(object).unwrap_or_default())
    }

    /// The hash of what the object holds.
    pub(super) fn hex(&mut self, object: &Object) -> String {
        self.hash(object).to_hex().to_string()
    }

    /// Whether an object, by the rules of today, is as its normalisation left it: the hash is that of what it holds, and
    /// the order of columns, which the hash leaves out, is there as well.
    pub(super) fn is_canonical(&mut self, object: &Object) -> bool {
        let mut places = (1..).zip(object.body.columns());
        !object.hash.is_empty()
            && places.all(|(position, column)| column.position == position)
            && self.hash(object).to_hex().as_str() == object.hash
    }
}

/// BLAKE3 over texts, each after its length, so that none runs into the next.
struct Texts {
    hasher: blake3::Hasher,
    open: Vec<u8>,
}

impl Default for Texts {
    fn default() -> Self {
        Self { hasher: blake3::Hasher::new(), open: Vec::with_capacity(AT_ONCE) }
    }
}

impl Texts {
    fn push(&mut self, bytes: &[u8]) {
        if self.open.len() + bytes.len() > AT_ONCE {
            self.hasher.update(&self.open);
            self.open.clear();
        }
        self.open.extend_from_slice(bytes);
    }

    fn count(&mut self, count: usize) {
        self.push(&(count as u64).to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.count(text.len());
        self.push(text.as_bytes());
    }

    /// An object of the root hash.
    fn entry(&mut self, path: &str, kind: &str, hash: &str) {
        for part in [path, kind, hash] {
            self.text(part);
        }
    }

    fn finish(mut self) -> blake3::Hash {
        self.hasher.update(&self.open).finalize()
    }
}

/// BLAKE3 over the sorted list of (path, kind, hash), hexadecimal.
#[must_use]
pub fn root_hash<'a>(objects: impl IntoIterator<Item = (&'a str, &'a str, &'a str)>) -> String {
    let mut sorted: Vec<_> = objects.into_iter().collect();
    sorted.sort_unstable();
    let mut root = Texts::default();
    for (path, kind, hash) in sorted {
        root.entry(path, kind, hash);
    }
    root.finish().to_hex().to_string()
}

/// The hashes of a whole snapshot, over its objects in their order.
#[derive(Default)]
pub(crate) struct Whole {
    hasher: ObjectHasher,
    root: Texts,
    columns: Texts,
}

impl Whole {
    pub(super) fn add(&mut self, object: &Object) {
        self.root.entry(&object.path, object.body.kind(), &object.hash);
        let columns = object.body.columns();
        self.columns.count(columns.len());
        for column in columns {
            self.columns.text(&column.name);
        }
    }

    /// Adds an object that is as its normalisation left it, and stands after the last one; tells whether it does.
    ///
    /// An object that was just read is at hand: to look through all of them again takes as long as reading them.
    pub(crate) fn add_canonical(&mut self, last: Option<&Object>, object: &Object) -> bool {
        let fits =
            last.is_none_or(|last| address(last) < address(object)) && self.hasher.is_canonical(object);
        if fits {
            self.add(object);
        }
        fits
    }

    /// The root hash, and BLAKE3 over the names of all columns in their tables' order.
    pub(crate) fn finish(self) -> (String, [u8; 32]) {
        (self.root.finish().to_hex().to_string(), *self.columns.finish().as_bytes())
    }
}
