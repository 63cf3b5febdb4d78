//! The database itself, and what is in it besides relations, types and routines: schemas, extensions, collations, and
//! how much that the snapshot does not model.

use tokio_postgres::Row;
use types::Timestamp;
use types::snapshot::{Body, Collation, Extension, Object, Privilege, Schema, Warning};

use super::{ByRelation, Connection, by_version, get, object, unsupported};
use crate::ScanError;

/// The cluster's identity, which only helps to recognise renames. Not every provider lets a role ask for it, and being
/// refused ends the statement.
const SYSTEM_ID: &str = "(SELECT system_identifier::text FROM pg_catalog.pg_control_system())";

/// The database comes with its cluster's identity, whether the role may give its view of the catalog a name, and how large
/// the catalog is (the columns are by far the most of it). Extensions stand outside of schemas. Of collations only those
/// count that users made.
const DATABASE: &str = "\
    SELECT 'database', d.oid, ARRAY[d.datname::text], pg_catalog.current_setting('server_version'), SYSTEM_ID::text, \
           pg_catalog.has_function_privilege('pg_catalog.pg_export_snapshot()', 'execute'), NULL::text, NULL::text, \
           pg_catalog.pg_relation_size('pg_catalog.pg_attribute') \
    FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database() \
    UNION ALL \
    SELECT 'schema', n.oid, ARRAY[n.nspname::text], NULL, NULL, true, pg_catalog.pg_get_userbyid(n.nspowner)::text, \
           d.description, 0 \
    FROM pg_catalog.pg_namespace n \
    LEFT JOIN pg_catalog.pg_description d ON d.objoid = n.oid AND d.objsubid = 0 \
         AND d.classoid = 'pg_catalog.pg_namespace'::pg_catalog.regclass \
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' \
      AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend e WHERE e.objid = n.oid AND e.deptype = 'e' \
           AND e.classid = 'pg_catalog.pg_namespace'::pg_catalog.regclass \
           AND e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass) \
    UNION ALL \
    SELECT 'extension', x.oid, ARRAY[x.extname::text], x.extversion, NULL, true, NULL, d.description, 0 \
    FROM pg_catalog.pg_extension x \
    LEFT JOIN pg_catalog.pg_description d ON d.objoid = x.oid AND d.objsubid = 0 \
         AND d.classoid = 'pg_catalog.pg_extension'::pg_catalog.regclass \
    UNION ALL \
    SELECT 'collation', o.oid, ARRAY[n.nspname::text, o.collname::text], o.collprovider::text, LOCALE, \
           o.collisdeterministic, pg_catalog.pg_get_userbyid(o.collowner)::text, d.description, 0 \
    FROM pg_catalog.pg_collation o \
    JOIN pg_catalog.pg_namespace n ON n.oid = o.collnamespace \
    LEFT JOIN pg_catalog.pg_description d ON d.objoid = o.oid AND d.objsubid = 0 \
         AND d.classoid = 'pg_catalog.pg_collation'::pg_catalog.regclass \
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' \
      AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend e WHERE e.objid = o.oid AND e.deptype = 'e' \
           AND e.classid = 'pg_catalog.pg_collation'::pg_catalog.regclass \
           AND e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass)";

/// Which database it is, and what is in it.
#[derive(Default)]
pub(super) struct Database {
    pub(super) name: String,
    pub(super) oid: u32,
    pub(super) server_version: String,
    pub(super) system_id: Option<String>,
    /// Whether a second connection may be given this one's view of the catalog.
    pub(super) shareable: bool,
    /// Of the catalog's columns.
    pub(super) bytes: u64,
    pub(super) objects: Vec<Object>,
    pub(super) warnings: Vec<Warning>,
}

impl Database {
    /// Starts the transaction with it; answers the database's clock as well.
    pub(super) async fn begin(
        connection: &Connection,
        timeout: std::time::Duration,
    ) -> Result<(Timestamp, Self), ScanError> {
        let statement = |system_id| {
            let all = format!("{DATABASE} UNION ALL {}", unsupported::UNSUPPORTED);
            by_version(&all, connection.major()).replace("SYSTEM_ID", system_id)
        };
        let (now, rows) = match connection.begin_and_query(timeout, &statement(SYSTEM_ID), &[]).await {
            Err(ScanError::NoPermission(_)) => {
                connection.rollback().await?;
                connection.begin_and_query(timeout, &statement("NULL"), &[]).await?
            }
            answer => answer?,
        };
        Ok((now, Self::read(&rows)?))
    }

    fn read(rows: &[Row]) -> Result<Self, ScanError> {
        let mut database = Self::default();
        for row in rows {
            let (oid, parts): (u32, Vec<String>) = (get(row, 1)?, get(row, 2)?);
            let (word, owner, comment) =
                (get::<Option<String>>(row, 3)?.unwrap_or_default(), get(row, 6)?, get(row, 7)?);
            let number = get::<i64>(row, 8)?.unsigned_abs();
            let body = match get::<&str>(row, 0)? {
                "database" => {
                    database.name = parts.concat();
                    database.oid = oid;
                    database.server_version = word;
                    database.system_id = get(row, 4)?;
                    database.shareable = get(row, 5)?;
                    database.bytes = number;
                    continue;
                }
                "unsupported" => {
                    database.warnings.push(unsupported::warning(parts.concat(), number));
                    continue;
                }
                "schema" => Body::Schema(Schema { owner, comment, privileges: Vec::new() }),
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
        database.warnings.sort_by(|one, other| one.subject.cmp(&other.subject));
        Ok(database)
    }

    /// The rights on schemas are read with those on everything else.
    pub(super) fn give(&mut self, privileges: &mut ByRelation<Privilege>) {
        for object in &mut self.objects {
            if let (Body::Schema(schema), Some(physical)) = (&mut object.body, &object.physical) {
                schema.privileges = privileges.remove(&physical.oid).unwrap_or_default();
            }
        }
    }
}
