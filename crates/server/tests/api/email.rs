//! Links by mail over HTTP: who is answered what, and where a link's token is to be found.

use std::sync::Arc;
use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};
use service::{Mailer, Sender, Smtp, SmtpServer, worker};
use testkit::log::Log;
use testkit::smtp::Smtp as MailServer;

use crate::app::{Client, PASSWORD, Reply, TestApp, Wishes};
use crate::database::TestDatabase;

const NEW_PASSWORD: &str = "another horse, another staple";

async fn with_mail(server: &MailServer) -> TestApp {
    let sender = Sender::parse("bastion@example.org").unwrap();
    let smtp = Smtp::new(SmtpServer::parse(&server.url()).unwrap(), sender).unwrap();
    let mailer: Arc<dyn Mailer> = Arc::new(smtp);
    TestApp::with(TestDatabase::sqlite().await, Wishes { mailer: Some(mailer), ..Wishes::default() }).await
}

async fn without_mail() -> TestApp {
    TestApp::start(TestDatabase::sqlite().await).await
}

fn account(name: &str) -> Value {
    json!({"email": format!("{name}@example.org"), "password": PASSWORD, "name": name})
}

/// An account whose address was confirmed, signed in.
async fn member(app: &TestApp, server: &MailServer, name: &str) -> Client {
    let reply = app.anonymous().post("/api/auth/sign-up", account(name)).await;
    assert_eq!(reply.status, StatusCode::ACCEPTED, "{}", reply.body);
    worker::drain(&app.context).await.unwrap();
    let token = server.mails().last().unwrap().token().to_owned();
    let unproved = app.anonymous().post("/api/auth/email/confirm", json!({"token": token})).await;
    assert_eq!(unproved.problem(), (400, "invalid"), "{}", unproved.body);
    let body = json!({"token": token, "password": PASSWORD});
    let reply = app.anonymous().post("/api/auth/email/confirm", body).await;
    assert_eq!(reply.body, json!({"email": format!("{name}@example.org"), "signed_up": true}));
    app.anonymous().with_cookie_of(&reply)
}

async fn sign_in(app: &TestApp, name: &str, password: &str) -> Client {
    let body = json!({"email": format!("{name}@example.org"), "password": password});
    let reply = app.anonymous().post("/api/auth/sign-in", body).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
    app.anonymous().with_cookie_of(&reply)
}

async fn forgot(app: &TestApp, name: &str) -> Reply {
    app.anonymous().post("/api/auth/password/forgot", json!({"email": format!("{name}@example.org")})).await
}

/// All that an answer tells.
fn told(reply: Reply) -> (StatusCode, String, Value) {
    let names: Vec<_> = reply.headers.keys().map(ToString::to_string).collect();
    (reply.status, names.join(" "), reply.body)
}

#[tokio::test]
async fn whoever_forgot_their_password_sets_another_and_is_signed_out_everywhere() {
    let server = MailServer::start().await;
    let app = with_mail(&server).await;
    let ada = member(&app, &server, "ada").await;
    let elsewhere = sign_in(&app, "ada", PASSWORD).await;
    assert!(ada.get("/api/auth/me").await.body["user"]["email_confirmed_at"].is_string());
    // What a request says of its host is in no link.
    let elsewhere_said =
        app.anonymous().with("host", "evil.example").with("x-forwarded-host", "evil.example");
    let sent = elsewhere_said.post("/api/auth/password/forgot", json!({"email": "ada@example.org"})).await;
    assert_eq!((sent.status, &sent.body), (StatusCode::ACCEPTED, &json!({"delivery": "mail"})));
    worker::drain(&app.context).await.unwrap();
    let mail = server.mails().pop().unwrap();
    assert!(mail.text.contains(&format!("\n{}/reset-password#", app.base)), "{}", mail.text);
    assert!(!mail.text.contains("evil"), "{}", mail.text);
    let body = json!({"token": mail.token(), "new": NEW_PASSWORD});
    let reset = app.anonymous().post("/api/auth/password/reset", body.clone()).await;
    assert_eq!(reset.status, StatusCode::NO_CONTENT, "{}", reset.body);
    for browser in [&ada, &elsewhere] {
        assert_eq!(browser.get("/api/auth/me").await.problem(), (401, "unauthenticated"));
    }
    sign_in(&app, "ada", NEW_PASSWORD).await;
    let again = app.anonymous().post("/api/auth/password/reset", body).await;
    assert_eq!(again.problem(), (410, "link_expired"));
    worker::drain(&app.context).await.unwrap();
    assert_eq!(server.mails().pop().unwrap().header("Subject"), "Your password for Bastion was changed");
}

