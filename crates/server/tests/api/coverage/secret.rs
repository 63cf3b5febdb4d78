//! Secrets come in and never out: not in an answer, not in the log, not in the audit log.

use reqwest::Method;
use serde_json::json;
use service::worker;

use super::estate::Estate;
use super::operation::operations;
use crate::app::TestApp;
use crate::database::TestDatabase;
use crate::log;

/// In the middle of every secret: their ends may be shown.
const SECRET: &str = "never-shown-5f0c1d9e";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_operation_shows_a_secret_and_nothing_writes_one_down() {
    // All but what the test's own client says.
    let log = log::start("trace,hyper=off,hyper_util=off,reqwest=off");
    let app = TestApp::start(TestDatabase::sqlite().await).await;
    let estate = Estate::new(&app, "acme").await;
    let owner = &estate.owner;
    let secret = |of: &str| format!("{of}-{SECRET}-{of}");
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
    let key = json!({"llm_key": secret("model")});
    assert!(owner.send(Method::PUT, "/api/org/ai", Some(key)).await.status.is_success());
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
        assert!(!reply.body.to_string().contains(SECRET), "{}", reply.body);
    }
    worker::drain(&app.context).await.unwrap();
    let mut asked = 0;
    let (ending, others): (Vec<_>, Vec<_>) = operations().into_iter().partition(|operation| {
        operation.method == "DELETE" || operation.name.starts_with("sign") || operation.streams
    });
    for operation in others {
        let path = operation.address(Some(&estate));
        let reply = owner.send(operation.method.clone(), &path, Some(operation.body(&estate))).await;
        assert!(
            !reply.body.to_string().contains(SECRET),
            "{} shows a secret: {}",
            operation.name,
            reply.body
        );
        assert!(reply.status.as_u16() < 500 || reply.status == 502, "{}: {}", operation.name, reply.body);
        asked += 1;
    }
    assert!(asked > 80 && ending.len() < 20, "{asked} operations, but for {}", ending.len());
    worker::drain(&app.context).await.unwrap();
    for format in ["csv", "jsonl"] {
        let written = owner.get(&format!("/api/org/audit/export?format={format}")).await.body.to_string();
        assert!(written.contains("source.created") && !written.contains(SECRET), "{written}");
    }
    let text = log.text();
    assert!(text.contains("/api/org/setup"), "the log is not captured");
    let shown: Vec<_> = text.lines().filter(|line| line.contains(SECRET)).collect();
    assert!(shown.is_empty(), "{shown:#?}");
}
