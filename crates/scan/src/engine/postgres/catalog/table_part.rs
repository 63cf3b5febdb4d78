//! Triggers and row-level security policies.

use std::collections::HashMap;

use tokio_postgres::Row;
use types::snapshot::{Policy, Trigger};

use super::{ByRelation, get, physical};
use crate::ScanError;

pub(super) const TRIGGERS: &str = "\
    SELECT t.oid, t.tgrelid, t.tgname::text, pg_catalog.pg_get_triggerdef(t.oid), t.tgenabled <> 'D' \
    FROM pg_catalog.pg_trigger t \
    JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid AND NOT c.relispartition \
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
    WHERE NOT t.tgisinternal AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' \
    ORDER BY t.tgrelid, t.tgname";

pub(super) const POLICIES: &str = "\
    SELECT p.oid, p.polrelid, p.polname::text, p.polcmd::text, p.polpermissive, \
           ARRAY(SELECT CASE WHEN r = 0 THEN 'public' ELSE pg_catalog.pg_get_userbyid(r)::text END \
                 FROM pg_catalog.unnest(p.polroles) r ORDER BY 1), \
           pg_catalog.pg_get_expr(p.polqual, p.polrelid), pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) \
    FROM pg_catalog.pg_policy p \
    JOIN pg_catalog.pg_class c ON c.oid = p.polrelid AND NOT c.relispartition \
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' \
    ORDER BY p.polrelid, p.polname";

pub(super) fn triggers(rows: &[Row], vanished: &mut u32) -> Result<ByRelation<Trigger>, ScanError> {
    let mut triggers: ByRelation<Trigger> = HashMap::new();
    for row in rows {
        let Some(definition) = get(row, 3)? else {
            *vanished += 1;
            continue;
        };
        triggers.entry(get(row, 1)?).or_default().push(Trigger {
            name: get(row, 2)?,
            definition,
            enabled: get(row, 4)?,
            physical: physical(get(row, 0)?),
            ..Trigger::default()
        });
    }
    Ok(triggers)
}

pub(super) fn policies(rows: &[Row]) -> Result<ByRelation<Policy>, ScanError> {
    let mut policies: ByRelation<Policy> = HashMap::new();
    for row in rows {
        let command = match get::<&str>(row, 3)? {
            "r" => "select",
            "a" => "insert",
            "w" => "update",
            "d" => "delete",
            _ => "all",
        };
        policies.entry(get(row, 1)?).or_default().push(Policy {
            name: get(row, 2)?,
            command: command.into(),
            permissive: get(row, 4)?,
            roles: get(row, 5)?,
            using: get(row, 6)?,
            check: get(row, 7)?,
            physical: physical(get(row, 0)?),
            ..Policy::default()
        });
    }
    Ok(policies)
}
