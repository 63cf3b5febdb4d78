//! Keys, references, conditions and indexes.

use std::collections::HashMap;

use mysql_async::Row;
use types::snapshot::{Check, ForeignKey, Index, IndexPart, Key, path_of};

use super::Catalog;
use crate::engine::mysql::connection::{expression, number, text};

/// What one table has.
#[derive(Default)]
pub(super) struct Constraints {
    pub(super) primary_key: Option<Key>,
    pub(super) uniques: Vec<Key>,
    pub(super) foreign_keys: Vec<ForeignKey>,
    pub(super) checks: Vec<Check>,
    pub(super) indexes: Vec<Index>,
}

/// By table.
pub(super) fn constraints(catalog: &Catalog) -> HashMap<String, Constraints> {
    let mut constraints: HashMap<String, Constraints> = HashMap::new();
    for (table, index) in indexes(&catalog.statistics, catalog.mariadb) {
        add_index(constraints.entry(table).or_default(), index);
    }
    for (table, key) in foreign_keys(catalog) {
        constraints.entry(table).or_default().foreign_keys.push(key);
    }
    for row in &catalog.checks {
        let of_table = constraints.entry(text(row, 0).unwrap_or_default()).or_default();
        let not_enforced = text(row, 3).as_deref() == Some("NO");
        of_table.checks.push(Check {
            name: text(row, 1).unwrap_or_default(),
            expression: expression(row, 2, catalog.mariadb).unwrap_or_default(),
            // As PostgreSQL says it: what is not enforced was not looked at in any row.
            validated: !not_enforced,
            not_enforced,
            ..Check::default()
        });
    }
    for of_table in constraints.values_mut() {
        of_table.uniques.sort_by(|a, b| a.name.cmp(&b.name));
        of_table.indexes.sort_by(|a, b| a.name.cmp(&b.name));
        of_table.foreign_keys.sort_by(|a, b| a.name.cmp(&b.name));
        of_table.checks.sort_by(|a, b| a.name.cmp(&b.name));
    }
    constraints
}

/// An index over whole columns that allows nothing twice is a constraint, as `information_schema` says as well.
fn add_index(of_table: &mut Constraints, index: Index) {
    let whole =
        index.parts.iter().all(|part| part.prefix.is_none() && !part.descending && !is_computed(part));
    let key = |index: &Index| Key {
        name: index.name.clone(),
        columns: index.parts.iter().map(|part| part.expression.clone()).collect(),
        comment: index.comment.clone(),
        ..Key::default()
    };
    if index.name == "PRIMARY" {
        of_table.primary_key = Some(key(&index));
    } else if index.unique && whole && index.valid {
        of_table.uniques.push(key(&index));
    } else {
        of_table.indexes.push(index);
    }
}

/// Expressions are kept in parentheses, so that they are no column's name.
fn is_computed(part: &IndexPart) -> bool {
    part.expression.starts_with('(')
}

fn indexes(rows: &[Row], mariadb: bool) -> Vec<(String, Index)> {
    let mut parts: HashMap<(String, String), Vec<(i64, &Row)>> = HashMap::new();
    for row in rows {
        let key = (text(row, 0).unwrap_or_default(), text(row, 1).unwrap_or_default());
        parts.entry(key).or_default().push((number(row, 3).unwrap_or(0), row));
    }
    let index = |((table, name), mut rows): ((String, String), Vec<(i64, &Row)>)| {
        rows.sort_by_key(|(place, _)| *place);
        let first = rows.first().map(|(_, row)| *row)?;
        let method = text(first, 7).unwrap_or_default().to_ascii_lowercase();
        let part = |(_, row): &(i64, &Row)| IndexPart {
            expression: text(row, 4)
                .or_else(|| expression(row, 10, mariadb).map(|expression| format!("({expression})")))
                .unwrap_or_default(),
            descending: text(row, 5).as_deref() == Some("D"),
            // NULL is the least value here.
            nulls_first: text(row, 5).as_deref() == Some("A"),
            // A spatial index always keeps the box around a shape.
            prefix: number(row, 6)
                .filter(|_| method != "spatial")
                .and_then(|length| u32::try_from(length).ok()),
            ..IndexPart::default()
        };
        let index = Index {
            name,
            unique: number(first, 2) == Some(0),
            parts: rows.iter().map(part).collect(),
            valid: text(first, 9).as_deref() != Some("YES"),
            comment: text(first, 8).filter(|comment| !comment.is_empty()),
            method,
            ..Index::default()
        };
        Some((table, index))
    };
    parts.into_iter().filter_map(index).collect()
}

fn foreign_keys(catalog: &Catalog) -> Vec<(String, ForeignKey)> {
    let mut rules: HashMap<(String, String), (String, String)> = HashMap::new();
    for row in &catalog.references {
        let words = |index| text(row, index).unwrap_or_default();
        rules.insert((words(0), words(1)), (words(2).to_ascii_lowercase(), words(3).to_ascii_lowercase()));
    }
    let mut columns: HashMap<(String, String), Vec<(i64, &Row)>> = HashMap::new();
    for row in &catalog.key_columns {
        let key = (text(row, 0).unwrap_or_default(), text(row, 1).unwrap_or_default());
        columns.entry(key).or_default().push((number(row, 2).unwrap_or(0), row));
    }
    let key = |(key, mut rows): ((String, String), Vec<(i64, &Row)>)| {
        rows.sort_by_key(|(place, _)| *place);
        let first = rows.first().map(|(_, row)| *row)?;
        let all = |index| rows.iter().filter_map(|(_, row)| text(row, index)).collect::<Vec<_>>();
        let (on_delete, on_update) = rules.remove(&key).unwrap_or_default();
        let foreign_key = ForeignKey {
            name: key.1,
            columns: all(3),
            references: path_of(&[text(first, 4)?, text(first, 5)?]),
            referenced_columns: all(6),
            on_delete,
            on_update,
            validated: true,
            ..ForeignKey::default()
        };
        Some((key.0, foreign_key))
    };
    columns.into_iter().filter_map(key).collect()
}
