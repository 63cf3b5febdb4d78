//! The end of an organization, over HTTP: who still reaches what, and how it comes back.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::app::{Client, PASSWORD, TestApp, ended};
use crate::database::on_both_databases;

on_both_databases![
    nobody_reaches_a_deleted_organization_and_its_owners_see_when_it_is_purged,
    whoever_listens_to_an_organization_hears_no_more_once_it_is_deleted,
    an_owner_restores_an_organization_and_all_are_back,
    deleting_needs_the_password_and_restoring_does_not,
];

async fn me(client: &Client) -> Value {
    client.get("/api/auth/me").await.body
}

fn restore(organization: &Value) -> String {
    format!("/api/orgs/{}/restore", organization["id"].as_str().unwrap())
}

async fn nobody_reaches_a_deleted_organization_and_its_owners_see_when_it_is_purged(app: &TestApp) {
    let (ada, acme) = app.founder("ada", "Acme").await;
    assert_eq!(acme["deletion_grace_days"], 30);
    let bob = app.member(&ada, "bob", "admin").await;
    let program = app.program(&ada, "owner").await;
    let asks = app.user("cleo").await;
    let invited = json!({"email": "cleo@example.org", "role": "viewer"});
    let invitation = ada.post("/api/org/invitations", invited).await.body;
    assert_eq!(ada.delete("/api/org").await.status, StatusCode::NO_CONTENT);

    for path in ["/api/org", "/api/overview", "/api/org/members", "/api/sources", "/api/activity"] {
        assert_eq!(ada.in_org(&acme).get(path).await.problem(), (404, "not_found"), "{path}");
        assert_eq!(ada.get(path).await.problem(), (400, "organization_required"), "{path}");
        assert_eq!(bob.in_org(&acme).get(path).await.problem(), (404, "not_found"), "{path}");
        assert_eq!(program.get(path).await.problem(), (401, "unauthenticated"), "{path}");
    }
    assert_eq!(ada.in_org(&acme).delete("/api/org").await.problem(), (404, "not_found"));
    let switch = json!({"org": acme["slug"]});
    assert_eq!(ada.post("/api/auth/switch-org", switch).await.problem(), (404, "not_found"));
    let join = json!({"invitation": invitation["token"]});
    assert_eq!(asks.post("/api/orgs/join", join).await.problem(), (404, "not_found"));

    let mine = me(&ada).await;
    assert_eq!((&mine["memberships"], &mine["default_org"]), (&json!([]), &json!(null)));
    let shown = mine["deleted_organizations"].as_array().unwrap();
    assert_eq!((shown.len(), &shown[0]["name"], &shown[0]["org_id"]), (1, &json!("Acme"), &acme["id"]));
    assert!(shown[0]["deleted_at"].is_string() && shown[0]["purge_at"].is_string(), "{shown:?}");
    assert_eq!(me(&bob).await["deleted_organizations"], json!([]));
    // Its name in addresses stays its own meanwhile.
    let again = asks.post("/api/orgs", json!({"name": "Acme"})).await.body;
    assert_ne!(again["slug"], acme["slug"]);
}

async fn whoever_listens_to_an_organization_hears_no_more_once_it_is_deleted(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    for path in ["/api/activity/stream", "/api/agents/logs/stream"] {
        assert_eq!(ada.open(path).await.status(), StatusCode::OK);
    }
    let mut activity = ada.open("/api/activity/stream").await;
    let mut logs = ada.open("/api/agents/logs/stream").await;
    for stream in [&mut activity, &mut logs] {
        assert!(stream.chunk().await.unwrap().is_some(), "it says that it is there");
    }
    ada.delete("/api/org").await;
    for stream in [&mut activity, &mut logs] {
        assert_eq!(ended(stream).await, "organization_required");
    }
}

async fn an_owner_restores_an_organization_and_all_are_back(app: &TestApp) {
    let (ada, acme) = app.founder("ada", "Acme").await;
    let bob = app.member(&ada, "bob", "admin").await;
    let (eve, _) = app.founder("eve", "Other").await;
    let program = app.program(&ada, "viewer").await;
    ada.delete("/api/org").await;
    for client in [&bob, &eve] {
        assert_eq!(client.post(&restore(&acme), json!({})).await.problem(), (404, "not_found"));
    }
    for client in [&app.anonymous(), &program] {
        assert_eq!(client.post(&restore(&acme), json!({})).await.problem(), (401, "unauthenticated"));
    }
    let restored = ada.post(&restore(&acme), json!({})).await;
    assert_eq!((restored.status, &restored.body["slug"]), (StatusCode::OK, &acme["slug"]));
    for client in [&ada, &bob, &program] {
        assert_eq!(client.get("/api/org").await.body["name"], "Acme");
    }
    let mine = me(&ada).await;
    assert_eq!((&mine["default_org"], &mine["deleted_organizations"]), (&acme["slug"], &json!([])));
    let audit = ada.get("/api/org/audit").await.body;
    let of =
        |index: usize| (audit["items"][index]["action"].as_str().unwrap(), &audit["items"][index]["actor"]);
    assert_eq!(of(0), ("organization.restored", &json!("ada@example.org")));
    assert_eq!(of(1), ("organization.deleted", &json!("ada@example.org")));
    assert_eq!(audit["items"][1]["detail"]["scans_cancelled"], 0);
    assert_eq!(ada.get("/api/org/audit/verify").await.body["intact"], true);
    let newest = ada.get("/api/activity?limit=1").await.body;
    assert_eq!(newest["items"][0]["message"], "ada restored the organization Acme");
}

async fn deleting_needs_the_password_and_restoring_does_not(app: &TestApp) {
    let (ada, acme) = app.founder("ada", "Acme").await;
    app.clock.advance(Duration::from_secs(60 * 60));
    assert_eq!(ada.delete("/api/org").await.problem(), (403, "step_up_required"));
    assert_eq!(ada.get("/api/org").await.status, StatusCode::OK);
    let proof = json!({"password": PASSWORD});
    assert!(ada.post("/api/auth/confirm", proof).await.status.is_success());
    assert_eq!(ada.delete("/api/org").await.status, StatusCode::NO_CONTENT);
    app.clock.advance(Duration::from_secs(60 * 60));
    assert_eq!(ada.post(&restore(&acme), json!({})).await.status, StatusCode::OK);
}
