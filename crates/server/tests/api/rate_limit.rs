//! Too many requests.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::json;
use server::rate_limit::Limits;
use service::{Redis, RedisServer};
use testkit::redis::Server;

use crate::app::{Client, TestApp, Wishes};
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

/// How many of so many requests are let through, and how many are not; the address has room for fifteen.
async fn asked(client: &Client, times: usize) -> (usize, usize) {
    let mut refused = 0;
    for _ in 0..times {
        let reply = client.get("/api/org").await;
        let expected = if reply.header("retry-after").is_empty() { 401 } else { 429 };
        assert_eq!(reply.status.as_u16(), expected);
        refused += usize::from(expected == 429);
    }
    (times - refused, refused)
}

#[tokio::test]
async fn two_servers_with_one_redis_count_together_and_each_for_itself_while_it_is_gone() {
    let mut redis = Server::start();
    let mut apps = Vec::new();
    for _ in 0..2 {
        // Waited for long, as the machine may do much else, and asked again at once.
        let url = RedisServer::parse(&redis.url().into()).unwrap();
        let shared = Redis::with_patience(url, Duration::from_secs(30), Duration::ZERO);
        let rate_limits = Limits { read: 3, ..Limits::default() };
        let wishes = Wishes { rate_limits, redis: Some(shared), ..Wishes::default() };
        apps.push(TestApp::with(TestDatabase::sqlite().await, wishes).await);
    }
    let [one, other] = [0, 1].map(|at| apps[at].anonymous().with("authorization", "Bearer bst_made-up"));
    assert_eq!((asked(&one, 2).await, asked(&other, 2).await), ((2, 0), (1, 1)));
    // The clock that counts is Redis' own.
    apps[0].clock.advance(Duration::from_secs(3600));
    assert_eq!(asked(&one, 1).await, (0, 1));
    assert_eq!(apps[0].anonymous().get("/readyz").await.status, StatusCode::NO_CONTENT);
    redis.kill();
    assert_eq!((asked(&one, 4).await, asked(&other, 4).await), ((3, 1), (3, 1)));
    assert_eq!(apps[0].anonymous().get("/readyz").await.status, StatusCode::NO_CONTENT);
    redis.start_again();
    assert_eq!((asked(&one, 2).await, asked(&other, 2).await), ((2, 0), (1, 1)));
}
