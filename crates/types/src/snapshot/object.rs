//! Reading an object from its flat JSON.
//!
//! What `flatten` and a tag make by themselves keeps a copy of every member first, to learn the kind. Written as we
//! write it, with the kind before the body's members, an object is read straight into its place: snapshots of 10,000
//! tables are read several times faster. Members in any other order are read as well.

use std::collections::VecDeque;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, Visitor};
use serde_json::Value;

use super::{Body, Object, PhysicalObject};

/// What an object has beside its body.
#[derive(Default)]
struct Address {
    path: Option<String>,
    parts: Option<Vec<String>>,
    hash: Option<String>,
    physical: Option<Option<PhysicalObject>>,
}

impl Address {
    /// Reads the value of a member of the address.
    fn read<'de, A: MapAccess<'de>>(&mut self, member: Member, map: &mut A) -> Result<(), A::Error> {
        match member {
            Member::Path => once(&mut self.path, "path", map.next_value()?),
            Member::Parts => once(&mut self.parts, "parts", map.next_value()?),
            Member::Hash => once(&mut self.hash, "hash", map.next_value()?),
            Member::Physical => once(&mut self.physical, "physical", map.next_value()?),
        }
    }

    fn with(self, body: Body) -> Result<Object, &'static str> {
        Ok(Object {
            path: self.path.ok_or("path")?,
            parts: self.parts.ok_or("parts")?,
            hash: self.hash.unwrap_or_default(),
            physical: self.physical.flatten(),
            body,
        })
    }
}

fn once<T, E: Error>(place: &mut Option<T>, name: &'static str, value: T) -> Result<(), E> {
    if place.is_some() {
        return Err(E::duplicate_field(name));
    }
    *place = Some(value);
    Ok(())
}

/// A member of the address.
#[derive(Clone, Copy)]
enum Member {
    Path,
    Parts,
    Hash,
    Physical,
}

/// The next name in an object: the address's, the kind, or whatever the seed makes of another.
enum Name<S, T> {
    Address(Member, S),
    Kind,
    Body(T),
}

struct NameSeed<S>(S);

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for NameSeed<S> {
    type Value = Name<S, S::Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl<'de, S: DeserializeSeed<'de>> Visitor<'de> for NameSeed<S> {
    type Value = Name<S, S::Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a member")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        let member = match name {
            "path" => Member::Path,
            "parts" => Member::Parts,
            "hash" => Member::Hash,
            "physical" => Member::Physical,
            "kind" => return Ok(Name::Kind),
            other => return self.0.deserialize(StrDeserializer::new(other)).map(Name::Body),
        };
        Ok(Name::Address(member, self.0))
    }
}

/// The body's members: those that came before the kind, then the rest without the address's.
struct Rest<'a, A> {
    before: VecDeque<(String, Value)>,
    /// The value of a member that came before the kind, while it is being read.
    value: Option<Value>,
    address: &'a mut Address,
    map: &'a mut A,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Rest<'_, A> {
    type Error = A::Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        if let Some((name, value)) = self.before.pop_front() {
            self.value = Some(value);
            return seed.deserialize(name.into_deserializer()).map(Some);
        }
        let mut seed = seed;
        loop {
            match self.map.next_key_seed(NameSeed(seed))? {
                Some(Name::Address(member, back)) => {
                    self.address.read(member, self.map)?;
                    seed = back;
                }
                Some(Name::Kind) => return Err(Error::duplicate_field("kind")),
                Some(Name::Body(name)) => return Ok(Some(name)),
                None => return Ok(None),
            }
        }
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        match self.value.take() {
            Some(value) => seed.deserialize(value).map_err(Error::custom),
            None => self.map.next_value_seed(seed),
        }
    }
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Object;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a catalog object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
        let (mut address, mut before) = (Address::default(), VecDeque::new());
        while let Some(name) = map.next_key_seed(NameSeed(PhantomData::<String>))? {
            match name {
                Name::Address(member, _) => address.read(member, &mut map)?,
                Name::Body(name) => before.push_back((name, map.next_value()?)),
                Name::Kind => {
                    let kind: String = map.next_value()?;
                    let rest = Rest { before, value: None, address: &mut address, map: &mut map };
                    let body = Body::read(&kind, MapAccessDeserializer::new(rest))?;
                    return address.with(body).map_err(Error::missing_field);
                }
            }
        }
        Err(Error::missing_field("kind"))
    }
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor)
    }
}