#[tokio::test]
async fn a_reset_lets_in_who_was_stopped_for_guessing() {
    let server = MailServer::start().await;
    let app = with_mail(&server).await;
    member(&app, &server, "ada").await;
    for _ in 0..10 {
        let body = json!({"email": "ada@example.org", "password": "was it this one"});
        app.anonymous().post("/api/auth/sign-in", body).await;
    }
    forgot(&app, "ada").await;
    worker::drain(&app.context).await.unwrap();
    let token = server.mails().pop().unwrap().token().to_owned();
    app.anonymous().post("/api/auth/password/reset", json!({"token": token, "new": NEW_PASSWORD})).await;
    sign_in(&app, "ada", NEW_PASSWORD).await;
}

#[tokio::test]
async fn answers_do_not_tell_who_has_an_account() {
    let server = MailServer::start().await;
    let app = with_mail(&server).await;
    let ada = member(&app, &server, "ada").await;
    member(&app, &server, "bob").await;
    assert_eq!(told(forgot(&app, "ada").await), told(forgot(&app, "nobody").await));
    let mut answers = Vec::new();
    for name in ["ada", "new"] {
        answers.push(told(app.anonymous().post("/api/auth/sign-up", account(name)).await));
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0].0, StatusCode::ACCEPTED);
    let mut answers = Vec::new();
    for email in ["bob@example.org", "free@example.org"] {
        answers.push(told(ada.post("/api/auth/email", json!({"email": email})).await));
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0].0, StatusCode::ACCEPTED);
}

#[tokio::test]
async fn links_are_asked_for_three_times_in_a_quarter_of_an_hour() {
    let server = MailServer::start().await;
    let app = with_mail(&server).await;
    member(&app, &server, "ada").await;
    for name in ["ada", "nobody"] {
        for _ in 0..3 {
            assert_eq!(forgot(&app, name).await.status, StatusCode::ACCEPTED);
        }
        let stopped = forgot(&app, name).await;
        assert_eq!(stopped.problem(), (429, "too_many_requests"));
        assert_eq!(stopped.header("retry-after"), "900");
    }
    app.clock.advance(Duration::from_secs(900));
    assert_eq!(forgot(&app, "ada").await.status, StatusCode::ACCEPTED);
    for number in 0..60 {
        let body = json!({"token": format!("guess-{number}"), "new": NEW_PASSWORD});
        let guess = app.anonymous().post("/api/auth/password/reset", body).await;
        assert_eq!(guess.problem(), (410, "link_expired"));
    }
    let stopped = app.anonymous().post("/api/auth/email/confirm", json!({"token": "guess"})).await;
    assert_eq!(stopped.problem(), (429, "too_many_requests"));
}

#[tokio::test]
async fn another_address_asks_for_the_password_again() {
    let server = MailServer::start().await;
    let app = with_mail(&server).await;
    let ada = member(&app, &server, "ada").await;
    app.clock.advance(Duration::from_secs(600));
    let body = json!({"email": "ada@new.example"});
    assert_eq!(ada.post("/api/auth/email", body.clone()).await.problem(), (403, "step_up_required"));
    ada.post("/api/auth/confirm", json!({"password": PASSWORD})).await;
    assert_eq!(ada.post("/api/auth/email", body).await.status, StatusCode::ACCEPTED);
    worker::drain(&app.context).await.unwrap();
    let mail = server.mails().pop().unwrap();
    assert_eq!(mail.to, "ada@new.example");
    app.anonymous().post("/api/auth/email/confirm", json!({"token": mail.token()})).await;
    assert_eq!(ada.get("/api/auth/me").await.body["user"]["email"], "ada@new.example");
    worker::drain(&app.context).await.unwrap();
    let note = server.mails().pop().unwrap();
    assert_eq!(
        (note.to.as_str(), note.header("Subject")),
        ("ada@example.org", "Your address for Bastion was changed")
    );
    let confirmed = ada.post("/api/auth/email/send", json!({})).await;
    assert_eq!(confirmed.problem(), (409, "conflict"));
}

