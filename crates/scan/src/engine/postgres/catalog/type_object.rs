//! Enumerations, composite types, ranges, domains and sequences.

use std::collections::HashMap;

use tokio_postgres::Row;
use types::snapshot::{
    Attribute, Body, Check, CompositeType, DomainType, EnumType, IdentityOptions, Object, Privilege,
    RangeType, Sequence, path_of,
};

use super::{get, object, physical, privilege};
use crate::ScanError;

/// Enumerations, composite types that are no table's, ranges and domains. The first list holds an enumeration's values, or
/// the names of a composite type's parts or of a domain's checks, and the second the parts' types or the checks'
/// conditions; sets of ranges have a catalog column of their own from version 14 on.
pub(super) const TYPES: &str = "\
    SELECT t.oid, n.nspname::text, t.typname::text, pg_catalog.pg_get_userbyid(t.typowner)::text, d.description, \
           t.typtype::text, \
           CASE t.typtype WHEN 'e' THEN ARRAY(SELECT e.enumlabel::text FROM pg_catalog.pg_enum e \
                                              WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder) \
                WHEN 'c' THEN ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a \
                    WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum) \
                WHEN 'd' THEN ARRAY(SELECT k.conname::text FROM pg_catalog.pg_constraint k \
                    WHERE k.contypid = t.oid AND k.contype = 'c' ORDER BY k.conname) \
                ELSE '{}' END, \
           CASE t.typtype WHEN 'c' THEN ARRAY(SELECT pg_catalog.format_type(a.atttypid, a.atttypmod) \
                    FROM pg_catalog.pg_attribute a \
                    WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum) \
                WHEN 'd' THEN ARRAY(SELECT coalesce(pg_catalog.pg_get_expr(k.conbin, 0), '') \
                    FROM pg_catalog.pg_constraint k \
                    WHERE k.contypid = t.oid AND k.contype = 'c' ORDER BY k.conname) \
                ELSE '{}' END, \
           ARRAY(SELECT CASE WHEN a.attcollation <> b.typcollation THEN o.collname::text END \
                 FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type b ON b.oid = a.atttypid \
                 LEFT JOIN pg_catalog.pg_collation o ON o.oid = a.attcollation \
                 WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped \
                 ORDER BY a.attnum), \
           CASE t.typtype WHEN 'd' THEN pg_catalog.format_type(t.typbasetype, t.typtypmod) \
                ELSE pg_catalog.format_type(r.rngsubtype, NULL) END, \
           c.opcname::text, \
           CASE WHEN r.rngcollation <> s.typcollation THEN k.collname::text END, \
           NULLIF(r.rngcanonical, 0)::pg_catalog.regproc::text, NULLIF(r.rngsubdiff, 0)::pg_catalog.regproc::text, \
           MULTIRANGE, t.typnotnull, t.typdefault, \
           ARRAY(SELECT k.oid FROM pg_catalog.pg_constraint k \
                 WHERE k.contypid = t.oid AND k.contype = 'c' ORDER BY k.conname), \
           ARRAY(SELECT k.convalidated FROM pg_catalog.pg_constraint k \
                 WHERE k.contypid = t.oid AND k.contype = 'c' ORDER BY k.conname), \
           t.typacl IS NOT NULL, \
           ARRAY(SELECT m.description FROM pg_catalog.pg_constraint k \
                 LEFT JOIN pg_catalog.pg_description m ON m.objoid = k.oid AND m.objsubid = 0 \
                      AND m.classoid = 'pg_catalog.pg_constraint'::pg_catalog.regclass \
                 WHERE k.contypid = t.oid AND k.contype = 'c' ORDER BY k.conname) \
    FROM pg_catalog.pg_type t \
    JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace \
    LEFT JOIN pg_catalog.pg_class l ON l.oid = t.typrelid \
    LEFT JOIN pg_catalog.pg_range r ON r.rngtypid = t.oid \
    LEFT JOIN pg_catalog.pg_type s ON s.oid = r.rngsubtype \
    LEFT JOIN pg_catalog.pg_opclass c ON c.oid = r.rngsubopc \
    LEFT JOIN pg_catalog.pg_collation k ON k.oid = r.rngcollation \
    LEFT JOIN pg_catalog.pg_description d ON d.objoid = t.oid AND d.objsubid = 0 \
         AND d.classoid = 'pg_catalog.pg_type'::pg_catalog.regclass \
    WHERE (t.typtype IN ('e', 'r', 'd') OR (t.typtype = 'c' AND l.relkind = 'c')) \
      AND ($1::pg_catalog.oid[] IS NULL OR t.oid = ANY ($1)) \
      AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' \
      AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend e WHERE e.objid = t.oid AND e.deptype = 'e' \
           AND e.classid = 'pg_catalog.pg_type'::pg_catalog.regclass \
           AND e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass)";

