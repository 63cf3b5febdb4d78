//! Triggers and row-level security policies.

use std::collections::HashMap;

use tokio_postgres::Row;
use types::snapshot::{Policy, Trigger};

use super::{ByRelation, get, physical};
use crate::ScanError;

pub(super) const TABLE_PARTS: &str = "\
    SELECT x.kind, x.oid, x.relation, x.name, x.word, x.flag, x.roles, x.condition, x.written, d.description \
    FROM ( \
        SELECT 'trigger' AS kind, t.oid, t.tgrelid AS relation, t.tgname::text AS name, \
               pg_catalog.pg_get_triggerdef(t.oid) AS word, t.tgenabled <> 'D' AS flag, NULL::text[] AS roles, \
               NULL::text AS condition, NULL::text AS written, \
               'pg_catalog.pg_trigger'::pg_catalog.regclass AS class \
        FROM pg_catalog.pg_trigger t WHERE NOT t.tgisinternal \
        UNION ALL \
        SELECT 'policy', p.oid, p.polrelid, p.polname::text, p.polcmd::text, p.polpermissive, \
               ARRAY(SELECT CASE WHEN r = 0 THEN 'public' ELSE pg_catalog.pg_get_userbyid(r)::text END \
                     FROM pg_catalog.unnest(p.polroles) r ORDER BY 1), \
               pg_catalog.pg_get_expr(p.polqual, p.polrelid), pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid), \
               'pg_catalog.pg_policy'::pg_catalog.regclass \
        FROM pg_catalog.pg_policy p \
    ) x \
    JOIN pg_catalog.pg_class c ON c.oid = x.relation AND NOT c.relispartition \
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
    LEFT JOIN pg_catalog.pg_description d ON d.objoid = x.oid AND d.objsubid = 0 AND d.classoid = x.class \
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' \
      AND ($1::pg_catalog.oid[] IS NULL OR x.relation = ANY ($1)) \
    ORDER BY x.relation, x.name";

pub(super) fn table_parts(
    rows: &[Row],
    vanished: &mut u32,
) -> Result<(ByRelation<Trigger>, ByRelation<Policy>), ScanError> {
    let mut triggers: ByRelation<Trigger> = HashMap::new();
    let mut policies: ByRelation<Policy> = HashMap::new();
    for row in rows {
        let relation = get(row, 2)?;
        let Some(word): Option<String> = get(row, 4)? else {
            *vanished += 1;
            continue;
        };
        if get::<&str>(row, 0)? == "trigger" {
            triggers.entry(relation).or_default().push(Trigger {
                name: get(row, 3)?,
                definition: word,
                enabled: get(row, 5)?,
                comment: get(row, 9)?,
                physical: physical(get(row, 1)?),
            });
            continue;
        }
        let command = match word.as_str() {
            "r" => "select",
            "a" => "insert",
            "w" => "update",
            "d" => "delete",
            _ => "all",
        };
        policies.entry(relation).or_default().push(Policy {
            name: get(row, 3)?,
            command: command.into(),
            permissive: get(row, 5)?,
            roles: get(row, 6)?,
            using: get(row, 7)?,
            check: get(row, 8)?,
            comment: get(row, 9)?,
            physical: physical(get(row, 1)?),
        });
    }
    Ok((triggers, policies))
}
