//! The catalog of one database from `information_schema`, in a fixed number of statements.
//!
//! Each statement reads one view of `information_schema` for one database named by a constant, which keeps MariaDB from
//! opening the others' tables, and joins nothing: rows are put together here. What is left out by a filter is named to
//! the server, which then does not open those tables either.

mod constraint;
mod fingerprint;
#[cfg(test)]
mod recorded;
mod relation;
mod routine;
mod sequence;
mod statement;

use std::time::Instant;

use mysql_async::{Params, Row, Value};
use types::Timestamp;
use types::snapshot::{
    Body, Engine, FORMAT_VERSION, Object, Schema, Snapshot, SnapshotHeader, Warning, path_of,
};

use super::connection::{Connection, VANISHED, text};
use crate::engine::Tell;
use crate::engine::part::Parts;
use crate::{Filter, Limits, ScanError};

pub(super) use fingerprint::fingerprint;

/// The rows of each statement.
struct Catalog {
    mariadb: bool,
    schemata: Vec<Row>,
    tables: Vec<Row>,
    columns: Vec<Row>,
    statistics: Vec<Row>,
    key_columns: Vec<Row>,
    references: Vec<Row>,
    checks: Vec<Row>,
    views: Vec<Row>,
    triggers: Vec<Row>,
    routines: Vec<Row>,
    parameters: Vec<Row>,
    partitions: Vec<Row>,
    events: Vec<Row>,
    privileges: Vec<Row>,
    sequences: Vec<Row>,
}

/// What is brought at once.
struct Found {
    at: Timestamp,
    catalog: Catalog,
    /// Nothing was left out.
    whole: bool,
    warnings: Vec<Warning>,
}

/// How often a catalog that changes under the statements is read before what is missing is left out.
const MOST_READS: u32 = 5;

/// How many parts a catalog has, each of one statement.
const PARTS: u64 = 15;

/// More names than this are not sent; then the filter is applied to what comes.
const MOST_NAMES: usize = 20_000;

pub(super) async fn scan(
    connection: &mut Connection,
    filter: &Filter,
    limits: Limits,
    tell: Tell<'_>,
) -> Result<Snapshot, ScanError> {
    let found = read(connection, filter, limits, tell).await?;
    // Of a part of the catalog it would be another one.
    let fingerprint = if found.whole { fingerprint::of(&found.catalog) } else { String::new() };
    Ok(snapshot(connection, fingerprint, found))
}

/// The whole catalog's fingerprint, and the catalog itself unless that one is known: reading one is reading the other.
pub(super) async fn look(
    connection: &mut Connection,
    is_known: &(dyn Fn(&str) -> bool + Sync),
    limits: Limits,
) -> Result<(String, Option<Snapshot>), ScanError> {
    let found = read(connection, &Filter::default(), limits, &|_| ()).await?;
    let fingerprint = fingerprint::of(&found.catalog);
    if is_known(&fingerprint) {
        return Ok((fingerprint, None));
    }
    let snapshot = snapshot(connection, fingerprint.clone(), found);
    Ok((fingerprint, Some(snapshot)))
}

/// Puts a snapshot together from the catalog's rows.
fn snapshot(connection: &Connection, fingerprint: String, found: Found) -> Snapshot {
    let Found { at: captured_at, catalog, mut warnings, .. } = found;
    let database = connection.database.clone();
    let comment = catalog.schemata.first().and_then(|row| text(row, 1));
    let schema = Schema { comment: comment.filter(|text| !text.is_empty()), ..Schema::default() };
    let mut objects = vec![object(std::slice::from_ref(&database), Body::Schema(schema))];
    objects.extend(relation::relations(&database, &catalog, &mut warnings));
    objects.extend(routine::routines(&database, &catalog));
    warnings.extend(routine::unsupported(&catalog));
    Snapshot {
        header: SnapshotHeader {
            format_version: FORMAT_VERSION,
            canonical_version: 0,
            engine: if connection.mariadb { Engine::Mariadb } else { Engine::Mysql },
            engine_version: version(&connection.version),
            database,
            captured_at,
            root_hash: String::new(),
            column_order: None,
            fingerprint,
            physical: None,
            warnings,
        },
        objects,
    }
}

/// `10.11.19` of `10.11.19-MariaDB-0+deb12u1-log`: the packager says nothing of the schema.
pub(super) fn version(text: &str) -> String {
    text.split('-').next().unwrap_or_default().to_owned()
}

/// The tables and views that are meant; `None` for all of them.
async fn admitted(connection: &mut Connection, filter: &Filter) -> Result<Option<Vec<String>>, ScanError> {
    if filter.is_everything() {
        return Ok(None);
    }
    let database = connection.database.clone();
    let rows = connection.query(statement::NAMES, (database.as_str(),)).await?;
    let names: Vec<String> = rows
        .iter()
        .filter_map(|row| text(row, 0))
        .filter(|name| filter.admits(&path_of(&[database.as_str(), name.as_str()])))
        .collect();
    Ok((names.len() <= MOST_NAMES).then_some(names))
}

