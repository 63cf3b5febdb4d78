//! Sources, scans and what is read of them, over HTTP. What scans do is tested in `service`.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::{Client, TestApp};
use crate::database::on_both_databases;

on_both_databases![
    a_source_is_kept_without_showing_its_token,
    what_does_not_fit_a_source_is_refused,
    before_the_first_scan_every_page_has_an_answer,
    an_unreachable_agent_fails_the_run_with_a_reason,
    a_body_that_does_not_fit_starts_nothing,
    each_role_may_do_its_part,
    lines_are_streamed_from_where_the_listener_left_off,
];

const TOKEN: &str = "canary-5d4c3b2a-wxyz";

async fn source(client: &Client) -> Value {
    let url = format!("{}/mcp", testkit::stub::nobody());
    let body =
        json!({"name": "shop", "transport": "direct", "url": url, "token": TOKEN, "agent_source": "shop"});
    let reply = client.post("/api/sources", body).await;
    assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.body);
    reply.body
}

async fn a_source_is_kept_without_showing_its_token(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    let made = source(&ada).await;
    assert_eq!(made["token"], json!({"set": true, "last4": "wxyz"}));
    let id = made["id"].as_str().unwrap();
    assert_eq!(ada.get(&format!("/api/sources/{id}")).await.body, made);
    assert_eq!(ada.get("/api/sources/shop").await.body, made);
    let planned =
        ada.send(Method::PUT, "/api/sources/shop/schedule", Some(json!({"every_minutes": 60}))).await;
    assert_eq!(planned.body, json!({"every_minutes": 60}));
    assert_eq!(ada.get("/api/agents/schedule").await.body, json!({"every_minutes": 60}));
    let by_agents =
        ada.send(Method::PUT, "/api/agents/schedule?source=shop", Some(json!({"every_minutes": 90})));
    assert_eq!(by_agents.await.body, json!({"every_minutes": 90}));
    let refused = ada.send(Method::PUT, "/api/agents/schedule", Some(json!({"every_minutes": 1}))).await;
    assert_eq!(refused.problem(), (400, "invalid"));
    let changed = ada.patch("/api/sources/shop", json!({"name": "store"})).await;
    assert_eq!(
        (&changed.body["name"], &changed.body["schedule"]["every_minutes"]),
        (&json!("store"), &json!(90))
    );
    for path in ["/api/sources", "/api/org/audit", "/api/activity"] {
        let reply = ada.get(path).await;
        assert_eq!(reply.status, StatusCode::OK);
        assert!(!reply.body.to_string().contains(TOKEN), "{path} shows a secret");
    }
    assert_eq!(ada.delete("/api/sources/store").await.status, StatusCode::NO_CONTENT);
    assert_eq!(ada.get("/api/sources").await.body["items"], json!([]));
    assert_eq!(ada.get(&format!("/api/sources/{id}")).await.problem(), (404, "not_found"));
    // Its name is free again.
    source(&ada).await;
    source_of_name_store(&ada).await;
}

async fn source_of_name_store(client: &Client) {
    let body = json!({"name": "store", "transport": "gateway"});
    assert_eq!(client.post("/api/sources", body).await.status, StatusCode::CREATED);
}

async fn what_does_not_fit_a_source_is_refused(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    source(&ada).await;
    let url = "http://127.0.0.1:7800/mcp";
    for (body, expected) in [
        (json!({"name": "Shop!", "transport": "direct", "url": url}), (400, "invalid")),
        (json!({"name": "a", "transport": "direct"}), (400, "invalid")),
        (json!({"name": "a", "transport": "direct", "url": "ftp://a.example"}), (400, "invalid")),
        (json!({"name": "a", "transport": "direct", "url": url, "extra": 1}), (400, "invalid")),
        (json!({"name": "a", "transport": "gateway", "schedule": {"every_minutes": 1}}), (400, "invalid")),
        (
            json!({"name": "a", "transport": "direct", "url": "http://169.254.169.254/"}),
            (422, "egress_refused"),
        ),
        (json!({"name": "shop", "transport": "direct", "url": url}), (409, "conflict")),
    ] {
        let reply = ada.post("/api/sources", body.clone()).await;
        assert_eq!(reply.problem(), expected, "{body} {}", reply.body);
    }
    assert_eq!(ada.get("/api/sources").await.body["items"].as_array().unwrap().len(), 1);
}

