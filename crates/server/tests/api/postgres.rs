//! The API on a PostgreSQL as operators have it: behind a pooler, and with a role for each part of the server.

use futures_util::future::join_all;
use reqwest::StatusCode;
use serde_json::json;
use service::worker;
use testkit::database::{TestDatabase, runtime};
use testkit::pgbouncer::Pooler;
use testkit::postgres::{Database, Server};

use crate::app::{TestApp, Wishes};

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
