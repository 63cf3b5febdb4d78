//! Signing in by a second factor, and what becomes of guesses.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::json;

use super::{Person, STEP, fault, is_signed_in, left, sign_in, verify};
use crate::app::{PASSWORD, TestApp};
use crate::database::on_both_databases;

on_both_databases![
    a_wrong_password_says_nothing_of_a_second_factor,
    a_code_is_taken_once,
    two_browsers_with_the_same_code_at_once_are_one,
    an_app_may_be_one_step_off,
    a_sign_in_waits_for_ten_minutes,
    a_sign_in_waits_for_five_attempts,
    whoever_knows_the_password_cannot_guess_on,
    a_sign_in_is_completed_by_one_of_two_proofs,
    a_recovery_code_stands_in_for_the_app_once,
    an_account_that_was_disabled_meanwhile_is_not_signed_in,
    a_password_that_was_reset_neither_turns_it_off_nor_goes_around_it,
];

const NEW_PASSWORD: &str = "another horse, another staple";

async fn a_wrong_password_says_nothing_of_a_second_factor(app: &TestApp) {
    Person::new(app, "ada").await;
    app.user("bob").await;
    let mut answers = Vec::new();
    for name in ["ada", "bob", "nobody"] {
        let mut reply = sign_in(app, name, "not the password").await;
        assert_eq!(reply.problem(), (401, "wrong_credentials"));
        assert_eq!(reply.header("set-cookie"), "");
        reply.body["request_id"].take();
        answers.push(reply.body);
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
}

async fn a_code_is_taken_once(app: &TestApp) {
    let ada = Person::new(app, "ada").await;
    let (one, other) = (ada.pending().await, ada.pending().await);
    let code = ada.code();
    assert_eq!(verify(&one, code.clone()).await.status, StatusCode::OK);
    assert_eq!(fault(&verify(&other, code.clone()).await), ("/code", "wrong"));
    app.clock.advance(STEP);
    assert_eq!(fault(&verify(&other, code).await), ("/code", "wrong"));
    assert_eq!(verify(&other, ada.code()).await.status, StatusCode::OK);
}

async fn two_browsers_with_the_same_code_at_once_are_one(app: &TestApp) {
    let ada = Person::new(app, "ada").await;
    for _ in 0..5 {
        let (one, other) = (ada.pending().await, ada.pending().await);
        let (one, other) = tokio::join!(verify(&one, ada.code()), verify(&other, ada.code()));
        let mut statuses = [one.status.as_u16(), other.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 400], "{} {}", one.body, other.body);
        app.clock.advance(STEP);
    }
}

async fn an_app_may_be_one_step_off(app: &TestApp) {
    let ada = Person::new(app, "ada").await;
    // The clock stands at the beginning of a step.
    assert_eq!(app.context.now().millis() % 30_000, 0);
    let code = ada.code();
    app.clock.advance(Duration::from_secs(59));
    assert_eq!(verify(&ada.pending().await, code).await.status, StatusCode::OK);
    app.clock.advance(Duration::from_secs(1));
    let late = ada.code();
    app.clock.advance(Duration::from_secs(60));
    assert_eq!(fault(&verify(&ada.pending().await, late).await), ("/code", "wrong"));
}

async fn a_sign_in_waits_for_ten_minutes(app: &TestApp) {
    let ada = Person::new(app, "ada").await;
    let (quick, slow) = (ada.pending().await, ada.pending().await);
    app.clock.advance(Duration::from_secs(599));
    assert_eq!(verify(&quick, ada.code()).await.status, StatusCode::OK);
    app.clock.advance(Duration::from_secs(1));
    assert_eq!(verify(&slow, ada.code()).await.problem(), (401, "sign_in_expired"));
    assert_eq!(verify(&app.anonymous(), ada.code()).await.problem(), (401, "sign_in_expired"));
    assert_eq!(verify(&ada.client, ada.code()).await.problem(), (401, "sign_in_expired"));
}

async fn a_sign_in_waits_for_five_attempts(app: &TestApp) {
    let ada = Person::new(app, "ada").await;
    let pending = ada.pending().await;
    for _ in 0..5 {
        assert_eq!(fault(&verify(&pending, ada.wrong_code()).await), ("/code", "wrong"));
    }
    assert_eq!(verify(&pending, ada.code()).await.problem(), (401, "sign_in_expired"));
    assert_eq!(verify(&ada.pending().await, ada.code()).await.status, StatusCode::OK);
}

