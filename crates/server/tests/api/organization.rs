//! Organizations, their connection, their keys and what is written down about them.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use service::{Clock as _, worker};
use store::organization::{self, Row};
use store::{Store, Tenant};
use testkit::issuer::{CLIENT, Issuer};
use types::OrgId;
use uuid::Uuid;

use crate::app::{TestApp, ended};
use crate::database::{TestDatabase, on_both_databases};

on_both_databases![
    organizations_of_one_name_have_slugs_of_their_own,
    what_is_set_up_is_shown_without_its_secrets,
    the_key_of_a_language_model_is_replaced_and_removed_and_never_shown,
    what_does_not_suffice_to_scan_is_refused,
    an_agent_that_is_named_becomes_a_source_once,
    rotated_keys_leave_old_secrets_until_they_are_re_encrypted,
    each_change_is_in_the_audit_log_page_by_page,
    activity_has_no_gaps,
    activity_is_answered_again_only_when_something_has_happened,
    activity_is_streamed_from_where_the_listener_left_off,
    how_long_versions_are_kept_is_set_within_limits,
];

/// Stands out wherever it turns up.
const CANARY: &str = "canary-9f8e7d6c5b4a";

async fn organizations_of_one_name_have_slugs_of_their_own(app: &TestApp) {
    let (_, first) = app.founder("ada", "Acme Inc.").await;
    let (_, second) = app.founder("bob", "Acme Inc.").await;
    assert_eq!(first["slug"], "acme-inc");
    let slug = second["slug"].as_str().unwrap();
    assert!(slug.starts_with("acme-inc-"), "{slug}");
}

async fn what_is_set_up_is_shown_without_its_secrets(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    let secret = |name: &str| format!("{CANARY}-{name}-wxyz");
    let body = json!({
        "archestra_url": "https://archestra.example",
        "api_key": secret("api"),
        "gateway": "main",
        "gateway_token": secret("gateway"),
        "llm_key": secret("llm"),
    });
    let reply = ada.post("/api/org/setup", body).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
    let settings = &reply.body["settings"];
    assert_eq!(settings["archestra_url"], "https://archestra.example/");
    assert_eq!(settings["api_key"], json!({"set": true, "last4": "wxyz"}));
    assert_eq!(settings["bastion_mcp_token"], json!({"set": false, "last4": null}));
    assert_eq!(settings["ready"], true);
    // A missing field stays, an empty one clears.
    let reply = ada.post("/api/org/setup", json!({"llm_key": ""})).await;
    assert_eq!(reply.body["settings"]["llm_key"]["set"], false);
    assert_eq!(reply.body["settings"]["api_key"]["set"], true);
    for path in ["/api/org", "/api/org/audit", "/api/activity", "/api/auth/me", "/api/org/members"] {
        let reply = ada.get(path).await;
        assert_eq!(reply.status, StatusCode::OK);
        assert!(!reply.body.to_string().contains(CANARY), "{path} shows a secret");
    }
}

async fn the_key_of_a_language_model_is_replaced_and_removed_and_never_shown(app: &TestApp) {
    const PATH: &str = "/api/org/ai";
    let (ada, _) = app.founder("ada", "Acme").await;
    let unset = json!({"llm_key": {"set": false, "last4": null}});
    assert_eq!(ada.get(PATH).await.body, unset);
    let put = async |key: &str| ada.send(Method::PUT, PATH, Some(json!({"llm_key": key}))).await;
    // Nothing is kept yet: there is nothing to remove, and nothing is written down.
    assert_eq!(put("").await.body, unset);
    for end in ["wxyz", "abcd"] {
        let kept = put(&format!(" {CANARY}-{end} ")).await;
        assert_eq!((kept.status, &kept.body["llm_key"]["last4"]), (StatusCode::OK, &json!(end)));
    }
    // It is the one that the connection's form keeps, and does not suffice to scan.
    let settings = ada.get("/api/org").await.body["settings"].clone();
    assert_eq!(settings["llm_key"], json!({"set": true, "last4": "abcd"}));
    assert_eq!((&settings["ready"], &settings["secrets"]), (&json!(false), &json!(1)));
    let setup = json!({"archestra_url": "https://archestra.example", "api_key": "key"});
    let shown = ada.post("/api/org/setup", setup).await;
    assert_eq!(shown.body["settings"]["llm_key"]["last4"], "abcd", "{}", shown.body);
    assert_eq!(put(&"k".repeat(1_001)).await.problem(), (400, "invalid"));
    assert_eq!(put("").await.body, unset);
    let audit = ada.get("/api/org/audit").await.body["items"].as_array().unwrap().clone();
    let rows: Vec<_> = audit.iter().filter(|row| row["action"] == "ai.changed").collect();
    let set: Vec<_> = rows.iter().map(|row| &row["detail"]["llm_key"]["set"]).collect();
    assert_eq!(set, [&json!(false), &json!(true), &json!(true)]);
    for path in [PATH, "/api/org", "/api/org/audit", "/api/activity"] {
        assert!(!ada.get(path).await.body.to_string().contains(CANARY), "{path} shows a secret");
    }
}

