//! The whole catalog in fourteen statements, its fingerprint included, however many tables there are.
//!
//! They are sent in three goes, inside one read-only snapshot, and bring the catalog's rows as they are: ids are joined here,
//! and the server puts in words only what nobody else can, such as expressions. A large catalog is read over two
//! connections that share the snapshot, because a connection is one process of the server's. `information_schema` is not
//! used: it hides the constraints of tables that a role may only read. Members of an extension are left to the
//! extension's version. Partitions are folded into their parent.

mod assembly;
mod column;
mod constraint;
mod database;
mod default_privilege;
mod dictionary;
mod fingerprint;
mod index;
mod other_privilege;
mod privilege;
mod relation;
mod routine;
mod rows;
mod table_part;
mod text;
mod type_object;
mod unsupported;

use std::collections::{HashMap, HashSet};
use std::time::Instant;

use tokio_postgres::Row;
use tokio_postgres::types::FromSql;
use types::snapshot::{Body, Object, PhysicalObject, Snapshot, path_of};

use super::connection::{Connection, VANISHED, failed};
use crate::engine::Tell;
use crate::{Filter, Limits, ScanError};
use database::Database;
use rows::{Beside, Origin, Rows};

pub(super) use fingerprint::fingerprint;

/// The names of relations, routines and types, for a filter to choose from.
const NAMES: &str = "\
    SELECT c.oid, n.nspname::text, c.relname::text, \
           (SELECT i.inhparent FROM pg_catalog.pg_inherits i WHERE i.inhrelid = c.oid AND c.relispartition) \
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') \
      AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' \
    UNION ALL \
    SELECT p.oid, n.nspname::text, p.proname::text || '(' || pg_catalog.array_to_string(ARRAY( \
               SELECT pg_catalog.format_type(u.type, NULL) \
               FROM pg_catalog.unnest(p.proargtypes) WITH ORDINALITY u(type, place) ORDER BY u.place), ', ') || ')', \
           NULL \
    FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace \
    WHERE p.prokind IN ('f', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' \
    UNION ALL \
    SELECT t.oid, n.nspname::text, t.typname::text, NULL \
    FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace \
    LEFT JOIN pg_catalog.pg_class l ON l.oid = t.typrelid \
    WHERE (t.typtype IN ('e', 'r', 'd') OR (t.typtype = 'c' AND l.relkind = 'c')) \
      AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'";

/// Gives the transaction's view of the catalog a name, by which another connection can ask for it.
const SHARE: &str = "SELECT pg_catalog.pg_export_snapshot()";

/// So few relations are not worth a second connection.
const FEW_RELATIONS: usize = 1_000;

/// How often a catalog that changes under the statements is read before giving up. Each time the chance to meet a change
/// in the few milliseconds that matter is small.
const MOST_READS: u32 = 20;

/// Tables that schema changes of others are at, or wait for.
const LOCKED: &str = "\
    SELECT DISTINCT n.nspname::text, c.relname::text \
    FROM pg_catalog.pg_locks l \
    JOIN pg_catalog.pg_database d ON d.oid = l.database AND d.datname = pg_catalog.current_database() \
    JOIN pg_catalog.pg_class c ON c.oid = l.relation JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
    WHERE l.mode = 'AccessExclusiveLock' AND l.pid <> pg_catalog.pg_backend_pid() \
      AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^pg_' ORDER BY 1, 2 LIMIT 3";

