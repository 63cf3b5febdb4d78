//! Too many requests.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::json;
use server::rate_limit::Limits;

use crate::app::{TestApp, Wishes};
use crate::database::TestDatabase;

async fn app() -> TestApp {
    let rate_limits = Limits { read: 3, write: 2, ..Limits::default() };
    TestApp::with(TestDatabase::sqlite().await, Wishes { rate_limits, ..Wishes::default() }).await
}

#[tokio::test]
async fn whoever_asks_too_often_is_told_when_to_come_back_and_nobody_else_is() {
    let app = app().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    for left in ["2", "1", "0"] {
        let reply = ada.get("/api/auth/me").await;
        assert_eq!(reply.status, StatusCode::OK);
        assert_eq!(reply.header("ratelimit-policy"), r#""read";q=3;w=60"#);
        assert_eq!(reply.header("ratelimit"), format!(r#""read";r={left};t=60"#));
    }
    let refused = ada.get("/api/auth/me").await;
    assert_eq!(refused.problem(), (429, "too_many_requests"));
    assert_eq!(refused.header("content-type"), "application/problem+json");
    assert_eq!(refused.header("retry-after"), "80");
    assert!(refused.body["detail"].as_str().unwrap().contains("80 seconds"), "{}", refused.body);
    // What writes is counted apart, and so is everybody else.
    assert_eq!(ada.post("/api/orgs", json!({"name": "Acme"})).await.status, StatusCode::CREATED);
    assert_eq!(bob.get("/api/auth/me").await.status, StatusCode::OK);
    for _ in 0..30 {
        assert_eq!(ada.get("/livez").await.status, StatusCode::NO_CONTENT);
    }
    app.clock.advance(Duration::from_secs(80));
    assert_eq!(ada.get("/api/auth/me").await.status, StatusCode::OK);
}

#[tokio::test]
async fn other_tokens_do_not_help_an_address() {
    let app = app().await;
    let mut answers = Vec::new();
    for number in 0..17 {
        let client = app.anonymous().with("authorization", &format!("Bearer bst_made-up-{number}"));
        answers.push(client.get("/api/org").await.status.as_u16());
    }
    assert_eq!(answers, [[401; 15].as_slice(), &[429, 429]].concat());
}