async fn before_the_first_scan_every_page_has_an_answer(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    assert_eq!(ada.post("/api/scan/run", json!({})).await.problem(), (422, "not_configured"));
    for round in 0..2 {
        if round == 1 {
            source(&ada).await;
        }
        for path in ["/api/schema/latest", "/api/schema/graph", "/api/schema/versions/1?source=shop"] {
            assert_eq!(ada.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        assert_eq!(ada.get("/api/schema/latest").await.problem(), (404, "no_snapshot"));
        for path in ["/api/drift", "/api/drift/history", "/api/quality", "/api/scan/runs", "/api/agents/logs"]
        {
            let reply = ada.get(path).await;
            assert_eq!(reply.body["items"], json!([]), "{path} {}", reply.body);
        }
        for path in ["/api/schema/search?q=a", "/api/quality/trends", "/api/health/stats", "/api/agents"] {
            assert_eq!(ada.get(path).await.status, StatusCode::OK, "{path}");
        }
        let overview = ada.get("/api/overview").await.body;
        assert_eq!((&overview["tables"], &overview["trust"]["verdict"]), (&json!(0), &json!("unknown")));
    }
    let id = "00000000-0000-0000-0000-000000000000";
    for path in [format!("/api/drift/{id}"), format!("/api/scan/runs/{id}"), "/api/drift/x".to_owned()] {
        assert_eq!(ada.get(&path).await.problem(), (404, "not_found"), "{path}");
    }
    for decision in ["ack", "accept", "ignore", "forget"] {
        let path = format!("/api/drift/{id}/{decision}");
        assert_eq!(ada.post(&path, json!({})).await.problem(), (404, "not_found"), "{path}");
    }
    for path in [
        "/api/quality?sort=x",
        "/api/quality?reverse=x",
        "/api/drift?breaking=x",
        "/api/drift?severity=x",
        "/api/drift?from=x",
        "/api/scan/runs?cursor=!",
    ] {
        assert_eq!(ada.get(path).await.problem(), (400, "invalid"), "{path}");
    }
}

/// Lets the worker do all that comes due, until the run has ended.
async fn finish(app: &TestApp, client: &Client, run: &str) -> Value {
    for _ in 0..10 {
        service::worker::drain(&app.context).await.unwrap();
        let run = client.get(&format!("/api/scan/runs/{run}")).await.body;
        if !["queued", "running"].contains(&run["state"].as_str().unwrap()) {
            return run;
        }
        app.clock.advance(Duration::from_secs(120));
    }
    panic!("the run does not end");
}

async fn an_unreachable_agent_fails_the_run_with_a_reason(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    source(&ada).await;
    let started = ada.post("/api/scan/run", json!({"source": "shop"})).await;
    assert_eq!(started.status, StatusCode::ACCEPTED, "{}", started.body);
    let id = started.body["run_id"].as_str().unwrap();
    let second = ada.post("/api/scan/run", json!({})).await;
    assert_eq!(second.problem(), (409, "scan_running"));
    assert!(second.body["detail"].as_str().unwrap().contains(id));
    let run = finish(app, &ada, id).await;
    assert_eq!((&run["state"], &run["error"]["code"]), (&json!("failed"), &json!("agent_unreachable")));
    assert_eq!(run["steps"][0]["attempts"], 3);
    let agents = ada.get("/api/agents").await.body;
    assert_eq!(
        (&agents["agents"][0]["status"], &agents["agents"][1]["status"]),
        (&json!("failing"), &json!("never"))
    );
    let newest = &ada.get("/api/activity").await.body["items"][0];
    assert_eq!((&newest["kind"], &newest["source"]), (&json!("run.failed"), &json!("shop")));
    let again = ada.post(&format!("/api/scan/runs/{id}/retry"), json!({})).await;
    assert_eq!(again.status, StatusCode::ACCEPTED, "{}", again.body);
    let again = again.body["run_id"].as_str().unwrap();
    let cancelled = ada.post(&format!("/api/scan/runs/{again}/cancel"), json!({})).await;
    assert_eq!(cancelled.status, StatusCode::ACCEPTED);
    assert_eq!(finish(app, &ada, again).await["state"], "cancelled");
}

async fn a_body_that_does_not_fit_starts_nothing(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    source(&ada).await;
    for (body, expected) in [
        ("{\"sauce\": \"shop\"}", (400, "invalid")),
        ("{", (400, "malformed_json")),
        ("{\"source\": \"nobody\"}", (404, "not_found")),
    ] {
        let body = Some(("application/json", body.to_owned()));
        assert_eq!(ada.send_text(Method::POST, "/api/scan/run", body).await.problem(), expected);
    }
    assert_eq!(ada.get("/api/scan/runs").await.body["items"], json!([]));
    // No body at all means the only source.
    assert_eq!(ada.send_text(Method::POST, "/api/scan/run", None).await.status, StatusCode::ACCEPTED);
}

async fn each_role_may_do_its_part(app: &TestApp) {
    let (ada, acme) = app.founder("ada", "Acme").await;
    source(&ada).await;
    let viewer = app.member(&ada, "vic", "viewer").await.in_org(&acme);
    let member = app.member(&ada, "mel", "member").await.in_org(&acme);
    assert_eq!(viewer.get("/api/sources").await.status, StatusCode::OK);
    assert_eq!(viewer.post("/api/scan/run", json!({})).await.problem(), (403, "forbidden"));
    assert_eq!(member.post("/api/sources/shop/test", json!({})).await.problem(), (403, "forbidden"));
    assert_eq!(member.patch("/api/sources/shop", json!({"name": "x"})).await.problem(), (403, "forbidden"));
    assert_eq!(member.post("/api/scan/run", json!({})).await.status, StatusCode::ACCEPTED);
    let (eve, _) = app.founder("eve", "Elsewhere").await;
    assert_eq!(eve.get("/api/sources/shop").await.problem(), (404, "not_found"));
    assert_eq!(eve.get("/api/scan/runs").await.body["items"], json!([]));
}

async fn lines_are_streamed_from_where_the_listener_left_off(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    source(&ada).await;
    let started = ada.post("/api/scan/run", json!({})).await.body;
    finish(app, &ada, started["run_id"].as_str().unwrap()).await;
    let lines = ada.get("/api/agents/logs?level=warn").await.body["items"].clone();
    let lines: Vec<_> = lines.as_array().unwrap().iter().rev().cloned().collect();
    assert_eq!(lines.last().unwrap()["level"], "error");
    let first = &lines[0];
    // As a browser that was cut off asks again: the header wins over where it began.
    let listener = ada.with("last-event-id", &first["seq"].to_string());
    let mut stream = listener.open("/api/agents/logs/stream?level=warn&after=0").await;
    let mut text = String::new();
    while text.matches("event: log").count() < lines.len() - 1 {
        let chunk = stream.chunk().await.unwrap().unwrap();
        text.push_str(std::str::from_utf8(&chunk).unwrap());
    }
    for line in &lines[1..] {
        assert!(text.contains(&format!("id: {}\nevent: log\ndata: {{", line["seq"])), "{text}");
    }
    assert!(!text.contains(&format!("id: {}\n", first["seq"])), "{text}");
}
