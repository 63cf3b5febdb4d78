//! Policies about drift over HTTP. What they make of changes is tested in `service`.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::{Client, TestApp};
use crate::database::on_both_databases;

on_both_databases![
    a_policy_is_written_as_json_or_as_a_file,
    whoever_changed_an_older_version_is_told,
    a_faulty_policy_is_answered_with_its_place,
    a_migration_is_announced,
    a_viewer_reads_a_policy_and_writes_none,
    a_policy_is_of_its_organization,
];

const POLICY: &str = "/api/drift/policy";
const RULE: &str = "# Agreed on\nversion: 1\nrules:\n  - {kind: column.dropped, path: \"public.film.*\", action: ignore, reason: unused, author: anna}\n";

async fn source(client: &Client) -> Value {
    let body = json!({"name": "shop", "transport": "gateway"});
    let made = client.post("/api/sources", body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    made.body
}

async fn put(client: &Client, path: &str, body: Value) -> crate::app::Reply {
    client.send(Method::PUT, path, Some(body)).await
}

async fn a_policy_is_written_as_json_or_as_a_file(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    source(&ada).await;
    let nothing = ada.get(POLICY).await.body;
    assert_eq!((&nothing["version"], &nothing["source"]), (&json!(0), &Value::Null));
    let policy = json!({"version": 1, "rules": [
        {"kind": "index.*", "action": "lower", "to": "info", "reason": "speed", "author": "ada"},
    ]});
    let written = put(&ada, POLICY, json!({"version": 0, "policy": policy, "reason": "Agreed"})).await;
    assert_eq!(written.status, StatusCode::OK, "{}", written.body);
    assert_eq!(written.body["policy"]["rules"][0]["kind"], "index.*");
    assert!(written.body["text"].as_str().unwrap().contains("kind: index.*"));
    assert_eq!(ada.get(POLICY).await.body, written.body);

    let own = format!("{POLICY}?source=shop");
    let file = Some(("application/yaml", RULE.to_owned()));
    let unnamed = ada.send_text(Method::PUT, &own, file.clone()).await;
    assert_eq!(unnamed.problem(), (400, "invalid"));
    assert!(unnamed.body["detail"].as_str().unwrap().contains("If-Match"));
    let kept = ada.with("if-match", "\"0\"").send_text(Method::PUT, &own, file).await;
    assert_eq!((kept.status, &kept.body["version"]), (StatusCode::OK, &json!(1)), "{}", kept.body);
    assert_eq!((&kept.body["source"], &kept.body["author"]), (&json!("shop"), &json!("ada")));
    let read = ada.with("accept", "application/yaml").get(&own).await;
    assert_eq!((read.header("content-type"), read.header("etag")), ("application/yaml", "\"1\""));
    assert_eq!(read.body, RULE);

    let effective = ada.get("/api/drift/policy/effective").await.body;
    assert_eq!(effective["organization"]["rules"][0]["kind"], "index.*");
    assert_eq!(effective["own"]["rules"][0]["kind"], "column.dropped");
    let versions = ada.get("/api/drift/policy/versions").await.body;
    assert_eq!(
        (&versions["items"][0]["author"], &versions["items"][0]["reason"]),
        (&json!("ada"), &json!("Agreed"))
    );
    let newest = &ada.get("/api/activity").await.body["items"][0];
    assert_eq!((&newest["kind"], &newest["source"]), (&json!("policy.changed"), &json!("shop")));
}

async fn whoever_changed_an_older_version_is_told(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    assert_eq!(put(&ada, POLICY, json!({"version": 0, "text": RULE})).await.status, StatusCode::OK);
    let late = put(&ada, POLICY, json!({"version": 0, "text": ""})).await;
    assert_eq!(late.problem(), (409, "conflict"));
    assert!(late.body["detail"].as_str().unwrap().contains("version 1, by ada"), "{}", late.body);
    assert_eq!(ada.get(POLICY).await.body["text"], RULE);
}

async fn a_faulty_policy_is_answered_with_its_place(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    let slip = RULE.replace("column.dropped", "colum.dropped");
    let preview = format!("{POLICY}/preview");
    for (method, path, mut body) in
        [(Method::PUT, POLICY, json!({"version": 0})), (Method::POST, preview.as_str(), json!({}))]
    {
        body["text"] = json!(slip);
        let refused = ada.send(method, path, Some(body)).await;
        assert_eq!(refused.problem(), (400, "invalid"), "{path}");
        let fault = &refused.body["errors"][0];
        assert_eq!((&fault["pointer"], &fault["line"]), (&json!("/text/rules/0/kind"), &json!(4)), "{fault}");
        assert!(fault["detail"].as_str().unwrap().contains("no kind of change"), "{fault}");
    }
    for body in [json!({"version": 0}), json!({"version": 0, "text": "", "policy": {}}), json!({"text": ""})]
    {
        assert_eq!(put(&ada, POLICY, body.clone()).await.problem(), (400, "invalid"), "{body}");
    }
    assert_eq!(ada.get(POLICY).await.body["version"], 0);
}

async fn a_migration_is_announced(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    source(&ada).await;
    let path = format!("{POLICY}/migrations?source=shop");
    let window = json!({"from": "2027-01-20T20:00:00Z", "until": "2027-01-20T22:00:00Z",
        "path": "public.**", "kinds": ["column.*"], "reason": "Release 12"});
    let announced = ada.post(&path, window.clone()).await;
    assert_eq!(announced.status, StatusCode::OK, "{}", announced.body);
    assert_eq!(announced.body["policy"]["migrations"][0]["author"], "ada");
    let mut backwards = window;
    backwards["from"] = json!("2027-01-21T00:00:00Z");
    let refused = ada.post(&path, backwards).await;
    assert_eq!(
        (refused.problem(), &refused.body["errors"][0]["pointer"]),
        ((400, "invalid"), &json!("/until"))
    );
}

async fn a_viewer_reads_a_policy_and_writes_none(app: &TestApp) {
    let (ada, acme) = app.founder("ada", "Acme").await;
    put(&ada, POLICY, json!({"version": 0, "text": RULE})).await;
    let viewer = app.member(&ada, "vic", "viewer").await.in_org(&acme);
    let member = app.member(&ada, "mel", "member").await.in_org(&acme);
    assert_eq!(viewer.get(POLICY).await.body["text"], RULE);
    let next = json!({"version": 1, "text": ""});
    assert_eq!(put(&viewer, POLICY, next.clone()).await.problem(), (403, "forbidden"));
    let file = Some(("application/yaml", "nonsense: [".to_owned()));
    let refused = viewer.with("if-match", "\"1\"").send_text(Method::PUT, POLICY, file).await;
    assert_eq!(refused.problem(), (403, "forbidden"));
    assert_eq!(put(&member, POLICY, next).await.status, StatusCode::OK);
}

async fn a_policy_is_of_its_organization(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    let made = source(&ada).await;
    put(&ada, POLICY, json!({"version": 0, "text": RULE})).await;
    let (eve, _) = app.founder("eve", "Elsewhere").await;
    assert_eq!(eve.get(POLICY).await.body["version"], 0);
    assert_eq!(eve.get("/api/drift/policy/versions").await.body["items"], json!([]));
    for named in ["shop", made["id"].as_str().unwrap()] {
        let path = format!("{POLICY}?source={named}");
        assert_eq!(eve.get(&path).await.problem(), (404, "not_found"));
        let written = put(&eve, &path, json!({"version": 0, "text": RULE})).await;
        assert_eq!(written.problem(), (404, "not_found"));
    }
}
