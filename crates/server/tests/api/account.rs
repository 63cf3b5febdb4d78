//! What people do with their own account: name, password, devices, and proving again who they are.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::app::{Client, PASSWORD, TestApp};
use crate::database::on_both_databases;

on_both_databases![
    a_name_is_changed_for_everybody_to_read,
    a_new_password_ends_every_other_session,
    a_password_is_changed_only_by_who_knows_it,
    devices_are_listed_and_ended_one_by_one,
    nobody_ends_the_session_of_somebody_else,
    signing_out_everywhere_ends_this_session_too,
    what_is_dangerous_asks_for_the_password_again_after_ten_minutes,
    an_idempotency_key_does_not_hold_whoever_had_to_prove_themselves,
    guesses_at_the_password_of_an_open_browser_are_stopped,
];

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const NEW_PASSWORD: &str = "another horse, another staple";

/// The same person in another browser.
async fn again(app: &TestApp, name: &str, password: &str) -> Client {
    let body = json!({"email": format!("{name}@example.org"), "password": password});
    let reply = app.anonymous().with("user-agent", FIREFOX).post("/api/auth/sign-in", body).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
    app.anonymous().with_cookie_of(&reply)
}

async fn is_signed_in(client: &Client) -> bool {
    client.get("/api/auth/me").await.status == StatusCode::OK
}

/// The pointers and codes of what is wrong with the fields.
fn faults(body: &Value) -> Vec<(&str, &str)> {
    let faults = body["errors"].as_array().unwrap().iter();
    faults.map(|fault| (fault["pointer"].as_str().unwrap(), fault["code"].as_str().unwrap())).collect()
}

async fn a_name_is_changed_for_everybody_to_read(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    let reply = ada.patch("/api/auth/me", json!({"name": "  Ada Lovelace "})).await;
    assert_eq!((reply.status, &reply.body["user"]["name"]), (StatusCode::OK, &json!("Ada Lovelace")));
    assert_eq!(reply.body["default_org"], "acme");
    assert_eq!(ada.get("/api/org/members").await.body["items"][0]["name"], "Ada Lovelace");
    let refused = ada.patch("/api/auth/me", json!({"name": "two\nlines"})).await;
    assert_eq!(refused.problem(), (400, "invalid"));
    assert_eq!(faults(&refused.body), [("/name", "length")]);
}

async fn a_new_password_ends_every_other_session(app: &TestApp) {
    let here = app.user("ada").await;
    let there = again(app, "ada", PASSWORD).await;
    let somebody_else = app.user("bob").await;
    let changed = here.post("/api/auth/password", json!({"current": PASSWORD, "new": NEW_PASSWORD})).await;
    assert_eq!(changed.status, StatusCode::NO_CONTENT, "{}", changed.body);
    assert!(is_signed_in(&here).await && is_signed_in(&somebody_else).await);
    assert!(!is_signed_in(&there).await);
    let old = json!({"email": "ada@example.org", "password": PASSWORD});
    let refused = app.anonymous().post("/api/auth/sign-in", old).await;
    assert_eq!(refused.problem(), (401, "wrong_credentials"));
    assert!(is_signed_in(&again(app, "ada", NEW_PASSWORD).await).await);
}

async fn a_password_is_changed_only_by_who_knows_it(app: &TestApp) {
    let ada = app.user("ada").await;
    for (current, new, expected) in [
        ("not the password", NEW_PASSWORD, ("/current", "wrong")),
        (PASSWORD, "short", ("/new", "length")),
        (PASSWORD, &"x".repeat(129), ("/new", "length")),
    ] {
        let refused = ada.post("/api/auth/password", json!({"current": current, "new": new})).await;
        assert_eq!(refused.problem(), (400, "invalid"));
        assert_eq!(faults(&refused.body), [expected]);
    }
    assert!(is_signed_in(&again(app, "ada", PASSWORD).await).await);
}

async fn devices_are_listed_and_ended_one_by_one(app: &TestApp) {
    let here = app.user("ada").await;
    app.user("bob").await;
    app.clock.advance(Duration::from_secs(60));
    let there = again(app, "ada", PASSWORD).await;
    let listed = here.get("/api/auth/sessions").await.body;
    let devices = listed["items"].as_array().unwrap();
    assert_eq!(devices.len(), 2, "{listed}");
    let current: Vec<_> = devices.iter().map(|device| device["current"].as_bool().unwrap()).collect();
    // Both were used in this minute; which comes first is nobody's concern.
    assert_eq!(current.iter().filter(|current| **current).count(), 1);
    let other = devices.iter().find(|device| device["current"] == false).unwrap();
    assert_eq!(other["browser"], "Firefox on Linux");
    assert_eq!(other["address"], "127.0.0.1");
    assert!(!listed.to_string().contains("Mozilla"), "hostile text is shown: {listed}");
    let path = format!("/api/auth/sessions/{}", other["id"].as_str().unwrap());
    assert_eq!(here.delete(&path).await.status, StatusCode::NO_CONTENT);
    assert!(is_signed_in(&here).await && !is_signed_in(&there).await);
    assert_eq!(here.delete(&path).await.problem(), (404, "not_found"));
    assert_eq!(here.get("/api/auth/sessions").await.body["items"].as_array().unwrap().len(), 1);
}

