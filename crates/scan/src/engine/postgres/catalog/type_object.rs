//! Enumerations, domains and sequences.

use tokio_postgres::Row;
use types::snapshot::{Body, Check, DomainType, EnumType, Object, Sequence, path_of};

use super::{get, object, physical};
use crate::ScanError;

pub(super) const ENUMS: &str = "\
    SELECT t.oid, n.nspname::text, t.typname::text, pg_catalog.pg_get_userbyid(t.typowner)::text, d.description, \
           ARRAY(SELECT e.enumlabel::text FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid \
                 ORDER BY e.enumsortorder) \
    FROM pg_catalog.pg_type t \
    JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace \
    LEFT JOIN pg_catalog.pg_description d ON d.objoid = t.oid AND d.objsubid = 0 \
         AND d.classoid = 'pg_catalog.pg_type'::pg_catalog.regclass \
    WHERE t.typtype = 'e' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' \
      AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend e WHERE e.objid = t.oid AND e.deptype = 'e' \
           AND e.classid = 'pg_catalog.pg_type'::pg_catalog.regclass)";

pub(super) const DOMAINS: &str = "\
    SELECT t.oid, n.nspname::text, t.typname::text, pg_catalog.pg_get_userbyid(t.typowner)::text, d.description, \
           pg_catalog.format_type(t.typbasetype, t.typtypmod), t.typnotnull, t.typdefault, \
           ARRAY(SELECT k.oid FROM pg_catalog.pg_constraint k \
                 WHERE k.contypid = t.oid AND k.contype = 'c' ORDER BY k.conname), \
           ARRAY(SELECT k.conname::text FROM pg_catalog.pg_constraint k \
                 WHERE k.contypid = t.oid AND k.contype = 'c' ORDER BY k.conname), \
           ARRAY(SELECT coalesce(pg_catalog.pg_get_expr(k.conbin, 0), '') FROM pg_catalog.pg_constraint k \
                 WHERE k.contypid = t.oid AND k.contype = 'c' ORDER BY k.conname), \
           ARRAY(SELECT k.convalidated FROM pg_catalog.pg_constraint k \
                 WHERE k.contypid = t.oid AND k.contype = 'c' ORDER BY k.conname) \
    FROM pg_catalog.pg_type t \
    JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace \
    LEFT JOIN pg_catalog.pg_description d ON d.objoid = t.oid AND d.objsubid = 0 \
         AND d.classoid = 'pg_catalog.pg_type'::pg_catalog.regclass \
    WHERE t.typtype = 'd' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' \
      AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend e WHERE e.objid = t.oid AND e.deptype = 'e' \
           AND e.classid = 'pg_catalog.pg_type'::pg_catalog.regclass)";

/// The sequence inside an identity column is part of the column (`deptype` `i`).
pub(super) const SEQUENCES: &str = "\
    SELECT c.oid, n.nspname::text, c.relname::text, pg_catalog.pg_get_userbyid(c.relowner)::text, d.description, \
           pg_catalog.format_type(s.seqtypid, NULL), s.seqincrement, s.seqmin, s.seqmax, s.seqstart, s.seqcycle, \
           tn.nspname::text, tc.relname::text, a.attname::text \
    FROM pg_catalog.pg_sequence s \
    JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid \
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
    LEFT JOIN pg_catalog.pg_depend w ON w.classid = 'pg_catalog.pg_class'::pg_catalog.regclass \
         AND w.objid = c.oid AND w.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND w.deptype IN ('a', 'i') \
    LEFT JOIN pg_catalog.pg_class tc ON tc.oid = w.refobjid \
    LEFT JOIN pg_catalog.pg_namespace tn ON tn.oid = tc.relnamespace \
    LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = w.refobjid AND a.attnum = w.refobjsubid \
    LEFT JOIN pg_catalog.pg_description d ON d.objoid = c.oid AND d.objsubid = 0 \
         AND d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass \
    WHERE w.deptype IS DISTINCT FROM 'i' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' \
      AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend e WHERE e.objid = c.oid AND e.deptype = 'e' \
           AND e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass)";

pub(super) fn enums(rows: &[Row]) -> Result<Vec<Object>, ScanError> {
    let read = |row| {
        let body = EnumType { values: get(row, 5)?, owner: get(row, 3)?, comment: get(row, 4)? };
        Ok(object(&[get(row, 1)?, get(row, 2)?], get(row, 0)?, Body::Enum(body)))
    };
    rows.iter().map(read).collect()
}

pub(super) fn domains(rows: &[Row]) -> Result<Vec<Object>, ScanError> {
    let read = |row| {
        let oids: Vec<u32> = get(row, 8)?;
        let names: Vec<String> = get(row, 9)?;
        let expressions: Vec<String> = get(row, 10)?;
        let validated: Vec<bool> = get(row, 11)?;
        let checks = oids
            .into_iter()
            .zip(names)
            .zip(expressions.into_iter().zip(validated))
            .map(|((oid, name), (expression, validated))| Check {
                name,
                expression,
                validated,
                comment: None,
                physical: physical(oid),
            })
            .collect();
        let body = DomainType {
            data_type: get(row, 5)?,
            nullable: !get::<bool>(row, 6)?,
            default: get(row, 7)?,
            checks,
            owner: get(row, 3)?,
            comment: get(row, 4)?,
        };
        Ok(object(&[get(row, 1)?, get(row, 2)?], get(row, 0)?, Body::Domain(body)))
    };
    rows.iter().map(read).collect()
}

pub(super) fn sequences(rows: &[Row]) -> Result<Vec<Object>, ScanError> {
    let read = |row| {
        let owning: (Option<String>, Option<String>, Option<String>) =
            (get(row, 11)?, get(row, 12)?, get(row, 13)?);
        let body = Sequence {
            data_type: get(row, 5)?,
            increment: get(row, 6)?,
            minimum: get(row, 7)?,
            maximum: get(row, 8)?,
            start: get(row, 9)?,
            cycle: get(row, 10)?,
            owned_by: match owning {
                (Some(schema), Some(table), Some(column)) => Some(path_of(&[schema, table, column])),
                _ => None,
            },
            owner: get(row, 3)?,
            comment: get(row, 4)?,
            ..Sequence::default()
        };
        Ok(object(&[get(row, 1)?, get(row, 2)?], get(row, 0)?, Body::Sequence(body)))
    };
    rows.iter().map(read).collect()
}
