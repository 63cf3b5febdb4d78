//! How often one may try to sign in or up, and that nobody learns from it who has an account.

use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde_json::{Value, json};
use service::SignUpRule;

use crate::app::{Client, PASSWORD, Reply, TestApp, Wishes};
use crate::database::TestDatabase;

async fn app(wishes: Wishes) -> TestApp {
    TestApp::with(TestDatabase::sqlite().await, wishes).await
}

async fn sign_in(client: &Client, name: &str, password: &str) -> Reply {
    let body = json!({"email": format!("{name}@example.org"), "password": password});
    client.post("/api/auth/sign-in", body).await
}

async fn sign_up(client: &Client, name: &str) -> Reply {
    let body = json!({"email": format!("{name}@example.org"), "password": PASSWORD, "name": name});
    client.post("/api/auth/sign-up", body).await
}

/// All that is the same of two answers to the same question.
fn compared(mut reply: Reply) -> (StatusCode, String, Value) {
    reply.body["request_id"].take();
    (reply.status, reply.header("retry-after").to_owned(), reply.body)
}

#[tokio::test]
async fn an_account_that_is_not_there_is_stopped_like_one_that_is() {
    let app = app(Wishes::default()).await;
    app.user("ada").await;
    let mut answers = Vec::new();
    for name in ["ada", "nobody"] {
        for _ in 0..10 {
            let reply = sign_in(&app.anonymous(), name, "not the password").await;
            assert_eq!(reply.problem(), (401, "wrong_credentials"));
        }
        app.clock.advance(Duration::from_secs(60));
        answers.push(compared(sign_in(&app.anonymous(), name, PASSWORD).await));
        app.clock.set(types::Timestamp::from_millis(1_800_000_000_000).unwrap());
    }
    assert_eq!(answers[0], answers[1]);
    let (status, retry_after, body) = &answers[0];
    assert_eq!((status.as_u16(), retry_after.as_str()), (429, "840"));
    assert_eq!(body["code"], "too_many_requests");
    assert_eq!(body["detail"], "Try again in 840 seconds.");
}

#[tokio::test]
async fn signing_up_with_one_address_again_and_again_is_stopped() {
    let app = app(Wishes::default()).await;
    assert_eq!(sign_up(&app.anonymous(), "ada").await.status, StatusCode::CREATED);
    for _ in 0..4 {
        assert_eq!(sign_up(&app.anonymous(), "ada").await.problem(), (409, "email_taken"));
    }
    let stopped = sign_up(&app.anonymous(), "ada").await;
    assert_eq!(stopped.problem(), (429, "too_many_requests"));
    assert_eq!(stopped.header("retry-after"), "900");
    assert_eq!(sign_up(&app.anonymous(), "bob").await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn behind_a_trusted_proxy_one_is_not_stopped_for_what_another_tried() {
    let wishes = Wishes { trusted_proxies: vec!["127.0.0.0/8".parse().unwrap()], ..Wishes::default() };
    let app = app(wishes).await;
    app.user("ada").await;
    // What stands before the last address was written by whoever it is about.
    let from = |address: &str| app.anonymous().with("x-forwarded-for", &format!("192.0.2.9, {address}"));
    for _ in 0..10 {
        let reply = sign_in(&from("203.0.113.7"), "ada", "not the password").await;
        assert_eq!(reply.problem(), (401, "wrong_credentials"));
    }
    let stopped = sign_in(&from("203.0.113.7"), "ada", PASSWORD).await;
    assert_eq!(stopped.problem(), (429, "too_many_requests"));
    assert_eq!(sign_in(&from("203.0.113.8"), "ada", PASSWORD).await.status, StatusCode::OK);
}

#[tokio::test]
async fn nobody_else_is_believed_where_they_say_that_they_come_from() {
    let app = app(Wishes::default()).await;
    app.user("ada").await;
    for number in 0..10 {
        let from = app.anonymous().with("x-forwarded-for", &format!("203.0.113.{number}"));
        let reply = sign_in(&from, "ada", "not the password").await;
        assert_eq!(reply.problem(), (401, "wrong_credentials"));
    }
    let elsewhere = app.anonymous().with("x-forwarded-for", "198.51.100.1");
    assert_eq!(sign_in(&elsewhere, "ada", PASSWORD).await.problem(), (429, "too_many_requests"));
}

#[tokio::test]
async fn where_sign_up_is_closed_nobody_learns_who_has_an_account() {
    let app = app(Wishes { sign_up: SignUpRule::First, ..Wishes::default() }).await;
    app.user("ada").await;
    let known = compared(sign_up(&app.anonymous(), "ada").await);
    let unknown = compared(sign_up(&app.anonymous(), "nobody").await);
    assert_eq!(known.2["code"], "sign_up_closed");
    assert_eq!(known, unknown);
}

/// How long each of two takes at least: what else the machine does only makes them longer, and befalls both.
async fn shortest<const N: usize>(attempts: [&dyn Fn(usize) -> Try; N], rounds: usize) -> [Duration; N] {
    let mut shortest = [Duration::MAX; N];
    for round in 0..rounds {
        for (attempt, shortest) in attempts.iter().zip(&mut shortest) {
            let started = Instant::now();
            attempt(round).await;
            *shortest = started.elapsed().min(*shortest);
        }
    }
    shortest
}

/// One request, and a look at its answer.
type Try = std::pin::Pin<Box<dyn Future<Output = ()>>>;

fn expecting(reply: impl Future<Output = Reply> + 'static, expected: (u16, &'static str)) -> Try {
    Box::pin(async move { assert_eq!(reply.await.problem(), expected) })
}

/// Without a hash the one would take a tenth of the other; they are never equal to the microsecond.
#[tokio::test]
async fn the_time_it_takes_does_not_tell_who_has_an_account() {
    let app = app(Wishes::default()).await;
    app.user("ada").await;
    let attempt = |name: String, path: &'static str, expected| {
        let client = app.anonymous();
        let body = json!({"email": format!("{name}@example.org"), "password": "not the password"});
        let body = match path {
            "/api/auth/sign-up" => json!({"name": name, "email": body["email"], "password": PASSWORD}),
            _ => body,
        };
        expecting(async move { client.post(path, body).await }, expected)
    };
    let wrong = (401, "wrong_credentials");
    let known = |_| attempt("ada".to_owned(), "/api/auth/sign-in", wrong);
    let unknown = |_| attempt("nobody".to_owned(), "/api/auth/sign-in", wrong);
    let [known, unknown] = shortest([&known, &unknown], 8).await;
    assert!(unknown > known / 4 && known > unknown / 4, "{known:?} and {unknown:?}");
    let taken = |_| attempt("ada".to_owned(), "/api/auth/sign-up", (409, "email_taken"));
    let free = |round| attempt(format!("new-{round}"), "/api/auth/sign-up", (201, ""));
    let [taken, free] = shortest([&taken, &free], 4).await;
    assert!(taken > free / 4 && free > taken / 4, "{taken:?} and {free:?}");
}
