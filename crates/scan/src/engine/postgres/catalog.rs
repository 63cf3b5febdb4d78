//! The whole catalog in fifteen statements, however many tables there are.
//!
//! All are sent at once on one connection, inside one read-only snapshot, and their rows are joined here by object id.
//! `information_schema` is not used: it hides the constraints of tables that a role may only read. Members of an
//! extension are left to the extension's version. Partitions are folded into their parent.

mod constraint;
mod fingerprint;
mod index;
mod privilege;
mod relation;
mod routine;
mod table_part;
mod type_object;
mod unsupported;

use std::collections::{HashMap, HashSet};

use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, ToSql, Type};
use types::Timestamp;
use types::snapshot::{
    Body, Engine, FORMAT_VERSION, Object, PhysicalDatabase, PhysicalObject, Schema, Snapshot, SnapshotHeader,
    Warning, path_of,
};

use super::connection::{Connection, VANISHED, failed};
use crate::{Filter, Limits, ScanError};

pub(super) use fingerprint::fingerprint;

const HEADER: &str = "\
    SELECT pg_catalog.current_setting('server_version'), pg_catalog.current_database()::text, d.oid, \
           pg_catalog.clock_timestamp() \
    FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()";

/// Not every provider lets a role ask; the answer only helps to recognise renames.
const SYSTEM_ID: &str = "SELECT system_identifier::text FROM pg_catalog.pg_control_system()";

const SCHEMAS: &str = "\
    SELECT n.oid, n.nspname::text, pg_catalog.pg_get_userbyid(n.nspowner)::text, d.description \
    FROM pg_catalog.pg_namespace n \
    LEFT JOIN pg_catalog.pg_description d ON d.objoid = n.oid AND d.objsubid = 0 \
         AND d.classoid = 'pg_catalog.pg_namespace'::pg_catalog.regclass \
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' \
      AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend e WHERE e.objid = n.oid AND e.deptype = 'e' \
           AND e.classid = 'pg_catalog.pg_namespace'::pg_catalog.regclass)";

/// The names of relations, for a filter to choose from.
const NAMES: &str = "\
    SELECT c.oid, n.nspname::text, c.relname::text, \
           (SELECT i.inhparent FROM pg_catalog.pg_inherits i WHERE i.inhrelid = c.oid AND c.relispartition) \
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') \
      AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'";

/// How often a catalog that changes under the statements is read before giving up. Each time the chance to meet a change
/// in the few milliseconds that matter is small.
const MOST_READS: u32 = 20;

/// Reads the catalog. A schema change at the same moment may pull an object from under a statement; then all is read
/// again.
pub(super) async fn scan(
    connection: &Connection,
    filter: &Filter,
    limits: Limits,
) -> Result<Snapshot, ScanError> {
    let system_id = system_id(connection, limits).await;
    let mut reads = 0;
    loop {
        connection.begin(limits.catalog_statement).await?;
        reads += 1;
        let attempt = async {
            let wanted = wanted(connection, filter).await?;
            read(connection, system_id.clone(), wanted).await
        };
        match attempt.await {
            Ok(snapshot) => {
                connection.commit().await?;
                return Ok(snapshot);
            }
            Err(ScanError::Database(message)) if message.starts_with(VANISHED) && reads < MOST_READS => {
                connection.rollback().await?;
            }
            Err(error) => return Err(error),
        }
    }
}

/// The ids of the relations that are meant; `None` for all. A partition is meant when its topmost parent is.
async fn wanted(connection: &Connection, filter: &Filter) -> Result<Option<Vec<u32>>, ScanError> {
    if filter.is_everything() {
        return Ok(None);
    }
    let rows = connection.query(NAMES, &[]).await?;
    let mut parents: HashMap<u32, u32> = HashMap::new();
    let mut admitted: HashSet<u32> = HashSet::new();
    for row in &rows {
        let (oid, parent) = (get(row, 0)?, get::<Option<u32>>(row, 3)?);
        if let Some(parent) = parent {
            parents.insert(oid, parent);
        } else if filter.admits(&path_of(&[get::<&str>(row, 1)?, get::<&str>(row, 2)?])) {
            admitted.insert(oid);
        }
    }
    let root = |oid: u32| std::iter::successors(Some(oid), |oid| parents.get(oid).copied()).take(64).last();
    let below = parents.keys().copied().filter(|oid| root(*oid).is_some_and(|root| admitted.contains(&root)));
    let below: Vec<u32> = below.collect();
    Ok(Some(admitted.into_iter().chain(below).collect()))
}

/// A statement with what its server's version calls things.
fn by_version(statement: &str, major: u32) -> String {
    let when =
        |since, now: &str, before: &str| if major >= since { now.to_owned() } else { before.to_owned() };
    let locale = match major {
        ..15 => "o.collcollate || CASE WHEN o.collctype <> o.collcollate THEN ' ' || o.collctype ELSE '' END",
        15..17 => {
            "coalesce(o.colliculocale, o.collcollate || \
             CASE WHEN o.collctype <> o.collcollate THEN ' ' || o.collctype ELSE '' END)"
        }
        _ => {
            "coalesce(o.colllocale, o.collcollate || \
             CASE WHEN o.collctype <> o.collcollate THEN ' ' || o.collctype ELSE '' END)"
        }
    };
    statement
        .replace("NULLS_NOT_DISTINCT", &when(15, "i.indnullsnotdistinct", "false"))
        .replace("MULTIRANGE", &when(14, "pg_catalog.format_type(r.rngmultitypid, NULL)", "NULL::text"))
        .replace("LOCALE", &format!("({locale})::text"))
}

