//! What PostgreSQL enforces by itself: row-level security on every table of an organization, and a role that it holds.

use std::task::Poll;

use migrations::silo;
use store::sequence::{self, Position};
use store::{Error, Store, object};
use testkit::database::RUNTIME;
use testkit::postgres::Database;

use crate::database::{Migrated, TestDatabase, at, keys, tenant};

mod pooler;

/// Tables with `org_id` that are the platform's: whoever asks them has no organization yet, or asks for all of them.
const PLATFORM_WITH_ORG: &str = "api_key,data_key,idempotency,inbound_event,invitation,job,membership,oidc_login,session,sso_connection,sso_domain";

/// The schemas with tables of organizations, as a condition of SQL.
const TENANT_SCHEMAS: &str = "~ '^(pooled|t_[0-9a-f]{32})$'";

fn database() -> TestDatabase {
    TestDatabase::postgres()
}

fn inner(database: &TestDatabase) -> &Database {
    match &database.0 {
        Migrated::Postgres(database) => database,
        Migrated::Sqlite(_) => panic!("these tests are PostgreSQL's"),
    }
}

/// Runs statements as the server's role, by psql's rules: in one transaction, for one organization.
fn as_runtime(database: &TestDatabase, org: Option<u128>, sql: &str) -> String {
    let org = org.map_or(String::new(), |number| uuid::Uuid::from_u128(number).to_string());
    inner(database).psql(&format!(
        "BEGIN; SET LOCAL ROLE {RUNTIME}; SET LOCAL search_path TO pooled, platform; \
         SELECT set_config('bastion.org_id', '{org}', true); {sql}; COMMIT;"
    ))
}

#[test]
fn every_table_with_an_organization_is_under_forced_row_level_security() {
    let database = TestDatabase::silos();
    let tables = inner(&database).psql(&format!(
        "SELECT count(DISTINCT n.nspname) || ' ' || count(*) / count(DISTINCT c.relname) FROM pg_class c \
         JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND n.nspname {TENANT_SCHEMAS}"
    ));
    assert_eq!(tables.trim(), "3 3", "two organizations have schemas of their own, with all tables");
    let naked = inner(&database).psql(&format!(
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE c.relkind IN ('r', 'p') AND n.nspname {TENANT_SCHEMAS} AND c.relname <> 'tenant_migration' AND NOT ( \
           c.relrowsecurity AND c.relforcerowsecurity \
           AND EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'org_id' AND a.attnotnull) \
           AND (SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid) = 1 \
           AND EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid AND p.polcmd = '*' \
                       AND p.polqual IS NOT NULL AND p.polwithcheck IS NOT NULL))",
    ));
    assert_eq!(naked.trim(), "");
    let elsewhere = inner(&database).psql(&format!(
        "SELECT string_agg(c.table_name, ',' ORDER BY c.table_name) FROM information_schema.columns c \
         WHERE c.column_name = 'org_id' AND NOT c.table_schema {TENANT_SCHEMAS}"
    ));
    assert_eq!(elsewhere.trim(), PLATFORM_WITH_ORG);
    let views = inner(&database).psql(&format!(
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE (n.nspname = 'platform' OR n.nspname {TENANT_SCHEMAS}) AND c.relkind IN ('v', 'm')"
    ));
    assert_eq!(views.trim(), "");
}

#[test]
fn every_index_of_a_tenant_table_begins_with_the_organization() {
    let others = inner(&TestDatabase::silos()).psql(&format!(
        "SELECT i.indexrelid::regclass FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid \
         JOIN pg_namespace n ON n.oid = c.relnamespace \
         JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0] \
         WHERE n.nspname {TENANT_SCHEMAS} AND c.relname <> 'tenant_migration' AND a.attname <> 'org_id'"
    ));
    assert_eq!(others.trim(), "");
}

#[test]
fn every_foreign_key_has_an_index() {
    let without = inner(&database()).psql(
        "SELECT k.conrelid::regclass || ': ' || k.conname FROM pg_constraint k WHERE k.contype = 'f' AND NOT EXISTS ( \
           SELECT 1 FROM pg_index i WHERE i.indrelid = k.conrelid AND i.indpred IS NULL \
           AND (i.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey)",
    );
    assert_eq!(without.trim(), "");
}

#[test]
fn foreign_keys_of_tenant_tables_stay_among_them_and_carry_the_organization() {
    let others = inner(&TestDatabase::silos()).psql(&format!(
        "SELECT k.conname FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid \
         JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_class p ON p.oid = k.confrelid \
         JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.conkey[1] \
         WHERE k.contype = 'f' AND n.nspname {TENANT_SCHEMAS} \
         AND (p.relnamespace <> c.relnamespace OR a.attname <> 'org_id')"
    ));
    assert_eq!(others.trim(), "");
}

