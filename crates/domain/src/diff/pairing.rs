//! Which object of the old snapshot is which of the new one.

use std::collections::{HashMap, HashSet};

use types::snapshot::{Body, Engine, Object, Snapshot, path_of};

use super::{likeness, relation};
use crate::canonical::address;

/// How many candidates for a rename by likeness are looked at; beyond it nobody renamed by hand.
const MOST_CANDIDATES: usize = 250_000;

/// Whether and how an object was renamed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rename {
    No,
    /// It lies in a schema that was renamed.
    WithSchema,
    /// The database's own id says so.
    Exact,
    /// It looks like it.
    Likely,
}

/// Both snapshots' objects, matched.
pub(super) struct Pairing<'a> {
    /// Those that differ: in a large catalog, few do.
    pub(super) pairs: Vec<(&'a Object, &'a Object, Rename)>,
    pub(super) dropped: Vec<&'a Object>,
    pub(super) added: Vec<&'a Object>,
    /// Object ids of both may be compared.
    pub(super) same_database: bool,
}

/// Tables and views share their names; each other kind has its own.
fn family(object: &Object) -> &'static str {
    match object.body {
        Body::Table(_) | Body::View(_) | Body::MaterializedView(_) => "relation",
        _ => object.body.kind(),
    }
}

/// Whether there is something to compare: the hashes leave out the order of columns.
fn differ(old: &Object, new: &Object) -> bool {
    old.hash != new.hash || relation::reordered(old, new)
}

/// Where the object of that address is among objects in order. It is looked for at `next` first, which is then the
/// place after it: who asks in order finds most things there.
fn find(objects: &[Object], next: &mut usize, wanted: (&str, &str)) -> Option<usize> {
    let at = match objects.get(*next) {
        Some(object) if address(object) == wanted => Ok(*next),
        _ => objects.binary_search_by(|object| address(object).cmp(&wanted)),
    };
    *next = at.map_or_else(|before| before, |at| at + 1);
    at.ok()
}

impl<'a> Pairing<'a> {
    /// The objects of both are in order.
    pub(super) fn of(old: &'a Snapshot, new: &'a Snapshot) -> Self {
        let same_database = old.header.physical.is_some() && old.header.physical == new.header.physical;
        let schemas = if same_database { renamed_schemas(old, new) } else { likely_schemas(old, new) };
        let mut pairs = Vec::new();
        let mut dropped = Vec::new();
        let mut taken = vec![false; new.objects.len()];
        let mut next = 0;
        for object in &old.objects {
            // What stands outside of schemas may be called like one.
            let inside = object.parts.len() > 1 || matches!(object.body, Body::Schema(_));
            let schema = object.parts.first().filter(|_| inside);
            let moved = schema.and_then(|schema| schemas.get(schema.as_str())).map(|schema| {
                let mut parts: Vec<&str> = object.parts.iter().map(String::as_str).collect();
                parts[0] = schema;
                path_of(&parts)
            });
            let expected = moved.as_deref().unwrap_or(&object.path);
            match find(&new.objects, &mut next, (expected, object.body.kind())) {
                Some(at) if !taken[at] => {
                    taken[at] = true;
                    let twin = &new.objects[at];
                    let rename = match (&moved, &object.body) {
                        (None, _) => Rename::No,
                        (Some(_), Body::Schema(_)) if same_database => Rename::Exact,
                        (Some(_), Body::Schema(_)) => Rename::Likely,
                        (Some(_), _) => Rename::WithSchema,
                    };
                    if rename != Rename::No || differ(object, twin) {
                        pairs.push((object, twin, rename));
                    }
                }
                _ => dropped.push(object),
            }
        }
        let free = new.objects.iter().zip(taken).filter(|(_, taken)| !taken);
        let added = free.map(|(object, _)| object).collect();
        let mut pairing = Self { pairs, dropped, added, same_database };
        if same_database {
            pairing.by_id();
        }
        pairing.across_kinds();
        pairing.by_likeness(new.header.engine);
        pairing
    }

    fn by_id(&mut self) {
        let ids: HashMap<(&str, u32), &'a Object> = self
            .added
            .iter()
            .filter_map(|object| Some(((object.body.kind(), object.physical?.oid), *object)))
            .collect();
        self.take(Rename::Exact, |object| ids.get(&(object.body.kind(), object.physical?.oid)).copied());
    }

    /// A table may have become a view under the same name.
    fn across_kinds(&mut self) {
        let open: HashMap<(&str, &str), &'a Object> =
            self.added.iter().map(|object| ((family(object), object.path.as_str()), *object)).collect();
        self.take(Rename::No, |object| open.get(&(family(object), object.path.as_str())).copied());
    }