/// The cluster's identity; in a transaction of its own, because being refused would end the scan's.
async fn system_id(connection: &Connection, limits: Limits) -> Option<String> {
    connection.begin(limits.catalog_statement).await.ok()?;
    let id = connection.query(SYSTEM_ID, &[]).await.ok().and_then(|rows| rows.first()?.try_get(0).ok());
    connection.rollback().await.ok()?;
    id
}

async fn read(
    connection: &Connection,
    system_id: Option<String>,
    wanted: Option<Vec<u32>>,
) -> Result<Snapshot, ScanError> {
    let major = connection.major();
    let constraints = by_version(constraint::CONSTRAINTS, major);
    let indexes = by_version(index::INDEXES, major);
    let types = by_version(type_object::TYPES, major);
    let others = by_version(routine::OTHERS, major);
    let parameters: [(&(dyn ToSql + Sync), Type); 1] = [(&wanted, Type::OID_ARRAY)];
    let ask = |statement| connection.query(statement, &[]);
    let of_relations = |statement| connection.query(statement, &parameters);
    let (
        (header, schemas, relations, columns, constraints),
        (indexes, table_parts, view_reads, sequences, privileges),
        (types, domains, routines, others, unsupported),
        fingerprint,
    ) = tokio::try_join!(
                biased;
        async {
            tokio::try_join!(
                biased;
                ask(HEADER),
                ask(SCHEMAS),
                of_relations(relation::RELATIONS),
                of_relations(relation::COLUMNS),
                of_relations(&constraints)
            )
        },
        async {
            tokio::try_join!(
                biased;
                of_relations(&indexes),
                of_relations(table_part::TABLE_PARTS),
                of_relations(relation::VIEW_READS),
                of_relations(type_object::SEQUENCES),
                of_relations(privilege::PRIVILEGES)
            )
        },
        async {
            tokio::try_join!(
                biased;
                ask(&types),
                ask(type_object::DOMAINS),
                ask(routine::ROUTINES),
                ask(&others),
                ask(unsupported::UNSUPPORTED)
            )
        },
        fingerprint(connection),
    )?;

    let mut warnings = unsupported::warnings(&unsupported)?;
    let mut vanished = 0;
    let mut objects = Vec::new();
    let mut privileges = privilege::privileges(&privileges)?;
    for row in &schemas {
        let oid: u32 = get(row, 0)?;
        let privileges = privileges.remove(&oid).unwrap_or_default();
        let schema = Schema { owner: get(row, 2)?, comment: get(row, 3)?, privileges };
        objects.push(object(&[get(row, 1)?], oid, Body::Schema(schema)));
    }
    objects.extend(routine::routines(&routines, &mut privileges)?);
    let (sequences, identities) = type_object::sequences(&sequences, &mut privileges)?;
    objects.extend(sequences);
    let (triggers, policies) = table_part::table_parts(&table_parts, &mut vanished)?;
    let mut parts = relation::Parts {
        columns: relation::columns(&columns)?,
        view_reads: relation::view_reads(&view_reads)?,
        constraints: constraint::constraints(&constraints, &mut vanished)?,
        indexes: index::indexes(&indexes, &mut vanished)?,
        triggers,
        policies,
        privileges,
        identities,
    };
    objects.extend(relation::relations(&relations, &mut parts, &mut vanished)?);
    objects.extend(type_object::types(&types)?);
    objects.extend(type_object::domains(&domains)?);
    objects.extend(routine::others(&others)?);
    if vanished > 0 {
        warnings.push(Warning {
            code: "vanished".into(),
            subject: "catalog".into(),
            count: vanished,
            message: "Objects were dropped while the catalog was read; they are left out.".into(),
        });
    }

    let header = header.first().ok_or_else(|| ScanError::Database("the server named no database".into()))?;
    let version: String = get(header, 0)?;
    let physical = match system_id {
        Some(system_id) => Some(PhysicalDatabase { system_id, database_oid: get(header, 2)? }),
        None => None,
    };
    Ok(Snapshot {
        header: SnapshotHeader {
            format_version: FORMAT_VERSION,
            canonical_version: 0,
            engine: Engine::Postgres,
            // `15.18 (Debian 15.18-0+deb12u1)`: the packager says nothing of the schema.
            engine_version: version.split_whitespace().next().unwrap_or_default().to_owned(),
            database: get(header, 1)?,
            captured_at: Timestamp(get(header, 3)?),
            root_hash: String::new(),
            fingerprint,
            physical,
            warnings,
        },
        objects,
    })
}

/// A column of a row, by its place in the statement.
fn get<'a, T: FromSql<'a>>(row: &'a Row, index: usize) -> Result<T, ScanError> {
    row.try_get(index).map_err(|error| failed(&error))
}

fn object(parts: &[String], oid: u32, body: Body) -> Object {
    Object { path: path_of(parts), parts: parts.to_vec(), hash: String::new(), physical: physical(oid), body }
}

#[expect(clippy::unnecessary_wraps, reason = "the field it fills is optional")]
fn physical(oid: u32) -> Option<PhysicalObject> {
    Some(PhysicalObject { oid, attnum: None })
}

/// Things that belong to a relation, by the relation's id.
type ByRelation<T> = HashMap<u32, Vec<T>>;
