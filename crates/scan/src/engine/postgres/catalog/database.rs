//! The database itself, and what is in it besides relations, types and routines: schemas, extensions, collations, other
//! servers, default privileges, and how much that the snapshot does not model.

use tokio_postgres::Row;
use types::Timestamp;
use types::snapshot::{
    self, Body, Collation, Extension, ForeignServer, Object, OtherPrivilege, Privilege, Schema, Warning,
};

use super::default_privilege::{DEFAULT_PRIVILEGES, DefaultPrivileges};
use super::other_privilege::{OTHER_PRIVILEGES, other_privilege};
use super::{ByRelation, Connection, by_version, get, object, privilege, unsupported};
use crate::ScanError;

/// The cluster's identity, which only helps to recognise renames. Not every provider lets a role ask for it, and being
/// refused ends the statement.
const SYSTEM_ID: &str = "(SELECT system_identifier::text FROM pg_catalog.pg_control_system())";

/// The database comes with its cluster's identity, whether the role may give its view of the catalog a name, and how large
/// the catalog is (the columns are by far the most of it). Extensions and other servers stand outside of schemas. Of
/// collations only those count that users made.
const DATABASE: &str = "\
    SELECT 'database', d.oid, ARRAY[d.datname::text], pg_catalog.current_setting('server_version'), SYSTEM_ID::text, \
           pg_catalog.has_function_privilege('pg_catalog.pg_export_snapshot()', 'execute'), NULL::text, \
           pg_catalog.shobj_description(d.oid, 'pg_database'), \
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
    SELECT 'foreign_server', s.oid, ARRAY[s.srvname::text, w.fdwname::text, s.srvtype, s.srvversion], \
           (SELECT pg_catalog.string_agg(p.option_name, pg_catalog.chr(10)) \
            FROM pg_catalog.pg_options_to_table(s.srvoptions) p), \
           pg_catalog.array_to_string(s.srvoptions, pg_catalog.chr(10)), true, \
           pg_catalog.pg_get_userbyid(s.srvowner)::text, d.description, 0 \
    FROM pg_catalog.pg_foreign_server s \
    JOIN pg_catalog.pg_foreign_data_wrapper w ON w.oid = s.srvfdw \
    LEFT JOIN pg_catalog.pg_description d ON d.objoid = s.oid AND d.objsubid = 0 \
         AND d.classoid = 'pg_catalog.pg_foreign_server'::pg_catalog.regclass \
    WHERE NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend e WHERE e.objid = s.oid AND e.deptype = 'e' \
           AND e.classid = 'pg_catalog.pg_foreign_server'::pg_catalog.regclass \
           AND e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass) \
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
    comment: Option<String>,
    default_privileges: DefaultPrivileges,
    other_privileges: Vec<OtherPrivilege>,
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
            let all = [DATABASE, DEFAULT_PRIVILEGES, OTHER_PRIVILEGES, unsupported::UNSUPPORTED]
                .join(" UNION ALL ");
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
            let kind: &str = get(row, 0)?;
            if kind == "default" {
                database.default_privileges.take(row)?;
                continue;
            }
            if kind == "right" {
                database.other_privileges.push(other_privilege(row)?);
                continue;
            }
            let oid: u32 = get(row, 1)?;
            let parts: Vec<Option<String>> = get(row, 2)?;
            let mut parts: Vec<String> = parts.into_iter().map(Option::unwrap_or_default).collect();
            let (word, owner, comment) =
                (get::<Option<String>>(row, 3)?.unwrap_or_default(), get(row, 6)?, get(row, 7)?);
            let number = get::<i64>(row, 8)?.unsigned_abs();
            let body = match kind {
                "database" => {
                    database.name = parts.concat();
                    database.comment = comment;
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
                "schema" => Body::Schema(Schema { owner, comment, ..Schema::default() }),
                "extension" => Body::Extension(Extension { version: word, comment }),
                "foreign_server" => {
                    let told = parts.split_off(1);
                    Body::ForeignServer(foreign_server(told, &word, get(row, 4)?, (owner, comment)))
                }
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

    /// The rights on schemas, other servers and the database are read with those on everything else.
    pub(super) fn give(&mut self, privileges: &mut ByRelation<Privilege>) {
        let mut defaults = std::mem::take(&mut self.default_privileges).finish();
        let mut of = |oid: u32| privileges.remove(&oid).unwrap_or_default();
        for object in &mut self.objects {
            let Some(oid) = object.physical.map(|physical| physical.oid) else { continue };
            match &mut object.body {
                Body::Schema(schema) => {
                    schema.privileges = of(oid);
                    schema.default_privileges = defaults.remove(&oid).unwrap_or_default();
                }
                Body::ForeignServer(server) => server.privileges = of(oid),
                _ => {}
            }
        }
        let told = snapshot::Database {
            comment: self.comment.take(),
            privileges: privilege::of_database(of(self.oid)),
            default_privileges: defaults.remove(&0).unwrap_or_default(),
            other_privileges: std::mem::take(&mut self.other_privileges),
        };
        if told != snapshot::Database::default() {
            self.objects.push(object(&["database".to_owned()], self.oid, Body::Database(told)));
        }
    }
}

/// Of its wrapper, type and version, and of the names of its options and these with their values, each on a line.
fn foreign_server(
    told: Vec<String>,
    options: &str,
    values: Option<String>,
    (owner, comment): (Option<String>, Option<String>),
) -> ForeignServer {
    let mut told = told.into_iter();
    let mut next = || told.next().filter(|word| !word.is_empty());
    let values = values.filter(|values| !values.is_empty()).map(|values| {
        let mut lines: Vec<&str> = values.lines().collect();
        lines.sort_unstable();
        blake3::hash(lines.join("\n").as_bytes()).to_hex().to_string()
    });
    ForeignServer {
        wrapper: next().unwrap_or_default(),
        server_type: next(),
        server_version: next(),
        options: options.lines().map(ToOwned::to_owned).collect(),
        options_hash: values.unwrap_or_default(),
        owner,
        comment,
        privileges: Vec::new(),
    }
}
