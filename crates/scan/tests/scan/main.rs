//! Reads real databases: a temporary PostgreSQL, a temporary MariaDB, and SQLite files.
#![expect(clippy::unwrap_used, reason = "a test ends at the first thing that is not as it should be")]

mod allowed;
mod backfill;
mod expectation;
mod expectation_memory;
mod fingerprint;
mod hostile;
mod mariadb;
mod mariadb_catalog;
mod mariadb_kindness;
mod mariadb_profile;
mod parity;
mod postgres_carry;
mod postgres_catalog;
mod postgres_database;
mod postgres_kindness;
mod postgres_lock;
mod postgres_posture;
mod postgres_profile;
mod postgres_snapshot;
mod postgres_standby;
mod profile_fingerprint;
mod round_trip;
mod sqlite;
mod stack;

use std::sync::{Arc, Mutex};

use scan::{
    Budget, CancellationToken, Filter, FreshnessRequest, Limits, ProfileEvent, ProfileRequest, ScanError,
    Source,
};
use testkit::postgres::{Database, Role, Server};
use types::profile::{ColumnProfile, TableProfile};
use types::protocol::FreshnessAnswer;
use types::snapshot::{Object, Snapshot, Table};

const PAGILA: &str = include_str!("../fixtures/pagila/schema.sql");

/// A copy of pagila's schema, without data.
fn pagila() -> Database {
    let server = Server::shared();
    let template = server.template("pagila", PAGILA, |database| drop(database.psql(PAGILA)));
    server.copy_of(&template, "pagila")
}

fn empty() -> Database {
    Server::shared().create_database("scan")
}

/// A role as `setup-sql` makes it.
fn reader(database: &Database) -> Role {
    let role = Server::shared().create_role("reader", "NOINHERIT");
    database.psql(&format!(
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC; GRANT USAGE ON SCHEMA public TO \"{0}\"; \
         GRANT SELECT ON ALL TABLES IN SCHEMA public TO \"{0}\"",
        role.name
    ));
    role
}

fn source(url: &str) -> Source {
    Source::parse("shop", url).unwrap()
}

async fn scan(url: &str) -> Snapshot {
    source(url).scan(&Filter::default(), Limits::default(), &CancellationToken::new()).await.unwrap()
}

async fn profile(url: &str, request: ProfileRequest) -> Vec<TableProfile> {
    profile_within(url, &request, Limits::default()).await
}

/// A request that is worked on without a rest: the tests beside this one use the same server.
fn without_rest(request: &ProfileRequest) -> ProfileRequest {
    let budget = Budget { duty_percent: 100, ..request.budget };
    ProfileRequest { budget, ..request.clone() }
}

async fn profile_within(url: &str, request: &ProfileRequest, limits: Limits) -> Vec<TableProfile> {
    profile_at_its_pace(url, &without_rest(request), limits).await
}

async fn profile_at_its_pace(url: &str, request: &ProfileRequest, limits: Limits) -> Vec<TableProfile> {
    let tables = Mutex::new(Vec::new());
    let tell = |event| {
        if let ProfileEvent::Table(table) = event {
            tables.lock().unwrap().push(*table);
        }
    };
    source(url).profile(request, limits, &CancellationToken::new(), &tell).await.unwrap();
    tables.into_inner().unwrap()
}

/// How fresh tables are, by the columns asked for: (table, column).
async fn freshness(url: &str, tables: &[String], asked: &[(&str, &str)]) -> FreshnessAnswer {
    let owned = |(table, column): &(&str, &str)| ((*table).to_owned(), (*column).to_owned());
    let request =
        FreshnessRequest { tables: tables.to_vec(), timestamp_columns: asked.iter().map(owned).collect() };
    source(url).freshness(&request, Limits::default(), &CancellationToken::new()).await.unwrap()
}

fn find<'a>(snapshot: &'a Snapshot, path: &str) -> &'a Object {
    snapshot
        .objects
        .iter()
        .find(|object| object.path == path)
        .unwrap_or_else(|| panic!("{path} is not among {:?}", paths(snapshot)))
}

fn table<'a>(snapshot: &'a Snapshot, path: &str) -> &'a Table {
    match &find(snapshot, path).body {
        types::snapshot::Body::Table(table) => table,
        other => panic!("{path} is a {}", other.kind()),
    }
}

fn paths(snapshot: &Snapshot) -> Vec<&str> {
    snapshot.objects.iter().map(|object| object.path.as_str()).collect()
}

fn count(snapshot: &Snapshot, kind: &str) -> usize {
    snapshot.objects.iter().filter(|object| object.body.kind() == kind).count()
}

fn column<'a>(table: &'a TableProfile, name: &str) -> &'a ColumnProfile {
    table.columns.iter().find(|column| column.column == name).unwrap()
}