async fn what_does_not_suffice_to_scan_is_refused(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    for (body, status) in [
        (json!({}), 400),
        (json!({"archestra_url": "https://archestra.example"}), 400),
        (json!({"api_key": "key"}), 400),
        (json!({"archestra_url": "not an address", "api_key": "key"}), 400),
        (json!({"archestra_url": "https://user:password@archestra.example", "api_key": "key"}), 400),
        (json!({"archestra_url": "https://archestra.example", "api_key": "key", "extra": 1}), 400),
        // Not one that this server may call.
        (json!({"archestra_url": "http://169.254.169.254", "api_key": "key"}), 422),
    ] {
        let reply = ada.post("/api/org/setup", body.clone()).await;
        assert_eq!(reply.status.as_u16(), status, "{body} {}", reply.body);
        assert_eq!(ada.get("/api/org").await.body["settings"]["ready"], false);
    }
}

async fn an_agent_that_is_named_becomes_a_source_once(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    // Nothing listens there, which setting up does not try.
    let body = json!({"bastion_mcp_url": "http://127.0.0.1:9/mcp", "bastion_mcp_token": CANARY});
    for _ in 0..2 {
        let reply = ada.post("/api/org/setup", body.clone()).await;
        assert_eq!(reply.body["settings"]["ready"], true, "{}", reply.body);
    }
    let sources = ada.get("/api/sources").await.body["items"].clone();
    assert_eq!(sources.as_array().unwrap().len(), 1, "{sources}");
    assert_eq!(sources[0]["url"], "http://127.0.0.1:9/mcp");
    assert!(!sources.to_string().contains(CANARY));
    for body in [json!({}), json!({"source": sources[0]["id"]})] {
        let report = ada.post("/api/org/test-connection", body).await;
        assert_eq!(report.status, StatusCode::OK, "{}", report.body);
        assert_eq!(report.body["ok"], false);
        let broken =
            report.body["steps"].as_array().unwrap().iter().find(|step| step["status"] == "failed").unwrap();
        assert!(broken["remedy"].is_string(), "{broken}");
    }
}

async fn rotated_keys_leave_old_secrets_until_they_are_re_encrypted(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    let body = json!({"archestra_url": "https://archestra.example", "api_key": "key", "llm_key": "other"});
    ada.post("/api/org/setup", body).await;
    let rotated = ada.post("/api/org/rotate-keys", json!({})).await.body;
    let report = |on_old: u32, running: bool| json!({"data_key_version": 2, "secrets": 2, "secrets_on_old_key": on_old, "running": running});
    assert_eq!(rotated, report(2, false));
    for _ in 0..2 {
        let asked = ada.post("/api/org/re-encrypt", json!({})).await;
        assert_eq!((asked.status, asked.body), (StatusCode::ACCEPTED, report(2, true)));
    }
    let settings = ada.get("/api/org").await.body["settings"].clone();
    let progress = |settings: &Value| {
        ["secrets", "secrets_on_old_key", "re_encrypting"].map(|name| settings[name].clone())
    };
    assert_eq!(progress(&settings), [json!(2), json!(2), json!(true)]);
    assert_eq!(worker::drain(&app.context).await.unwrap(), 1);
    let written = ada.get("/api/org/audit?action=secrets.re_encrypted").await.body["items"].clone();
    let detail = json!({"data_key_version": 2, "rewritten": 2, "remaining": 0, "retired_data_keys": 1});
    assert_eq!((written.as_array().unwrap().len(), &written[0]["detail"]), (1, &detail));
    assert_eq!(written[0]["actor"], "job");
    let settings = ada.get("/api/org").await.body["settings"].clone();
    assert_eq!(progress(&settings), [json!(2), json!(0), json!(false)]);
    assert_eq!(settings["data_key_version"], 2);
    assert_eq!(settings["api_key"]["set"], true);
}

