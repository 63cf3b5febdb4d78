//! Who may do what: 401 without credentials, 403 without the right, 404 for what another organization has.
//!
//! The tables come from the description of the API, so a new operation is held to them without a new test.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::database::on_both_databases;

on_both_databases![
    without_credentials_every_operation_is_refused,
    a_viewer_changes_nothing,
    an_organization_that_one_does_not_belong_to_does_not_exist,
    two_organizations_in_two_tabs_do_not_mix,
    an_api_key_works_in_its_organization_until_it_is_revoked_or_expires,
    a_removed_member_and_a_deleted_organization_are_shut_out_at_once,
];

/// An operation that needs somebody to be signed in.
struct Operation {
    method: Method,
    /// With some id for each parameter.
    path: String,
    /// Concerns an organization.
    organization: bool,
}

fn operations() -> Vec<Operation> {
    let description = serde_json::to_value(server::openapi::description()).unwrap();
    let mut operations = Vec::new();
    for (path, item) in description["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if operation["security"] == json!([{}]) {
                continue;
            }
            let parts = path.split('/').map(|part| match part.starts_with('{') {
                true => "01890000-0000-7000-8000-000000000000",
                false => part,
            });
            operations.push(Operation {
                method: method.to_uppercase().parse().unwrap(),
                path: parts.collect::<Vec<_>>().join("/"),
                organization: !path.starts_with("/api/auth/") && !path.starts_with("/api/orgs"),
            });
        }
    }
    assert!(operations.len() > 15, "the description lost its operations");
    operations
}

async fn without_credentials_every_operation_is_refused(app: &TestApp) {
    for Operation { method, path, .. } in operations() {
        for client in [app.anonymous(), app.anonymous().with("authorization", "Bearer bst_guessed")] {
            let reply = client.send(method.clone(), &path, Some(json!({}))).await;
            assert_eq!(reply.problem(), (401, "unauthenticated"), "{method} {path}");
        }
    }
}

async fn a_viewer_changes_nothing(app: &TestApp) {
    const FOR_ADMINISTRATORS: [&str; 4] =
        ["/api/org/audit", "/api/org/invitations", "/api/org/join-requests", "/api/org/api-keys"];
    let (founder, _) = app.founder("founder", "Acme").await;
    let viewer = app.member(&founder, "viewer", "viewer").await;
    for Operation { method, path, organization } in operations() {
        if organization && (method != Method::GET || FOR_ADMINISTRATORS.contains(&path.as_str())) {
            let reply = viewer.send(method.clone(), &path, Some(json!({}))).await;
            assert_eq!(reply.problem(), (403, "forbidden"), "{method} {path}");
        }
    }
}

async fn an_organization_that_one_does_not_belong_to_does_not_exist(app: &TestApp) {
    let (stranger, _) = app.founder("stranger", "Elsewhere").await;
    let (_, acme) = app.founder("founder", "Acme").await;
    let program = app.program(&stranger, "owner").await;
    for Operation { method, path, organization } in operations() {
        if !organization {
            continue;
        }
        for client in [stranger.in_org(&acme), program.in_org(&acme)] {
            let reply = client.send(method.clone(), &path, Some(json!({}))).await;
            assert_eq!(reply.problem(), (404, "not_found"), "{method} {path}");
        }
    }
    let switched = stranger.post("/api/auth/switch-org", json!({"org": acme["slug"]})).await;
    assert_eq!(switched.problem(), (404, "not_found"));
}

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
