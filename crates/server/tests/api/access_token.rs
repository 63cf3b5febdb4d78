//! Access tokens: what an API key or a session is exchanged for, what opens by one, and what ends with it.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use types::Timestamp;

use crate::app::{Client, PASSWORD, TestApp};
use crate::database::on_both_databases;

on_both_databases![
    a_token_does_what_its_key_may_until_it_or_the_key_ends,
    a_token_is_given_no_more_than_was_asked_and_no_more_than_its_maker_may,
    a_token_of_a_session_ends_with_it_and_with_the_membership,
    the_set_of_keys_is_for_everybody_and_may_be_kept,
];

const TOKEN: &str = "/api/auth/token";
const KEYS: &str = "/api/org/api-keys";

async fn make_key(owner: &Client, body: Value) -> Value {
    let made = owner.post(KEYS, body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    made.body
}

fn bearer(app: &TestApp, token: &Value) -> Client {
    app.anonymous().with("authorization", &format!("Bearer {}", token.as_str().unwrap()))
}

async fn exchange(who: &Client, body: Value) -> Value {
    let issued = who.post(TOKEN, body).await;
    assert_eq!(issued.status, StatusCode::OK, "{}", issued.body);
    assert_eq!(issued.header("cache-control"), "no-store");
    issued.body
}

fn part(token: &Value, index: usize) -> Value {
    let part = token.as_str().unwrap().split('.').nth(index).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

fn fault(body: &Value) -> (&str, &str) {
    let error = &body["errors"][0];
    (error["pointer"].as_str().unwrap_or_default(), error["code"].as_str().unwrap_or_default())
}

async fn a_token_does_what_its_key_may_until_it_or_the_key_ends(app: &TestApp) {
    let (ada, organization) = app.founder("ada", "Acme").await;
    let (_, other) = app.founder("bob", "Other").await;
    let limits = json!({"addresses": ["127.0.0.1"]});
    let key = make_key(&ada, json!({"name": "ci", "role": "admin", "limits": limits})).await;
    let program = bearer(app, &key["key"]);
    // Without a body it holds for five minutes and may do all that a token may.
    let issued = program.send(Method::POST, TOKEN, None).await;
    assert_eq!(issued.status, StatusCode::OK, "{}", issued.body);
    let issued = issued.body;
    assert_eq!((&issued["token_type"], &issued["expires_in"]), (&json!("Bearer"), &json!(300)));
    assert_eq!(issued["expires_at"], "2027-01-15T08:05:00.000Z");
    let token = &issued["access_token"];
    let (header, claims) = (part(token, 0), part(token, 1));
    let id = key["id"].as_str().unwrap();
    assert_eq!((&header["alg"], &header["typ"]), (&json!("EdDSA"), &json!("at+jwt")));
    for (name, expected) in [
        ("iss", json!(app.base)),
        ("aud", json!(format!("{}/api", app.base))),
        ("sub", json!(format!("api_key:{id}"))),
        ("client_id", json!(format!("api_key:{id}"))),
        ("org", organization["id"].clone()),
        ("iat", json!(1_800_000_000)),
        ("nbf", json!(1_800_000_000)),
        ("exp", json!(1_800_000_300)),
        ("role", json!("admin")),
    ] {
        assert_eq!(claims[name], expected, "{name}");
    }
    let scope: Vec<_> = claims["scope"].as_str().unwrap().split(' ').map(|word| json!(word)).collect();
    assert_eq!(json!(scope), issued["permissions"]);
    assert!(scope.contains(&json!("audit.read")) && !scope.contains(&json!("secret.rotate")), "{scope:?}");

    let holder = bearer(app, token);
    assert_eq!(holder.get("/api/org").await.body["name"], "Acme");
    assert_eq!(holder.in_org(&organization).get("/api/org").await.status, StatusCode::OK);
    assert_eq!(holder.in_org(&other).get("/api/org").await.problem(), (404, "not_found"));
    assert_eq!(holder.patch("/api/org", json!({"name": "Acme 2"})).await.status, StatusCode::OK);
    let audit = ada.get("/api/org/audit?action=organization.renamed").await.body;
    assert_eq!(audit["items"][0]["actor"], "API key ci");
    // It makes nothing that outlasts it, and is nobody at a screen.
    for (method, path, expected) in [
        (Method::POST, TOKEN, (403, "forbidden")),
        (Method::POST, KEYS, (403, "forbidden")),
        (Method::POST, "/api/org/rotate-keys", (403, "forbidden")),
        (Method::DELETE, "/api/org", (403, "forbidden")),
        (Method::GET, "/api/auth/me", (401, "unauthenticated")),
    ] {
        let refused = holder.send(method.clone(), path, Some(json!({"name": "x", "role": "viewer"}))).await;
        assert_eq!(refused.problem(), expected, "{method} {path}: {}", refused.body);
    }
    let text = token.as_str().unwrap();
    let elsewhere = exchange(&program, json!({"audience": "https://reports.example"})).await;
    assert_eq!(part(&elsewhere["access_token"], 1)["aud"], "https://reports.example");
    for wrong in [
        elsewhere["access_token"].clone(),
        json!(&text[..text.len() - 2]),
        json!(text.replacen("ey", "eY", 1)),
        json!("a.b.c"),
    ] {
        assert_eq!(bearer(app, &wrong).get("/api/org").await.problem(), (401, "unauthenticated"), "{wrong}");
    }

    app.clock.advance(Duration::from_secs(330));
    assert_eq!(holder.get("/api/org").await.problem(), (401, "access_token_expired"));
    assert_eq!(holder.post(TOKEN, json!({})).await.problem(), (401, "access_token_expired"));
    let again = bearer(app, &exchange(&program, json!({})).await["access_token"]);
    assert_eq!(again.get("/api/org").await.status, StatusCode::OK);
    ada.delete(&format!("{KEYS}/{id}")).await;
    assert_eq!(again.get("/api/org").await.problem(), (401, "unauthenticated"), "its key is revoked");
}

async fn a_token_is_given_no_more_than_was_asked_and_no_more_than_its_maker_may(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    let direct = |name: &str| json!({"name": name, "transport": "direct", "url": "http://127.0.0.1:9/mcp"});
    let mut sources = Vec::new();
    for name in ["shop", "bank", "mill"] {
        sources.push(ada.post("/api/sources", direct(name)).await.body["id"].clone());
    }
    let limits = json!({"sources": [sources[0], sources[1]]});
    let soon = Timestamp::from_millis(app.context.now().millis() + 60_000).unwrap();
    let key = json!({"name": "ci", "role": "member", "limits": limits, "expires_at": soon});
    let program = bearer(app, &make_key(&ada, key).await["key"]);
    let seen = async |who: &Client| -> Vec<Value> {
        let listed = who.get("/api/sources").await.body;
        listed["items"].as_array().unwrap().iter().map(|source| source["name"].clone()).collect()
    };
    // It ends with its key, and sees what that sees.
    let whole = exchange(&program, json!({"ttl_seconds": 900})).await;
    assert_eq!(whole["expires_in"], 60);
    let mut both = [sources[0].clone(), sources[1].clone()];
    both.sort_by_key(ToString::to_string);
    assert_eq!(whole["sources"], json!(both));
    assert_eq!(part(&whole["access_token"], 1)["sources"], whole["sources"]);
    assert_eq!(seen(&bearer(app, &whole["access_token"])).await, [json!("bank"), json!("shop")]);
    let asked = json!({"sources": [sources[0]], "permissions": ["source.read", "schema.read"]});
    let narrow = exchange(&program, asked).await;
    assert_eq!(narrow["permissions"], json!(["source.read", "schema.read"]));
    let holder = bearer(app, &narrow["access_token"]);
    assert_eq!(seen(&holder).await, [json!("shop")]);
    assert_eq!(holder.get("/api/sources/bank").await.problem(), (404, "not_found"));
    let refused = holder.get("/api/scan/runs").await;
    assert_eq!(refused.problem(), (403, "forbidden"));
    assert!(
        refused.body["detail"].as_str().unwrap().contains("access token was not given"),
        "{}",
        refused.body
    );

    for (asked, expected) in [
        (json!({"sources": [sources[2]]}), ("/sources/0", "unknown")),
        (json!({"sources": []}), ("/sources", "length")),
        (json!({"permissions": []}), ("/permissions", "length")),
        (json!({"permissions": ["scan.run", "activity.read"]}), ("", "")),
        (json!({"ttl_seconds": 0}), ("/ttl_seconds", "range")),
        (json!({"ttl_seconds": 901}), ("/ttl_seconds", "range")),
        (json!({"audience": "two words"}), ("/audience", "format")),
        (json!({"permissions": ["scan.fly"]}), ("", "")),
        (json!({"scope": "scan.run"}), ("", "")),
    ] {
        let refused = program.post(TOKEN, asked.clone()).await;
        assert!([400, 403].contains(&refused.status.as_u16()), "{asked}: {}", refused.body);
        assert_eq!(fault(&refused.body), expected, "{asked}: {}", refused.body);
    }
    let more = program.post(TOKEN, json!({"permissions": ["source.manage"]})).await;
    assert_eq!(more.problem(), (403, "forbidden"), "{}", more.body);
    let owner = bearer(app, &make_key(&ada, json!({"name": "root", "role": "owner"})).await["key"]);
    for never in ["api_key.manage", "organization.delete", "sso.manage", "secret.rotate"] {
        let refused = owner.post(TOKEN, json!({"permissions": [never]})).await;
        assert_eq!(refused.problem(), (400, "invalid"), "{}", refused.body);
        assert_eq!(fault(&refused.body), ("/permissions/0", "permission"));
    }
    // Nobody learns what one may ask for without being let in.
    assert_eq!(app.anonymous().post(TOKEN, json!({"scope": 1})).await.problem(), (401, "unauthenticated"));
    // The key ends, and with it the token, which would be let in for another half a minute.
    app.clock.advance(Duration::from_secs(60));
    assert_eq!(holder.get("/api/sources").await.problem(), (401, "unauthenticated"));
}

async fn a_token_of_a_session_ends_with_it_and_with_the_membership(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    let bob = app.member(&ada, "bob", "admin").await;
    let issued = exchange(&bob, json!({"ttl_seconds": 900})).await;
    let me = bob.get("/api/auth/me").await.body["user"]["id"].as_str().unwrap().to_owned();
    let claims = part(&issued["access_token"], 1);
    assert_eq!((&claims["sub"], &claims["client_id"]), (&json!(format!("user:{me}")), &json!("interface")));
    let holder = bearer(app, &issued["access_token"]);
    let invited =
        holder.post("/api/org/invitations", json!({"email": "eve@example.org", "role": "viewer"})).await;
    assert_eq!(invited.status, StatusCode::CREATED, "{}", invited.body);
    let audit = ada.get("/api/org/audit?action=invitation.created&actor=bob@example.org").await.body;
    assert_eq!(audit["items"].as_array().unwrap().len(), 1, "{audit}");
    // What the person may do is looked up each time.
    let member = format!("/api/org/members/{me}");
    assert_eq!(ada.patch(&member, json!({"role": "viewer"})).await.status, StatusCode::OK);
    assert_eq!(holder.get("/api/org/invitations").await.problem(), (403, "forbidden"));
    assert_eq!(holder.get("/api/org").await.status, StatusCode::OK);
    assert_eq!(bob.post("/api/auth/sign-out", json!({})).await.status, StatusCode::NO_CONTENT);
    assert_eq!(holder.get("/api/org").await.problem(), (401, "unauthenticated"));
    let sign_in = json!({"email": "bob@example.org", "password": PASSWORD});
    let bob = app.anonymous().with_cookie_of(&app.anonymous().post("/api/auth/sign-in", sign_in).await);
    let holder = bearer(app, &exchange(&bob, json!({})).await["access_token"]);
    assert_eq!(holder.get("/api/org").await.status, StatusCode::OK);
    assert_eq!(ada.delete(&member).await.status, StatusCode::NO_CONTENT);
    assert_eq!(holder.get("/api/org").await.problem(), (404, "not_found"));
}

async fn the_set_of_keys_is_for_everybody_and_may_be_kept(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    let anybody = app.anonymous();
    let path = "/.well-known/jwks.json";
    let empty = anybody.get(path).await;
    assert_eq!((empty.status, &empty.body), (StatusCode::OK, &json!({"keys": []})));
    assert_eq!(empty.header("cache-control"), "public, max-age=0");
    let issued = exchange(&ada, json!({})).await;
    let set = anybody.get(path).await;
    assert_eq!(set.header("content-type"), "application/json");
    assert_eq!(set.header("cache-control"), "public, max-age=300");
    let keys = set.body["keys"].as_array().unwrap();
    assert_eq!((keys.len(), &keys[0]["kid"]), (1, &part(&issued["access_token"], 0)["kid"]));
    for (name, expected) in [("kty", "OKP"), ("crv", "Ed25519"), ("alg", "EdDSA"), ("use", "sig")] {
        assert_eq!(keys[0][name], expected);
    }
    assert_eq!(keys[0].as_object().unwrap().len(), 6, "nothing but what is public");
    let tag = set.header("etag").to_owned();
    let same = anybody.with("if-none-match", &tag).get(path).await;
    assert_eq!((same.status, same.header("etag")), (StatusCode::NOT_MODIFIED, tag.as_str()));
    service::access_token::rotate_signing_keys(&app.context, false).await.unwrap();
    let changed = anybody.with("if-none-match", &tag).get(path).await;
    assert_eq!(changed.status, StatusCode::OK);
    assert_eq!(changed.body["keys"].as_array().unwrap().len(), 2);
}
