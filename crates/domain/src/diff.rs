//! What is different between two snapshots.
//!
//! Objects are paired first (by address, then by the database's own ids, then by likeness), so that a rename is one
//! change and what only follows it is none; then each pair of unequal hashes is compared, noun by noun.

mod column;
mod comparison;
mod constraint;
mod foreign_server;
mod index;
mod likeness;
mod not_null;
mod object;
mod order;
mod pairing;
mod part;
mod partition;
mod policy;
mod privilege;
mod relation;
mod type_object;

use std::borrow::Cow;

use types::change::Change;
use types::snapshot::{Body, Database, Object, Snapshot, SnapshotHeader};

use crate::canonical::{CANONICAL_VERSION, canonicalize, is_ordered};
use crate::evidence::{self, ProfileIndex};
use comparison::Comparison;
use pairing::{Pairing, Rename};

/// All differences, in the order of the objects' paths. `profile` is the last one of the old snapshot's database;
/// with it, changes carry evidence such as "the dropped column was 100 % NULL".
///
/// Snapshots that are not in canonical form, or in an older one, are brought into it first.
#[must_use]
pub fn diff(old: &Snapshot, new: &Snapshot, profile: Option<&ProfileIndex<'_>>) -> Vec<Change> {
    if is_same(&old.header, &new.header) {
        return Vec::new();
    }
    let (old, new) = (canonical(old), canonical(new));
    if old.header.root_hash == new.header.root_hash && old.objects.len() == new.objects.len() {
        let moved = old.objects.iter().zip(&new.objects).any(|(old, new)| relation::reordered(old, new));
        if !moved {
            return Vec::new();
        }
    }
    let pairing = Pairing::of(&old, &new);
    let mut comparison = Comparison::new(&old, &new, &pairing);
    let mut places: Vec<Place<'_>> = Vec::new();
    places.extend(pairing.pairs.iter().map(|(old, new, rename)| Place::Both(old, new, *rename)));
    places.extend(pairing.dropped.iter().map(|object| Place::Dropped(object)));
    places.extend(pairing.added.iter().map(|object| Place::Added(object)));
    places.sort_by_key(|place| place.address());
    let (parents_before, parents_now) = (partition::parents(&old), partition::parents(&new));
    for place in places {
        match place {
            Place::Both(old, new, rename) => both(&mut comparison, old, new, rename),
            Place::Dropped(object) if is_database(object) => {
                both(&mut comparison, object, &untold(object), Rename::No);
            }
            Place::Added(object) if is_database(object) => {
                both(&mut comparison, &untold(object), object, Rename::No);
            }
            Place::Dropped(object) => match parents_now.get(object.path.as_str()) {
                Some(parent) => partition::attached(&mut comparison, object, parent),
                None => object::dropped(&mut comparison, object),
            },
            Place::Added(object) => match parents_before.get(object.path.as_str()) {
                Some(parent) => partition::detached(&mut comparison, object, parent),
                None => object::added(&mut comparison, object),
            },
        }
    }
    evidence::attach(comparison.finish(), &old, profile)
}

/// Whether the hashes alone tell that nothing differs.
fn is_same(old: &SnapshotHeader, new: &SnapshotHeader) -> bool {
    old.canonical_version == CANONICAL_VERSION
        && new.canonical_version == CANONICAL_VERSION
        && old.root_hash == new.root_hash
        && old.column_order.is_some()
        && old.column_order == new.column_order
}

fn canonical(snapshot: &Snapshot) -> Cow<'_, Snapshot> {
    let done = snapshot.header.canonical_version == CANONICAL_VERSION
        && snapshot.objects.iter().all(|object| !object.hash.is_empty())
        && is_ordered(&snapshot.objects);
    if done { Cow::Borrowed(snapshot) } else { Cow::Owned(canonicalize(snapshot.clone())) }
}

enum Place<'a> {
    Both(&'a Object, &'a Object, Rename),
    Dropped(&'a Object),
    Added(&'a Object),
}

impl<'a> Place<'a> {
    fn address(&self) -> (&'a str, u8) {
        match self {
            Self::Dropped(object) => (&object.path, 0),
            Self::Both(_, object, _) => (&object.path, 1),
            Self::Added(object) => (&object.path, 2),
        }
    }
}

fn is_database(object: &Object) -> bool {
    matches!(object.body, Body::Database(_))
}

/// A database of which nothing is told has no object, and is there all the same.
fn untold(object: &Object) -> Object {
    Object { hash: String::new(), body: Body::Database(Database::default()), ..object.clone() }
}

fn both(comparison: &mut Comparison<'_>, old: &Object, new: &Object, rename: Rename) {
    object::renamed(comparison, old, new, rename);
    privilege::privileges(comparison, old, new);
    privilege::default_privileges(comparison, old, new);
    privilege::other_privileges(comparison, old, new);
    match (&old.body, &new.body) {
        (Body::Database(before), Body::Database(after)) => {
            comparison.comment("database", &new.path, before.comment.as_deref(), after.comment.as_deref());
        }
        (Body::ForeignServer(before), Body::ForeignServer(after)) => {
            foreign_server::foreign_server(comparison, new, before, after);
        }
        (Body::Schema(before), Body::Schema(after)) => object::schema(comparison, new, before, after),
        (Body::Enum(before), Body::Enum(after)) => object::enumeration(comparison, old, new, before, after),
        (Body::Domain(before), Body::Domain(after)) => {
            object::domain_type(comparison, old, new, before, after)
        }
        (Body::Sequence(before), Body::Sequence(after)) => object::sequence(comparison, new, before, after),
        (Body::Function(before), Body::Function(after))
        | (Body::Procedure(before), Body::Procedure(after)) => {
            object::routine(comparison, new, before, after);
        }
        (Body::Extension(before), Body::Extension(after)) => {
            object::extension(comparison, new, before, after)
        }
        (Body::CompositeType(before), Body::CompositeType(after)) => {
            type_object::composite(comparison, new, before, after);
        }
        (Body::RangeType(before), Body::RangeType(after)) => {
            type_object::range(comparison, new, before, after);
        }
        (Body::Collation(before), Body::Collation(after)) => {
            type_object::collation(comparison, new, before, after);
        }
        _ => relation::relation(comparison, old, new),
    }
}

#[cfg(test)]
mod tests;