    /// Only where ids cannot tell: two objects of one database with different ids are two objects.
    fn by_likeness(&mut self, engine: Engine) {
        if self.dropped.len().saturating_mul(self.added.len()) > MOST_CANDIDATES {
            return;
        }
        let mut candidates = Vec::new();
        for (from, old) in self.dropped.iter().enumerate() {
            for (to, new) in self.added.iter().enumerate() {
                let known = self.same_database && old.physical.is_some() && new.physical.is_some();
                if known {
                    continue;
                }
                let score = likeness::objects(engine, old, new);
                if score >= likeness::RENAMED {
                    candidates.push((score, from, to));
                }
            }
        }
        let chosen: HashMap<*const Object, &'a Object> = likeness::assign(candidates)
            .into_iter()
            .map(|(from, to)| (std::ptr::from_ref(self.dropped[from]), self.added[to]))
            .collect();
        self.take(Rename::Likely, |object| chosen.get(&std::ptr::from_ref(object)).copied());
    }

    /// Moves those for which `twin` finds one from the dropped and the added to the pairs.
    fn take(&mut self, rename: Rename, twin: impl Fn(&'a Object) -> Option<&'a Object>) {
        let mut taken: HashSet<(&str, &str)> = HashSet::new();
        let pairs = &mut self.pairs;
        self.dropped.retain(|old| match twin(old) {
            Some(new) if taken.insert((family(new), &new.path)) => {
                pairs.push((old, new, rename));
                false
            }
            _ => true,
        });
        self.added.retain(|new| !taken.contains(&(family(new), new.path.as_str())));
    }
}

/// Old name to new name of each schema in which four of five objects are as in a new one.
fn likely_schemas<'a>(old: &'a Snapshot, new: &'a Snapshot) -> HashMap<&'a str, &'a str> {
    let gone = schemas_only_in(old, new);
    let come = schemas_only_in(new, old);
    let mut candidates = Vec::new();
    for (from, (_, before)) in gone.iter().enumerate() {
        for (to, (_, after)) in come.iter().enumerate() {
            let same = before.intersection(after).count();
            let most = before.len().max(after.len());
            // A single table of the same name is no sign of a renamed schema.
            if same >= 2 && same * 5 >= most * 4 {
                candidates.push((same * 100 / most, from, to));
            }
        }
    }
    likeness::assign(candidates).into_iter().map(|(from, to)| (gone[from].0, come[to].0)).collect()
}

/// Kind and rest of the address of each object in a schema.
type Content<'a> = HashSet<(&'static str, &'a [String])>;

/// The schemas that stand in one snapshot only, by name, with kind and rest of the address of what is in them.
fn schemas_only_in<'a>(snapshot: &'a Snapshot, other: &Snapshot) -> Vec<(&'a str, Content<'a>)> {
    let known: HashSet<&str> = other
        .objects
        .iter()
        .filter(|object| matches!(object.body, Body::Schema(_)))
        .map(|schema| schema.path.as_str())
        .collect();
    let mut schemas: HashMap<&str, Content<'a>> = snapshot
        .objects
        .iter()
        .filter(|object| matches!(object.body, Body::Schema(_)) && !known.contains(object.path.as_str()))
        .filter_map(|schema| Some((schema.parts.first()?.as_str(), HashSet::new())))
        .collect();
    if schemas.is_empty() {
        return Vec::new();
    }
    for object in &snapshot.objects {
        if let Some((schema, rest)) = object.parts.split_first()
            && let Some(content) = schemas.get_mut(schema.as_str())
            && !rest.is_empty()
        {
            content.insert((object.body.kind(), rest));
        }
    }
    let mut schemas: Vec<_> = schemas.into_iter().collect();
    schemas.sort_unstable_by_key(|(name, _)| *name);
    schemas
}

/// Old name to new name of each schema that kept its id.
fn renamed_schemas<'a>(old: &'a Snapshot, new: &'a Snapshot) -> HashMap<&'a str, &'a str> {
    let schemas = |snapshot: &'a Snapshot| {
        snapshot.objects.iter().filter(|object| matches!(object.body, Body::Schema(_)))
    };
    let kept: HashSet<&str> = schemas(new).map(|schema| schema.path.as_str()).collect();
    let ids: HashMap<u32, &Object> =
        schemas(new).filter_map(|schema| Some((schema.physical?.oid, schema))).collect();
    schemas(old)
        .filter(|schema| !kept.contains(schema.path.as_str()))
        .filter_map(|schema| {
            let twin = ids.get(&schema.physical?.oid)?;
            Some((schema.parts.first()?.as_str(), twin.parts.first()?.as_str()))
        })
        .collect()
}
