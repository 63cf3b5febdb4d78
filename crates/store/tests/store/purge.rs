//! Purging an organization: every row of it goes, in every table that there is, and no row of another.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement};
use serde_json::json;
use store::purge::{self, BATCH, TABLES};
use store::{Error, Store, audit, organization, secret};
use types::OrgId;
use types::organization::{PlanLimits, Retention};
use uuid::Uuid;

use crate::database::{Migrated, TestDatabase, at, in_silos, on_both_databases, tenant};

on_both_databases![
    a_purge_leaves_nothing_of_an_organization_and_all_of_another,
    tables_are_emptied_before_what_they_refer_to,
    secrets_open_no_more_once_a_purge_has_begun,
    what_can_only_be_added_to_goes_only_while_its_organization_is_purged,
    an_organization_is_purged_when_its_time_has_come_unless_it_was_restored,
    what_is_written_meanwhile_goes_as_well,
];
in_silos![what_is_written_meanwhile_goes_as_well];

fn org(number: u128) -> OrgId {
    OrgId(Uuid::from_u128(number))
}

/// Organizations 1 and 2.
async fn organizations(database: &TestDatabase) -> Store {
    let store = database.store().await;
    for number in [1, 2] {
        let tx = store.write(&tenant(number)).await.unwrap();
        let (id, slug, name) = (org(number), format!("org-{number}"), "Acme".to_owned());
        let row = organization::Row {
            id,
            slug,
            name,
            created_at: at(0),
            retention: Retention::default(),
            suspended: None,
            limits: PlanLimits::default(),
        };
        organization::insert(&tx, &row).await.unwrap();
        tx.commit().await.unwrap();
        audited(&store, number).await;
    }
    store
}

async fn audited(store: &Store, number: u128) {
    let tx = store.write(&tenant(number)).await.unwrap();
    let new = audit::New {
        at: at(0),
        actor: "ada@example.org",
        action: "source.created",
        subject: "source:shop",
        detail: json!({}),
        request_id: None,
    };
    audit::record(&tx, new).await.unwrap();
    tx.commit().await.unwrap();
}

/// Deletes organization 1, to be purged at 100.
async fn delete(store: &Store) {
    let tx = store.write(&tenant(1)).await.unwrap();
    organization::delete(&tx, at(50), at(100)).await.unwrap();
    tx.commit().await.unwrap();
}

async fn begin(store: &Store, seconds: i64) -> bool {
    let tx = store.write(&tenant(1)).await.unwrap();
    let begun = purge::begin(&tx, at(seconds)).await.unwrap();
    tx.commit().await.unwrap();
    begun
}

/// Empties all tables; answers the most rows that went in one transaction.
async fn empty(store: &Store) -> u64 {
    let mut most = 0;
    for (table, fate) in TABLES {
        loop {
            let tx = store.write(&tenant(1)).await.unwrap();
            let rows = purge::clear_some(&tx, table, *fate).await.unwrap();
            tx.commit().await.unwrap();
            most = most.max(rows);
            if rows == 0 {
                break;
            }
        }
    }
    most
}

async fn finish(store: &Store) -> bool {
    let tx = store.write(&tenant(1)).await.unwrap();
    let finished = purge::finish(&tx, at(101)).await.unwrap();
    tx.commit().await.unwrap();
    finished
}

async fn a_purge_leaves_nothing_of_an_organization_and_all_of_another(database: &TestDatabase) {
    let store = organizations(database).await;
    let catalog = Catalog::read(database).await;
    catalog.fill(database, 1, "activity", 2 * usize::try_from(BATCH).unwrap() + 1).await;
    catalog.fill(database, 2, "activity", 3).await;
    let before = database.0.contents(org(1)).await.unwrap();
    assert!(before.len() > 35 && before.values().all(|rows| !rows.is_empty()), "{before:?}");
    let other = database.0.contents(org(2)).await.unwrap();
    let sessions = database.execute("UPDATE session SET ip = ip").await.unwrap();

    delete(&store).await;
    assert!(begin(&store, 100).await);
    assert_eq!(empty(&store).await, BATCH);
    assert!(finish(&store).await);

    let left = database.0.contents(org(1)).await.unwrap();
    assert!(left.values().all(Vec::is_empty), "{left:?}");
    assert_eq!(database.0.contents(org(2)).await.unwrap(), other);
    assert_eq!(
        database.execute("UPDATE session SET ip = ip").await.unwrap(),
        sessions,
        "people stay signed in"
    );
    let rows = async |condition: &str, table: &str| {
        let sql = format!("UPDATE {table} SET id = id WHERE id = {} {condition}", database.uuid(org(1).0));
        database.execute(&sql).await.unwrap()
    };
    assert_eq!(rows("", "organization").await, 0);
    // What shows that there was a purge, and how long the audit log was.
    let ended = format!("AND began_at = {} AND ended_at = {}", at(100).millis(), at(101).millis());
    assert_eq!(rows(&format!("{ended} AND audit_rows = 1 AND length(audit_head) = 64"), "purge").await, 1);
    assert!(!begin(&store, 200).await, "nothing is left to be purged");
}

