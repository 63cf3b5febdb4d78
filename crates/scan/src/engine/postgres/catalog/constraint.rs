//! Keys, references and conditions.

use std::collections::HashMap;

use tokio_postgres::Row;
use types::snapshot::{Check, Exclusion, ForeignKey, Key, path_of};

use super::{get, physical};
use crate::ScanError;

/// Partitions repeat their parent's constraints, and a reference to a partitioned table has a row for each partition
/// of it: `conparentid` marks both.
pub(super) const CONSTRAINTS: &str = "\
    SELECT k.oid, k.conrelid, k.conname::text, k.contype::text, k.condeferrable, k.convalidated, \
           ARRAY(SELECT a.attname::text FROM pg_catalog.unnest(k.conkey) WITH ORDINALITY u(attnum, place) \
                 JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.attnum \
                 ORDER BY u.place), \
           rn.nspname::text, rc.relname::text, \
           ARRAY(SELECT a.attname::text FROM pg_catalog.unnest(k.confkey) WITH ORDINALITY u(attnum, place) \
                 JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.attnum \
                 ORDER BY u.place), \
           k.confdeltype::text, k.confupdtype::text, \
           CASE k.contype WHEN 'c' THEN pg_catalog.pg_get_expr(k.conbin, k.conrelid) \
                          WHEN 'x' THEN pg_catalog.pg_get_constraintdef(k.oid) END, \
           coalesce((SELECT NULLS_NOT_DISTINCT FROM pg_catalog.pg_index i WHERE i.indexrelid = k.conindid), false), \
           d.description \
    FROM pg_catalog.pg_constraint k \
    JOIN pg_catalog.pg_class c ON c.oid = k.conrelid AND NOT c.relispartition \
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
    LEFT JOIN pg_catalog.pg_class rc ON rc.oid = k.confrelid \
    LEFT JOIN pg_catalog.pg_namespace rn ON rn.oid = rc.relnamespace \
    LEFT JOIN pg_catalog.pg_description d ON d.objoid = k.oid AND d.objsubid = 0 \
         AND d.classoid = 'pg_catalog.pg_constraint'::pg_catalog.regclass \
    WHERE k.contype IN ('p', 'u', 'f', 'c', 'x') AND (k.contype <> 'f' OR k.conparentid = 0) \
      AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' \
      AND ($1::pg_catalog.oid[] IS NULL OR k.conrelid = ANY ($1)) \
    ORDER BY k.conrelid, k.conname";

/// The constraints of one table.
#[derive(Default)]
pub(super) struct Constraints {
    pub(super) primary_key: Option<Key>,
    pub(super) uniques: Vec<Key>,
    pub(super) foreign_keys: Vec<ForeignKey>,
    pub(super) checks: Vec<Check>,
    pub(super) exclusions: Vec<Exclusion>,
}

pub(super) fn constraints(rows: &[Row], vanished: &mut u32) -> Result<HashMap<u32, Constraints>, ScanError> {
    let mut constraints: HashMap<u32, Constraints> = HashMap::new();
    for row in rows {
        let of_table = constraints.entry(get(row, 1)?).or_default();
        let physical = physical(get(row, 0)?);
        let (name, comment) = (get(row, 2)?, get(row, 14)?);
        let (deferrable, validated) = (get(row, 4)?, get(row, 5)?);
        let columns = get(row, 6)?;
        let expression: Option<String> = get(row, 12)?;
        match get::<&str>(row, 3)? {
            kind @ ("p" | "u") => {
                let nulls_not_distinct = get(row, 13)?;
                let key = Key { name, columns, deferrable, nulls_not_distinct, comment, physical };
                if kind == "p" {
                    of_table.primary_key = Some(key);
                } else {
                    of_table.uniques.push(key);
                }
            }
            "f" => {
                let (Some(schema), Some(table)) =
                    (get::<Option<String>>(row, 7)?, get::<Option<String>>(row, 8)?)
                else {
                    *vanished += 1;
                    continue;
                };
                of_table.foreign_keys.push(ForeignKey {
                    name,
                    columns,
                    references: path_of(&[schema, table]),
                    referenced_columns: get(row, 9)?,
                    on_delete: action(get(row, 10)?).into(),
                    on_update: action(get(row, 11)?).into(),
                    deferrable,
                    validated,
                    comment,
                    physical,
                });
            }
            kind => match expression {
                None => *vanished += 1,
                Some(expression) if kind == "c" => {
                    of_table.checks.push(Check { name, expression, validated, comment, physical });
                }
                Some(definition) => {
                    of_table.exclusions.push(Exclusion { name, definition, comment, physical })
                }
            },
        }
    }
    Ok(constraints)
}

fn action(letter: &str) -> &'static str {
    match letter {
        "r" => "restrict",
        "c" => "cascade",
        "n" => "set null",
        "d" => "set default",
        _ => "no action",
    }
}
