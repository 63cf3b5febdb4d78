//! A second factor: turning it on and off, and what asks for it.

mod sign_in;

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};
use testkit::authenticator::Authenticator;
use types::Timestamp;

use crate::app::{Client, PASSWORD, Reply, TestApp};
use crate::database::on_both_databases;

on_both_databases![
    a_person_turns_it_on_and_signs_in_by_a_code,
    it_is_turned_on_by_who_proved_themselves_and_has_the_app,
    new_recovery_codes_end_the_earlier_ones,
    what_is_dangerous_asks_for_a_code_as_well,
    a_new_password_asks_for_a_code_as_well,
    it_is_turned_off_by_who_proved_themselves,
];

const STEP: Duration = Duration::from_secs(30);

/// A person with a second factor, in a browser that is signed in.
struct Person<'a> {
    app: &'a TestApp,
    name: &'a str,
    client: Client,
    phone: Authenticator,
    recovery_codes: Vec<String>,
}

impl<'a> Person<'a> {
    /// The step whose code turned it on is over.
    async fn new(app: &'a TestApp, name: &'a str) -> Self {
        Self::of(app, name, app.user(name).await).await
    }

    async fn of(app: &'a TestApp, name: &'a str, client: Client) -> Self {
        let shown = client.post("/api/auth/second-factor", json!({})).await;
        assert_eq!(shown.status, StatusCode::OK, "{}", shown.body);
        let phone = Authenticator::scan(shown.body["uri"].as_str().unwrap());
        let code = json!({"code": phone.code(app.context.now())});
        let enabled = client.post("/api/auth/second-factor/confirm", code).await;
        assert_eq!(enabled.status, StatusCode::OK, "{}", enabled.body);
        let recovery_codes = codes(&enabled);
        app.clock.advance(STEP);
        Self { app, name, client, phone, recovery_codes }
    }

    fn code(&self) -> Value {
        json!({"code": self.phone.code(self.app.context.now())})
    }

    /// Six digits that are no code now.
    fn wrong_code(&self) -> Value {
        let now = self.app.context.now().millis();
        let at = |step: i64| Timestamp::from_millis(now + 30_000 * step).unwrap();
        let near: Vec<_> = (-2..=2).map(|step| self.phone.code(at(step))).collect();
        let wrong = (0..).map(|number| format!("{number:06}")).find(|code| !near.contains(code)).unwrap();
        json!({"code": wrong})
    }

    /// Another browser in which the password was right.
    async fn pending(&self) -> Client {
        let reply = sign_in(self.app, self.name, PASSWORD).await;
        assert_eq!(reply.problem(), (401, "second_factor_required"), "{}", reply.body);
        self.app.anonymous().with_cookie_of(&reply)
    }
}

async fn sign_in(app: &TestApp, name: &str, password: &str) -> Reply {
    let body = json!({"email": format!("{name}@example.org"), "password": password});
    app.anonymous().post("/api/auth/sign-in", body).await
}

async fn verify(pending: &Client, proof: Value) -> Reply {
    pending.post("/api/auth/second-factor/verify", proof).await
}

async fn is_signed_in(client: &Client) -> bool {
    client.get("/api/auth/me").await.status == StatusCode::OK
}

fn codes(reply: &Reply) -> Vec<String> {
    let codes = reply.body["recovery_codes"].as_array().unwrap().iter();
    codes.map(|code| code.as_str().unwrap().to_owned()).collect()
}

/// The field at fault and the fault's code.
fn fault(reply: &Reply) -> (&str, &str) {
    assert_eq!(reply.problem(), (400, "invalid"), "{}", reply.body);
    let fault = &reply.body["errors"][0];
    (fault["pointer"].as_str().unwrap(), fault["code"].as_str().unwrap())
}

async fn left(client: &Client) -> Value {
    client.get("/api/auth/second-factor").await.body["recovery_codes_left"].clone()
}

