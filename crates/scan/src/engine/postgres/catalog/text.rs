//! Texts that hang on relations, columns, indexes and constraints: comments, and what columns default to.

use std::collections::HashMap;

use tokio_postgres::Row;

use super::{get, letter};
use crate::ScanError;

/// A default that names no column is the same whatever table it is of; told so, the server need not look the table up,
/// which takes it ten times as long as the rest. `pg_node_tree` escapes braces in whatever users wrote.
pub(super) const TEXTS: &str = "\
    SELECT 'd'::\"char\", f.adrelid, f.adnum::int4, pg_catalog.pg_get_expr(f.adbin, \
           CASE WHEN pg_catalog.strpos(f.adbin::text, '{VAR ') = 0 THEN 0 ELSE f.adrelid END) \
    FROM pg_catalog.pg_attrdef f \
    WHERE ($1::pg_catalog.oid[] IS NULL OR f.adrelid = ANY ($1)) AND f.adrelid NOT IN (PARTITIONS) \
    UNION ALL \
    SELECT 'r', d.objoid, d.objsubid, d.description FROM pg_catalog.pg_description d \
    WHERE d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objoid >= 16384 \
      AND ($1 IS NULL OR d.objoid = ANY ($1 || ARRAY( \
           SELECT i.indexrelid FROM pg_catalog.pg_index i WHERE i.indrelid = ANY ($1)))) \
    UNION ALL \
    SELECT 'k', d.objoid, 0, d.description FROM pg_catalog.pg_description d \
    WHERE d.classoid = 'pg_catalog.pg_constraint'::pg_catalog.regclass \
      AND ($1 IS NULL OR d.objoid IN (SELECT k.oid FROM pg_catalog.pg_constraint k WHERE k.conrelid = ANY ($1)))";

/// Taken out one by one as what they belong to is put together.
pub(super) struct Texts {
    defaults: HashMap<(u32, i32), String>,
    of_relations: HashMap<(u32, i32), String>,
    of_constraints: HashMap<u32, String>,
}

pub(super) fn texts(rows: &[Row]) -> Result<Texts, ScanError> {
    let mut texts =
        Texts { defaults: HashMap::new(), of_relations: HashMap::new(), of_constraints: HashMap::new() };
    for row in rows {
        let (id, number): (u32, i32) = (get(row, 1)?, get(row, 2)?);
        // NULL for what vanished meanwhile.
        let Some(text): Option<String> = get(row, 3)? else { continue };
        match letter(row, 0)? {
            b'd' => drop(texts.defaults.insert((id, number), text)),
            b'k' => drop(texts.of_constraints.insert(id, text)),
            _ => drop(texts.of_relations.insert((id, number), text)),
        }
    }
    Ok(texts)
}

impl Texts {
    /// What a column defaults to, or is computed by.
    pub(super) fn default(&mut self, relation: u32, column: i16) -> Option<String> {
        self.defaults.remove(&(relation, column.into()))
    }

    /// The comment of a relation or an index (`column` 0), or of a column.
    pub(super) fn of_relation(&mut self, relation: u32, column: i32) -> Option<String> {
        self.of_relations.remove(&(relation, column))
    }

    pub(super) fn of_constraint(&mut self, constraint: u32) -> Option<String> {
        self.of_constraints.remove(&constraint)
    }
}
