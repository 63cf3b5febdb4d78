//! Problems, headers and health.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::{TestApp, Wishes};
use crate::database::TestDatabase;
use crate::log;

async fn app() -> TestApp {
    TestApp::start(TestDatabase::sqlite().await).await
}

#[tokio::test]
async fn every_failure_is_a_problem_with_a_code_of_the_table() {
    let app = app().await;
    let ada = app.user("ada").await;
    let json = "application/json";
    for (method, path, body, expected) in [
        (Method::GET, "/api/nothing", None, (404, "not_found")),
        (Method::GET, "/nothing", None, (404, "not_found")),
        (Method::PUT, "/api/orgs", Some((json, "{}".to_owned())), (405, "method_not_allowed")),
        (Method::POST, "/api/orgs", Some((json, "{\"name\":".to_owned())), (400, "malformed_json")),
        (Method::POST, "/api/orgs", Some((json, "{\"nam\":1}".to_owned())), (400, "invalid")),
        (Method::POST, "/api/orgs", Some(("text/plain", "{}".to_owned())), (415, "unsupported_media_type")),
        (Method::POST, "/api/orgs", Some((json, "x".repeat(1 << 21))), (413, "body_too_large")),
    ] {
        let reply = ada.send_text(method.clone(), path, body).await;
        assert_eq!(reply.problem(), expected, "{method} {path}: {}", reply.body);
        assert_eq!(reply.header("content-type"), "application/problem+json");
        assert_eq!(reply.body["type"], format!("https://bastion.dev/problems/{}", expected.1));
        assert_eq!(reply.body["status"], expected.0);
        assert_eq!(reply.body["instance"], path);
        assert_eq!(reply.body["request_id"], reply.header("x-request-id"));
        for text in ["title", "detail"] {
            assert!(!reply.body[text].as_str().unwrap().is_empty());
        }
    }
    let wrong = ada.send(Method::DELETE, "/api/orgs", None).await;
    assert_eq!(wrong.header("allow"), "POST");
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let app = app().await;
    for (path, status) in
        [("/api/auth/me", 401), ("/livez", 204), ("/api/nothing", 404), ("/openapi.json", 200)]
    {
        let reply = app.anonymous().get(path).await;
        assert_eq!(reply.status, status, "{path}");
        for (name, value) in [
            ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
            ("cache-control", "no-store"),
            ("strict-transport-security", ""),
        ] {
            assert_eq!(reply.header(name), value, "{path} {name}");
        }
    }
}

#[tokio::test]
async fn the_server_lives_and_is_ready() {
    let app = app().await;
    for path in ["/livez", "/readyz"] {
        assert_eq!(app.anonymous().get(path).await.status, StatusCode::NO_CONTENT);
    }
}

#[tokio::test]
async fn a_server_that_stops_or_has_no_database_is_alive_and_not_ready() {
    let (stopping, without) = (app().await, app().await);
    stopping.stopping.cancel();
    without.context.store.close().await.unwrap();
    for (app, why) in [(stopping, "The server is stopping."), (without, "The database does not answer.")] {
        let reply = app.anonymous().get("/readyz").await;
        assert_eq!(reply.problem(), (503, "unavailable"), "{}", reply.body);
        assert_eq!(reply.body["detail"], why);
        assert_eq!(app.anonymous().get("/livez").await.status, StatusCode::NO_CONTENT);
    }
}

#[tokio::test]
async fn a_slow_request_is_logged_with_its_route_and_its_organization() {
    let log = log::start("info");
    for (slow, lines) in [(Duration::from_secs(3600), 0), (Duration::ZERO, 1)] {
        let database = TestDatabase::sqlite().await;
        let app = TestApp::with(database, Wishes { slow, ..Wishes::default() }).await;
        let (ada, organization) = app.founder("ada", "Acme").await;
        let id = organization["id"].as_str().unwrap();
        assert_eq!(ada.get(&format!("/api/sources/{id}?search=hunter2")).await.status, StatusCode::NOT_FOUND);
        let text = log.text();
        let org = format!("org={id}");
        let told: Vec<_> = text
            .lines()
            .filter(|line| line.contains("WARN") && line.contains("answered slowly") && line.contains(&org))
            .collect();
        assert_eq!(told.len(), lines, "{text}");
        for part in ["route=\"/api/sources/{id}\"", "method=GET", "status=404", "elapsed_ms="] {
            assert!(told.iter().all(|line| line.contains(part)), "{part} is missing: {told:?}");
        }
        assert!(!text.contains("hunter2"), "{text}");
    }
}

#[tokio::test]
async fn the_description_can_be_read_and_tried_out() {
    let app = app().await;
    let page = app.anonymous().get("/docs/").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.header("content-security-policy").contains("script-src 'self';"));
    assert_eq!(app.anonymous().get("/docs").await.header("location"), "/docs/");
    assert_eq!(app.anonymous().get("/openapi.json").await.body["info"]["title"], json!("Bastion"));
}