async fn a_person_turns_it_on_and_signs_in_by_a_code(app: &TestApp) {
    let here = app.user("ada").await;
    let there = app.anonymous().with_cookie_of(&sign_in(app, "ada", PASSWORD).await);
    let waiting = json!({"enabled_at": null, "recovery_codes_left": 0});
    assert_eq!(here.get("/api/auth/second-factor").await.body, waiting);
    let shown = here.post("/api/auth/second-factor", json!({})).await;
    let picture = shown.body["qr_code"].as_str().unwrap();
    assert!(picture.contains("<svg") && !picture.contains("style"), "{picture}");
    let (secret, uri) = (shown.body["secret"].as_str().unwrap(), shown.body["uri"].as_str().unwrap());
    assert!(secret.len() == 32 && uri.contains(secret) && uri.contains("Bastion:ada"), "{uri}");
    // What was only set up is not asked for.
    assert_eq!(here.get("/api/auth/second-factor").await.body, waiting);
    assert!(is_signed_in(&app.anonymous().with_cookie_of(&sign_in(app, "ada", PASSWORD).await)).await);

    let ada = Person::of(app, "ada", here).await;
    assert_eq!(ada.recovery_codes.len(), 10);
    let on = ada.client.get("/api/auth/second-factor").await.body;
    assert!(on["enabled_at"].is_string() && on["recovery_codes_left"] == 10, "{on}");
    assert!(!on.to_string().contains(secret));
    // Other browsers were let in by a password alone.
    assert!(is_signed_in(&ada.client).await && !is_signed_in(&there).await);

    let reply = sign_in(app, "ada", PASSWORD).await;
    assert_eq!(reply.problem(), (401, "second_factor_required"));
    let cookie = reply.header("set-cookie");
    for part in ["bastion-sign-in=", "HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=600"] {
        assert!(cookie.contains(part), "{part} is missing in {cookie}");
    }
    let pending = app.anonymous().with_cookie_of(&reply);
    assert!(!is_signed_in(&pending).await);
    // The token of a sign-in opens nothing in the place of a session's.
    let token = pending.cookie().split_once('=').unwrap().1.to_owned();
    assert!(!is_signed_in(&pending.with("cookie", &format!("bastion={token}"))).await);
    let opened = verify(&pending, ada.code()).await;
    assert_eq!((opened.status, &opened.body["user"]["name"]), (StatusCode::OK, &json!("ada")));
    let cookies: Vec<_> =
        opened.headers.get_all("set-cookie").iter().map(|one| one.to_str().unwrap()).collect();
    assert!(cookies.len() == 2 && cookies[1].starts_with("bastion-sign-in=;"), "{cookies:?}");
    assert!(cookies[1].contains("Max-Age=0"), "{cookies:?}");
    assert!(is_signed_in(&app.anonymous().with_cookie_of(&opened)).await);
    // It was completed once.
    app.clock.advance(STEP);
    assert_eq!(verify(&pending, ada.code()).await.problem(), (401, "sign_in_expired"));
}

async fn it_is_turned_on_by_who_proved_themselves_and_has_the_app(app: &TestApp) {
    let ada = app.user("ada").await;
    let early = ada.post("/api/auth/second-factor/confirm", json!({"code": "123456"})).await;
    assert_eq!(early.problem(), (409, "conflict"));
    let first = ada.post("/api/auth/second-factor", json!({})).await.body;
    let shown = ada.post("/api/auth/second-factor", json!({})).await.body;
    assert_ne!(first["secret"], shown["secret"]);
    let scan = |body: &Value| Authenticator::scan(body["uri"].as_str().unwrap());
    let (old, phone) = (scan(&first), scan(&shown));
    let confirm =
        async |code: String| ada.post("/api/auth/second-factor/confirm", json!({"code": code})).await;
    // The first QR code was replaced by the second.
    assert_eq!(fault(&confirm(old.code(app.context.now())).await), ("/code", "wrong"));
    app.clock.advance(Duration::from_secs(600));
    for (path, body) in [
        ("/api/auth/second-factor", json!({})),
        ("/api/auth/second-factor/confirm", json!({"code": phone.code(app.context.now())})),
        ("/api/auth/second-factor/recovery-codes", json!({})),
    ] {
        assert_eq!(ada.post(path, body).await.problem(), (403, "step_up_required"), "{path}");
    }
    let confirmed = ada.post("/api/auth/confirm", json!({"password": PASSWORD})).await;
    assert_eq!(confirmed.status, StatusCode::NO_CONTENT);
    let codes = ada.post("/api/auth/second-factor/recovery-codes", json!({})).await;
    assert_eq!(codes.problem(), (409, "conflict"));
    let enabled = confirm(phone.code(app.context.now())).await;
    assert_eq!(enabled.status, StatusCode::OK, "{}", enabled.body);
    // Another secret does not take the place of one that is on.
    assert_eq!(ada.post("/api/auth/second-factor", json!({})).await.problem(), (409, "conflict"));
    app.clock.advance(STEP);
    assert_eq!(confirm(phone.code(app.context.now())).await.problem(), (409, "conflict"));
}

async fn new_recovery_codes_end_the_earlier_ones(app: &TestApp) {
    let ada = Person::new(app, "ada").await;
    let used = json!({"recovery_code": ada.recovery_codes[0]});
    assert_eq!(verify(&ada.pending().await, used).await.status, StatusCode::OK);
    let replaced = ada.client.post("/api/auth/second-factor/recovery-codes", json!({})).await;
    let new = codes(&replaced);
    assert_eq!((new.len(), left(&ada.client).await), (10, json!(10)));
    assert!(new.iter().all(|code| !ada.recovery_codes.contains(code)));
    let old = json!({"recovery_code": ada.recovery_codes[1]});
    assert_eq!(fault(&verify(&ada.pending().await, old).await), ("/recovery_code", "wrong"));
    let new = json!({"recovery_code": new[0]});
    assert_eq!(verify(&ada.pending().await, new).await.status, StatusCode::OK);
}

