//! Secrets come in and never out: not in an answer, not in the log, not in the audit log.

use reqwest::Method;
use serde_json::json;
use server::rate_limit::Limits;
use service::{Clock as _, Mail, Mailer as _, Sender, Smtp, SmtpServer, worker};
use testkit::issuer::{CLIENT, Issuer};
use types::Timestamp;

use super::estate::Estate;
use super::operation::operations;
use crate::app::{TestApp, Wishes};
use crate::database::TestDatabase;
use crate::log;

/// In the middle of every secret: their ends may be shown.
const SECRET: &str = "never-shown-5f0c1d9e";

fn letter(at: Timestamp) -> Mail {
    let text = |text: &str| text.to_owned();
    Mail { id: text("1"), to: text("ada@example.org"), subject: text("Hello"), text: text("Hello\n"), at }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_operation_shows_a_secret_and_nothing_writes_one_down() {
    // All but what the test's own client says.
    let log = log::start("trace,hyper=off,hyper_util=off,reqwest=off");
    let secret = |of: &str| format!("{of}-{SECRET}-{of}");
    let rate_limits =
        Limits { read: 10_000, write: 10_000, ai: 10_000, export: 10_000, auth: 10_000, webhook: 10_000 };
    let app = TestApp::with(TestDatabase::sqlite().await, Wishes { rate_limits, ..Wishes::default() }).await;
    let estate = Estate::new(&app, "acme").await;
    let owner = &estate.owner;
    let clock = app.clock.clone();
    let issuer = Issuer::start(move || clock.now().millis() / 1000).await;
    let sso = json!({"issuer": issuer.base, "client_id": CLIENT, "client_secret": secret("client"),
        "default_role": "viewer", "required": false, "domains": ["example.org"]});
    let kept = owner.send(Method::PUT, "/api/org/sso", Some(sso)).await;
    assert!(kept.status.is_success(), "{}", kept.body);
    // A real key, which the answer that makes it shows, and nothing else.
    let made = owner.post("/api/org/api-keys", json!({"name": "program", "role": "owner"})).await.body;
    let key = made["key"].as_str().unwrap().to_owned();
    let program = app.anonymous().with("authorization", &format!("Bearer {key}"));
    assert!(program.get("/api/org").await.status.is_success());
    let shows = |text: &str| text.contains(SECRET) || text.contains(&key);
    // Where nobody takes mail either.
    let server = SmtpServer::parse(&format!("smtp://bastion:{}@127.0.0.1:9", secret("mail"))).unwrap();
    let mailer = Smtp::new(server, Sender::parse("bastion@example.org").unwrap()).unwrap();
    let refused = mailer.send(&letter(app.context.now())).await.unwrap_err();
    assert!(!shows(&format!("{refused:?} {refused}")), "{refused}");
    // A gateway at which nobody listens: the secrets are used, and refused with what is wrong.
    let setup = json!({
        "archestra_url": "http://127.0.0.1:9",
        "api_key": secret("api-key"),
        "gateway": "default",
        "gateway_token": secret("gateway"),
        "llm_key": secret("model"),
        "bastion_mcp_url": "http://127.0.0.1:9/mcp",
        "bastion_mcp_token": secret("agent"),
    });
    assert!(owner.post("/api/org/setup", setup.clone()).await.status.is_success());
    let model = json!({"llm_key": secret("model")});
    assert!(owner.send(Method::PUT, "/api/org/ai", Some(model)).await.status.is_success());
    let source = json!({
        "name": "other", "transport": "direct", "url": "http://127.0.0.1:9/mcp", "token": secret("source"),
    });
    assert!(owner.post("/api/sources", source.clone()).await.status.is_success());
    let refused = [
        owner.post("/api/sources", source).await,
        owner.post("/api/org/test-connection", json!({"setup": setup})).await,
        owner.post("/api/org/test-connection", json!({})).await,
        owner.post("/api/org/setup", json!({"api_key": {"not": secret("shape")}})).await,
        owner.post("/api/auth/confirm", json!({"password": secret("password")})).await,
        app.anonymous()
            .post("/api/auth/sign-in", json!({"email": "a@example.org", "password": secret("password")}))
            .await,
        app.anonymous().with("authorization", &format!("Bearer {}", secret("bearer"))).get("/api/org").await,
    ];
    for reply in refused {
        assert!(!shows(&reply.body.to_string()), "{}", reply.body);
    }
    worker::drain(&app.context).await.unwrap();
    let mut asked = 0;
    let (ending, others): (Vec<_>, Vec<_>) = operations().into_iter().partition(|operation| {
        operation.method == "DELETE" || operation.name.starts_with("sign") || operation.streams
    });
    for operation in others {
        let path = operation.address(Some(&estate));
        for client in [owner, &program] {
            let reply = client.send(operation.method.clone(), &path, Some(operation.body(&estate))).await;
            let text = format!("{:?} {}", reply.headers, reply.body);
            assert!(!shows(&text), "{} shows a secret: {text}", operation.name);
            let status = reply.status.as_u16();
            assert!(status < 500 || status == 502, "{}: {text}", operation.name);
        }
        asked += 1;
    }
    assert!(asked > 80 && ending.len() < 20, "{asked} operations, but for {}", ending.len());
    worker::drain(&app.context).await.unwrap();
    for format in ["csv", "jsonl"] {
        let written = owner.get(&format!("/api/org/audit/export?format={format}")).await.body.to_string();
        assert!(written.contains("source.created") && !shows(&written), "{written}");
    }
    let text = log.text();
    assert!(text.contains("/api/org/setup"), "the log is not captured");
    let shown: Vec<_> = text.lines().filter(|line| shows(line)).collect();
    assert!(shown.is_empty(), "{shown:#?}");
}
