//! Migrations: all or nothing, one at a time, and back.

use migrations::{Roles, Set, roles_sql, silo};
use sea_orm::{ConnectionTrait, Database, DbBackend, Statement};
use store::{Error, Settings, Store, Tenant, object, source};
use tempfile::TempDir;
use testkit::database::committed;
use testkit::postgres::Server;
use types::OrgId;
use uuid::Uuid;

use crate::database::{Migrated, TestDatabase, at, keys, on_both_databases};

on_both_databases![
    down_undoes_up_and_up_does_it_again,
    two_that_migrate_at_once_do_it_once,
    a_database_that_passed_over_two_migrations_catches_up,
];

/// Everything that the database knows of its tables.
async fn dump(database: &TestDatabase) -> Vec<String> {
    let connection = Database::connect(database.owner_url()).await.unwrap();
    let sql = match database.0 {
        Migrated::Sqlite(_) => {
            "SELECT type || ' ' || name || ' ' || coalesce(sql, '') AS line FROM sqlite_master ORDER BY 1"
        }
        Migrated::Postgres(_) => {
            "SELECT line FROM (
               SELECT table_schema AS place, format('column %s.%s %s %s %s', table_name, column_name, data_type,
                      is_nullable, column_default) AS line FROM information_schema.columns
               UNION ALL SELECT schemaname, format('index %s', indexdef) FROM pg_indexes
               UNION ALL SELECT connamespace::regnamespace::text,
                      format('constraint %s %s', conrelid::regclass, pg_get_constraintdef(oid)) FROM pg_constraint
               UNION ALL SELECT schemaname, format('policy %s %s %s', tablename, qual, with_check) FROM pg_policies
               UNION ALL SELECT c.relnamespace::regnamespace::text, format('trigger %s', pg_get_triggerdef(t.oid))
                      FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal
               UNION ALL SELECT relnamespace::regnamespace::text,
                      format('table %s %s %s', relname, relrowsecurity, relforcerowsecurity) FROM pg_class WHERE relkind = 'r'
               UNION ALL SELECT pronamespace::regnamespace::text, format('function %s', proname) FROM pg_proc
             ) AS all_of_it WHERE place IN ('platform', 'pooled') ORDER BY 1"
        }
    };
    let backend = connection.get_database_backend();
    let rows = connection.query_all_raw(Statement::from_string(backend, sql)).await.unwrap();
    rows.iter().map(|row| row.try_get("", "line").unwrap()).collect()
}

async fn down_undoes_up_and_up_does_it_again(database: &TestDatabase) {
    let url = database.owner_url();
    let before = dump(database).await;
    assert!(before.len() > 60, "{before:#?}");
    for set in [Set::Tenant, Set::Platform] {
        let entries = migrations::status(&url).await.unwrap();
        let of_set = entries.iter().filter(|entry| entry.set == set && entry.applied).count();
        migrations::down(&url, set, u32::try_from(of_set).unwrap()).await.unwrap();
    }
    let left: Vec<String> = dump(database).await;
    let ours = left.iter().filter(|line| !line.contains("_migration"));
    assert_eq!(ours.count(), 0, "{left:#?}");
    assert!(migrations::status(&url).await.unwrap().iter().all(|entry| !entry.applied));
    migrations::up(&url, None).await.unwrap();
    assert_eq!(dump(database).await, before);
    migrations::up(&url, None).await.unwrap();
    assert_eq!(dump(database).await, before);
    assert!(migrations::status(&url).await.unwrap().iter().all(|entry| entry.applied));
}

async fn two_that_migrate_at_once_do_it_once(database: &TestDatabase) {
    let url = database.owner_url();
    let entries = migrations::status(&url).await.unwrap();
    let tenant = entries.iter().filter(|entry| entry.set == Set::Tenant).count();
    migrations::down(&url, Set::Tenant, u32::try_from(tenant).unwrap()).await.unwrap();
    let (one, other) = tokio::join!(migrations::up(&url, None), migrations::up(&url, None));
    one.unwrap();
    other.unwrap();
    assert!(migrations::status(&url).await.unwrap().iter().all(|entry| entry.applied));
}

