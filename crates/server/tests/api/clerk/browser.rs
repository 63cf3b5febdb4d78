//! Pages of this server on which people sign in by Clerk.

use std::fs;
use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};
use server::ui::Ui;
use testkit::clerk::{self as object, Clerk, publishable_key};

use super::{Instance, settings};
use crate::app::{Client, Reply, TestApp, Wishes};
use crate::database::TestDatabase;

/// What every page may load that is no page of Clerk's.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
    img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; \
    base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

impl Instance {
    /// What a page does that has got a token, in the browser of `client`.
    async fn signs_in(&self, client: &Client, session: &str, with: &Value) -> Reply {
        let token = self.token("user_ada", session, Some(("org_2", "admin")), with);
        client.post("/api/auth/clerk", json!({"token": token})).await
    }
}

#[tokio::test]
async fn a_page_signs_in_by_a_token_and_its_session_ends_with_the_one_at_clerk() {
    let instance = Instance::start(TestDatabase::sqlite().await).await;
    let (app, clerk) = (&instance.app, &instance.clerk);
    let [acme, beta] = [("org_1", "Acme"), ("org_2", "Beta")]
        .map(|(id, name)| object::organization(id, name, "user_ada", 1));
    clerk.keep(&object::user("user_ada", "ada@example.org", "Ada", 1));
    for (number, organization) in [(1, &acme), (2, &beta)] {
        clerk.keep(organization);
        let id = format!("orgmem_{number}");
        clerk.keep(&object::membership(&id, organization, "user_ada", "org:admin", 1));
    }
    let nobody = app.anonymous();
    let none = json!({});
    let told = json!({"publishable_key": publishable_key(&clerk.base), "frontend_api": clerk.base});
    assert_eq!(nobody.get("/api/auth/methods").await.body, json!({"clerk": told}));
    // Whoever comes for the first time; in the organization that they have chosen there.
    let first = instance.signs_in(&nobody, "sess_1", &none).await;
    assert_eq!((first.status, first.body["without_password"].as_bool()), (StatusCode::OK, Some(true)));
    assert!(first.body["default_org"].as_str().unwrap().starts_with("beta"), "{}", first.body);
    let cookie = first.header("set-cookie");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    let ada = nobody.with_cookie_of(&first);
    // Long after the token has ended.
    app.clock.advance(Duration::from_secs(60 * 60));
    assert_eq!(ada.get("/api/org").await.body["name"], "Beta");
    // What does not hold, and what another site would have sent.
    for with in [json!({"exp": 5}), json!({"azp": "https://evil.example"}), json!({"sts": "pending"})] {
        let refused = instance.signs_in(&nobody, "sess_1", &with).await;
        assert_eq!(refused.problem(), (401, "unauthenticated"), "{with}");
    }
    let elsewhere = nobody.with("sec-fetch-site", "cross-site").with("origin", "https://evil.example");
    assert_eq!(instance.signs_in(&elsewhere, "sess_1", &none).await.problem(), (403, "cross_site"));
    // Once more in the same browser: the one before ends, and that ends nothing else.
    let again = ada.with_cookie_of(&instance.signs_in(&ada, "sess_1", &json!({"fva": [30, -1]})).await);
    assert_eq!(ada.get("/api/auth/me").await.problem(), (401, "unauthenticated"));
    assert_eq!(again.get("/api/auth/sessions").await.body["items"].as_array().unwrap().len(), 1);
    // What is dangerous needs a proof at Clerk that is fresh.
    let invite = json!({"email": "eve@example.org", "role": "owner"});
    let stale = again.post("/api/org/invitations", invite.clone()).await;
    assert_eq!(stale.problem(), (403, "step_up_required"));
    let ada = again.with_cookie_of(&instance.signs_in(&again, "sess_1", &none).await);
    assert_eq!(ada.post("/api/org/invitations", invite).await.status, StatusCode::CREATED);
    // Signed out here: the session at Clerk opens nothing any more, in whatever way it comes.
    let bearer = instance.bearer(&instance.token("user_ada", "sess_1", None, &none));
    assert_eq!(bearer.get("/api/auth/me").await.status, StatusCode::OK);
    assert_eq!(ada.post("/api/auth/sign-out", none.clone()).await.status, StatusCode::NO_CONTENT);
    for client in [&ada, &bearer] {
        assert_eq!(client.get("/api/auth/me").await.problem(), (401, "unauthenticated"));
    }
    assert_eq!(instance.signs_in(&nobody, "sess_1", &none).await.problem(), (401, "unauthenticated"));
    // Ended there: at once, also before anybody has come with it.
    let ada = nobody.with_cookie_of(&instance.signs_in(&nobody, "sess_2", &none).await);
    assert_eq!(ada.get("/api/auth/me").await.status, StatusCode::OK);
    for (number, session) in ["sess_2", "sess_2", "sess_3"].into_iter().enumerate() {
        let ended = json!({"id": session, "user_id": "user_ada", "status": "removed"});
        instance.told(&format!("msg_{number}"), "session.removed", &ended).await;
    }
    assert_eq!(ada.get("/api/auth/me").await.problem(), (401, "unauthenticated"));
    for session in ["sess_2", "sess_3"] {
        assert_eq!(instance.signs_in(&nobody, session, &none).await.problem(), (401, "unauthenticated"));
    }
    // Whoever is not let in is told why.
    clerk.keep(&object::user("user_dan", "dan@example.org", "Dan", 1));
    app.user("dan").await;
    let token = instance.token("user_dan", "sess_dan", None, &none);
    let denied = nobody.post("/api/auth/clerk", json!({"token": token})).await;
    assert_eq!(denied.problem(), (403, "sso_denied"));
}