#[tokio::test]
async fn a_forgotten_filter_shows_and_changes_nothing_of_another_organization() {
    let database = database();
    let store = database.store().await;
    let tx = store.write(&tenant(1)).await.unwrap();
    object::put(&tx, b"of the first", at(0)).await.unwrap();
    tx.commit().await.unwrap();
    let count = "SELECT 'rows ' || count(*) FROM schema_object";
    assert!(as_runtime(&database, Some(1), count).contains("rows 1"));
    for org in [Some(2), None] {
        assert!(as_runtime(&database, org, count).contains("rows 0"));
        for change in ["UPDATE schema_object SET created_at = 1", "DELETE FROM schema_object"] {
            let changed =
                format!("WITH changed AS ({change} RETURNING 1) SELECT 'rows ' || count(*) FROM changed");
            assert!(as_runtime(&database, org, &changed).contains("rows 0"), "{change}");
        }
    }
    assert!(as_runtime(&database, Some(1), count).contains("rows 1"));
}

#[test]
fn a_row_for_another_organization_cannot_be_written() {
    let database = database();
    let attempt = |org: u128| {
        let id = uuid::Uuid::from_u128(org);
        as_runtime(
            &database,
            Some(1),
            &format!(
                "DO $$ BEGIN INSERT INTO sequence VALUES ('{id}', 'n', 1); RAISE NOTICE 'written'; \
                 EXCEPTION WHEN insufficient_privilege THEN PERFORM set_config('bastion.refused', 'yes', true); END $$; \
                 SELECT 'refused ' || coalesce(current_setting('bastion.refused', true), 'no')"
            ),
        )
    };
    assert!(attempt(1).contains("refused no"));
    assert!(attempt(2).contains("refused yes"));
}

#[test]
fn the_servers_role_can_neither_rewrite_the_audit_log_nor_change_tables() {
    let database = TestDatabase::silos();
    let silo = silo::schema(uuid::Uuid::from_u128(1));
    for schema in ["pooled", &silo] {
        let rights = inner(&database).psql(&format!(
            "SELECT string_agg(right_name || '=' || has_table_privilege('{RUNTIME}', '{schema}.audit', right_name), ' ') \
             FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS right_name",
        ));
        assert_eq!(rights.trim(), "SELECT=true INSERT=true UPDATE=false DELETE=false TRUNCATE=false");
    }
    let more = inner(&database).psql(&format!(
        "SELECT bool_or(has_schema_privilege('{RUNTIME}', name, 'CREATE')) \
         OR has_table_privilege('{RUNTIME}', 'platform.tenant_schema', 'INSERT, UPDATE, DELETE') \
         FROM unnest(ARRAY['platform', 'pooled', '{silo}']) AS name",
    ));
    assert_eq!(more.trim(), "f");
}

#[tokio::test]
async fn a_role_that_row_level_security_does_not_hold_is_refused_unless_in_development() {
    let database = database();
    let mut settings = database.settings();
    settings.url = inner(&database).url();
    let refused = Store::connect(&settings, keys()).await.err();
    let reason = "is or may become a superuser";
    assert_eq!(refused, Some(Error::UnsafeRole { reason }));
    settings.dev = true;
    assert!(Store::connect(&settings, keys()).await.is_ok());
    assert!(Store::connect(&database.settings(), keys()).await.is_ok());
}

#[tokio::test]
async fn a_role_that_owns_the_tables_or_may_bypass_is_refused() {
    let database = TestDatabase::silos();
    let server = testkit::postgres::Server::shared();
    let silo = silo::schema(uuid::Uuid::from_u128(1));
    for (attributes, owned, reason) in [
        ("BYPASSRLS", None, "has or may get BYPASSRLS"),
        ("", Some("pooled"), "owns the tables"),
        ("", Some(silo.as_str()), "owns the tables"),
    ] {
        let role = server.create_role("unsafe", attributes);
        if let Some(schema) = owned {
            inner(&database).psql(&format!(
                "GRANT USAGE ON SCHEMA {schema} TO \"{0}\"; ALTER TABLE {schema}.source OWNER TO \"{0}\"",
                role.name
            ));
        }
        let mut settings = database.settings();
        settings.url = inner(&database).url_as(&role);
        let refused = Store::connect(&settings, keys()).await.err();
        assert_eq!(refused, Some(Error::UnsafeRole { reason }));
        let refused = Store::connect_to_look(&settings, keys()).await.err();
        assert_eq!(refused, Some(Error::UnsafeRole { reason }), "who only looks is refused as well");
    }
}

