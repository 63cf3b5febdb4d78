//! Credentials: whose they are, and until when. What each role may do is in `coverage`.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::database::on_both_databases;

on_both_databases![
    two_organizations_in_two_tabs_do_not_mix,
    an_api_key_works_in_its_organization_until_it_is_revoked_or_expires,
    a_removed_member_and_a_deleted_organization_are_shut_out_at_once,
];

async fn two_organizations_in_two_tabs_do_not_mix(app: &TestApp) {
    let (ada, first) = app.founder("ada", "First").await;
    let second = ada.post("/api/orgs", json!({"name": "Second"})).await.body;
    // The session's default is the newest; each tab names its own.
    let (tab_one, tab_two) = (ada.in_org(&first), ada.in_org(&second));
    for (tab, name) in [(&tab_one, "First"), (&tab_two, "Second"), (&ada, "Second")] {
        assert_eq!(tab.get("/api/org").await.body["name"], name);
    }
    tab_one.patch("/api/org", json!({"name": "First, renamed"})).await;
    assert_eq!(tab_two.get("/api/org").await.body["name"], "Second");
    let by_query = ada.get(&format!("/api/org?org={}", first["slug"].as_str().unwrap())).await;
    assert_eq!(by_query.body["name"], "First, renamed");
    // The header wins over the query.
    let both = tab_two.get(&format!("/api/org?org={}", first["slug"].as_str().unwrap())).await;
    assert_eq!(both.body["name"], "Second");
    let made = tab_one.post("/api/org/api-keys", json!({"name": "ci", "role": "viewer"})).await.body;
    assert_eq!(tab_two.get("/api/org/api-keys").await.body["items"], json!([]));
    let elsewhere = tab_two.delete(&format!("/api/org/api-keys/{}", made["id"].as_str().unwrap())).await;
    assert_eq!(elsewhere.problem(), (404, "not_found"));
    ada.post("/api/auth/switch-org", json!({"org": first["slug"]})).await;
    assert_eq!(ada.get("/api/org").await.body["name"], "First, renamed");
}

async fn an_api_key_works_in_its_organization_until_it_is_revoked_or_expires(app: &TestApp) {
    let (ada, acme) = app.founder("ada", "Acme").await;
    let program = app.program(&ada, "viewer").await;
    assert_eq!(program.get("/api/org").await.body["name"], "Acme");
    assert_eq!(program.in_org(&acme).get("/api/org").await.status, StatusCode::OK);
    assert_eq!(program.patch("/api/org", json!({"name": "Mine"})).await.problem(), (403, "forbidden"));
    // A key is nobody: it has no account.
    assert_eq!(program.get("/api/auth/me").await.problem(), (401, "unauthenticated"));
    let listed = ada.get("/api/org/api-keys").await.body["items"].clone();
    assert_eq!(listed[0]["key"], Value::Null);
    assert!(listed[0]["last_used_at"].is_string());
    let revoked = ada.delete(&format!("/api/org/api-keys/{}", listed[0]["id"].as_str().unwrap())).await;
    assert_eq!(revoked.status, StatusCode::NO_CONTENT);
    assert_eq!(program.get("/api/org").await.problem(), (401, "unauthenticated"));

    let expires_at = "2027-01-15T09:00:00.000Z";
    let body = json!({"name": "brief", "role": "viewer", "expires_at": expires_at});
    let brief = ada.post("/api/org/api-keys", body).await.body;
    let bearer = format!("Bearer {}", brief["key"].as_str().unwrap());
    let brief = app.anonymous().with("authorization", &bearer);
    assert_eq!(brief.get("/api/org").await.status, StatusCode::OK);
    app.clock.set(types::Timestamp::parse(expires_at).unwrap());
    assert_eq!(brief.get("/api/org").await.problem(), (401, "unauthenticated"));
}

async fn a_removed_member_and_a_deleted_organization_are_shut_out_at_once(app: &TestApp) {
    let (founder, acme) = app.founder("founder", "Acme").await;
    let member = app.member(&founder, "member", "member").await;
    let id = member.get("/api/auth/me").await.body["user"]["id"].as_str().unwrap().to_owned();
    assert_eq!(member.get("/api/org").await.status, StatusCode::OK);
    founder.delete(&format!("/api/org/members/{id}")).await;
    assert_eq!(member.in_org(&acme).get("/api/org").await.problem(), (404, "not_found"));
    assert_eq!(member.get("/api/org").await.problem(), (400, "organization_required"));
    assert_eq!(founder.delete("/api/org").await.status, StatusCode::NO_CONTENT);
    assert_eq!(founder.in_org(&acme).get("/api/org").await.problem(), (404, "not_found"));
}