async fn whoever_knows_the_password_cannot_guess_on(app: &TestApp) {
    let ada = Person::new(app, "ada").await;
    for _ in 0..2 {
        let pending = ada.pending().await;
        for _ in 0..5 {
            assert_eq!(fault(&verify(&pending, ada.wrong_code()).await), ("/code", "wrong"));
        }
    }
    // Neither a new sign-in, nor a browser that was left open, nor the other kind of code is a way around it.
    let stopped = verify(&ada.pending().await, ada.code()).await;
    assert_eq!(stopped.problem(), (429, "too_many_requests"));
    assert_eq!(stopped.header("retry-after"), "3600");
    let recovery = json!({"recovery_code": ada.recovery_codes[0]});
    assert_eq!(verify(&ada.pending().await, recovery).await.problem(), (429, "too_many_requests"));
    let mut proof = ada.code();
    proof["password"] = json!(PASSWORD);
    let stopped = ada.client.post("/api/auth/confirm", proof).await;
    assert_eq!(stopped.problem(), (429, "too_many_requests"));
    assert_eq!(left(&ada.client).await, 10);
    app.clock.advance(Duration::from_secs(3600));
    assert_eq!(verify(&ada.pending().await, ada.code()).await.status, StatusCode::OK);
    // A right one begins the count anew.
    app.clock.advance(STEP);
    let pending = ada.pending().await;
    assert_eq!(fault(&verify(&pending, ada.wrong_code()).await), ("/code", "wrong"));
    assert_eq!(verify(&pending, ada.code()).await.status, StatusCode::OK);
}

async fn a_sign_in_is_completed_by_one_of_two_proofs(app: &TestApp) {
    let ada = Person::new(app, "ada").await;
    let pending = ada.pending().await;
    let mut both = ada.code();
    both["recovery_code"] = json!(ada.recovery_codes[0]);
    for (body, expected) in [
        (json!({}), ("/code", "required")),
        (json!({"code": " ", "recovery_code": ""}), ("/code", "required")),
        (both, ("/recovery_code", "conflict")),
        (json!({"code": ada.recovery_codes[0]}), ("/code", "wrong")),
        (json!({"recovery_code": ada.code()["code"]}), ("/recovery_code", "wrong")),
    ] {
        let reply = verify(&pending, body.clone()).await;
        assert_eq!(fault(&reply), expected, "{body}");
    }
    assert_eq!(verify(&pending, ada.code()).await.status, StatusCode::OK);
}

async fn a_recovery_code_stands_in_for_the_app_once(app: &TestApp) {
    let ada = Person::new(app, "ada").await;
    let eve = Person::new(app, "eve").await;
    let first = json!({"recovery_code": ada.recovery_codes[0].to_uppercase().replace('-', " ")});
    assert_eq!(fault(&verify(&eve.pending().await, first.clone()).await), ("/recovery_code", "wrong"));
    assert_eq!(left(&ada.client).await, 10);
    assert_eq!(verify(&ada.pending().await, first.clone()).await.status, StatusCode::OK);
    assert_eq!(left(&ada.client).await, 9);
    assert_eq!(fault(&verify(&ada.pending().await, first).await), ("/recovery_code", "wrong"));
    let (one, other) = (ada.pending().await, ada.pending().await);
    let second = json!({"recovery_code": ada.recovery_codes[1]});
    let (one, other) = tokio::join!(verify(&one, second.clone()), verify(&other, second));
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 400]);
    assert_eq!((left(&ada.client).await, left(&eve.client).await), (json!(8), json!(10)));
}

async fn an_account_that_was_disabled_meanwhile_is_not_signed_in(app: &TestApp) {
    let ada = Person::new(app, "ada").await;
    let pending = ada.pending().await;
    app.database.execute(r#"UPDATE "user" SET disabled_at = 1"#).await.unwrap();
    assert_eq!(verify(&pending, ada.code()).await.problem(), (401, "sign_in_expired"));
    assert_eq!(sign_in(app, "ada", PASSWORD).await.problem(), (401, "wrong_credentials"));
}

async fn a_password_that_was_reset_neither_turns_it_off_nor_goes_around_it(app: &TestApp) {
    let ada = Person::new(app, "ada").await;
    // Whoever knew the old password and has come as far as the code gets no further.
    let pending = ada.pending().await;
    let (_, link) = service::identity::reset_link(&app.context, "ada@example.org").await.unwrap();
    let token = link.split_once('#').unwrap().1;
    let body = json!({"token": token, "new": NEW_PASSWORD});
    let reset = app.anonymous().post("/api/auth/password/reset", body).await;
    assert_eq!((reset.status, reset.header("set-cookie")), (StatusCode::NO_CONTENT, ""), "{}", reset.body);
    assert_eq!(verify(&pending, ada.code()).await.problem(), (401, "sign_in_expired"));
    assert!(!is_signed_in(&ada.client).await);

    let reply = sign_in(app, "ada", NEW_PASSWORD).await;
    assert_eq!(reply.problem(), (401, "second_factor_required"));
    let pending = app.anonymous().with_cookie_of(&reply);
    assert!(!is_signed_in(&pending).await);
    let opened = verify(&pending, ada.code()).await;
    let client = app.anonymous().with_cookie_of(&opened);
    let on = client.get("/api/auth/second-factor").await.body;
    assert!(on["enabled_at"].is_string() && on["recovery_codes_left"] == 10, "{on}");
}