/// What the database holds, with what is not in its file yet.
fn stored(app: &TestApp) -> Vec<u8> {
    let url = app.database.url();
    let path = url.trim_start_matches("sqlite://").split('?').next().unwrap().to_owned();
    let mut bytes = std::fs::read(&path).unwrap();
    bytes.extend(std::fs::read(format!("{path}-wal")).unwrap_or_default());
    bytes
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[tokio::test]
async fn a_token_is_in_the_mail_and_nowhere_else() {
    let log = Log::default();
    let _capturing = capture(&log);
    let server = MailServer::start().await;
    let app = with_mail(&server).await;
    let ada = member(&app, &server, "ada").await;
    forgot(&app, "ada").await;
    ada.post("/api/auth/email", json!({"email": "ada@new.example"})).await;
    app.anonymous().post("/api/auth/sign-up", account("bob")).await;
    worker::drain(&app.context).await.unwrap();
    let mails = server.mails();
    assert_eq!(mails.len(), 4);
    let bytes = stored(&app);
    assert!(holds(&bytes, "ada@new.example"), "the file is not the database");
    for mail in &mails {
        assert!(!holds(&bytes, mail.token()), "{} is in the database", mail.header("Subject"));
        assert!(!log.text().contains(mail.token()), "{} is in the log", mail.header("Subject"));
    }
}

/// Has what is logged on this thread kept.
fn capture(log: &Log) -> tracing::subscriber::DefaultGuard {
    let log = log.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || log.clone()).finish();
    tracing::subscriber::set_default(subscriber)
}

#[tokio::test]
async fn without_a_mail_server_the_operator_finds_the_link_in_the_log() {
    let app = without_mail().await;
    let ada = app.user("ada").await;
    assert_eq!(ada.get("/api/auth/me").await.body["user"]["email_confirmed_at"], Value::Null);
    for name in ["ada", "nobody"] {
        let sent = forgot(&app, name).await;
        assert_eq!((sent.status, sent.body), (StatusCode::ACCEPTED, json!({"delivery": "log"})));
    }
    let log = Log::default();
    {
        let _capturing = capture(&log);
        worker::drain(&app.context).await.unwrap();
    }
    let text = log.text();
    let lines: Vec<_> = text.lines().filter(|line| line.contains("/reset-password#")).collect();
    let [line] = lines.as_slice() else { panic!("{text}") };
    for part in ["INFO", "BASTION_SMTP_URL", "hand this link to its owner", "ada@example.org"] {
        assert!(line.contains(part), "{part} is missing: {line}");
    }
    let token: String =
        line.split('#').nth(1).unwrap().chars().take_while(|letter| !" \"".contains(*letter)).collect();
    let reset =
        app.anonymous().post("/api/auth/password/reset", json!({"token": token, "new": NEW_PASSWORD})).await;
    assert_eq!(reset.status, StatusCode::NO_CONTENT, "{}", reset.body);
    sign_in(&app, "ada", NEW_PASSWORD).await;
}

#[tokio::test]
async fn what_does_not_fit_is_refused() {
    let app = without_mail().await;
    let ada = app.user("ada").await;
    for (path, body) in [
        ("/api/auth/password/forgot", json!({"email": "nobody"})),
        ("/api/auth/password/forgot", json!({"email": "a@example.org", "more": true})),
        ("/api/auth/password/reset", json!({"token": "x", "new": "short"})),
        ("/api/auth/password/reset", json!({"token": "x"})),
        ("/api/auth/email", json!({"email": "two @example.org"})),
        ("/api/auth/email", json!({"email": "ADA@example.org"})),
        ("/api/auth/email/confirm", json!({})),
    ] {
        assert_eq!(ada.post(path, body.clone()).await.problem(), (400, "invalid"), "{path} {body}");
    }
    for path in ["/api/auth/email", "/api/auth/email/send"] {
        let reply = app.anonymous().post(path, json!({"email": "a@example.org"})).await;
        assert_eq!(reply.problem(), (401, "unauthenticated"), "{path}");
    }
}
