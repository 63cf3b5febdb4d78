//! Objects and lists of the canonical text.

use std::borrow::Cow;

use serde::Serialize;
use serde::ser::{SerializeMap, SerializeSeq, SerializeStruct, SerializeTuple, SerializeTupleStruct};

use super::{Place, Rule, Unwritable, Writer};

/// A member that counts: its name and where its value stands in the text.
pub(super) struct Member {
    name: Cow<'static, str>,
    start: usize,
    end: usize,
}

/// An object that is being written.
pub(super) struct Members<'a> {
    writer: &'a mut Writer,
    place: Place,
    start: usize,
    /// How many members of the objects around it there are.
    outer: usize,
    /// The name of the member that comes next, in a map.
    next: String,
}

impl<'a> Members<'a> {
    pub(super) fn open(writer: &'a mut Writer) -> Self {
        let (place, start, outer) = (writer.place, writer.text.len(), writer.members.len());
        Self { writer, place, start, outer, next: String::new() }
    }

    fn member<T: ?Sized + Serialize>(
        &mut self,
        name: Cow<'static, str>,
        value: &T,
    ) -> Result<(), Unwritable> {
        if self.writer.leaves_out(&name) {
            return Ok(());
        }
        let start = self.writer.text.len();
        self.writer.place = self.writer.place_of(&name);
        value.serialize(&mut *self.writer)?;
        self.writer.place = self.place;
        if counts(&self.writer.text[start..]) {
            self.writer.members.push(Member { name, start, end: self.writer.text.len() });
        } else {
            self.writer.text.truncate(start);
        }
        Ok(())
    }

    fn close(self) {
        let Writer { text, members, scratch, .. } = self.writer;
        let own = &mut members[self.outer..];
        own.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        scratch.clear();
        scratch.push(b'{');
        for (index, member) in own.iter().enumerate() {
            if index > 0 {
                scratch.push(b',');
            }
            super::quote(&member.name, scratch);
            scratch.push(b':');
            scratch.extend_from_slice(&text[member.start..member.end]);
        }
        scratch.push(b'}');
        members.truncate(self.outer);
        text.truncate(self.start);
        text.append(scratch);
    }
}

/// Whether a value says anything: a new optional member does not give old objects a new hash.
fn counts(value: &[u8]) -> bool {
    !matches!(value, b"null" | b"false" | b"[]" | b"\"\"")
}

impl SerializeStruct for Members<'_> {
    type Ok = ();
    type Error = Unwritable;

    fn serialize_field<T: ?Sized + Serialize>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Unwritable> {
        self.member(Cow::Borrowed(name), value)
    }

    fn end(self) -> Result<(), Unwritable> {
        self.close();
        Ok(())
    }
}

impl SerializeMap for Members<'_> {
    type Ok = ();
    type Error = Unwritable;

    fn serialize_key<T: ?Sized + Serialize>(&mut self, name: &T) -> Result<(), Unwritable> {
        match serde_json::to_value(name) {
            Ok(serde_json::Value::String(name)) => self.next = name,
            Ok(other) => self.next = other.to_string(),
            Err(error) => return Err(Unwritable(error.to_string())),
        }
        Ok(())
    }

    fn serialize_value<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<(), Unwritable> {
        let name = std::mem::take(&mut self.next);
        self.member(Cow::Owned(name), value)
    }

    fn end(self) -> Result<(), Unwritable> {
        self.close();
        Ok(())
    }
}

/// A list that is being written.
pub(super) struct Items<'a> {
    writer: &'a mut Writer,
    place: Place,
    start: usize,
    /// Where each item ends, and its name where the list is put in order by it.
    items: Vec<(usize, String)>,
}

impl<'a> Items<'a> {
    pub(super) fn open(writer: &'a mut Writer) -> Self {
        let (place, start) = (writer.place, writer.text.len());
        writer.text.push(b'[');
        Self { writer, place, start, items: Vec::new() }
    }

    fn item<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<(), Unwritable> {
        if self.writer.text.len() > self.start + 1 {
            self.writer.text.push(b',');
        }
        self.writer.place = match self.place {
            Place::Member(_) => Place::Item,
            _ => Place::Below,
        };
        value.serialize(&mut *self.writer)?;
        self.writer.place = self.place;
        if self.is_ordered() {
            self.items.push((self.writer.text.len(), std::mem::take(&mut self.writer.name)));
        }
        Ok(())
    }

    fn is_ordered(&self) -> bool {
        matches!(self.place, Place::Member(Rule::ByName))
    }

    fn close(mut self) {
        if self.is_ordered() && !self.items.is_sorted_by(|a, b| a.1 <= b.1) {
            self.put_in_order();
        }
        self.writer.text.push(b']');
    }

    fn put_in_order(&mut self) {
        let Writer { text, scratch, .. } = &mut *self.writer;
        let mut start = self.start + 1;
        let mut spans: Vec<_> = std::mem::take(&mut self.items)
            .into_iter()
            .map(|(end, name)| {
                let span = (name, start, end);
                start = end + 1;
                span
            })
            .collect();
        spans.sort_by(|a, b| a.0.cmp(&b.0));
        scratch.clear();
        for (index, (_, start, end)) in spans.into_iter().enumerate() {
            if index > 0 {
                scratch.push(b',');
            }
            scratch.extend_from_slice(&text[start..end]);
        }
        text.truncate(self.start + 1);
        text.append(scratch);
    }
}

macro_rules! list {
    ($($kind:ident::$item:ident),*) => {$(
        impl $kind for Items<'_> {
            type Ok = ();
            type Error = Unwritable;

            fn $item<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<(), Unwritable> {
                self.item(value)
            }

            fn end(self) -> Result<(), Unwritable> {
                self.close();
                Ok(())
            }
        }
    )*};
}

list!(
    SerializeSeq::serialize_element,
    SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field
);
