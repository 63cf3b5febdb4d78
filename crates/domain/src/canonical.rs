//! The canonical form: one spelling of everything that means the same, one order, one hash.
//!
//! Two catalogs that mean the same have the same hash, whatever order a server listed them in and however somebody
//! typed them. Neither physical ids nor estimates nor the names of partitions count; nor does the order of columns, so
//! that a moved column never makes a version.

mod constraint;
mod hash;
mod order;
mod relation;
mod text;
mod type_alias;

use std::num::NonZero;

use types::snapshot::{
    Body, CompositeType, DefaultPrivilege, DomainType, Engine, Object, OtherPrivilege, Privilege, RangeType,
    Routine, Sequence, Snapshot,
};

use hash::ObjectHasher;
pub(crate) use hash::Whole;
pub use hash::root_hash;
pub(crate) use order::{address, at_path, is_ordered};

use crate::sql::expression;
pub(crate) use type_alias::canonical_type;

/// Which rules made a canonical form. It grows with every change that gives an unchanged catalog another hash.
pub const CANONICAL_VERSION: u32 = 5;

/// Normalises, sorts and hashes a whole snapshot. Doing it twice changes nothing.
#[must_use]
pub fn canonicalize(mut snapshot: Snapshot) -> Snapshot {
    let engine = snapshot.header.engine;
    let today = snapshot.header.canonical_version == CANONICAL_VERSION;
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    // Each object for itself, so that a large catalog takes as long as the largest part of it.
    let part = snapshot.objects.len().div_ceil(threads).max(FOR_A_THREAD);
    std::thread::scope(|scope| {
        let mut parts = snapshot.objects.chunks_mut(part);
        let own = parts.next();
        parts.for_each(|part| drop(scope.spawn(move || each(engine, today, part))));
        own.into_iter().for_each(|part| each(engine, today, part));
    });
    snapshot.objects.sort_by(|a, b| (address(a), &a.hash).cmp(&(address(b), &b.hash)));
    let mut whole = Whole::default();
    snapshot.objects.iter().for_each(|object| whole.add(object));
    let (root_hash, column_order) = whole.finish();
    snapshot.header.root_hash = root_hash;
    snapshot.header.column_order = Some(column_order);
    snapshot.header.canonical_version = CANONICAL_VERSION;
    snapshot
}

/// Fewer objects than this are done in the time that a thread takes to start.
const FOR_A_THREAD: usize = 500;

fn each(engine: Engine, today: bool, objects: &mut [Object]) {
    let mut hasher = ObjectHasher::default();
    for object in objects {
        if !(today && hasher.is_canonical(object)) {
            normalize(engine, object);
            object.hash = hasher.hex(object);
        }
    }
}

/// Normalises and hashes one object, so that a scan can be worked off page by page.
#[must_use]
pub fn canonicalize_object(engine: Engine, mut object: Object) -> Object {
    normalize(engine, &mut object);
    object.hash = ObjectHasher::default().hex(&object);
    object
}

fn normalize(engine: Engine, object: &mut Object) {
    match &mut object.body {
        Body::Database(database) => {
            privileges(&mut database.privileges);
            default_privileges(&mut database.default_privileges);
            other_privileges(&mut database.other_privileges);
            blank(&mut database.comment);
        }
        Body::Schema(schema) => {
            privileges(&mut schema.privileges);
            default_privileges(&mut schema.default_privileges);
            blank(&mut schema.comment);
        }
        Body::Table(table) => relation::table(engine, &object.parts, table),
        Body::View(view) | Body::MaterializedView(view) => relation::view(engine, &object.parts, view),
        Body::Enum(enumeration) => {
            privileges(&mut enumeration.privileges);
            blank(&mut enumeration.comment);
        }
        Body::Domain(domain) => domain_type(engine, domain),
        Body::CompositeType(composite) => composite_type(engine, composite),
        Body::RangeType(range) => range_type(engine, range),
        Body::Collation(collation) => blank(&mut collation.comment),
        Body::Sequence(sequence) => self::sequence(engine, sequence),
        Body::Function(routine) | Body::Procedure(routine) => self::routine(routine),
        Body::Extension(extension) => blank(&mut extension.comment),
        Body::ForeignServer(server) => {
            server.options.sort_unstable();
            privileges(&mut server.privileges);
            blank(&mut server.comment);
        }
    }
}

fn domain_type(engine: Engine, domain: &mut DomainType) {
    domain.data_type = canonical_type(engine, &domain.data_type);
    domain.default = domain.default.as_deref().and_then(|text| expression::default(engine, text));
    constraint::checks(engine, &mut domain.checks);
    privileges(&mut domain.privileges);
    blank(&mut domain.comment);
}

fn composite_type(engine: Engine, composite: &mut CompositeType) {
    for attribute in &mut composite.attributes {
        attribute.data_type = canonical_type(engine, &attribute.data_type);
    }
    privileges(&mut composite.privileges);
    blank(&mut composite.comment);
}

fn range_type(engine: Engine, range: &mut RangeType) {
    range.subtype = canonical_type(engine, &range.subtype);
    privileges(&mut range.privileges);
    blank(&mut range.comment);
}

/// Sorted, and each role with each column once.
fn privileges(privileges: &mut Vec<Privilege>) {
    for privilege in privileges.iter_mut() {
        [&mut privilege.rights, &mut privilege.grantable].into_iter().for_each(rights);
    }
    privileges.sort_unstable();
    privileges.dedup();
}

fn default_privileges(privileges: &mut Vec<DefaultPrivilege>) {
    for privilege in privileges.iter_mut() {
        [&mut privilege.rights, &mut privilege.grantable].into_iter().for_each(rights);
    }
    privileges.sort_unstable();
    privileges.dedup();
}

fn other_privileges(privileges: &mut Vec<OtherPrivilege>) {
    for privilege in privileges.iter_mut() {
        [&mut privilege.rights, &mut privilege.grantable].into_iter().for_each(rights);
    }
    privileges.sort_unstable();
    privileges.dedup();
}

fn rights(rights: &mut Vec<String>) {
    rights.iter_mut().for_each(|right| right.make_ascii_lowercase());
    rights.sort_unstable();
    rights.dedup();
}

fn sequence(engine: Engine, sequence: &mut Sequence) {
    sequence.data_type = canonical_type(engine, &sequence.data_type);
    privileges(&mut sequence.privileges);
    blank(&mut sequence.comment);
}

fn routine(routine: &mut Routine) {
    routine.arguments = one_line(&routine.arguments);
    routine.returns = routine.returns.as_deref().map(one_line);
    routine.language.make_ascii_lowercase();
    routine.volatility.make_ascii_lowercase();
    privileges(&mut routine.privileges);
    blank(&mut routine.comment);
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// An empty comment is no comment.
fn blank(comment: &mut Option<String>) {
    if comment.as_deref() == Some("") {
        *comment = None;
    }
}

#[cfg(test)]
mod tests;