/// Reads the catalog. A schema change at the same moment may pull an object from under a statement, or hold a table whose
/// words the server is asked for, and a standby may give a statement up; then all is read again.
pub(super) async fn scan(
    connection: &Connection,
    origin: Origin<'_>,
    filter: &Filter,
    limits: Limits,
    tell: Tell<'_>,
) -> Result<Snapshot, ScanError> {
    let begun = Instant::now();
    let mut reads = 0;
    loop {
        let (captured_at, database) = Database::begin(connection, limits.catalog_statement).await?;
        let large = database.bytes > limits.catalog_at_once && database.shareable;
        let attempt = async {
            let wanted = wanted(connection, filter).await?;
            let few = wanted.as_ref().is_some_and(|wanted| wanted.len() <= FEW_RELATIONS);
            let shared = if large && !few { Some(share(connection).await?) } else { None };
            let beside = Beside { origin, shared: shared.as_deref(), limits };
            let Rows { listed, worded, fingerprint: begun } =
                Rows::read(connection, beside, wanted, tell).await?;
            // Told while the rest is put together.
            let told = async {
                match begun {
                    Some(begun) => begun
                        .await
                        .map_err(|_| ScanError::Internal("the fingerprint ended abruptly".into()))?,
                    None => fingerprint(connection).await,
                }
            };
            let put_together = assembly::snapshot(listed, worded, connection, captured_at, database);
            let (fingerprint, mut snapshot) = tokio::try_join!(biased; told, put_together)?;
            snapshot.header.fingerprint = fingerprint;
            Ok(snapshot)
        };
        match attempt.await {
            Ok(snapshot) => {
                connection.commit().await?;
                return Ok(snapshot);
            }
            Err(ScanError::Database(message)) if message.starts_with(VANISHED) && reads < MOST_READS => {
                reads += 1;
                connection.rollback().await?;
            }
            Err(ScanError::Conflict(_)) if reads < MOST_READS => {
                reads += 1;
                connection.rollback().await?;
            }
            Err(ScanError::Locked(_)) => {
                connection.rollback().await?;
                if begun.elapsed() >= limits.catalog_statement {
                    return Err(locked(connection, limits).await?);
                }
                // Those who came to wait behind this one go first.
                tokio::time::sleep(limits.lock).await;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Why a catalog could not be read in all the time there was.
async fn locked(connection: &Connection, limits: Limits) -> Result<ScanError, ScanError> {
    let (_, rows) = connection.begin_and_query(limits.catalog_statement, LOCKED, &[]).await?;
    connection.commit().await?;
    let path = |row: &Row| Ok(path_of(&[get::<&str>(row, 0)?, get::<&str>(row, 1)?]));
    let paths: Vec<String> = rows.iter().map(path).collect::<Result<_, ScanError>>()?;
    let tables = if paths.is_empty() { "not to be seen any longer".to_owned() } else { paths.join(", ") };
    Ok(ScanError::Locked(format!("a schema change is open ({tables}); scan again when it has ended")))
}

async fn share(connection: &Connection) -> Result<String, ScanError> {
    let rows = connection.query(SHARE, &[]).await?;
    rows.first().map(|row| get(row, 0)).transpose().map(Option::unwrap_or_default)
}

/// The ids of the relations, routines and types that are meant; `None` for all. A partition is meant when its topmost
/// parent is.
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

/// The ids of partitions.
const PARTITIONS: &str = "\
    SELECT h.inhrelid FROM pg_catalog.pg_inherits h \
    JOIN pg_catalog.pg_class l ON l.oid = h.inhrelid AND l.relispartition";

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
        .replace("PARTITIONS", PARTITIONS)
        .replace("ON_DELETE_COLUMNS", &when(15, "k.confdelsetcols", "NULL::pg_catalog.int2[]"))
        .replace("NOT_NULLS", if major >= 18 { constraint::NOT_NULLS } else { "" })
        .replace("OVER_TIME", &when(18, "k.conperiod", "false"))
        .replace("NOT_ENFORCED", &when(18, "NOT k.conenforced", "false"))
        .replace("NULLS_NOT_DISTINCT", &when(15, "i.indnullsnotdistinct", "false"))
        .replace("MULTIRANGE", &when(14, "pg_catalog.format_type(r.rngmultitypid, NULL)", "NULL::text"))
        .replace("LOCALE", &format!("({locale})::text"))
}

/// A column of a row, by its place in the statement.
fn get<'a, T: FromSql<'a>>(row: &'a Row, index: usize) -> Result<T, ScanError> {
    row.try_get(index).map_err(|error| failed(&error))
}

/// A value of the type `"char"`.
fn letter(row: &Row, index: usize) -> Result<u8, ScanError> {
    get::<i8>(row, index).map(i8::cast_unsigned)
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
