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

use mysql_async::{Params, Row, Value};
use types::Timestamp;
use types::snapshot::{
    Body, Engine, FORMAT_VERSION, Object, Schema, Snapshot, SnapshotHeader, Warning, path_of,
};

use super::connection::{Connection, text};
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

/// More names than this are not sent; then the filter is applied to what comes.
const MOST_NAMES: usize = 20_000;

pub(super) async fn scan(
    connection: &mut Connection,
    filter: &Filter,
    limits: Limits,
) -> Result<Snapshot, ScanError> {
    let now = connection.begin(limits, limits.catalog_statement).await?;
    let names = admitted(connection, filter).await?;
    let (catalog, warnings) = read(connection, names.as_deref()).await?;
    connection.commit().await?;
    // Of a part of the catalog it would be another one.
    let fingerprint = if names.is_none() { fingerprint::of(&catalog) } else { String::new() };
    Ok(snapshot(connection, now, fingerprint, catalog, warnings))
}

/// The whole catalog's fingerprint, and the catalog itself unless that is `known`: reading one is reading the other.
pub(super) async fn look(
    connection: &mut Connection,
    known: Option<&str>,
    limits: Limits,
) -> Result<(String, Option<Snapshot>), ScanError> {
    let now = connection.begin(limits, limits.catalog_statement).await?;
    let (catalog, warnings) = read(connection, None).await?;
    connection.commit().await?;
    let fingerprint = fingerprint::of(&catalog);
    if known == Some(fingerprint.as_str()) {
        return Ok((fingerprint, None));
    }
    let snapshot = snapshot(connection, now, fingerprint.clone(), catalog, warnings);
    Ok((fingerprint, Some(snapshot)))
}

/// Puts a snapshot together from the catalog's rows.
fn snapshot(
    connection: &Connection,
    captured_at: Timestamp,
    fingerprint: String,
    catalog: Catalog,
    mut warnings: Vec<Warning>,
) -> Snapshot {
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

async fn read(
    connection: &mut Connection,
    names: Option<&[String]>,
) -> Result<(Catalog, Vec<Warning>), ScanError> {
    let own = statement::of(connection.mariadb);
    let tables = ask(connection, own.tables, "TABLE_NAME", names).await?;
    let mut catalog = Catalog {
        mariadb: connection.mariadb,
        schemata: ask(connection, own.schemata, "", None).await?,
        columns: ask(connection, own.columns, "TABLE_NAME", names).await?,
        statistics: ask(connection, own.statistics, "TABLE_NAME", names).await?,
        key_columns: ask(connection, own.key_columns, "TABLE_NAME", names).await?,
        references: ask(connection, own.references, "TABLE_NAME", names).await?,
        checks: ask(connection, own.checks, own.check_table, names).await?,
        views: ask(connection, own.views, "TABLE_NAME", names).await?,
        triggers: ask(connection, own.triggers, "EVENT_OBJECT_TABLE", names).await?,
        routines: ask(connection, own.routines, "", None).await?,
        parameters: ask(connection, own.parameters, "", None).await?,
        partitions: ask(connection, own.partitions, "TABLE_NAME", names).await?,
        events: ask(connection, own.events, "", None).await?,
        privileges: ask(connection, own.privileges, "", None).await?,
        sequences: Vec::new(),
        tables,
    };
    let mut warnings = Vec::new();
    (catalog.sequences, warnings) = sequence::read(connection, &catalog.tables, warnings).await?;
    Ok((catalog, warnings))
}

/// One statement for the connection's database, and only for the tables named.
async fn ask(
    connection: &mut Connection,
    statement: &str,
    column: &str,
    names: Option<&[String]>,
) -> Result<Vec<Row>, ScanError> {
    let mut parameters = vec![Value::from(connection.database.as_str())];
    let mut text = statement.to_owned();
    if let Some(names) = names {
        let places = vec!["?"; names.len().max(1)].join(", ");
        text.push_str(&format!(" AND {column} IN ({places})"));
        parameters.extend(names.iter().map(|name| Value::from(name.as_str())));
        if names.is_empty() {
            parameters.push(Value::NULL);
        }
    }
    connection.query(&text, Params::Positional(parameters)).await
}

fn object(parts: &[String], body: Body) -> Object {
    Object { path: path_of(parts), parts: parts.to_vec(), hash: String::new(), physical: None, body }
}
