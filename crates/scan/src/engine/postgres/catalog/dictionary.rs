//! What ids stand for.
//!
//! Thousands of columns share a few dozen types, so each type, collation, operator class and access method is looked up
//! once, after all that names them has been read.

use std::collections::{BTreeSet, HashMap};

use tokio_postgres::types::{ToSql, Type};

use super::{Connection, get, letter};
use crate::ScanError;
use crate::engine::postgres::connection::VANISHED;

/// The server says what a type is called, so that it is the same text in every version.
const DICTIONARY: &str = "\
    SELECT 't'::\"char\", u.id, u.number, pg_catalog.format_type(u.id, u.number), t.typcollation, NULL::text \
    FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::pg_catalog.int4[])) \
         AS u(id, number) \
    JOIN pg_catalog.pg_type t ON t.oid = u.id \
    UNION ALL \
    SELECT 'o', o.oid, 0, o.collname::text, 0, NULL FROM pg_catalog.pg_collation o WHERE o.oid = ANY ($3) \
    UNION ALL \
    SELECT 'p', p.oid, 0, p.opcname::text, 0, NULL FROM pg_catalog.pg_opclass p \
    WHERE p.oid = ANY ($4) AND NOT p.opcdefault \
    UNION ALL \
    SELECT 'm', m.oid, 0, m.amname::text, 0, NULL FROM pg_catalog.pg_am m WHERE m.oid = ANY ($5) \
    UNION ALL \
    SELECT 'c', a.attrelid, a.attnum, a.attname::text, 0, NULL \
    FROM ROWS FROM (pg_catalog.unnest($6::pg_catalog.oid[]), pg_catalog.unnest($7::pg_catalog.int4[])) \
         AS u(id, number) \
    JOIN pg_catalog.pg_attribute a ON a.attrelid = u.id AND a.attnum = u.number \
    UNION ALL \
    SELECT 'r', c.oid, 0, c.relname::text, 0, n.nspname::text \
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = ANY ($6)";

/// Ids to look up.
#[derive(Default)]
pub(super) struct Ids {
    /// Types with their modifiers.
    pub(super) types: BTreeSet<(u32, i32)>,
    pub(super) collations: BTreeSet<u32>,
    pub(super) operator_classes: BTreeSet<u32>,
    pub(super) methods: BTreeSet<u32>,
    /// Columns of relations that are not read themselves, but referred to.
    pub(super) columns: BTreeSet<(u32, i16)>,
}

/// What they stand for.
#[derive(Default)]
pub(super) struct Dictionary {
    types: HashMap<(u32, i32), (String, u32)>,
    collations: HashMap<u32, String>,
    /// Without those that are their type's own.
    operator_classes: HashMap<u32, String>,
    methods: HashMap<u32, String>,
    columns: HashMap<(u32, i32), String>,
    relations: HashMap<u32, [String; 2]>,
}

impl Ids {
    pub(super) async fn look_up(self, connection: &Connection) -> Result<Dictionary, ScanError> {
        let (types, modifiers): (Vec<u32>, Vec<i32>) = self.types.into_iter().unzip();
        let list = |ids: BTreeSet<u32>| ids.into_iter().collect::<Vec<u32>>();
        let (collations, classes, methods) =
            (list(self.collations), list(self.operator_classes), list(self.methods));
        let (relations, numbers): (Vec<u32>, Vec<i32>) =
            self.columns.into_iter().map(|(relation, number)| (relation, i32::from(number))).unzip();
        let parameters: [(&(dyn ToSql + Sync), Type); 7] = [
            (&types, Type::OID_ARRAY),
            (&modifiers, Type::INT4_ARRAY),
            (&collations, Type::OID_ARRAY),
            (&classes, Type::OID_ARRAY),
            (&methods, Type::OID_ARRAY),
            (&relations, Type::OID_ARRAY),
            (&numbers, Type::INT4_ARRAY),
        ];
        let mut dictionary = Dictionary::default();
        for row in connection.query(DICTIONARY, &parameters).await? {
            let (id, number): (u32, i32) = (get(&row, 1)?, get(&row, 2)?);
            let name: String = get(&row, 3)?;
            match letter(&row, 0)? {
                b't' => drop(dictionary.types.insert((id, number), (name, get(&row, 4)?))),
                b'o' => drop(dictionary.collations.insert(id, name)),
                b'p' => drop(dictionary.operator_classes.insert(id, name)),
                b'm' => drop(dictionary.methods.insert(id, name)),
                b'c' => drop(dictionary.columns.insert((id, number), name)),
                _ => drop(dictionary.relations.insert(id, [get(&row, 5)?, name])),
            }
        }
        Ok(dictionary)
    }
}

impl Dictionary {
    /// A type's name with its modifiers, and its own collation (0 for none).
    pub(super) fn data_type(&self, id: u32, modifier: i32) -> Result<(&str, u32), ScanError> {
        // `???` is what the server calls a type that was dropped since.
        match self.types.get(&(id, modifier)) {
            Some((name, collation)) if !name.starts_with("???") => Ok((name, *collation)),
            _ => Err(ScanError::Database(format!("{VANISHED}: a type"))),
        }
    }

    pub(super) fn collation(&self, id: u32) -> Option<&str> {
        self.collations.get(&id).map(String::as_str)
    }

    /// Nothing for one that is its type's own.
    pub(super) fn operator_class(&self, id: u32) -> Option<&str> {
        self.operator_classes.get(&id).map(String::as_str)
    }

    pub(super) fn method(&self, id: u32) -> Option<&str> {
        self.methods.get(&id).map(String::as_str)
    }

    pub(super) fn column(&self, relation: u32, number: i16) -> Option<&str> {
        self.columns.get(&(relation, number.into())).map(String::as_str)
    }

    /// Schema and name.
    pub(super) fn relation(&self, id: u32) -> Option<&[String; 2]> {
        self.relations.get(&id)
    }
}
