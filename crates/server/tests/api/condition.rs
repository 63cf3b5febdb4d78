//! `If-Match`: what two people edit is changed by the one who has read it as it is.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::{Client, TestApp};
use crate::database::on_both_databases;
use crate::remote_check::{film, record};

on_both_databases![
    whoever_has_not_read_the_newest_form_changes_nothing,
    of_two_who_have_read_the_same_one_changes_it,
];

/// Something that people edit.
struct Document {
    read: String,
    method: Method,
    write: String,
    /// The change that is made when so many were made already.
    change: fn(u32) -> Value,
}

impl Document {
    fn new(method: Method, path: &str, change: fn(u32) -> Value) -> Self {
        Self { read: path.to_owned(), method, write: path.to_owned(), change }
    }

    async fn tag(&self, client: &Client) -> String {
        let read = client.get(&self.read).await;
        assert_eq!(read.status, StatusCode::OK, "{}: {}", self.read, read.body);
        read.header("etag").to_owned()
    }

    async fn write(&self, client: &Client, made: u32) -> (u16, String) {
        let reply = client.send(self.method.clone(), &self.write, Some((self.change)(made))).await;
        (reply.status.as_u16(), reply.body["code"].as_str().unwrap_or_default().to_owned())
    }
}

async fn documents(app: &TestApp, owner: &Client) -> Vec<Document> {
    // Nothing listens there, and nothing asks: no worker runs.
    let body = json!({"name": "shop", "transport": "direct", "url": "http://127.0.0.1:9/mcp"});
    let source = owner.post("/api/sources", body).await.body;
    record(app, owner, &source, &film(&["id"])).await;
    let rule = json!({"kind": "not_null", "column": "id"});
    let expected = json!({"table": "public.film", "rule": rule});
    let expectation = owner.post("/api/expectations", expected).await.body["id"].as_str().unwrap().to_owned();
    let (put, patch) = (|| Method::PUT, || Method::PATCH);
    let object = "/api/schema/objects/public.film";
    vec![
        Document::new(patch(), "/api/org", |made| json!({"name": format!("Acme {made}")})),
        Document::new(patch(), "/api/sources/shop", |made| json!({"agent_source": format!("shop-{made}")})),
        Document::new(put(), "/api/sources/shop/schedule", |made| json!({"every_minutes": 60 + made})),
        Document::new(put(), "/api/agents/schedule", |made| json!({"every_minutes": 90 + made})),
        Document::new(
            put(),
            "/api/drift/policy",
            |made| json!({"version": made, "text": format!("# {made}\nversion: 1\n")}),
        ),
        Document::new(put(), "/api/ownership", |made| {
            let team = json!({"kind": "team", "name": format!("team-{made}")});
            json!({"version": made, "rules": [{"owner": team}]})
        }),
        Document::new(put(), "/api/org/notifications", |made| {
            let roles = [json!(["owner"]), json!(["admin"]), json!(["viewer"])];
            let critical = roles.into_iter().cycle().nth(made.try_into().unwrap());
            json!({"version": made, "incidents": {"critical": critical, "warning": []}})
        }),
        Document::new(
            put(),
            "/api/org/ai",
            |made| json!({"llm_key": format!("sk-of-the-model-{made}{made}{made}{made}")}),
        ),
        Document::new(
            put(),
            "/api/sensitivity",
            |made| json!({"sensitivity": if made.is_multiple_of(2) { "high" } else { "low" }}),
        ),
        Document::new(
            patch(),
            &format!("/api/expectations/{expectation}"),
            |made| json!({"description": format!("Rule {made}")}),
        ),
        Document::new(patch(), object, |made| json!({"description": format!("Films {made}")})),
        Document {
            read: object.to_owned(),
            method: Method::PATCH,
            write: format!("{object}.id"),
            change: |made| json!({"description": format!("Number {made}")}),
        },
    ]
}

async fn whoever_has_not_read_the_newest_form_changes_nothing(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    let vera = app.member(&ada, "vera", "viewer").await;
    for document in documents(app, &ada).await {
        let write = &document.write;
        let first = document.tag(&ada).await;
        let late = ada.with("if-match", &first);
        assert_eq!(document.write(&late, 0).await.0, 200, "{write}");
        let second = document.tag(&ada).await;
        assert_ne!(first, second, "{write}");
        for made in [0, 1] {
            let refused = document.write(&late, made).await;
            assert_eq!(refused, (412, "precondition_failed".to_owned()), "{write}");
        }
        assert_eq!(document.tag(&ada).await, second, "{write}: a refused change was made");
        // A proxy that compresses an answer makes its tag a weak one.
        let weak = format!("\"other\", W/{}", second.trim_start_matches("W/"));
        assert_eq!(document.write(&ada.with("if-match", &weak), 1).await.0, 200, "{write}");
        assert_eq!(document.write(&ada, 2).await.0, 200, "{write}");
        assert_eq!(document.write(&ada.with("if-match", "*"), 3).await.0, 200, "{write}");
        let unquoted = ada.with("if-match", "newest");
        assert_eq!(document.write(&unquoted, 4).await, (400, "invalid".to_owned()), "{write}");
        // Who may not change it learns nothing of it.
        for tag in [first.as_str(), "newest"] {
            assert_eq!(document.write(&vera.with("if-match", tag), 4).await.0, 403, "{write}");
        }
    }
}

async fn of_two_who_have_read_the_same_one_changes_it(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    for document in documents(app, &ada).await {
        let knowing = ada.with("if-match", &document.tag(&ada).await);
        let (one, other) = tokio::join!(document.write(&knowing, 0), document.write(&knowing, 0));
        let mut statuses = [one.0, other.0];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412], "{}", document.write);
    }
}
