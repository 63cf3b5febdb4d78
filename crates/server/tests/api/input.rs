//! What is sent to do harm, by its form or from elsewhere, and where a request says which organization it means.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::app::{TestApp, Wishes};
use crate::database::TestDatabase;

/// What `gzip` makes of `{"name":"Acme"}`.
const GZIP: [u8; 33] = [
    31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 171, 86, 202, 75, 204, 77, 85, 178, 82, 114, 76, 6, 82, 181, 0, 135, 85,
    245, 60, 15, 0, 0, 0,
];

async fn with(wishes: Wishes) -> TestApp {
    TestApp::with(TestDatabase::sqlite().await, wishes).await
}

#[tokio::test]
async fn a_body_that_is_deep_or_compressed_is_not_unfolded() {
    let app = with(Wishes::default()).await;
    let ada = app.user("ada").await;
    let deep = format!("{{\"name\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let reply = ada.send_text(Method::POST, "/api/orgs", Some(("application/json", deep))).await;
    assert_eq!(reply.problem(), (400, "invalid"), "{}", reply.body);

    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let sent = client
        .post(format!("{}/api/orgs", app.base))
        .header("cookie", ada.cookie())
        .header("sec-fetch-site", "same-origin")
        .header("content-type", "application/json")
        .header("content-encoding", "gzip")
        .body(GZIP.to_vec());
    let answer = sent.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert!(answer.text().await.unwrap().contains("without compressing it"));

    let (owner, _) = app.founder("olga", "Acme").await;
    for (levels, expected, words) in
        [(200, (400, "malformed_json"), "nested too deeply"), (100, (400, "invalid"), "policy")]
    {
        let policy = format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        let body = format!("{{\"version\":0,\"policy\":{policy}}}");
        let reply = owner.send_text(Method::PUT, "/api/drift/policy", Some(("application/json", body))).await;
        assert_eq!(reply.problem(), expected, "{}", reply.body);
        assert!(reply.body.to_string().contains(words), "{}", reply.body);
    }
}

#[tokio::test]
async fn no_other_site_is_allowed_anything() {
    let app = with(Wishes::default()).await;
    let ada = app.user("ada").await.with("origin", "https://evil.example");
    let asking = ada
        .with("access-control-request-method", "POST")
        .with("access-control-request-headers", "content-type");
    let replies = [
        asking.send(Method::OPTIONS, "/api/orgs", None).await,
        asking.send(Method::OPTIONS, "/api/auth/me", None).await,
        ada.get("/api/auth/me").await,
        ada.get("/openapi.json").await,
        ada.get("/nothing").await,
    ];
    for reply in replies {
        let named = reply.headers.keys().find(|name| name.as_str().starts_with("access-control-"));
        assert_eq!(named, None, "{}", reply.status);
    }
}

#[tokio::test]
async fn the_organization_is_that_of_the_header_then_the_query_then_the_subdomain_then_the_session() {
    let app = with(Wishes { public_url: Some("http://bastion.localhost"), ..Wishes::default() }).await;
    let (ada, first) = app.founder("ada", "First").await;
    let second = ada.post("/api/orgs", json!({"name": "Second"})).await.body;
    let third = ada.post("/api/orgs", json!({"name": "Third"})).await.body;
    let (_, others) = app.founder("bob", "Others").await;
    let slug = |organization: &serde_json::Value| organization["slug"].as_str().unwrap().to_owned();
    let at = |host: &str| ada.with("host", host);
    let name = |reply: crate::app::Reply| reply.body["name"].clone();
    let subdomain = format!("{}.bastion.localhost:8080", slug(&first));
    let by_query = format!("/api/org?org={}", slug(&second));
    assert_eq!(name(at(&subdomain).get("/api/org").await), "First");
    assert_eq!(name(at(&subdomain).get(&by_query).await), "Second");
    assert_eq!(name(at(&subdomain).in_org(&third).get(&by_query).await), "Third");
    for host in
        ["bastion.localhost", "www.bastion.localhost", "first.elsewhere.example", "a.b.bastion.localhost"]
    {
        assert_eq!(name(at(host).get("/api/org").await), "Third", "{host}");
    }
    // Another's, and one that is not there, are told apart by nobody.
    for host in [format!("{}.bastion.localhost", slug(&others)), "nobodys.bastion.localhost".to_owned()] {
        assert_eq!(at(&host).get("/api/org").await.status, StatusCode::NOT_FOUND, "{host}");
    }
    // What anybody may claim to have been asked is believed of nobody.
    let claimed = [("x-forwarded-host", subdomain.clone()), ("forwarded", format!("host={subdomain}"))];
    for (header, value) in &claimed {
        assert_eq!(name(at("bastion.localhost").with(header, value).get("/api/org").await), "Third");
    }
}

#[tokio::test]
async fn the_host_that_a_trusted_proxy_names_is_believed() {
    let app = with(Wishes {
        public_url: Some("http://bastion.localhost"),
        trusted_proxies: vec!["127.0.0.0/8".parse().unwrap()],
        ..Wishes::default()
    })
    .await;
    let (ada, first) = app.founder("ada", "First").await;
    ada.post("/api/orgs", json!({"name": "Second"})).await;
    let subdomain = format!("{}.bastion.localhost", first["slug"].as_str().unwrap());
    let by_proxy = ada.with("host", "127.0.0.1:8080").with("x-forwarded-host", &subdomain);
    assert_eq!(by_proxy.get("/api/org").await.body["name"], "First");
    assert_eq!(ada.get("/api/org").await.body["name"], "Second");
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let app = with(Wishes { body_timeout: Duration::from_millis(100), ..Wishes::default() }).await;
    let ada = app.user("ada").await;
    let address = app.base.strip_prefix("http://").unwrap().to_owned();
    for key in ["", "Idempotency-Key: once\r\n"] {
        let head = format!(
            "POST /api/orgs HTTP/1.1\r\nHost: {address}\r\nCookie: {}\r\nSec-Fetch-Site: same-origin\r\n{key}\
             Content-Type: application/json\r\nContent-Length: 20\r\n\r\n{{\"name\":",
            ada.cookie()
        );
        let address = address.clone();
        let answered = tokio::task::spawn_blocking(move || {
            let mut connection = TcpStream::connect(address).unwrap();
            connection.write_all(head.as_bytes()).unwrap();
            let mut answer = [0; 4096];
            let read = connection.read(&mut answer).unwrap();
            String::from_utf8_lossy(&answer[..read]).into_owned()
        });
        let answer = answered.await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 408 "), "{key}: {answer}");
    }
}

#[tokio::test]
async fn headers_that_do_not_come_are_not_waited_for_and_keep_nobody_from_an_answer() {
    let app = with(Wishes { header_timeout: Duration::from_millis(500), ..Wishes::default() }).await;
    let address = app.base.strip_prefix("http://").unwrap().to_owned();
    // More than there are workers: one.
    let open = |_| {
        let mut connection = TcpStream::connect(&address).unwrap();
        connection.write_all(b"GET /livez HTTP/1.1\r\nHost: a\r\nX-Slow: ").unwrap();
        connection.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        connection
    };
    let connections: Vec<_> = (0..20).map(open).collect();
    assert_eq!(app.anonymous().get("/livez").await.status, StatusCode::NO_CONTENT);
    let ended = tokio::task::spawn_blocking(move || {
        let read = |mut connection: TcpStream| {
            let mut answer = String::new();
            connection.read_to_string(&mut answer).unwrap();
            answer
        };
        connections.into_iter().map(read).collect::<Vec<_>>()
    });
    for answer in ended.await.unwrap() {
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    }
}