async fn nobody_ends_the_session_of_somebody_else(app: &TestApp) {
    let (ada, eve) = (app.user("ada").await, app.user("eve").await);
    let id = ada.get("/api/auth/sessions").await.body["items"][0]["id"].clone();
    let reply = eve.delete(&format!("/api/auth/sessions/{}", id.as_str().unwrap())).await;
    assert_eq!(reply.problem(), (404, "not_found"));
    assert!(is_signed_in(&ada).await);
}

async fn signing_out_everywhere_ends_this_session_too(app: &TestApp) {
    let here = app.user("ada").await;
    let there = again(app, "ada", PASSWORD).await;
    let somebody_else = app.user("bob").await;
    let reply = here.post("/api/auth/sign-out-everywhere", json!({})).await;
    assert_eq!(reply.status, StatusCode::NO_CONTENT);
    assert!(reply.header("set-cookie").contains("Max-Age=0"));
    assert!(!is_signed_in(&here).await && !is_signed_in(&there).await);
    assert!(is_signed_in(&somebody_else).await);
}

async fn what_is_dangerous_asks_for_the_password_again_after_ten_minutes(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    let viewer = app.member(&ada, "viewer", "viewer").await;
    let program = app.program(&ada, "owner").await;
    app.clock.advance(Duration::from_secs(599));
    assert_eq!(ada.post("/api/org/rotate-keys", json!({})).await.status, StatusCode::OK);
    app.clock.advance(Duration::from_secs(1));
    for path in ["/api/org/rotate-keys", "/api/org/re-encrypt"] {
        assert_eq!(ada.post(path, json!({})).await.problem(), (403, "step_up_required"), "{path}");
    }
    assert_eq!(ada.delete("/api/org").await.problem(), (403, "step_up_required"));
    // Whoever may not do it is not asked for a password first, and a program has none.
    assert_eq!(viewer.delete("/api/org").await.problem(), (403, "forbidden"));
    assert_eq!(program.post("/api/org/rotate-keys", json!({})).await.status, StatusCode::OK);
    // What is not dangerous goes on.
    assert_eq!(ada.patch("/api/org", json!({"name": "Acme"})).await.status, StatusCode::OK);
    let wrong = ada.post("/api/auth/confirm", json!({"password": "not the password"})).await;
    assert_eq!(wrong.problem(), (400, "invalid"));
    assert_eq!(faults(&wrong.body), [("/password", "wrong")]);
    assert_eq!(ada.delete("/api/org").await.problem(), (403, "step_up_required"));
    let confirmed = ada.post("/api/auth/confirm", json!({"password": PASSWORD})).await;
    assert_eq!(confirmed.status, StatusCode::NO_CONTENT);
    // One browser's proof is not another's.
    let elsewhere = again(app, "ada", PASSWORD).await;
    app.clock.advance(Duration::from_secs(599));
    assert_eq!(ada.post("/api/org/rotate-keys", json!({})).await.status, StatusCode::OK);
    app.clock.advance(Duration::from_secs(1));
    ada.post("/api/auth/confirm", json!({"password": PASSWORD})).await;
    assert_eq!(elsewhere.delete("/api/org").await.problem(), (403, "step_up_required"));
    assert_eq!(ada.delete("/api/org").await.status, StatusCode::NO_CONTENT);
}

async fn an_idempotency_key_does_not_hold_whoever_had_to_prove_themselves(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    app.clock.advance(Duration::from_secs(600));
    let once = ada.with("idempotency-key", "rotate-1");
    assert_eq!(once.post("/api/org/rotate-keys", json!({})).await.problem(), (403, "step_up_required"));
    ada.post("/api/auth/confirm", json!({"password": PASSWORD})).await;
    let done = once.post("/api/org/rotate-keys", json!({})).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.body);
    let repeated = once.post("/api/org/rotate-keys", json!({})).await;
    assert_eq!((repeated.header("idempotency-replayed"), &repeated.body), ("true", &done.body));
}

async fn guesses_at_the_password_of_an_open_browser_are_stopped(app: &TestApp) {
    let ada = app.user("ada").await;
    for number in 0..10 {
        let reply = match number % 2 {
            0 => ada.post("/api/auth/confirm", json!({"password": "a guess at it"})).await,
            _ => {
                let body = json!({"current": "a guess at it", "new": NEW_PASSWORD});
                ada.post("/api/auth/password", body).await
            }
        };
        assert_eq!(reply.problem(), (400, "invalid"));
    }
    let stopped = ada.post("/api/auth/confirm", json!({"password": PASSWORD})).await;
    assert_eq!(stopped.problem(), (429, "too_many_requests"));
    app.clock.advance(Duration::from_secs(900));
    let reply = ada.post("/api/auth/confirm", json!({"password": PASSWORD})).await;
    assert_eq!(reply.status, StatusCode::NO_CONTENT);
}