async fn tables_are_emptied_before_what_they_refer_to(database: &TestDatabase) {
    let catalog = Catalog::read(database).await;
    let mut listed: Vec<&str> = TABLES.iter().map(|(table, _)| *table).collect();
    let place = |table: &str| TABLES.iter().position(|(name, _)| *name == table);
    assert!(catalog.references.len() > 20, "{:?}", catalog.references);
    for (child, parent) in &catalog.references {
        if let (Some(child_place), Some(parent_place)) = (place(child), place(parent)) {
            assert!(child_place < parent_place, "{child} refers to {parent}");
        }
    }
    listed.sort_unstable();
    let there: Vec<&str> = catalog.columns.keys().map(String::as_str).collect();
    assert_eq!(listed, there, "these tables have rows of organizations");
}

async fn secrets_open_no_more_once_a_purge_has_begun(database: &TestDatabase) {
    let store = organizations(database).await;
    let subject = Uuid::from_u128(77);
    for number in [1, 2] {
        let tx = store.write(&tenant(number)).await.unwrap();
        secret::put(&tx, "connection", subject, "token", "hush, hush, hush", at(0)).await.unwrap();
        tx.commit().await.unwrap();
    }
    let open = async |number| {
        let tx = store.read(&tenant(number)).await.unwrap();
        secret::open(&tx, "connection", subject, "token").await.map(|secret| secret.is_some())
    };
    delete(&store).await;
    assert_eq!(open(1).await, Ok(true), "it may yet be restored");
    assert!(begin(&store, 100).await);
    assert_eq!((open(1).await, open(2).await), (Err(Error::SecretUnreadable), Ok(true)));
}

async fn what_can_only_be_added_to_goes_only_while_its_organization_is_purged(database: &TestDatabase) {
    let store = organizations(database).await;
    let (table, fate) = *TABLES.iter().find(|(table, _)| *table == "audit").unwrap();
    let clear = async |number| {
        let tx = store.write(&tenant(number)).await.unwrap();
        let cleared = purge::clear_some(&tx, table, fate).await;
        tx.commit().await.map(|()| cleared)
    };
    let refused = |cleared: Result<Result<u64, Error>, Error>| matches!(cleared, Ok(Err(_)) | Err(_));
    assert!(refused(clear(1).await));
    delete(&store).await;
    assert!(refused(clear(1).await), "it may yet be restored");
    assert!(begin(&store, 100).await);
    assert!(refused(clear(2).await));
    // Changed it is not even now.
    let changed = database.execute("UPDATE audit SET actor = 'somebody else'").await.unwrap_err().to_string();
    assert!(changed.contains("append-only"), "{changed}");
    if let Migrated::Postgres(_) = database.0 {
        // The server's own role has no right to delete, and needs none.
        let connection = Database::connect(database.settings().url).await.unwrap();
        let refused =
            connection.execute_unprepared("DELETE FROM pooled.audit").await.unwrap_err().to_string();
        assert!(refused.contains("permission denied"), "{refused}");
    }
    assert_eq!(clear(1).await, Ok(Ok(1)));
    assert_eq!(database.0.contents(org(2)).await.unwrap()["audit"].len(), 1);
}

async fn an_organization_is_purged_when_its_time_has_come_unless_it_was_restored(database: &TestDatabase) {
    let store = organizations(database).await;
    let due = async |seconds| {
        let tx = store.platform_read().await.unwrap();
        purge::due(&tx, at(seconds), None, 10).await.unwrap()
    };
    let restore = async || {
        let tx = store.write(&tenant(1)).await.unwrap();
        let restored = organization::restore(&tx).await.unwrap();
        tx.commit().await.unwrap();
        restored
    };
    assert_eq!((restore().await, begin(&store, 100).await), (false, false), "it is not deleted");
    delete(&store).await;
    assert_eq!((due(99).await, begin(&store, 99).await), (vec![], false));
    assert!(restore().await);
    assert_eq!((due(100).await, begin(&store, 100).await), (vec![], false));
    delete(&store).await;
    assert_eq!(due(100).await, [org(1)]);
    assert!(begin(&store, 100).await);
    assert!(!restore().await, "its secrets are gone");
    assert_eq!(due(100).await, [org(1)], "it is not done yet");
    // As an earlier release deleted it.
    database.execute("UPDATE organization SET purge_at = NULL").await.unwrap();
    assert!(due(1000).await.is_empty());
    for dated in [1, 0] {
        let tx = store.platform_write().await.unwrap();
        assert_eq!(purge::set_missing(&tx, at(500)).await.unwrap(), dated);
        tx.commit().await.unwrap();
    }
    assert_eq!((due(499).await, due(500).await), (vec![], vec![org(1)]));
}

