//! The API on a PostgreSQL as operators have it: behind a pooler, and with a role for each part of the server.

use std::process::{Command, Output};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::join_all;
use migrations::Roles;
use reqwest::StatusCode;
use serde_json::json;
use service::worker;
use testkit::clerk::{self as object, Clerk};
use testkit::database::{RUNTIME, TestDatabase, runtime};
use testkit::pgbouncer::Pooler;
use testkit::postgres::{Database, Server};

use crate::app::{TestApp, Wishes};
use crate::database::store_at;

fn inner(database: &TestDatabase) -> &Database {
    match database {
        TestDatabase::Postgres(database) => database,
        TestDatabase::Sqlite(_) => panic!("these tests are PostgreSQL's"),
    }
}

/// Keeps two secrets, rotates the key and has them encrypted anew.
async fn keep_secrets(client: &crate::app::Client) {
    let body = json!({"archestra_url": "https://archestra.example", "api_key": "key", "llm_key": "other"});
    assert_eq!(client.post("/api/org/setup", body).await.status, StatusCode::OK);
    assert_eq!(client.post("/api/org/rotate-keys", json!({})).await.status, StatusCode::OK);
    assert_eq!(client.post("/api/org/re-encrypt", json!({})).await.status, StatusCode::ACCEPTED);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_and_jobs_share_two_connections_of_a_pooler_in_transaction_mode() {
    let database = TestDatabase::postgres();
    let pooler = Pooler::start(Server::shared(), &runtime(), 2);
    let database_url = Some(pooler.url(inner(&database), &runtime()));
    let app = TestApp::with(database, Wishes { database_url, ..Wishes::default() }).await;
    let names = ["ada", "bob", "cleo"];
    let founders = join_all(names.map(|name| app.founder(name, name))).await;
    join_all(founders.iter().map(|(client, _)| keep_secrets(client))).await;
    assert_eq!(worker::drain(&app.context).await.unwrap(), 3);
    let pages = ["/api/org", "/api/overview", "/api/activity", "/api/org/members", "/api/org/audit/verify"];
    join_all((0..10).flat_map(|_| &founders).map(async |(client, organization)| {
        for page in pages {
            assert_eq!(client.get(page).await.status, StatusCode::OK, "{page}");
        }
        let shown = client.get("/api/org").await.body;
        assert_eq!(shown["id"], organization["id"]);
        assert_eq!(
            (&shown["settings"]["secrets"], &shown["settings"]["secrets_on_old_key"]),
            (&json!(2), &json!(0))
        );
    }))
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_are_done_by_a_role_that_can_let_nobody_in() {
    let database = TestDatabase::postgres();
    let role = Server::shared().create_role("job", "");
    let roles = Roles { runtime: Some(RUNTIME), job: Some(&role.name), staff: None };
    migrations::up_for(&database.owner_url(), &roles).await.unwrap();
    let url = inner(&database).url_as(&role);
    let clerk = Clerk::start().await;
    let wishes = Wishes { clerk: Some(crate::clerk::settings(&clerk)), ..Wishes::default() };
    let mut app = TestApp::with(database, wishes).await;
    app.context = app.context.clone().with_job_store(store_at(url).await);
    let gamma = object::organization("org_1", "Gamma", "user_1", 1);
    for known in [
        &object::user("user_1", "gus@example.org", "Gus", 1),
        &gamma,
        &object::membership("orgmem_1", &gamma, "user_1", "org:admin", 1),
    ] {
        clerk.keep(known);
    }

    let (ada, acme) = app.founder("ada", "Acme").await;
    let (bob, _) = app.founder("bob", "Beta").await;
    app.member(&ada, "eve", "viewer").await;
    keep_secrets(&ada).await;
    for email in ["ada@example.org", "nobody@example.org"] {
        app.anonymous().post("/api/auth/password/forgot", json!({"email": email})).await;
    }
    worker::drain(&app.context).await.unwrap();
    assert_eq!(ada.get("/api/org").await.body["settings"]["secrets_on_old_key"], 0);
    assert_eq!(ada.delete("/api/org").await.status, StatusCode::NO_CONTENT);
    app.clock.advance(Duration::from_secs(31 * 24 * 60 * 60));
    worker::plan(&app.context.for_jobs()).await.unwrap();
    worker::drain(&app.context).await.unwrap();
    let left = inner(&app.database).psql(&format!(
        "SELECT (SELECT count(*) FROM platform.organization WHERE id = '{0}') + (SELECT count(*) FROM pooled.audit \
         WHERE org_id = '{0}') + (SELECT count(*) FROM platform.membership WHERE org_id = '{0}')",
        acme["id"].as_str().unwrap()
    ));
    assert_eq!(left.trim(), "0");
    // Clerk was compared, which lets people in: with the server's role, as the one for jobs may not.
    let came = "SELECT o.name || ' ' || u.email || ' ' || m.role FROM platform.membership m JOIN platform.organization o \
         ON o.id = m.org_id JOIN platform.\"user\" u ON u.id = m.user_id WHERE u.email = 'gus@example.org'";
    assert_eq!(inner(&app.database).psql(came).trim(), "Gamma gus@example.org owner");
    let failed = "SELECT count(*) FROM platform.job WHERE state = 'dead' OR attempts > 0";
    assert_eq!(inner(&app.database).psql(failed).trim(), "0");
    assert_eq!(bob.get("/api/org").await.problem(), (401, "unauthenticated"), "a session ends after a week");
}

/// Runs `bastion` on a database, with these addresses of it.
fn bastion(arguments: &[&str], addresses: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_bastion"))
        .args(arguments)
        .args(["--ui", "off"])
        .env_clear()
        .env("BASTION_MASTER_KEY", STANDARD.encode([1; 32]))
        .envs(addresses.iter().copied())
        .output()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_operators_commands_look_as_the_role_that_can_only_look() {
    let app = TestApp::start(TestDatabase::postgres()).await;
    let (ada, _) = app.founder("ada", "Acme").await;
    keep_secrets(&ada).await;
    let database = inner(&app.database);
    let [job, staff] = ["job", "staff"].map(|hint| Server::shared().create_role(hint, ""));
    let (owner, runtime) = (app.database.owner_url(), app.database.url());
    let (job_url, staff_url) = (database.url_as(&job), database.url_as(&staff));
    let all = [
        ("BASTION_DATABASE_URL", runtime.as_str()),
        ("BASTION_DATABASE_OWNER_URL", &owner),
        ("BASTION_DATABASE_JOB_URL", &job_url),
        ("BASTION_DATABASE_STAFF_URL", &staff_url),
    ];
    let said = |output: &Output, code: i32| {
        let text = [output.stdout.as_slice(), &output.stderr].concat();
        let text = String::from_utf8(text).unwrap();
        assert_eq!(output.status.code(), Some(code), "{text}");
        text
    };
    said(&bastion(&["migrate", "up"], &all), 0);
    let well = said(&bastion(&["doctor"], &all), 0);
    for part in ["the role that does jobs is safe", "the role that looks is safe"] {
        assert!(well.contains(part), "{well}");
    }
    // Nobody else is asked: the server's own role is not even there.
    let nobody = runtime.replace(RUNTIME, "nobody");
    let looking = [("BASTION_DATABASE_URL", nobody.as_str()), ("BASTION_DATABASE_STAFF_URL", &staff_url)];
    assert!(said(&bastion(&["audit", "verify"], &looking), 0).starts_with("ok  acme: "));
    assert!(said(&bastion(&["limits", "acme"], &looking), 0).contains("as many as it likes"));
    said(&bastion(&["limits", "acme", "--members", "3"], &looking), 1);
    said(&bastion(&["limits", "acme", "--members", "3"], &all), 0);
    assert!(said(&bastion(&["limits", "acme"], &looking), 0).contains("members 3"));
    // For none of the roles row-level security may be no wall.
    database.psql(&format!("ALTER ROLE \"{}\" BYPASSRLS; ALTER ROLE \"{}\" BYPASSRLS", job.name, staff.name));
    for (arguments, addresses) in [(&["audit", "verify"][..], &looking[..]), (&["doctor"], &all)] {
        assert!(said(&bastion(arguments, addresses), 78).contains("BYPASSRLS"), "{arguments:?}");
    }
}
