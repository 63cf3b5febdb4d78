//! The canonical form: one spelling of everything that means the same, one order, one hash.
//!
//! Two catalogs that mean the same have the same hash, whatever order a server listed them in and however somebody
//! typed them. Neither physical ids nor estimates nor the names of partitions count; nor does the order of columns, so
//! that a moved column never makes a version.

mod constraint;
mod hash;
mod relation;
mod type_alias;

use types::snapshot::{Body, DomainType, Engine, Object, Routine, Sequence, Snapshot};

pub use hash::{object_hash, root_hash};

use crate::sql::expression;
pub(crate) use type_alias::canonical_type;

/// Which rules made a canonical form. It grows with every change that gives an unchanged catalog another hash.
pub const CANONICAL_VERSION: u32 = 1;

/// Normalises, sorts and hashes a whole snapshot. Doing it twice changes nothing.
#[must_use]
pub fn canonicalize(mut snapshot: Snapshot) -> Snapshot {
    let engine = snapshot.header.engine;
    snapshot.objects =
        snapshot.objects.into_iter().map(|object| canonicalize_object(engine, object)).collect();
    snapshot.objects.sort_by(|a, b| (&a.path, a.body.kind()).cmp(&(&b.path, b.body.kind())));
    snapshot.header.root_hash = root_hash(
        snapshot
            .objects
            .iter()
            .map(|object| (object.path.as_str(), object.body.kind(), object.hash.as_str())),
    );
    snapshot.header.canonical_version = CANONICAL_VERSION;
    snapshot
}

/// Normalises and hashes one object, so that a scan can be worked off page by page.
#[must_use]
pub fn canonicalize_object(engine: Engine, mut object: Object) -> Object {
    match &mut object.body {
        Body::Schema(schema) => blank(&mut schema.comment),
        Body::Table(table) => relation::table(engine, &object.parts, table),
        Body::View(view) | Body::MaterializedView(view) => relation::view(engine, &object.parts, view),
        Body::Enum(enumeration) => blank(&mut enumeration.comment),
        Body::Domain(domain) => domain_type(engine, domain),
        Body::Sequence(sequence) => self::sequence(engine, sequence),
        Body::Function(routine) | Body::Procedure(routine) => self::routine(routine),
        Body::Extension(extension) => blank(&mut extension.comment),
    }
    object.hash = object_hash(&object);
    object
}

fn domain_type(engine: Engine, domain: &mut DomainType) {
    domain.data_type = canonical_type(engine, &domain.data_type);
    domain.default = domain.default.as_deref().and_then(|text| expression::default(engine, text));
    constraint::checks(engine, &mut domain.checks);
    blank(&mut domain.comment);
}

fn sequence(engine: Engine, sequence: &mut Sequence) {
    sequence.data_type = canonical_type(engine, &sequence.data_type);
    blank(&mut sequence.comment);
}

fn routine(routine: &mut Routine) {
    routine.arguments = one_line(&routine.arguments);
    routine.returns = routine.returns.as_deref().map(one_line);
    routine.language.make_ascii_lowercase();
    routine.volatility.make_ascii_lowercase();
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
