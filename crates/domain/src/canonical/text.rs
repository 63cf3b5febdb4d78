//! The text that is hashed: an object's JSON with sorted members, without white space, without what does not count.
//!
//! It is written straight from the object. Each member goes to the end of the text, is taken back where it does not
//! count, and takes its sorted place once its object is complete.

mod compound;

use std::fmt::Display;
use std::io::Write as _;

use serde::ser::{self, Impossible};
use serde::{Serialize, Serializer};
use types::snapshot::{Body, Object};

use compound::{Items, Members};

/// Where in an object's body the writer stands: what does not count depends on it.
#[derive(Clone, Copy)]
enum Place {
    /// The body itself.
    Body,
    /// The value of one of the body's members.
    Member(Rule),
    /// An item of a list that is a member of the body.
    Item,
    /// The name of such an item.
    Name,
    /// Anything below.
    Below,
}

/// What is left out of a member's value, or put in order in it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rule {
    Plain,
    /// A list in order of its items' names.
    ByName,
    /// An object without its physical id.
    WithoutPhysical,
    /// An object without its names.
    WithoutNames,
}

/// Writes canonical texts, one after the other into the same memory: a catalog has thousands.
#[derive(Default)]
pub(super) struct CanonicalTexts(Writer);

impl CanonicalTexts {
    /// The canonical text of an object: its body and the parts of its address.
    pub(super) fn of(&mut self, object: &Object) -> Result<&[u8], Unwritable> {
        self.0.write(object)?;
        Ok(&self.0.text)
    }
}

struct Writer {
    text: Vec<u8>,
    /// Members of the objects that are open, those of the innermost last.
    members: Vec<compound::Member>,
    /// Where an object or a list is put in order.
    scratch: Vec<u8>,
    /// The names of the items of the list that is open, one after the other.
    names: String,
    place: Place,
    /// Whether the object has columns.
    relation: bool,
}

impl Default for Writer {
    fn default() -> Self {
        Self {
            text: Vec::new(),
            members: Vec::new(),
            scratch: Vec::new(),
            names: String::new(),
            place: Place::Body,
            relation: false,
        }
    }
}

impl Writer {
    fn write(&mut self, object: &Object) -> Result<(), Unwritable> {
        self.text.clear();
        // What an object that cannot be written left open.
        self.members.clear();
        self.names.clear();
        self.relation = matches!(object.body, Body::Table(_) | Body::View(_) | Body::MaterializedView(_));
        self.place = Place::Body;
        self.text.extend_from_slice(b"{\"body\":");
        object.body.serialize(&mut *self)?;
        self.place = Place::Below;
        self.text.extend_from_slice(b",\"parts\":");
        object.parts.serialize(&mut *self)?;
        self.text.push(b'}');
        Ok(())
    }

    /// Whether the member of that name counts in an object that stands here.
    fn leaves_out(&self, name: &str) -> bool {
        match self.place {
            Place::Body => matches!(name, "estimated_rows" | "estimated_bytes"),
            Place::Item => matches!(name, "physical" | "position"),
            Place::Member(Rule::WithoutPhysical) => name == "physical",
            Place::Member(Rule::WithoutNames) => name == "names",
            Place::Member(_) | Place::Name | Place::Below => false,
        }
    }

    /// Where the value of the member of that name stands.
    fn place_of(&self, name: &str) -> Place {
        match (self.place, name) {
            (Place::Body, "columns") if self.relation => Place::Member(Rule::ByName),
            (Place::Body, "primary_key") => Place::Member(Rule::WithoutPhysical),
            (Place::Body, "partitions") => Place::Member(Rule::WithoutNames),
            (Place::Body, _) => Place::Member(Rule::Plain),
            (Place::Item, "name") => Place::Name,
            _ => Place::Below,
        }
    }

    fn display(&mut self, value: impl Display) {
        // Memory takes whatever is written.
        let _ = write!(self.text, "{value}");
    }
}

/// Quotes a text: only quotes, backslashes and control characters are escaped.
fn quote(content: &str, text: &mut Vec<u8>) {
    let bytes = content.as_bytes();
    text.push(b'"');
    let mut plain = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        if !matches!(byte, b'"' | b'\\' | 0..=0x1f) {
            continue;
        }
        text.extend_from_slice(&bytes[plain..at]);
        plain = at + 1;
        if byte < 0x20 {
            text.extend_from_slice(format!("\\u{{{byte:x}}}").as_bytes());
        } else {
            text.extend_from_slice(&[b'\\', byte]);
        }
    }
    text.extend_from_slice(&bytes[plain..]);
    text.push(b'"');
}

/// An object holds something that has no place in the text: an enumeration with contents.
#[derive(Debug, thiserror::Error)]
#[error("cannot be written canonically: {0}")]
pub(super) struct Unwritable(String);

impl ser::Error for Unwritable {
    fn custom<T: Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

fn contents<T>(name: &'static str, variant: &'static str) -> Result<T, Unwritable> {
    Err(Unwritable(format!("{name}::{variant}")))
}

macro_rules! numbers {
    ($($name:ident: $kind:ty),*) => {$(
        fn $name(self, value: $kind) -> Result<(), Unwritable> {
            self.display(value);
            Ok(())
        }
    )*};
}

impl<'a> Serializer for &'a mut Writer {
    type Ok = ();
    type Error = Unwritable;
    type SerializeSeq = Items<'a>;
    type SerializeTuple = Items<'a>;
    type SerializeTupleStruct = Items<'a>;
    type SerializeTupleVariant = Impossible<(), Unwritable>;
    type SerializeMap = Members<'a>;
    type SerializeStruct = Members<'a>;
    type SerializeStructVariant = Impossible<(), Unwritable>;

    numbers! {
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
        serialize_i128: i128, serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64,
        serialize_u128: u128
    }

    fn serialize_bool(self, value: bool) -> Result<(), Unwritable> {
        self.text.extend_from_slice(if value { b"true" } else { b"false" });
        Ok(())
    }

    fn serialize_f32(self, value: f32) -> Result<(), Unwritable> {
        self.serialize_f64(value.into())
    }

    fn serialize_f64(self, value: f64) -> Result<(), Unwritable> {
        self.display(serde_json::Value::from(value));
        Ok(())
    }

    fn serialize_char(self, value: char) -> Result<(), Unwritable> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<(), Unwritable> {
        if matches!(self.place, Place::Name) {
            self.names.push_str(value);
        }
        quote(value, &mut self.text);
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), Unwritable> {
        value.serialize(self)
    }

    fn serialize_none(self) -> Result<(), Unwritable> {
        self.serialize_unit()
    }

    fn serialize_some<T: ?Sized + Serialize>(self, value: &T) -> Result<(), Unwritable> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Unwritable> {
        self.text.extend_from_slice(b"null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Unwritable> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), Unwritable> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Unwritable> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: ?Sized + Serialize>(
        self,
        name: &'static str,
        _: u32,
        variant: &'static str,
        _: &T,
    ) -> Result<(), Unwritable> {
        contents(name, variant)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Items<'a>, Unwritable> {
        Ok(Items::open(self))
    }

    fn serialize_tuple(self, _: usize) -> Result<Items<'a>, Unwritable> {
        Ok(Items::open(self))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Items<'a>, Unwritable> {
        Ok(Items::open(self))
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Unwritable> {
        contents(name, variant)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Members<'a>, Unwritable> {
        Ok(Members::open(self))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Members<'a>, Unwritable> {
        Ok(Members::open(self))
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Unwritable> {
        contents(name, variant)
    }
}

#[cfg(test)]
mod tests;