/// Reads the catalog in a transaction of its own. A sequence that vanishes meanwhile, or that a schema change holds, takes
/// the others' settings with it; then all is read again.
async fn read(
    connection: &mut Connection,
    filter: &Filter,
    limits: Limits,
    tell: Tell<'_>,
) -> Result<Found, ScanError> {
    let begun = Instant::now();
    let mut reads = 1;
    loop {
        let at = connection.begin(limits, limits.catalog_statement).await?;
        let names = admitted(connection, filter).await?;
        let parts = Parts::new(tell, PARTS);
        let mut catalog = Reading { connection, names: names.as_deref(), parts: &parts }.read().await?;
        parts.next("sequences");
        let warning = match sequence::read(connection, &catalog.tables).await {
            Ok((sequences, warning)) => {
                catalog.sequences = sequences;
                warning
            }
            Err(ScanError::Locked(_)) if begun.elapsed() < limits.catalog_statement => {
                connection.rollback().await?;
                // Those who came to wait behind this one go first.
                tokio::time::sleep(limits.lock).await;
                continue;
            }
            Err(ScanError::Database(said)) if said.starts_with(VANISHED) && reads < MOST_READS => {
                reads += 1;
                connection.rollback().await?;
                continue;
            }
            Err(ScanError::Database(_)) => {
                let message = "The settings of sequences could not be read: they change too often.";
                Some(sequence::unread("vanished", &catalog.tables, message))
            }
            Err(error) => return Err(error),
        };
        connection.commit().await?;
        return Ok(Found { at, catalog, whole: names.is_none(), warnings: warning.into_iter().collect() });
    }
}

/// A catalog that is being read.
struct Reading<'a> {
    connection: &'a mut Connection,
    /// The tables that are meant; all of them where nothing says which.
    names: Option<&'a [String]>,
    parts: &'a Parts<'a>,
}

impl Reading<'_> {
    /// All but the sequences, which are found among the tables.
    async fn read(&mut self) -> Result<Catalog, ScanError> {
        let own = statement::of(self.connection.mariadb);
        Ok(Catalog {
            mariadb: self.connection.mariadb,
            tables: self.of_tables("tables", own.tables, "TABLE_NAME").await?,
            schemata: self.of_all("settings", own.schemata).await?,
            columns: self.of_tables("columns", own.columns, "TABLE_NAME").await?,
            statistics: self.of_tables("indexes", own.statistics, "TABLE_NAME").await?,
            key_columns: self.of_tables("foreign keys", own.key_columns, "TABLE_NAME").await?,
            references: self.of_tables("foreign keys", own.references, "TABLE_NAME").await?,
            checks: self.of_tables("checks", own.checks, own.check_table).await?,
            views: self.of_tables("views", own.views, "TABLE_NAME").await?,
            triggers: self.of_tables("triggers", own.triggers, "EVENT_OBJECT_TABLE").await?,
            routines: self.of_all("routines", own.routines).await?,
            parameters: self.of_all("routines", own.parameters).await?,
            partitions: self.of_tables("partitions", own.partitions, "TABLE_NAME").await?,
            events: self.of_all("events", own.events).await?,
            privileges: self.of_all("privileges", own.privileges).await?,
            sequences: Vec::new(),
        })
    }

    /// One statement for the connection's database.
    async fn of_all(&mut self, part: &str, statement: &str) -> Result<Vec<Row>, ScanError> {
        self.parts.next(part);
        let database = Value::from(self.connection.database.as_str());
        self.connection.query(statement, Params::Positional(vec![database])).await
    }

    /// The same, only for the tables that are meant, whose names are in `column`.
    async fn of_tables(&mut self, part: &str, statement: &str, column: &str) -> Result<Vec<Row>, ScanError> {
        let Some(names) = self.names else { return self.of_all(part, statement).await };
        self.parts.next(part);
        named(self.connection, statement, column, names).await
    }
}

/// One statement for the connection's database, and only for the tables named.
pub(super) async fn named(
    connection: &mut Connection,
    statement: &str,
    column: &str,
    names: &[String],
) -> Result<Vec<Row>, ScanError> {
    let places = vec!["?"; names.len().max(1)].join(", ");
    let text = format!("{statement} AND {column} IN ({places})");
    let mut parameters = vec![Value::from(connection.database.as_str())];
    parameters.extend(names.iter().map(|name| Value::from(name.as_str())));
    if names.is_empty() {
        parameters.push(Value::NULL);
    }
    connection.query(&text, Params::Positional(parameters)).await
}

fn object(parts: &[String], body: Body) -> Object {
    Object { path: path_of(parts), parts: parts.to_vec(), hash: String::new(), physical: None, body }
}
