//! Indexes that no constraint owns.

use std::collections::HashMap;

use tokio_postgres::Row;
use types::snapshot::{Index, IndexPart};

use super::{ByRelation, get, physical};
use crate::ScanError;

pub(super) const INDEXES: &str = "\
    SELECT i.indexrelid, i.indrelid, ic.relname::text, i.indisunique, m.amname::text, i.indisvalid, \
           pg_catalog.pg_get_expr(i.indpred, i.indrelid), i.indnkeyatts::int4, i.indpred IS NOT NULL, \
           ARRAY(SELECT coalesce(a.attname::text, pg_catalog.pg_get_indexdef(i.indexrelid, p + 1, false)) \
                 FROM pg_catalog.generate_series(0, i.indnatts - 1) p \
                 LEFT JOIN pg_catalog.pg_attribute a \
                      ON a.attrelid = i.indrelid AND a.attnum = i.indkey[p] AND i.indkey[p] <> 0 \
                 ORDER BY p), \
           ARRAY(SELECT i.indoption[p]::int4 FROM pg_catalog.generate_series(0, i.indnkeyatts - 1) p ORDER BY p), \
           ARRAY(SELECT CASE WHEN NOT o.opcdefault THEN o.opcname::text END \
                 FROM pg_catalog.generate_series(0, i.indnkeyatts - 1) p \
                 LEFT JOIN pg_catalog.pg_opclass o ON o.oid = i.indclass[p] ORDER BY p), \
           ARRAY(SELECT CASE WHEN o.collname <> 'default' AND a.attcollation IS DISTINCT FROM o.oid \
                             THEN o.collname::text END \
                 FROM pg_catalog.generate_series(0, i.indnkeyatts - 1) p \
                 LEFT JOIN pg_catalog.pg_collation o ON o.oid = i.indcollation[p] \
                 LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[p] \
                 ORDER BY p), \
           d.description, NULLS_NOT_DISTINCT \
    FROM pg_catalog.pg_index i \
    JOIN pg_catalog.pg_class ic ON ic.oid = i.indexrelid \
    JOIN pg_catalog.pg_am m ON m.oid = ic.relam \
    JOIN pg_catalog.pg_class c ON c.oid = i.indrelid AND NOT c.relispartition AND c.relkind IN ('r', 'p', 'm') \
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
    LEFT JOIN pg_catalog.pg_description d ON d.objoid = i.indexrelid AND d.objsubid = 0 \
         AND d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass \
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' \
      AND ($1::pg_catalog.oid[] IS NULL OR i.indrelid = ANY ($1)) \
      AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_constraint k \
                      WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')) \
    ORDER BY i.indrelid, ic.relname";

pub(super) fn indexes(rows: &[Row], vanished: &mut u32) -> Result<ByRelation<Index>, ScanError> {
    let mut indexes: ByRelation<Index> = HashMap::new();
    for row in rows {
        let predicate: Option<String> = get(row, 6)?;
        let keys = usize::try_from(get::<i32>(row, 7)?).unwrap_or(0);
        let names: Vec<Option<String>> = get(row, 9)?;
        let Some(mut names) = names.into_iter().collect::<Option<Vec<String>>>() else {
            *vanished += 1;
            continue;
        };
        if predicate.is_none() && get(row, 8)? {
            *vanished += 1;
            continue;
        }
        let include = names.split_off(keys.min(names.len()));
        let options: Vec<i32> = get(row, 10)?;
        let classes: Vec<Option<String>> = get(row, 11)?;
        let collations: Vec<Option<String>> = get(row, 12)?;
        let parts = names
            .into_iter()
            .enumerate()
            .map(|(place, expression)| {
                let option = options.get(place).copied().unwrap_or(0);
                IndexPart {
                    expression,
                    descending: option & 1 != 0,
                    nulls_first: option & 2 != 0,
                    operator_class: classes.get(place).cloned().flatten(),
                    collation: collations.get(place).cloned().flatten(),
                    ..IndexPart::default()
                }
            })
            .collect();
        indexes.entry(get(row, 1)?).or_default().push(Index {
            name: get(row, 2)?,
            unique: get(row, 3)?,
            method: get(row, 4)?,
            parts,
            include,
            predicate,
            valid: get(row, 5)?,
            comment: get(row, 13)?,
            nulls_not_distinct: get(row, 14)?,
            physical: physical(get(row, 0)?),
        });
    }
    Ok(indexes)
}
