//! A POST that is sent twice is done once.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::json;

use crate::app::TestApp;
use crate::database::on_both_databases;

on_both_databases![
    the_same_request_has_one_effect_and_one_answer,
    a_key_belongs_to_one_request_of_one_person,
    a_secret_is_not_repeated,
    a_refusal_is_repeated_too,
    a_request_whose_server_died_is_not_done_again,
    a_scan_that_is_asked_for_twice_runs_once,
];

async fn the_same_request_has_one_effect_and_one_answer(app: &TestApp) {
    let ada = app.user("ada").await.with("idempotency-key", "once");
    let first = ada.post("/api/orgs", json!({"name": "Acme"})).await;
    let second = ada.post("/api/orgs", json!({"name": "Acme"})).await;
    assert_eq!((first.status, &first.body), (second.status, &second.body));
    assert_eq!(second.header("idempotency-replayed"), "true");
    let memberships = ada.get("/api/auth/me").await.body["memberships"].as_array().unwrap().len();
    assert_eq!(memberships, 1);
}

async fn a_key_belongs_to_one_request_of_one_person(app: &TestApp) {
    let ada = app.user("ada").await.with("idempotency-key", "once");
    ada.post("/api/orgs", json!({"name": "Acme"})).await;
    let other = ada.post("/api/orgs", json!({"name": "Other"})).await;
    assert_eq!(other.problem(), (422, "idempotency_mismatch"));
    let bob = app.user("bob").await.with("idempotency-key", "once");
    assert_eq!(bob.post("/api/orgs", json!({"name": "Other"})).await.status, StatusCode::CREATED);
    let long = ada.with("idempotency-key", &"k".repeat(256));
    assert_eq!(long.post("/api/orgs", json!({"name": "Acme"})).await.problem(), (400, "invalid"));
}

async fn a_secret_is_not_repeated(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    let ada = ada.with("idempotency-key", "once");
    let body = json!({"name": "ci", "role": "viewer"});
    let first = ada.post("/api/org/api-keys", body.clone()).await;
    let second = ada.post("/api/org/api-keys", body).await;
    assert!(first.body["key"].is_string());
    assert_eq!(second.body["key"], json!(null));
    assert_eq!(first.body["id"], second.body["id"]);
}

async fn a_refusal_is_repeated_too(app: &TestApp) {
    let ada = app.user("ada").await.with("idempotency-key", "once");
    let first = ada.post("/api/orgs", json!({"name": ""})).await;
    let second = ada.post("/api/orgs", json!({"name": ""})).await;
    assert_eq!(first.problem(), (400, "invalid"));
    assert_eq!(first.body, second.body);
    assert_eq!(second.header("content-type"), "application/problem+json");
}

/// The server was killed after the change and before the answer was kept.
async fn a_request_whose_server_died_is_not_done_again(app: &TestApp) {
    let ada = app.user("ada").await.with("idempotency-key", "once");
    let first = ada.post("/api/orgs", json!({"name": "Acme"})).await;
    assert_eq!(first.status, StatusCode::CREATED);
    app.database.execute("UPDATE idempotency SET status = NULL, body = NULL").await.unwrap();
    for (minutes, code) in
        [(0, "idempotency_in_progress"), (6, "idempotency_unknown"), (600, "idempotency_unknown")]
    {
        app.clock.advance(Duration::from_secs(minutes * 60));
        let again = ada.post("/api/orgs", json!({"name": "Acme"})).await;
        assert_eq!(again.problem(), (409, code), "after {minutes} minutes: {}", again.body);
    }
    let memberships = ada.get("/api/auth/me").await.body["memberships"].as_array().unwrap().len();
    assert_eq!(memberships, 1);
}

async fn a_scan_that_is_asked_for_twice_runs_once(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    let url = format!("{}/mcp", testkit::stub::nobody());
    let shop = json!({"name": "shop", "transport": "direct", "url": url});
    assert_eq!(ada.post("/api/sources", shop).await.status, StatusCode::CREATED);
    let ada = ada.with("idempotency-key", "once");
    let first = ada.post("/api/scan/run", json!({"source": "shop"})).await;
    let second = ada.post("/api/scan/run", json!({"source": "shop"})).await;
    assert_eq!((first.status, &first.body), (StatusCode::ACCEPTED, &second.body));
    let runs = ada.get("/api/scan/runs").await.body["items"].clone();
    assert_eq!((runs.as_array().unwrap().len(), &runs[0]["id"]), (1, &first.body["run_id"]));
}
