//! The database itself, and what is in it besides relations, types and routines: schemas, extensions, collations.

use tokio_postgres::Row;
use types::snapshot::{Body, Collation, Extension, Object, Privilege, Schema};

use super::{ByRelation, get, object};
use crate::ScanError;

/// Extensions stand outside of schemas. Of collations only those count that users made.
pub(super) const DATABASE: &str = "\
    SELECT 'database', d.oid, ARRAY[d.datname::text], pg_catalog.current_setting('server_version'), NULL::text, \
           true, NULL::text, NULL::text \
    FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database() \
    UNION ALL \
    SELECT 'schema', n.oid, ARRAY[n.nspname::text], NULL, NULL, true, pg_catalog.pg_get_userbyid(n.nspowner)::text, \
           d.description \
    FROM pg_catalog.pg_namespace n \
    LEFT JOIN pg_catalog.pg_description d ON d.objoid = n.oid AND d.objsubid = 0 \
         AND d.classoid = 'pg_catalog.pg_namespace'::pg_catalog.regclass \
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' \
      AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend e WHERE e.objid = n.oid AND e.deptype = 'e' \
           AND e.classid = 'pg_catalog.pg_namespace'::pg_catalog.regclass \
           AND e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass) \
    UNION ALL \
    SELECT 'extension', x.oid, ARRAY[x.extname::text], x.extversion, NULL, true, NULL, d.description \
    FROM pg_catalog.pg_extension x \
    LEFT JOIN pg_catalog.pg_description d ON d.objoid = x.oid AND d.objsubid = 0 \
         AND d.classoid = 'pg_catalog.pg_extension'::pg_catalog.regclass \
    UNION ALL \
    SELECT 'collation', o.oid, ARRAY[n.nspname::text, o.collname::text], o.collprovider::text, LOCALE, \
           o.collisdeterministic, pg_catalog.pg_get_userbyid(o.collowner)::text, d.description \
    FROM pg_catalog.pg_collation o \
    JOIN pg_catalog.pg_namespace n ON n.oid = o.collnamespace \
    LEFT JOIN pg_catalog.pg_description d ON d.objoid = o.oid AND d.objsubid = 0 \
         AND d.classoid = 'pg_catalog.pg_collation'::pg_catalog.regclass \
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' \
      AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend e WHERE e.objid = o.oid AND e.deptype = 'e' \
           AND e.classid = 'pg_catalog.pg_collation'::pg_catalog.regclass \
           AND e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass)";

/// Which database it is, and the objects.
#[derive(Default)]
pub(super) struct Database {
    pub(super) name: String,
    pub(super) oid: u32,
    pub(super) server_version: String,
    pub(super) objects: Vec<Object>,
}

pub(super) fn database(rows: &[Row], privileges: &mut ByRelation<Privilege>) -> Result<Database, ScanError> {
    let mut database = Database::default();
    for row in rows {
        let (oid, parts): (u32, Vec<String>) = (get(row, 1)?, get(row, 2)?);
        let (word, owner, comment) =
            (get::<Option<String>>(row, 3)?.unwrap_or_default(), get(row, 6)?, get(row, 7)?);
        let body = match get::<&str>(row, 0)? {
            "database" => {
                database.name = parts.concat();
                database.oid = oid;
                database.server_version = word;
                continue;
            }
            "schema" => {
                let privileges = privileges.remove(&oid).unwrap_or_default();
                Body::Schema(Schema { owner, comment, privileges })
            }
            "extension" => Body::Extension(Extension { version: word, comment }),
            _ => {
                let provider = match word.as_str() {
                    "i" => "icu",
                    "b" => "builtin",
                    "c" => "libc",
                    other => other,
                };
                Body::Collation(Collation {
                    provider: provider.into(),
                    locale: get(row, 4)?,
                    deterministic: get(row, 5)?,
                    owner,
                    comment,
                })
            }
        };
        database.objects.push(object(&parts, oid, body));
    }
    if database.name.is_empty() {
        return Err(ScanError::Database("the server named no database".into()));
    }
    Ok(database)
}
