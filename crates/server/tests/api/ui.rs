//! The browser's files.

use std::fs;

use reqwest::StatusCode;
use server::ui::Ui;

use crate::app::{TestApp, Wishes};
use crate::database::TestDatabase;

#[tokio::test]
async fn files_are_served_as_a_browser_needs_them() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("assets")).unwrap();
    for (name, content) in [
        ("index.html", "<!doctype html>page"),
        ("assets/app-1a2b.wasm", "plain"),
        ("assets/app-1a2b.wasm.br", "brotli"),
        ("assets/app-1a2b.wasm.gz", "gzip"),
        (".hidden", "hidden"),
    ] {
        fs::write(folder.path().join(name), content).unwrap();
    }
    fs::write(folder.path().parent().unwrap().join("outside.txt"), "outside").unwrap();
    let wishes = Wishes { ui: Ui::Folder(folder.path().to_owned()), ..Wishes::default() };
    let app = TestApp::with(TestDatabase::sqlite().await, wishes).await;
    let browser = app.anonymous().with("accept", "text/html,*/*");

    let wasm = app.anonymous().with("accept-encoding", "gzip, br").get("/assets/app-1a2b.wasm").await;
    assert_eq!(wasm.body, "brotli");
    assert_eq!(wasm.header("content-encoding"), "br");
    assert_eq!(wasm.header("content-type"), "application/wasm");
    assert_eq!(wasm.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(app.anonymous().get("/assets/app-1a2b.wasm").await.body, "plain");

    for path in ["/", "/dashboard", "/dashboard/schema/public.film"] {
        let page = browser.get(path).await;
        assert_eq!(page.body, "<!doctype html>page", "{path}");
        assert_eq!(page.header("cache-control"), "no-cache");
        let policy = page.header("content-security-policy");
        assert!(policy.contains("script-src 'self' 'wasm-unsafe-eval';"), "{policy}");
        assert!(!policy.contains("unsafe-inline"), "{policy}");
    }
    for accept in ["*/*", "text/html"] {
        assert_eq!(app.anonymous().with("accept", accept).get("/").await.status, StatusCode::OK, "{accept}");
    }
    assert_eq!(
        app.anonymous().with("accept", "application/json").get("/gone.json").await.status,
        StatusCode::NOT_FOUND
    );
    let known = browser.get("/").await;
    let again = browser.with("if-none-match", known.header("etag")).get("/").await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);

    for path in ["/assets/gone.js", "/api/nothing", "/assets/../../outside.txt", "/%2e%2e/outside.txt"] {
        assert_ne!(browser.get(path).await.body, "outside", "{path}");
    }
    assert_eq!(browser.get("/assets/gone.js").await.problem(), (404, "not_found"));
    assert_eq!(browser.get("/api/nothing").await.problem(), (404, "not_found"));
    assert_eq!(app.anonymous().with("accept", "*/*").get("/.hidden").await.problem(), (404, "not_found"));
    assert_eq!(app.anonymous().get("/config.json").await.body, serde_json::json!({}));
}
