//! Keys, references, conditions and indexes of an SQLite file.

use std::collections::HashMap;

use rusqlite::Connection;
use types::snapshot::{Check, ForeignKey, Index, IndexPart, Key, Table, path_of};

use super::{SCHEMA, rows_of};
use crate::ScanError;
use crate::engine::sqlite::definition::Definition;

const FOREIGN_KEYS: &str = "SELECT l.name, f.id, f.\"table\", f.\"from\", f.\"to\", f.on_update, f.on_delete \
     FROM pragma_table_list l, pragma_foreign_key_list(l.name, 'main') f \
     WHERE l.schema = 'main' AND l.type = 'table' AND l.name MEANT ORDER BY l.name, f.id, f.seq";

const INDEXES: &str = "SELECT l.name, i.name, i.\"unique\", i.origin, x.name, x.\"desc\", x.coll \
     FROM pragma_table_list l, pragma_index_list(l.name, 'main') i, pragma_index_xinfo(i.name, 'main') x \
     WHERE l.schema = 'main' AND l.type = 'table' AND x.key = 1 AND l.name MEANT ORDER BY l.name, i.name, x.seqno";

struct ListedIndex {
    name: String,
    unique: bool,
    /// `c` for CREATE INDEX, `u` for UNIQUE, `pk` for PRIMARY KEY.
    origin: String,
    /// The column's name (none for an expression), whether it descends, its collation.
    parts: Vec<(Option<String>, bool, String)>,
}

struct ListedReference {
    id: i64,
    table: String,
    /// Column here, column there; the latter is missing when the other's primary key is meant.
    columns: Vec<(String, Option<String>)>,
    on_update: String,
    on_delete: String,
}

/// Constraints and indexes of all tables, by the table's name.
pub(super) struct Constraints {
    references: HashMap<String, Vec<ListedReference>>,
    indexes: HashMap<String, Vec<ListedIndex>>,
    /// Parts and conditions that only the text of `CREATE INDEX` says.
    texts: HashMap<String, String>,
}

pub(super) fn read(
    connection: &Connection,
    texts: &HashMap<String, String>,
    meant: Option<&[&str]>,
) -> Result<Constraints, ScanError> {
    let mut references: HashMap<String, Vec<ListedReference>> = HashMap::new();
    let listed = rows_of(connection, FOREIGN_KEYS, meant, |row| {
        let table: String = row.get(0)?;
        let columns = vec![(row.get(3)?, row.get(4)?)];
        let reference = ListedReference {
            id: row.get(1)?,
            table: row.get(2)?,
            columns,
            on_update: row.get(5)?,
            on_delete: row.get(6)?,
        };
        Ok((table, reference))
    })?;
    for (table, reference) in listed {
        let of_table = references.entry(table).or_default();
        match of_table.last_mut().filter(|last| last.id == reference.id) {
            Some(last) => last.columns.extend(reference.columns),
            None => of_table.push(reference),
        }
    }
    let mut indexes: HashMap<String, Vec<ListedIndex>> = HashMap::new();
    let listed = rows_of(connection, INDEXES, meant, |row| {
        let table: String = row.get(0)?;
        let parts = vec![(row.get(4)?, row.get(5)?, row.get::<_, Option<String>>(6)?.unwrap_or_default())];
        Ok((table, ListedIndex { name: row.get(1)?, unique: row.get(2)?, origin: row.get(3)?, parts }))
    })?;
    for (table, index) in listed {
        let of_table = indexes.entry(table).or_default();
        match of_table.last_mut().filter(|last| last.name == index.name) {
            Some(last) => last.parts.extend(index.parts),
            None => of_table.push(index),
        }
    }
    Ok(Constraints { references, indexes, texts: texts.clone() })
}

impl Constraints {
    /// Moves what belongs to the table `name`, whose primary key has the columns `key`, into it.
    pub(super) fn add_to(&mut self, table: &mut Table, name: &str, key: &[String], definition: &Definition) {
        let constraint_name = |kind: &'static str, columns: &[String]| {
            let columns = columns.iter().map(|column| column.to_ascii_lowercase()).collect();
            definition.names.get(&(kind, columns)).cloned().unwrap_or_default()
        };
        if !key.is_empty() {
            table.primary_key =
                Some(Key { name: constraint_name("primary", key), columns: key.to_vec(), ..Key::default() });
        }
        for reference in self.references.remove(name).unwrap_or_default() {
            let (columns, referenced): (Vec<String>, Vec<Option<String>>) =
                reference.columns.into_iter().unzip();
            table.foreign_keys.push(ForeignKey {
                name: constraint_name("foreign", &columns),
                columns,
                references: path_of(&[SCHEMA, &reference.table]),
                referenced_columns: referenced.into_iter().flatten().collect(),
                on_delete: reference.on_delete.to_ascii_lowercase(),
                on_update: reference.on_update.to_ascii_lowercase(),
                validated: true,
                ..ForeignKey::default()
            });
        }
        for index in self.indexes.remove(name).unwrap_or_default() {
            match index.origin.as_str() {
                "pk" => {}
                "u" => {
                    let columns: Vec<String> = index.parts.into_iter().filter_map(|part| part.0).collect();
                    table.uniques.push(Key {
                        name: constraint_name("unique", &columns),
                        columns,
                        ..Key::default()
                    });
                }
                _ => table.indexes.push(self.index(index)),
            }
        }
        table.checks = definition
            .checks
            .iter()
            .map(|(name, expression)| Check {
                name: name.clone().unwrap_or_default(),
                expression: expression.clone(),
                validated: true,
                ..Check::default()
            })
            .collect();
    }

    fn index(&self, index: ListedIndex) -> Index {
        let text = self.texts.get(&index.name).map(String::as_str).unwrap_or_default();
        let (expressions, predicate) = crate::engine::sqlite::definition::index_text(text);
        let part =
            |(place, (name, descending, collation)): (usize, (Option<String>, bool, String))| IndexPart {
                expression: name.unwrap_or_else(|| expressions.get(place).cloned().unwrap_or_default()),
                descending,
                // NULL is SQLite's least value.
                nulls_first: !descending,
                operator_class: None,
                collation: Some(collation)
                    .filter(|name| !name.is_empty() && !name.eq_ignore_ascii_case("BINARY")),
                prefix: None,
            };
        Index {
            name: index.name,
            unique: index.unique,
            method: "btree".into(),
            parts: index.parts.into_iter().enumerate().map(part).collect(),
            predicate,
            valid: true,
            ..Index::default()
        }
    }
}