/// There were databases with the ninth migration before the seventh and the eighth were written.
async fn a_database_that_passed_over_two_migrations_catches_up(database: &TestDatabase) {
    let url = database.owner_url();
    let whole = dump(database).await;
    for sql in [
        "DELETE FROM tenant_migration WHERE version IN ('tenant_0007_incidents', 'tenant_0008_policy')",
        "DROP TABLE detection",
        "DROP TABLE anomaly_model",
        "DROP TABLE anomaly",
        "DROP TABLE incident_event",
        "DROP TABLE incident",
        "DROP TABLE policy_version",
        "ALTER TABLE drift DROP COLUMN found_severity",
    ] {
        database.execute(sql).await.unwrap();
    }
    let pending = |entries: Vec<migrations::Entry>| {
        let pending = entries.into_iter().filter(|entry| !entry.applied).map(|entry| entry.name);
        pending.collect::<Vec<_>>()
    };
    let before = pending(migrations::status(&url).await.unwrap());
    assert_eq!(before, ["tenant_0007_incidents", "tenant_0008_policy"]);
    migrations::up(&url, None).await.unwrap();
    assert_eq!(pending(migrations::status(&url).await.unwrap()), Vec::<String>::new());
    assert_eq!(dump(database).await, whole);
}

#[tokio::test]
async fn a_postgres_that_was_not_migrated_is_refused_with_what_to_do() {
    let directory = TempDir::new().unwrap();
    let postgres = Server::shared().create_database("empty");
    for url in [format!("sqlite://{}/new.db?mode=rwc", directory.path().display()), postgres.url()] {
        let settings = Settings { url, owner_url: None, max_connections: 2, dev: true };
        let refused = Store::connect(&settings, keys()).await.err();
        assert_eq!(refused, Some(Error::NotMigrated));
    }
}

#[tokio::test]
async fn a_database_in_memory_and_a_strange_address_are_refused() {
    for url in ["sqlite::memory:", "sqlite://x?mode=memory", "mysql://here/x", "here"] {
        let settings = Settings { url: url.into(), owner_url: None, max_connections: 2, dev: true };
        let refused = Store::connect(&settings, keys()).await.err();
        assert!(matches!(refused, Some(Error::Settings(_))), "{url}: {refused:?}");
    }
}