#[tokio::test]
async fn a_role_that_may_become_one_that_bypasses_is_refused() {
    let database = database();
    let server = testkit::postgres::Server::shared();
    let bypasses = server.create_role("bypasses", "BYPASSRLS");
    let member = server.create_role("member", "NOINHERIT");
    inner(&database).psql(&format!("GRANT \"{}\" TO \"{}\"", bypasses.name, member.name));
    let mut settings = database.settings();
    settings.url = inner(&database).url_as(&member);
    let refused = Store::connect(&settings, keys()).await.err();
    assert_eq!(refused, Some(Error::UnsafeRole { reason: "has or may get BYPASSRLS" }));
}

#[tokio::test]
async fn lost_connections_are_told_apart_and_replaced() {
    let database = database();
    let store = database.store().await;
    let tx = store.write(&tenant(1)).await.unwrap();
    inner(&database).psql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    );
    let lost = object::put(&tx, b"work", at(0)).await.err();
    assert_eq!(lost, Some(Error::Unavailable));
    drop(tx);
    let tx = store.read(&tenant(1)).await.unwrap();
    let absent = object::get(&tx, &object::Address::of(b"work")).await;
    assert_eq!(absent, Err(Error::NotFound));
    drop(tx);

    // As it commits, nobody can tell whether it did.
    inner(&database).psql(
        "CREATE FUNCTION pooled.vanish() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
           PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(1); RETURN NULL; END $$; \
         CREATE CONSTRAINT TRIGGER vanish AFTER INSERT ON pooled.schema_object DEFERRABLE INITIALLY DEFERRED \
           FOR EACH ROW EXECUTE FUNCTION pooled.vanish()",
    );
    let tx = store.write(&tenant(1)).await.unwrap();
    object::put(&tx, b"work", at(0)).await.unwrap();
    assert_eq!(tx.commit().await.err(), Some(Error::CommitUnknown));
}

#[tokio::test]
async fn a_statement_that_stands_alone_goes_by_another_connection_when_the_server_has_ended_one() {
    let database = database();
    let store = database.store().await;
    let position = async || sequence::position(&store.glance(&tenant(1)).await).await;
    let before = position().await.unwrap();
    inner(&database).psql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    );
    assert_eq!(position().await, Ok(before));
}

#[tokio::test]
async fn a_transaction_that_nobody_waits_for_any_more_leaves_nothing_in_its_connection() {
    let database = database();
    let mut settings = database.settings();
    settings.max_connections = 1;
    let store = Store::connect(&settings, keys()).await.unwrap();
    let tenant = tenant(1);
    // Wherever it is when they leave: as it is asked for, as it begins, as it is told whose rows it sees.
    for polls in (1..=12).cycle().take(120) {
        let mut beginning = Box::pin(store.read(&tenant));
        for _ in 0..polls {
            tokio::task::yield_now().await;
            let asked = std::future::poll_fn(|context| Poll::Ready(beginning.as_mut().poll(context))).await;
            if asked.is_ready() {
                break;
            }
        }
        drop(beginning);
        let glance = store.glance(&tenant).await;
        assert_eq!(sequence::position(&glance).await, Ok(Position::default()), "after {polls}");
        let tx = store.read(&tenant).await.unwrap();
        assert_eq!(sequence::position(&tx).await, Ok(Position::default()), "after {polls}");
    }
}

/// A trigger answers as the server does when its disk is full: a disk of its own would need the rights to make one.
#[tokio::test]
async fn a_full_disk_stops_writing_but_not_reading_until_there_is_space() {
    let database = database();
    inner(&database).psql(
        "CREATE FUNCTION pooled.no_space() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
           RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$; \
         CREATE TRIGGER no_space BEFORE INSERT ON pooled.schema_object FOR EACH ROW EXECUTE FUNCTION pooled.no_space()",
    );
    let store = database.store().await;
    let tx = store.write(&tenant(1)).await.unwrap();
    assert_eq!(object::put(&tx, b"an object", at(0)).await.err(), Some(Error::StorageFull));
    drop(tx);
    let tx = store.read(&tenant(1)).await.unwrap();
    assert_eq!(object::get(&tx, &object::Address::of(b"an object")).await, Err(Error::NotFound));
    drop(tx);

    // Awaited, so that what the dropped transactions hold is let go meanwhile.
    database.execute("DROP TRIGGER no_space ON pooled.schema_object").await.unwrap();
    let tx = store.write(&tenant(1)).await.unwrap();
    object::put(&tx, b"an object", at(0)).await.unwrap();
    tx.commit().await.unwrap();
}
