//! The objects of a file, checked one by one as they are read.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor};
use types::snapshot::Object;

use crate::canonical::Whole;

/// Objects as they stand in a file.
pub(super) struct Objects {
    pub(super) objects: Vec<Object>,
    /// The hashes over all of them, where each is in canonical form and in its place.
    pub(super) whole: Option<Whole>,
}

struct ObjectsVisitor;

impl<'de> Visitor<'de> for ObjectsVisitor {
    type Value = Objects;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sequence")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Objects, A::Error> {
        let mut objects: Vec<Object> = Vec::new();
        let mut whole = Some(Whole::default());
        while let Some(object) = items.next_element()? {
            let fits = whole.as_mut().is_some_and(|whole| whole.add_canonical(objects.last(), &object));
            if !fits {
                whole = None;
            }
            objects.push(object);
        }
        Ok(Objects { objects, whole })
    }
}

impl<'de> Deserialize<'de> for Objects {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ObjectsVisitor)
    }
}