#[tokio::test]
async fn the_printed_roles_are_enough_to_migrate_postgres_and_to_serve() {
    let server = Server::shared();
    let database = server.create_database("roles");
    // Roles belong to the whole server: the test's get names of their own.
    // BYPASSRLS, which they ask for as well, many managed offerings do not give.
    let owner = server.create_role("owner", "");
    let runtime = server.create_role("runtime", "");
    let (job, staff) = (server.create_role("job", ""), server.create_role("staff", ""));
    let named = [("owner", &owner), ("runtime", &runtime), ("job", &job), ("staff", &staff)];
    for line in roles_sql(database.name()).lines().filter(|line| line.starts_with("GRANT")) {
        let line = named.iter().fold(line.to_owned(), |line, (part, role)| {
            line.replace(&format!("bastion_{part}"), &format!("\"{}\"", role.name))
        });
        database.psql(&line);
    }
    let owner_url = database.url_as(&owner);
    let roles = Roles { runtime: Some(&runtime.name), job: Some(&job.name), staff: Some(&staff.name) };
    migrations::up_for(&owner_url, &roles).await.unwrap();
    let tenant = |entries: Vec<migrations::Entry>| {
        let names = entries.into_iter().filter(|entry| entry.set == Set::Tenant).map(|entry| entry.name);
        names.collect::<Vec<_>>()
    };
    let names = tenant(migrations::status(&owner_url).await.unwrap());
    let facets = names.iter().position(|name| name == "tenant_0013_table_facets").unwrap();
    let steps = u32::try_from(names.len() - facets).unwrap();
    migrations::down(&owner_url, Set::Tenant, steps).await.unwrap();
    database.psql(
        "INSERT INTO pooled.source (org_id, id, name, transport, agent_source, findings, created_at, updated_at, \
         profile_fingerprint) VALUES (gen_random_uuid(), gen_random_uuid(), 'shop', 'direct', 'shop', '[]', 0, 0, 'old')",
    );
    migrations::up_for(&owner_url, &roles).await.unwrap();
    let kept = "SELECT count(*) || ' ' || count(profile_fingerprint) FROM pooled.source";
    assert_eq!(database.psql(kept).trim(), "1 0", "a migration changes the rows of all organizations");

    let settings =
        |role| Settings { url: database.url_as(role), owner_url: None, max_connections: 2, dev: false };
    for role in [&runtime, &job] {
        Store::connect(&settings(role), keys()).await.unwrap().ping().await.unwrap();
    }
    let looking = Store::connect_to_look(&settings(&staff), keys()).await.unwrap();
    let tx = looking.platform_read().await.unwrap();
    assert_eq!(store::organization::ids(&tx, None, 1).await, Ok(Vec::new()));
    // Keys are not its to read, nor anything its to write.
    assert!(Store::connect(&settings(&staff), keys()).await.is_err());
    let store = Store::connect(&settings(&runtime), keys()).await.unwrap();
    // They are enough to move an organization as well: row-level security holds for this owner too.
    let org = Uuid::parse_str(database.psql("SELECT org_id FROM pooled.source").trim()).unwrap();
    let moved = silo::to_silo(&owner_url, &Roles::runtime(&runtime.name), org, 0, committed).await.unwrap();
    assert_eq!(moved.rows, 1);
    let tx = store.write(&Tenant::of(OrgId(org))).await.unwrap();
    assert_eq!(source::list(&tx).await.unwrap().len(), 1);
    object::put(&tx, b"in its own schema", at(0)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(silo::to_pooled(&owner_url, org, 0, committed).await.unwrap().rows, 2);

    let settings = settings(&runtime);
    let refused = Database::connect(settings.url)
        .await
        .unwrap()
        .execute_raw(Statement::from_string(DbBackend::Postgres, "DROP TABLE pooled.source"))
        .await;
    assert!(refused.is_err());

    // What each may do, beside one another: the rows that matter, for whoever reads this.
    let mut rights = String::new();
    for (part, role) in &named[1..] {
        for table in [
            "pooled.audit",
            "pooled.credential",
            "pooled.column_stats",
            "platform.session",
            "platform.membership",
            "platform.\"user\"",
            "platform.master_key",
            "platform.job",
            "platform.platform_migration",
        ] {
            let has = database.psql(&format!(
                "SELECT coalesce(string_agg(left(one, 1), '' ORDER BY nr), '-') FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) \
                 WITH ORDINALITY AS each (one, nr) WHERE has_table_privilege('{}', '{table}', one)",
                role.name
            ));
            rights += &format!("{part} {table} {}\n", has.trim());
        }
        let purges = database.psql(&format!(
            "SELECT has_function_privilege('{}', 'pooled.purge_journals(integer)', 'EXECUTE')",
            role.name
        ));
        rights += &format!("{part} purges {}\n", purges.trim());
    }
    assert_eq!(rights, RIGHTS);
}

/// By their first letters: select, insert, update, delete.
const RIGHTS: &str = "\
runtime pooled.audit SI
runtime pooled.credential SIUD
runtime pooled.column_stats SIUD
runtime platform.session SIUD
runtime platform.membership SIUD
runtime platform.\"user\" SIUD
runtime platform.master_key SIUD
runtime platform.job SIUD
runtime platform.platform_migration S
runtime purges f
job pooled.audit SI
job pooled.credential SIUD
job pooled.column_stats SIUD
job platform.session SD
job platform.membership SD
job platform.\"user\" SUD
job platform.master_key SIUD
job platform.job SIUD
job platform.platform_migration S
job purges t
staff pooled.audit S
staff pooled.credential -
staff pooled.column_stats -
staff platform.session -
staff platform.membership S
staff platform.\"user\" -
staff platform.master_key -
staff platform.job S
staff platform.platform_migration S
staff purges f
";
