//! Signing up, in and out; how long a session lasts; which sites may use it.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::json;
use service::SignUpRule;

use crate::app::{PASSWORD, TestApp, Wishes};
use crate::database::{TestDatabase, on_both_databases};

on_both_databases![
    signing_up_in_and_out,
    faults_of_the_form_are_all_named,
    an_address_has_one_account,
    an_unknown_address_and_a_wrong_password_get_the_same_answer,
    too_many_attempts_are_stopped_until_the_window_has_slid,
    a_session_ends_when_unused_for_a_week_and_after_a_month_in_any_case,
    only_our_own_pages_may_use_the_cookie,
];

async fn signing_up_in_and_out(app: &TestApp) {
    let ada = app.user("ada").await;
    let me = ada.get("/api/auth/me").await;
    assert_eq!(me.status, StatusCode::OK);
    assert_eq!(me.body["user"]["email"], "ada@example.org");
    assert_eq!(me.body["memberships"], json!([]));

    let signed_out = ada.post("/api/auth/sign-out", json!({})).await;
    assert_eq!(signed_out.status, StatusCode::NO_CONTENT);
    assert!(signed_out.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(ada.get("/api/auth/me").await.problem(), (401, "unauthenticated"));

    let credentials = json!({"email": " Ada@Example.org", "password": PASSWORD});
    let again = app.anonymous().post("/api/auth/sign-in", credentials).await;
    assert_eq!(again.status, StatusCode::OK);
    let cookie = again.header("set-cookie");
    for attribute in ["bastion=", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=2592000"] {
        assert!(cookie.contains(attribute), "{attribute} is missing in {cookie}");
    }
    assert!(!cookie.contains("Secure"), "a loopback server speaks http");
    let ada = app.anonymous().with_cookie_of(&again);
    assert_eq!(ada.get("/api/auth/me").await.status, StatusCode::OK);
}

async fn faults_of_the_form_are_all_named(app: &TestApp) {
    let body = json!({"email": "nobody", "password": "short", "name": ""});
    let reply = app.anonymous().post("/api/auth/sign-up", body).await;
    assert_eq!(reply.problem(), (400, "invalid"));
    let pointers: Vec<_> =
        reply.body["errors"].as_array().unwrap().iter().map(|fault| &fault["pointer"]).collect();
    assert_eq!(pointers, ["/email", "/name", "/password"]);
}

async fn an_address_has_one_account(app: &TestApp) {
    app.user("ada").await;
    let body = json!({"email": "ADA@example.org", "password": PASSWORD, "name": "Ada"});
    assert_eq!(app.anonymous().post("/api/auth/sign-up", body).await.problem(), (409, "email_taken"));
}

async fn an_unknown_address_and_a_wrong_password_get_the_same_answer(app: &TestApp) {
    app.user("ada").await;
    let mut answers = Vec::new();
    for email in ["ada@example.org", "nobody@example.org"] {
        let body = json!({"email": email, "password": "not the password"});
        let mut reply = app.anonymous().post("/api/auth/sign-in", body).await;
        assert_eq!(reply.problem(), (401, "wrong_credentials"));
        assert_eq!(reply.header("set-cookie"), "");
        reply.body["request_id"].take();
        answers.push(reply.body);
    }
    assert_eq!(answers[0], answers[1]);
}

async fn too_many_attempts_are_stopped_until_the_window_has_slid(app: &TestApp) {
    app.user("ada").await;
    let right = json!({"email": "ada@example.org", "password": PASSWORD});
    let wrong = json!({"email": "ada@example.org", "password": "not the password"});
    for _ in 0..10 {
        let reply = app.anonymous().post("/api/auth/sign-in", wrong.clone()).await;
        assert_eq!(reply.problem(), (401, "wrong_credentials"));
    }
    let stopped = app.anonymous().post("/api/auth/sign-in", right.clone()).await;
    assert_eq!(stopped.problem(), (429, "too_many_requests"));
    assert_eq!(stopped.header("retry-after"), "900");
    app.clock.advance(Duration::from_secs(900));
    assert_eq!(app.anonymous().post("/api/auth/sign-in", right).await.status, StatusCode::OK);
}

async fn a_session_ends_when_unused_for_a_week_and_after_a_month_in_any_case(app: &TestApp) {
    const DAY: Duration = Duration::from_secs(24 * 3600);
    let (often, rarely) = (app.user("often").await, app.user("rarely").await);
    for day in 1..30 {
        app.clock.advance(DAY);
        assert_eq!(often.get("/api/auth/me").await.status, StatusCode::OK, "day {day}");
        if day == 6 {
            assert_eq!(rarely.get("/api/auth/me").await.status, StatusCode::OK);
        }
    }
    assert_eq!(rarely.get("/api/auth/me").await.problem(), (401, "unauthenticated"));
    app.clock.advance(DAY);
    assert_eq!(often.get("/api/auth/me").await.problem(), (401, "unauthenticated"));
}

async fn only_our_own_pages_may_use_the_cookie(app: &TestApp) {
    let ada = app.user("ada").await;
    let host = app.base.trim_start_matches("http://");
    let own = format!("http://{host}");
    for (site, origin, expected) in [
        (Some("same-origin"), None, 201),
        (Some("none"), None, 201),
        (Some("same-site"), None, 403),
        (Some("cross-site"), Some("https://evil.example"), 403),
        (None, Some(own.as_str()), 201),
        (None, Some("https://evil.example"), 403),
        (None, None, 403),
    ] {
        let mut client = app.anonymous().with("cookie", &ada.cookie());
        for (name, value) in [("sec-fetch-site", site), ("origin", origin)] {
            if let Some(value) = value {
                client = client.with(name, value);
            }
        }
        let reply = client.post("/api/orgs", json!({"name": "Acme"})).await;
        assert_eq!(reply.status.as_u16(), expected, "{site:?} {origin:?}");
        if expected == 403 {
            assert_eq!(reply.body["code"], "cross_site");
        }
        // Reading changes nothing, and answers are kept from other sites by the browser.
        assert_eq!(client.get("/api/auth/me").await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn the_first_person_may_sign_up_and_the_next_only_when_invited() {
    let wishes = Wishes { sign_up: SignUpRule::First, ..Wishes::default() };
    let app = TestApp::with(TestDatabase::sqlite().await, wishes).await;
    let (founder, _) = app.founder("ada", "Acme").await;
    let body = json!({"email": "bob@example.org", "password": PASSWORD, "name": "Bob"});
    let refused = app.anonymous().post("/api/auth/sign-up", body.clone()).await;
    assert_eq!(refused.problem(), (403, "sign_up_closed"));
    founder.post("/api/org/invitations", json!({"email": "bob@example.org", "role": "member"})).await;
    assert_eq!(app.anonymous().post("/api/auth/sign-up", body).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn behind_tls_the_cookie_is_bound_to_this_host() {
    let wishes = Wishes { public_url: Some("https://bastion.example"), ..Wishes::default() };
    let app = TestApp::with(TestDatabase::sqlite().await, wishes).await;
    let body = json!({"email": "ada@example.org", "password": PASSWORD, "name": "Ada"});
    let reply =
        app.anonymous().with("origin", "https://bastion.example").post("/api/auth/sign-up", body).await;
    let cookie = reply.header("set-cookie");
    assert!(cookie.starts_with("__Host-bastion=") && cookie.contains("Secure"), "{cookie}");
    assert_eq!(reply.header("strict-transport-security"), "max-age=31536000");
    let me = app.anonymous().with_cookie_of(&reply).send(Method::GET, "/api/auth/me", None).await;
    assert_eq!(me.status, StatusCode::OK);
}