async fn each_change_is_in_the_audit_log_page_by_page(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    ada.patch("/api/org", json!({"name": "Better"})).await;
    app.program(&ada, "viewer").await;
    let mut actions = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = ada.get(&format!("/api/org/audit?limit=2&cursor={cursor}")).await.body;
        for entry in page["items"].as_array().unwrap() {
            assert_eq!(entry["actor"], "ada@example.org");
            assert!(entry["request_id"].is_string());
            actions.push(entry["action"].as_str().unwrap().to_owned());
        }
        match &page["next_cursor"] {
            Value::String(next) => cursor.clone_from(next),
            _ => break,
        }
    }
    assert_eq!(actions, ["api_key.created", "organization.renamed", "organization.created"]);
    assert_eq!(ada.get("/api/org/audit?limit=201").await.problem(), (400, "invalid"));
    assert_eq!(ada.get("/api/org/audit?cursor=guess").await.problem(), (400, "invalid"));
}

async fn activity_has_no_gaps(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    for name in ["bob", "eve"] {
        app.member(&ada, name, "viewer").await;
    }
    let all = ada.get("/api/activity?after=0").await.body;
    let numbers: Vec<_> =
        all["items"].as_array().unwrap().iter().map(|entry| entry["seq"].as_i64().unwrap()).collect();
    assert_eq!(numbers, [1, 2, 3]);
    assert_eq!(all["latest_seq"], 3);
    let newest = ada.get("/api/activity?limit=1").await.body;
    assert_eq!(newest["items"][0]["message"], "eve joined");
    assert_eq!(ada.get("/api/activity?after=3").await.body["items"], json!([]));
}

async fn activity_is_answered_again_only_when_something_has_happened(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    let tag = ada.open("/api/activity").await.headers()["etag"].to_str().unwrap().to_owned();
    let knowing = ada.with("if-none-match", &tag);
    let again = knowing.open("/api/activity").await;
    assert_eq!((again.status(), again.text().await.unwrap().as_str()), (StatusCode::NOT_MODIFIED, ""));
    app.member(&ada, "bob", "viewer").await;
    let news = knowing.open("/api/activity").await;
    assert_eq!(news.status(), StatusCode::OK);
    assert_ne!(news.headers()["etag"], tag.as_str());
}

async fn activity_is_streamed_from_where_the_listener_left_off(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    app.member(&ada, "bob", "viewer").await;
    let mut stream = ada.with("last-event-id", "1").open("/api/activity/stream?after=0").await;
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    assert_eq!(stream.headers()["content-encoding"], "identity");
    let first = String::from_utf8(stream.chunk().await.unwrap().unwrap().to_vec()).unwrap();
    assert!(first.starts_with("id: 2\nevent: activity\ndata: {"), "{first}");
    assert!(first.contains("bob joined") && first.ends_with("\n\n"), "{first}");
    // What happens from now on follows, and ends when the listener signs out.
    app.member(&ada, "eve", "viewer").await;
    let second = String::from_utf8(stream.chunk().await.unwrap().unwrap().to_vec()).unwrap();
    assert!(second.starts_with("id: 3\n"), "{second}");
    ada.post("/api/auth/sign-out", json!({})).await;
    assert_eq!(ended(&mut stream).await, "unauthenticated");
}

