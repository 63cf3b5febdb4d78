//! Functions and procedures.

use std::collections::HashMap;

use tokio_postgres::Row;
use types::snapshot::{Body, Object, Privilege, Routine};

use super::{get, object};
use crate::ScanError;

/// A body in standard SQL is kept parsed, with an empty text: then the definition stands for it.
pub(super) const ROUTINES: &str = "\
    SELECT p.oid, n.nspname::text, p.proname::text, p.prokind::text, \
           pg_catalog.array_to_string(ARRAY(SELECT pg_catalog.format_type(u.type, NULL) \
                FROM pg_catalog.unnest(p.proargtypes) WITH ORDINALITY u(type, place) ORDER BY u.place), ', '), \
           coalesce(pg_catalog.pg_get_function_arguments(p.oid), ''), pg_catalog.pg_get_function_result(p.oid), \
           l.lanname::text, p.provolatile::text, p.prosecdef, \
           CASE WHEN p.prosrc = '' THEN pg_catalog.pg_get_functiondef(p.oid) \
                ELSE pg_catalog.concat(p.probin, ' ', p.prosrc) END, \
           pg_catalog.pg_get_userbyid(p.proowner)::text, d.description \
    FROM pg_catalog.pg_proc p \
    JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace \
    JOIN pg_catalog.pg_language l ON l.oid = p.prolang \
    LEFT JOIN pg_catalog.pg_description d ON d.objoid = p.oid AND d.objsubid = 0 \
         AND d.classoid = 'pg_catalog.pg_proc'::pg_catalog.regclass \
    WHERE p.prokind IN ('f', 'p') AND ($1::pg_catalog.oid[] IS NULL OR p.oid = ANY ($1)) \
      AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' \
      AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend e WHERE e.objid = p.oid AND e.deptype = 'e' \
           AND e.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass \
           AND e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass)";

pub(super) fn routines(
    rows: &[Row],
    privileges: &mut HashMap<u32, Vec<Privilege>>,
) -> Result<Vec<Object>, ScanError> {
    let read = |row| {
        let oid: u32 = get(row, 0)?;
        let volatility = match get::<&str>(row, 8)? {
            "i" => "immutable",
            "s" => "stable",
            _ => "volatile",
        };
        let body: Option<String> = get(row, 10)?;
        let routine = Routine {
            arguments: get(row, 5)?,
            returns: get(row, 6)?,
            language: get(row, 7)?,
            volatility: volatility.into(),
            security_definer: get(row, 9)?,
            body_hash: blake3::hash(body.unwrap_or_default().as_bytes()).to_hex().to_string(),
            owner: get(row, 11)?,
            comment: get(row, 12)?,
            privileges: privileges.remove(&oid).unwrap_or_default(),
        };
        // Names may be overloaded: the argument types tell them apart.
        let name = format!("{}({})", get::<String>(row, 2)?, get::<String>(row, 4)?);
        let body =
            if get::<&str>(row, 3)? == "p" { Body::Procedure(routine) } else { Body::Function(routine) };
        Ok(object(&[get(row, 1)?, name], oid, body))
    };
    rows.iter().map(read).collect()
}
