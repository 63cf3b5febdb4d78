//! One value that changes whenever the schema does, from one statement that decodes nothing.

use super::{Connection, get};
use crate::ScanError;

/// The catalogs that hold anything of a snapshot, its warnings included, and which of their rows count. Temporary tables
/// come and go without any change of the schema. 16384 is the first id that a user's object can have. No change is what a
/// snapshot tells nothing of: user mappings, transforms, subscriptions, which tables a publication has, what is inside of
/// operator families and text searches, and settings of roles and of the database.
const CATALOGS: [(&str, &str); 39] = [
    ("pg_class", "oid >= 16384 AND relpersistence <> 't'"),
    ("pg_attribute", "attrelid >= 16384 AND attrelid NOT IN (SELECT t.oid FROM temporary t)"),
    ("pg_index", "indexrelid >= 16384 AND indexrelid NOT IN (SELECT t.oid FROM temporary t)"),
    ("pg_attrdef", "adrelid NOT IN (SELECT t.oid FROM temporary t)"),
    ("pg_trigger", "tgrelid NOT IN (SELECT t.oid FROM temporary t)"),
    ("pg_rewrite", "oid >= 16384 AND ev_class NOT IN (SELECT t.oid FROM temporary t)"),
    ("pg_inherits", "inhrelid NOT IN (SELECT t.oid FROM temporary t)"),
    ("pg_sequence", "seqrelid NOT IN (SELECT t.oid FROM temporary t)"),
    ("pg_constraint", "oid >= 16384 AND conrelid NOT IN (SELECT t.oid FROM temporary t)"),
    (
        "pg_type",
        "oid >= 16384 AND typrelid NOT IN (SELECT t.oid FROM temporary t) AND typelem NOT IN \
         (SELECT e.oid FROM pg_catalog.pg_type e JOIN temporary t ON t.oid = e.typrelid)",
    ),
    ("pg_proc", "oid >= 16384"),
    (
        "pg_description",
        "(objoid >= 16384 OR classoid IN ('pg_catalog.pg_namespace'::pg_catalog.regclass, \
         'pg_catalog.pg_extension'::pg_catalog.regclass)) AND objoid NOT IN (SELECT t.oid FROM temporary t)",
    ),
    ("pg_namespace", "nspname !~ '^pg_'"),
    ("pg_partitioned_table", "true"),
    ("pg_policy", "true"),
    ("pg_enum", "true"),
    ("pg_range", "true"),
    ("pg_extension", "true"),
    // Members of an extension are left to it: by an index, for no catalog has more rows.
    ("pg_depend", "refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND deptype = 'e'"),
    ("pg_collation", "oid >= 16384"),
    ("pg_opclass", "oid >= 16384"),
    ("pg_foreign_table", "true"),
    ("pg_foreign_server", "true"),
    ("pg_foreign_data_wrapper", "true"),
    ("pg_language", "true"),
    ("pg_am", "true"),
    ("pg_operator", "oid >= 16384"),
    ("pg_cast", "oid >= 16384"),
    ("pg_conversion", "oid >= 16384"),
    ("pg_event_trigger", "true"),
    ("pg_publication", "true"),
    ("pg_ts_config", "oid >= 16384"),
    ("pg_ts_dict", "oid >= 16384"),
    ("pg_statistic_ext", "true"),
    ("pg_opfamily", "oid >= 16384"),
    ("pg_default_acl", "true"),
    // They come and go with data; only rights on them are told.
    ("pg_largeobject_metadata", "lomacl IS NOT NULL"),
    ("pg_database", "datname = pg_catalog.current_database()"),
    (
        "pg_shdescription",
        "classoid = 'pg_catalog.pg_database'::pg_catalog.regclass AND objoid IN ( \
         SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())",
    ),
];

/// Of the roles only those count that this database refers to, because their names appear in it. What refers to one from the
/// row of the database, its rights and its owner, belongs to no database.
const ROLES: &str = "\
    SELECT 0, pg_catalog.count(*), pg_catalog.sum(pg_catalog.hashtextextended( \
               pg_catalog.concat(r.oid, '.', r.rolname), 0)) \
    FROM pg_catalog.pg_roles r \
    WHERE r.oid < 16384 OR r.oid IN (SELECT s.refobjid FROM pg_catalog.pg_shdepend s \
        JOIN pg_catalog.pg_database d ON d.oid = s.dbid \
        WHERE d.datname = pg_catalog.current_database() \
          AND s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass) \
      OR r.oid IN (SELECT s.refobjid FROM pg_catalog.pg_shdepend s \
        JOIN pg_catalog.pg_database d ON d.oid = s.objid \
        WHERE s.dbid = 0 AND s.classid = 'pg_catalog.pg_database'::pg_catalog.regclass \
          AND d.datname = pg_catalog.current_database() \
          AND s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass)";

/// A schema change writes new row versions in the catalogs, and deletes rows. Each version carries the number of the
/// transaction that wrote it (`xmin`), so the numbers of all rows are others afterwards. The numbers themselves may not be
/// added up: a transaction that began early and changes the schema late has a small one. What is added up is a hash of
/// each, so that nothing has to be sorted or grouped. No function takes a hash of such a number, but one of an array does;
/// to put it in words first takes twice as long.
/// ANALYZE and VACUUM update in place and do not move them. False alarms (TRUNCATE, REINDEX) only cost a scan. Before
/// version 14 an index that is built beside others' work becomes valid in place as well: rows of `pg_index` are told apart
/// by that.
fn statement() -> String {
    let totals = CATALOGS.iter().enumerate().map(|(place, (catalog, rows))| {
        let seed = if *catalog == "pg_index" { "indisvalid::pg_catalog.int4" } else { "0" };
        format!(
            " UNION ALL SELECT {}, pg_catalog.count(*), \
             pg_catalog.sum(pg_catalog.hash_array_extended(ARRAY[xmin], {seed})) \
             FROM pg_catalog.{catalog} WHERE {rows}",
            place + 1
        )
    });
    let totals: String = totals.collect();
    format!(
        "WITH temporary AS MATERIALIZED ( \
             SELECT oid FROM pg_catalog.pg_class WHERE relpersistence = 't' \
         ), total (catalog, rows, numbers) AS ({ROLES}{totals}) \
         SELECT pg_catalog.string_agg(pg_catalog.concat(catalog, '-', rows, '-', numbers), ' ' ORDER BY catalog) \
         FROM total"
    )
}

pub(crate) async fn fingerprint(connection: &Connection) -> Result<String, ScanError> {
    let rows = connection.query(&statement(), &[]).await?;
    let row = rows.first().ok_or_else(|| ScanError::Database("the fingerprint was not answered".into()))?;
    let totals: String = get(row, 0)?;
    Ok(blake3::hash(totals.as_bytes()).to_hex().to_string())
}