async fn how_long_versions_are_kept_is_set_within_limits(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    let kept = async || ada.get("/api/org").await.body["retention"].clone();
    assert_eq!(kept().await, json!({"versions": 50, "days": 400}));
    for (retention, pointers) in [
        (json!({"versions": 0, "days": 30}), vec!["/retention/versions"]),
        (json!({"versions": 10_001, "days": 36_501}), vec!["/retention/versions", "/retention/days"]),
        (json!({"versions": 1, "days": 0}), vec!["/retention/days"]),
    ] {
        let reply = ada.patch("/api/org", json!({"name": "Other", "retention": retention})).await;
        assert_eq!(reply.problem(), (400, "invalid"), "{retention}");
        let errors = reply.body["errors"].as_array().unwrap();
        let named: Vec<_> = errors.iter().map(|error| error["pointer"].as_str().unwrap()).collect();
        assert_eq!(named, pointers);
    }
    for wrong in [json!({"versions": 3}), json!({"versions": -1, "days": 3}), json!("for ever")] {
        assert_eq!(ada.patch("/api/org", json!({"retention": wrong})).await.status, StatusCode::BAD_REQUEST);
    }
    assert_eq!(ada.get("/api/org").await.body["name"], "Acme", "all of it or nothing");
    let retention = json!({"versions": 1, "days": 36_500});
    for _ in 0..2 {
        let reply = ada.patch("/api/org", json!({"retention": retention})).await;
        assert_eq!((reply.status, &reply.body["retention"]), (StatusCode::OK, &retention));
    }
    assert_eq!(kept().await, retention);
    ada.patch("/api/org", json!({"name": "Better"})).await;
    assert_eq!(kept().await, retention);
    let audit = ada.get("/api/org/audit").await.body;
    let changes: Vec<_> = audit["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["action"] == "organization.retention_changed")
        .map(|entry| &entry["detail"])
        .collect();
    assert_eq!(changes, [&json!({"from": {"versions": 50, "days": 400}, "to": retention})]);
}

/// On SQLite everybody waits who writes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres_who_changes_what_somebody_else_is_changing_waits() {
    let app = TestApp::start(TestDatabase::postgres()).await;
    let (ada, _) = app.founder("ada", "Acme").await;
    let (store, tenant) = (&app.context.store, app.tenant(&ada).await);
    let clock = app.clock.clone();
    let issuer = Issuer::start(move || clock.now().millis() / 1000).await;
    let sso = json!({"issuer": issuer.base, "client_id": CLIENT, "default_role": "viewer", "required": false,
        "domains": ["example.org"]});
    let setup = json!({"archestra_url": "https://archestra.example", "api_key": "key"});
    for (method, path, body) in [
        (Method::POST, "/api/org/setup", Some(setup)),
        (Method::PUT, "/api/org/ai", Some(json!({"llm_key": "key"}))),
        (Method::PUT, "/api/org/sso", Some(sso)),
        (Method::DELETE, "/api/org/sso", None),
    ] {
        let tx = store.write(&tenant).await.unwrap();
        organization::lock(&tx).await.unwrap();
        let asked = ada.send(method, path, body);
        tokio::pin!(asked);
        tokio::select! {
            reply = &mut asked => panic!("{path} did not wait: {} {}", reply.status, reply.body),
            waited = app.database.waited("SELECT \"organization\"") => waited.unwrap(),
        }
        drop(tx);
        let reply = asked.await;
        assert!(reply.status.is_success(), "{path}: {} {}", reply.status, reply.body);
    }
    // Whoever takes the name at the same moment has the slug.
    let tx = taking(store, "globex").await;
    let asked = ada.post("/api/orgs", json!({"name": "Globex"}));
    tokio::pin!(asked);
    tokio::select! {
        reply = &mut asked => panic!("it did not wait: {} {}", reply.status, reply.body),
        waited = app.database.waited("INSERT INTO \"organization\"") => waited.unwrap(),
    }
    tx.commit().await.unwrap();
    let reply = asked.await;
    assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.body);
    assert!(reply.body["slug"].as_str().unwrap().starts_with("globex-"), "{}", reply.body);
}

/// A transaction that adds an organization.
async fn taking(store: &Store, slug: &str) -> store::WriteTx {
    let id = OrgId(Uuid::from_u128(7));
    let tx = store.write(&Tenant::of(id)).await.unwrap();
    let (slug, name) = (slug.to_owned(), slug.to_owned());
    let created_at = types::Timestamp::from_millis(0).unwrap();
    let row = Row {
        id,
        slug,
        name,
        created_at,
        retention: Default::default(),
        limits: Default::default(),
        suspended: None,
    };
    assert!(organization::insert(&tx, &row).await.unwrap());
    tx
}