#[tokio::test]
async fn only_the_page_of_clerk_may_load_what_is_clerks_and_only_where_it_is_used() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("index.html"), "<!doctype html>page").unwrap();
    let clerk = Clerk::start().await;
    let pages = ["/", "/sign-in", "/sign-in/clerk", "/sign-in/clerk/", "/sign-in/callback", "/dashboard"];
    let mut without_key = settings(&clerk);
    without_key.publishable_key = None;
    for (clerk, is_on) in [(None, false), (Some(without_key), false), (Some(settings(&clerk)), true)] {
        let ui = Ui::Folder(folder.path().to_owned());
        let issuer = clerk.as_ref().map(|settings| settings.issuer.clone()).unwrap_or_default();
        let wishes = Wishes { ui, clerk, ..Wishes::default() };
        let app = TestApp::with(TestDatabase::sqlite().await, wishes).await;
        let browser = app.anonymous().with("accept", "text/html,*/*");
        for path in pages {
            let page = browser.get(path).await;
            let policy = page.header("content-security-policy");
            if !is_on || path != "/sign-in/clerk" {
                assert_eq!(policy, POLICY, "{path}");
                continue;
            }
            for part in [
                format!("script-src 'self' 'wasm-unsafe-eval' {issuer} https://challenges.cloudflare.com "),
                format!("connect-src 'self' {issuer} "),
                "style-src 'self' 'unsafe-inline';".to_owned(),
                "frame-ancestors 'none'".to_owned(),
            ] {
                assert!(policy.contains(&part), "{policy}");
            }
            let known = browser.with("if-none-match", page.header("etag")).get(path).await;
            assert_eq!(known.status, StatusCode::NOT_MODIFIED);
            assert_eq!(known.header("content-security-policy"), policy);
        }
        if !is_on {
            assert_eq!(app.anonymous().get("/api/auth/methods").await.body, json!({"clerk": null}));
            let refused = app.anonymous().post("/api/auth/clerk", json!({"token": "x"})).await;
            assert_eq!(refused.problem(), (404, "not_found"));
        }
    }
}
