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
    /// How many bytes the names of the lists around it have.
    outer: usize,
    /// Where each item and its name end, where the list is put in order by names.
    items: Vec<Item>,
}

struct Item {
    end: usize,
    name_end: usize,
}

impl<'a> Items<'a> {
    pub(super) fn open(writer: &'a mut Writer) -> Self {
        let (place, start, outer) = (writer.place, writer.text.len(), writer.names.len());
        writer.text.push(b'[');
        Self { writer, place, start, outer, items: Vec::new() }
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
        if matches!(self.place, Place::Member(Rule::ByName)) {
            self.items.push(Item { end: self.writer.text.len(), name_end: self.writer.names.len() });
        }
        Ok(())
    }

    fn close(mut self) {
        self.put_in_order();
        self.writer.names.truncate(self.outer);
        self.writer.text.push(b']');
    }

    /// By name, those of the same name as they came; nothing where the items have no order of their own.
    fn put_in_order(&mut self) {
        let Writer { text, scratch, names, .. } = &mut *self.writer;
        let (mut start, mut name_start) = (self.start + 1, self.outer);
        let mut spans: Vec<(&str, &[u8])> = Vec::with_capacity(self.items.len());
        for item in &self.items {
            spans.push((&names[name_start..item.name_end], &text[start..item.end]));
            (start, name_start) = (item.end + 1, item.name_end);
        }
        if spans.is_sorted_by_key(|(name, _)| *name) {
            return;
        }
        spans.sort_by_key(|(name, _)| *name);
        scratch.clear();
        for (index, (_, item)) in spans.into_iter().enumerate() {
            if index > 0 {
                scratch.push(b',');
            }
            scratch.extend_from_slice(item);
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
