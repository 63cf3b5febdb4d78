//! Hashes of objects and of whole snapshots.

use types::snapshot::Object;

use super::text::canonical_text;

/// BLAKE3 over an object's address, kind and the parts of it that count, hexadecimal.
///
/// The address is in it, so that objects may be stored under their hash alone. Members that are null, false or empty
/// are left out before hashing: a new optional member does not give old objects a new hash. Physical ids, estimates,
/// names of partitions and the order of columns do not count.
#[must_use]
pub fn object_hash(object: &Object) -> String {
    // The model has nothing that cannot be written: a test writes each kind.
    let text = canonical_text(object).unwrap_or_default();
    blake3::hash(&text).to_hex().to_string()
}

/// BLAKE3 over the sorted list of (path, kind, hash), hexadecimal.
#[must_use]
pub fn root_hash<'a>(objects: impl IntoIterator<Item = (&'a str, &'a str, &'a str)>) -> String {
    let mut sorted: Vec<_> = objects.into_iter().collect();
    sorted.sort_unstable();
    let mut hasher = blake3::Hasher::new();
    for (path, kind, hash) in sorted {
        for part in [path, kind, hash] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
    }
    hasher.finalize().to_hex().to_string()
}

/// BLAKE3 over the names of all columns in their tables' order.
pub(super) fn column_order(objects: &[Object]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    for object in objects {
        let columns = object.body.columns();
        hasher.update(&(columns.len() as u64).to_le_bytes());
        for column in columns {
            hasher.update(&(column.name.len() as u64).to_le_bytes());
            hasher.update(column.name.as_bytes());
        }
    }
    *hasher.finalize().as_bytes()
}