async fn what_is_written_meanwhile_goes_as_well(database: &TestDatabase) {
    let store = organizations(database).await;
    delete(&store).await;
    assert!(begin(&store, 100).await);
    empty(&store).await;
    audited(&store, 1).await;
    assert!(!finish(&store).await);
    empty(&store).await;
    assert!(finish(&store).await);
    let left = database.0.contents(org(1)).await.unwrap();
    assert!(left.values().all(Vec::is_empty), "{left:?}");
}

/// The tables with rows of organizations, as the database knows them.
struct Catalog {
    /// Of each table the columns that must have a value, with their types.
    columns: BTreeMap<String, Vec<(String, String)>>,
    /// Pairs of tables, of which the first refers to the second.
    references: Vec<(String, String)>,
}

impl Catalog {
    async fn read(database: &TestDatabase) -> Self {
        let connection = Database::connect(database.owner_url()).await.unwrap();
        let (columns, references) = match database.0 {
            Migrated::Sqlite(_) => (
                "SELECT m.name AS a, c.name AS b, c.type AS c FROM sqlite_master m, pragma_table_info(m.name) c
                 WHERE m.type = 'table' AND (c.\"notnull\" = 1 OR c.pk > 0 OR c.name = 'org_id')
                   AND EXISTS (SELECT 1 FROM pragma_table_info(m.name) o WHERE o.name = 'org_id')",
                "SELECT m.name AS a, r.\"table\" AS b, '' AS c FROM sqlite_master m, pragma_foreign_key_list(m.name) r",
            ),
            Migrated::Postgres(_) => (
                "SELECT table_name::text AS a, column_name::text AS b, data_type::text AS c
                 FROM information_schema.columns c WHERE table_schema IN ('platform', 'pooled')
                   AND (is_nullable = 'NO' OR column_name = 'org_id')
                   AND EXISTS (SELECT 1 FROM information_schema.columns o WHERE o.table_schema = c.table_schema
                               AND o.table_name = c.table_name AND o.column_name = 'org_id')",
                "SELECT c.relname::text AS a, p.relname::text AS b, '' AS c FROM pg_constraint
                 JOIN pg_class c ON c.oid = conrelid JOIN pg_class p ON p.oid = confrelid",
            ),
        };
        let mut catalog = Self { columns: BTreeMap::new(), references: Vec::new() };
        for [table, column, kind] in rows(&connection, columns).await {
            catalog.columns.entry(table).or_default().push((column, kind.to_lowercase()));
        }
        for [child, parent, _] in rows(&connection, references).await {
            catalog.references.push((child, parent));
        }
        catalog
    }

    /// Writes three rows of an organization into every table, and as many as asked into one; but for the audit log, which
    /// has one already, and whose triggers take only what follows.
    async fn fill(&self, database: &TestDatabase, number: u128, most_in: &str, most: usize) {
        let mut script = match database.0 {
            Migrated::Sqlite(_) => "PRAGMA foreign_keys = OFF;".to_owned(),
            Migrated::Postgres(_) => "SET session_replication_role = replica;".to_owned(),
        };
        for (table, columns) in &self.columns {
            if table == "audit" {
                continue;
            }
            let names: Vec<String> = columns.iter().map(|(name, _)| format!("\"{name}\"")).collect();
            let rows = match table.as_str() {
                // An organization has one.
                "sso_connection" => 1,
                table if table == most_in => most,
                _ => 3,
            };
            let row = |row: usize| {
                let value = |(name, kind): &(String, String)| match (table.as_str(), name.as_str()) {
                    (_, "org_id") => database.uuid(org(number).0),
                    // Nothing is taken that another master key wraps.
                    ("data_key", "key_id") => "(SELECT key_id FROM key_canary)".to_owned(),
                    _ => value(database, kind, number, row),
                };
                format!("({})", columns.iter().map(value).collect::<Vec<_>>().join(", "))
            };
            let rows = (1..=rows).map(row).collect::<Vec<_>>().join(", ");
            script += &format!("INSERT INTO \"{table}\" ({}) VALUES {rows};", names.join(", "));
        }
        database.execute(&script).await.unwrap();
    }
}

/// Something of a type that no other row has.
fn value(database: &TestDatabase, kind: &str, org: u128, row: usize) -> String {
    match kind {
        kind if kind.contains("uuid") => database.uuid(Uuid::now_v7()),
        kind if kind.contains("json") => "'{}'".to_owned(),
        kind if kind.contains("bool") => "false".to_owned(),
        kind if kind.contains("int") || kind.contains("double") || kind.contains("real") => row.to_string(),
        "bytea" => format!("'\\x{row:08x}'"),
        kind if kind.contains("blob") => format!("X'{row:08x}'"),
        _ => format!("'{org}-{row}'"),
    }
}

async fn rows(connection: &DatabaseConnection, sql: &str) -> Vec<[String; 3]> {
    let backend = connection.get_database_backend();
    let rows = connection.query_all_raw(Statement::from_string(backend, sql)).await.unwrap();
    rows.iter().map(|row| ["a", "b", "c"].map(|column| row.try_get("", column).unwrap())).collect()
}
