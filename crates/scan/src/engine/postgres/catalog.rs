//! The whole catalog in fifteen statements, however many tables there are.
//!
//! All are sent at once on one connection, inside one read-only snapshot, and their rows are joined here by object id.
//! `information_schema` is not used: it hides the constraints of tables that a role may only read. Members of an
//! extension are left to the extension's version. Partitions are folded into their parent.

mod constraint;
mod fingerprint;
mod index;
mod relation;
mod routine;
mod table_part;
mod type_object;
mod unsupported;

use std::collections::HashMap;

use tokio_postgres::Row;
use tokio_postgres::types::FromSql;
use types::Timestamp;
use types::snapshot::{
    Body, Engine, FORMAT_VERSION, Object, PhysicalDatabase, PhysicalObject, Schema, Snapshot, SnapshotHeader,
    Warning, path_of,
};

use super::connection::{Connection, VANISHED, failed};
use crate::{Limits, ScanError};

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

/// Reads the catalog. A schema change at the same moment may pull an object from under a statement; then all is read
/// again, twice at most.
pub(super) async fn scan(connection: &Connection, limits: Limits) -> Result<Snapshot, ScanError> {
    let system_id = system_id(connection, limits).await;
    let mut again = 0;
    loop {
        connection.begin(limits.catalog_statement).await?;
        match read(connection, system_id.clone()).await {
            Ok(snapshot) => {
                connection.commit().await?;
                return Ok(snapshot);
            }
            Err(ScanError::Database(message)) if message.starts_with(VANISHED) && again < 2 => {
                again += 1;
                connection.rollback().await?;
            }
            Err(error) => return Err(error),
        }
    }
}

/// The cluster's identity; in a transaction of its own, because being refused would end the scan's.
async fn system_id(connection: &Connection, limits: Limits) -> Option<String> {
    connection.begin(limits.catalog_statement).await.ok()?;
    let id = connection.query(SYSTEM_ID, &[]).await.ok().and_then(|rows| rows.first()?.try_get(0).ok());
    connection.rollback().await.ok()?;
    id
}

async fn read(connection: &Connection, system_id: Option<String>) -> Result<Snapshot, ScanError> {
    let ask = |statement: &'static str| connection.query(statement, &[]);
    let (
        (header, schemas, relations, columns, constraints),
        (indexes, triggers, policies, view_reads, sequences),
        (enums, domains, routines, extensions, unsupported),
        fingerprint,
    ) = tokio::try_join!(
        async {
            tokio::try_join!(
                ask(HEADER),
                ask(SCHEMAS),
                ask(relation::RELATIONS),
                ask(relation::COLUMNS),
                ask(constraint::CONSTRAINTS)
            )
        },
        async {
            tokio::try_join!(
                ask(index::INDEXES),
                ask(table_part::TRIGGERS),
                ask(table_part::POLICIES),
                ask(relation::VIEW_READS),
                ask(type_object::SEQUENCES)
            )
        },
        async {
            tokio::try_join!(
                ask(type_object::ENUMS),
                ask(type_object::DOMAINS),
                ask(routine::ROUTINES),
                ask(routine::EXTENSIONS),
                ask(unsupported::UNSUPPORTED)
            )
        },
        fingerprint(connection),
    )?;

    let mut warnings = unsupported::warnings(&unsupported)?;
    let mut vanished = 0;
    let mut objects = Vec::new();
    for row in &schemas {
        let schema = Schema { owner: get(row, 2)?, comment: get(row, 3)?, ..Schema::default() };
        objects.push(object(&[get(row, 1)?], get(row, 0)?, Body::Schema(schema)));
    }
    let mut parts = relation::Parts {
        columns: relation::columns(&columns)?,
        view_reads: relation::view_reads(&view_reads)?,
        constraints: constraint::constraints(&constraints, &mut vanished)?,
        indexes: index::indexes(&indexes, &mut vanished)?,
        triggers: table_part::triggers(&triggers, &mut vanished)?,
        policies: table_part::policies(&policies)?,
    };
    objects.extend(relation::relations(&relations, &mut parts, &mut vanished)?);
    objects.extend(type_object::enums(&enums)?);
    objects.extend(type_object::domains(&domains)?);
    objects.extend(type_object::sequences(&sequences)?);
    objects.extend(routine::routines(&routines)?);
    objects.extend(routine::extensions(&extensions)?);
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