async fn what_is_dangerous_asks_for_a_code_as_well(app: &TestApp) {
    let (client, _) = app.founder("ada", "Acme").await;
    let ada = Person::of(app, "ada", client).await;
    app.clock.advance(Duration::from_secs(600));
    let rotate = async || ada.client.post("/api/org/rotate-keys", json!({})).await;
    assert_eq!(rotate().await.problem(), (403, "step_up_required"));
    let confirm = async |password: &str, proof: Value| {
        let mut body = proof;
        body["password"] = json!(password);
        ada.client.post("/api/auth/confirm", body).await
    };
    assert_eq!(fault(&confirm(PASSWORD, json!({})).await), ("/code", "required"));
    assert_eq!(fault(&confirm(PASSWORD, ada.wrong_code()).await), ("/code", "wrong"));
    // A wrong password leaves the code unused.
    assert_eq!(fault(&confirm("not the password", ada.code()).await), ("/password", "wrong"));
    assert_eq!(rotate().await.problem(), (403, "step_up_required"));
    assert_eq!(confirm(PASSWORD, ada.code()).await.status, StatusCode::NO_CONTENT);
    assert_eq!(rotate().await.status, StatusCode::OK);
    app.clock.advance(Duration::from_secs(600));
    let recovery = json!({"recovery_code": ada.recovery_codes[0]});
    assert_eq!(confirm(PASSWORD, recovery.clone()).await.status, StatusCode::NO_CONTENT);
    assert_eq!(rotate().await.status, StatusCode::OK);
    app.clock.advance(Duration::from_secs(600));
    assert_eq!(fault(&confirm(PASSWORD, recovery).await), ("/recovery_code", "wrong"));
    assert_eq!(rotate().await.problem(), (403, "step_up_required"));
}

async fn a_new_password_asks_for_a_code_as_well(app: &TestApp) {
    let ada = Person::new(app, "ada").await;
    app.clock.advance(Duration::from_secs(600));
    let pending = ada.pending().await;
    let body = json!({"current": PASSWORD, "new": "another horse, another staple"});
    // Otherwise the password alone would be a proof for what is dangerous.
    let refused = ada.client.post("/api/auth/password", body.clone()).await;
    assert_eq!(refused.problem(), (403, "step_up_required"));
    let mut proof = ada.code();
    proof["password"] = json!(PASSWORD);
    assert_eq!(ada.client.post("/api/auth/confirm", proof).await.status, StatusCode::NO_CONTENT);
    let changed = ada.client.post("/api/auth/password", body).await;
    assert_eq!(changed.status, StatusCode::NO_CONTENT, "{}", changed.body);
    // What the old password began is not completed.
    app.clock.advance(STEP);
    assert_eq!(verify(&pending, ada.code()).await.problem(), (401, "sign_in_expired"));
    let reply = sign_in(app, "ada", "another horse, another staple").await;
    assert_eq!(reply.problem(), (401, "second_factor_required"));
}

async fn it_is_turned_off_by_who_proved_themselves(app: &TestApp) {
    let ada = Person::new(app, "ada").await;
    let there = app.anonymous().with_cookie_of(&verify(&ada.pending().await, ada.code()).await);
    app.clock.advance(Duration::from_secs(600));
    let pending = ada.pending().await;
    let path = "/api/auth/second-factor";
    assert_eq!(ada.client.delete(path).await.problem(), (403, "step_up_required"));
    let mut proof = ada.code();
    proof["password"] = json!(PASSWORD);
    assert_eq!(ada.client.post("/api/auth/confirm", proof).await.status, StatusCode::NO_CONTENT);
    assert_eq!(ada.client.delete(path).await.status, StatusCode::NO_CONTENT);
    let off = json!({"enabled_at": null, "recovery_codes_left": 0});
    assert_eq!(ada.client.get(path).await.body, off);
    assert!(is_signed_in(&ada.client).await && !is_signed_in(&there).await);
    let recovery = json!({"recovery_code": ada.recovery_codes[0]});
    assert_eq!(verify(&pending, recovery).await.problem(), (401, "sign_in_expired"));
    let alone = sign_in(app, "ada", PASSWORD).await;
    assert_eq!(alone.status, StatusCode::OK, "{}", alone.body);
    // Once more changes nothing.
    assert_eq!(ada.client.delete(path).await.status, StatusCode::NO_CONTENT);
    assert!(is_signed_in(&app.anonymous().with_cookie_of(&alone)).await);
}