/// The sequence inside an identity column is part of the column (`deptype` `i`): its settings go there.
pub(super) const SEQUENCES: &str = "\
    SELECT c.oid, n.nspname::text, c.relname::text, pg_catalog.pg_get_userbyid(c.relowner)::text, d.description, \
           pg_catalog.format_type(s.seqtypid, NULL), s.seqincrement, s.seqmin, s.seqmax, s.seqstart, s.seqcycle, \
           tn.nspname::text, tc.relname::text, a.attname::text, s.seqcache, w.deptype = 'i', w.refobjid, w.refobjsubid::int2 \
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
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' \
      AND ($1::pg_catalog.oid[] IS NULL OR c.oid = ANY ($1) OR w.refobjid = ANY ($1)) \
      AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend e WHERE e.objid = c.oid AND e.deptype = 'e' \
           AND e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass \
           AND e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass)";

pub(super) fn types(
    rows: &[Row],
    privileges: &mut HashMap<u32, Vec<Privilege>>,
) -> Result<Vec<Object>, ScanError> {
    let read = |row| {
        let (oid, owner, comment) = (get::<u32>(row, 0)?, get(row, 3)?, get(row, 4)?);
        let privileges = privilege::of_type(get(row, 19)?, privileges.remove(&oid).unwrap_or_default());
        let labels: Vec<String> = get(row, 6)?;
        let body = match get::<&str>(row, 5)? {
            "e" => Body::Enum(EnumType { values: labels, owner, comment, privileges }),
            "c" => {
                let types: Vec<String> = get(row, 7)?;
                let collations: Vec<Option<String>> = get(row, 8)?;
                let attribute = |((name, data_type), collation)| Attribute { name, data_type, collation };
                let attributes = labels.into_iter().zip(types).zip(collations).map(attribute).collect();
                Body::CompositeType(CompositeType { attributes, owner, comment, privileges })
            }
            "d" => {
                let conditions = get::<Vec<String>>(row, 7)?;
                Body::Domain(DomainType {
                    data_type: get::<Option<String>>(row, 9)?.unwrap_or_default(),
                    nullable: !get::<bool>(row, 15)?,
                    default: get(row, 16)?,
                    checks: checks((labels, get(row, 20)?), conditions, get(row, 17)?, get(row, 18)?),
                    owner,
                    comment,
                    privileges,
                })
            }
            _ => Body::RangeType(RangeType {
                subtype: get::<Option<String>>(row, 9)?.unwrap_or_default(),
                operator_class: get::<Option<String>>(row, 10)?.unwrap_or_default(),
                collation: get(row, 11)?,
                canonical_function: get(row, 12)?,
                difference_function: get(row, 13)?,
                multirange: get(row, 14)?,
                owner,
                comment,
                privileges,
            }),
        };
        Ok(object(&[get(row, 1)?, get(row, 2)?], oid, body))
    };
    rows.iter().map(read).collect()
}

/// A domain's, each list in the same order.
fn checks(
    (names, comments): (Vec<String>, Vec<Option<String>>),
    conditions: Vec<String>,
    oids: Vec<u32>,
    validated: Vec<bool>,
) -> Vec<Check> {
    let check = |(((name, comment), expression), (oid, validated))| Check {
        name,
        expression,
        validated,
        comment,
        physical: physical(oid),
        ..Check::default()
    };
    names.into_iter().zip(comments).zip(conditions).zip(oids.into_iter().zip(validated)).map(check).collect()
}

/// By table and column number.
pub(super) type Identities = HashMap<(u32, i16), IdentityOptions>;

/// Sequences, and the settings of those inside identity columns, by table and column number.
pub(super) fn sequences(
    rows: &[Row],
    privileges: &mut HashMap<u32, Vec<Privilege>>,
) -> Result<(Vec<Object>, Identities), ScanError> {
    let mut objects = Vec::new();
    let mut identities = HashMap::new();
    for row in rows {
        let (increment, minimum, maximum, start) = (get(row, 6)?, get(row, 7)?, get(row, 8)?, get(row, 9)?);
        let (cycle, cache) = (get(row, 10)?, get(row, 14)?);
        if get::<Option<bool>>(row, 15)? == Some(true) {
            let options = IdentityOptions { start, increment, minimum, maximum, cycle, cache };
            identities.insert((get(row, 16)?, get(row, 17)?), options);
            continue;
        }
        let owning: (Option<String>, Option<String>, Option<String>) =
            (get(row, 11)?, get(row, 12)?, get(row, 13)?);
        let oid: u32 = get(row, 0)?;
        let body = Sequence {
            data_type: get(row, 5)?,
            increment,
            minimum,
            maximum,
            start,
            cycle,
            cache: Some(cache),
            owned_by: match owning {
                (Some(schema), Some(table), Some(column)) => Some(path_of(&[schema, table, column])),
                _ => None,
            },
            owner: get(row, 3)?,
            comment: get(row, 4)?,
            privileges: privileges.remove(&oid).unwrap_or_default(),
        };
        objects.push(object(&[get(row, 1)?, get(row, 2)?], oid, Body::Sequence(body)));
    }
    Ok((objects, identities))
}
