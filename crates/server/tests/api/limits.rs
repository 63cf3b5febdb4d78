//! How much an organization may have, as whoever runs the server says.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use service::organization;
use types::organization::PlanLimits;

use crate::app::{Client, TestApp};
use crate::database::on_both_databases;

on_both_databases![
    an_organization_has_as_many_members_as_it_may_have,
    an_organization_has_as_many_sources_and_keys_as_it_may_have_also_of_two_that_come_at_once,
    an_organization_asks_as_often_as_it_may_whoever_of_it_asks_and_however,
];

const FULL: (u16, &str) = (402, "plan_limit");

async fn limit(app: &TestApp, organization: &Value, limits: PlanLimits) {
    let slug = organization["slug"].as_str().unwrap();
    let (name, held) = organization::limit(&app.context, slug, |_| limits).await.unwrap();
    assert_eq!((name.as_str(), held), ("Acme", limits));
}

async fn id(client: &Client) -> String {
    client.get("/api/auth/me").await.body["user"]["id"].as_str().unwrap().to_owned()
}

async fn an_organization_has_as_many_members_as_it_may_have(app: &TestApp) {
    let (ada, acme) = app.founder("ada", "Acme").await;
    assert_eq!(
        ada.get("/api/org").await.body["limits"],
        json!({"members": null, "sources": null, "api_keys": null, "requests_per_minute": null})
    );
    limit(app, &acme, PlanLimits { members: Some(2), ..PlanLimits::default() }).await;
    assert_eq!(ada.get("/api/org").await.body["limits"]["members"], 2);

    let invitation = |name: &str| json!({"email": format!("{name}@example.org"), "role": "viewer"});
    let early = ada.post("/api/org/invitations", invitation("carl")).await.body;
    let bob = app.member(&ada, "bob", "member").await;
    let refused = ada.post("/api/org/invitations", invitation("eve")).await;
    assert_eq!(refused.problem(), FULL);
    let detail = refused.body["detail"].as_str().unwrap();
    assert!(detail.contains("has 2 members and may have 2. Remove somebody first, or ask"), "{detail}");

    let (carl, dora) = (app.user("carl").await, app.user("dora").await);
    let join = json!({"invitation": early["token"]});
    assert_eq!(carl.post("/api/orgs/join", join.clone()).await.problem(), FULL);
    dora.post("/api/orgs/join", json!({"org_id": acme["id"]})).await;
    let request = format!("/api/org/join-requests/{}", id(&dora).await);
    let decide = |approve: bool| json!({"approve": approve, "role": "viewer"});
    assert_eq!(ada.post(&request, decide(true)).await.problem(), FULL);
    assert_eq!(ada.get("/api/org/members").await.body["items"].as_array().unwrap().len(), 2);

    // Whose place becomes free is taken by the same invitation, and by one person only.
    let left = ada.delete(&format!("/api/org/members/{}", id(&bob).await)).await;
    assert_eq!(left.status, StatusCode::NO_CONTENT);
    let (joined, approved) =
        tokio::join!(carl.post("/api/orgs/join", join), ada.post(&request, decide(true)));
    let full = [&joined, &approved].iter().filter(|reply| reply.problem() == FULL).count();
    assert_eq!(full, 1, "{} {}", joined.body, approved.body);
    assert_eq!(ada.get("/api/org/members").await.body["items"].as_array().unwrap().len(), 2);
    let audit = ada.get("/api/org/audit?action=organization.limits_changed").await.body;
    assert_eq!(audit["items"].as_array().unwrap().len(), 1, "{audit}");
    assert_eq!(audit["items"][0]["detail"]["to"]["members"], 2);
}

async fn an_organization_has_as_many_sources_and_keys_as_it_may_have_also_of_two_that_come_at_once(
    app: &TestApp,
) {
    let (ada, acme) = app.founder("ada", "Acme").await;
    let limits = PlanLimits { sources: Some(1), api_keys: Some(1), ..PlanLimits::default() };
    limit(app, &acme, limits).await;
    let source = |name: &str| json!({"name": name, "transport": "gateway"});
    let key = |name: &str| json!({"name": name, "role": "admin"});
    for (path, one, other) in
        [("/api/sources", source("shop"), source("crm")), ("/api/org/api-keys", key("deploy"), key("report"))]
    {
        let (first, second) = tokio::join!(ada.post(path, one.clone()), ada.post(path, other));
        let mut problems = [first.problem(), second.problem()];
        problems.sort_unstable();
        assert_eq!(problems, [(201, ""), FULL], "{path}: {} {}", first.body, second.body);
        let made = if first.status == StatusCode::CREATED { &first.body } else { &second.body };
        let address = format!("{path}/{}", made["id"].as_str().unwrap());
        if path.ends_with("keys") {
            // A key in another's place is none more.
            let rotated = ada.post(&format!("{address}/rotate"), json!({"overlap_hours": 0})).await;
            assert_eq!(rotated.status, StatusCode::CREATED, "{}", rotated.body);
            assert_eq!(ada.post(path, one.clone()).await.problem(), FULL);
            let new = format!("{path}/{}", rotated.body["id"].as_str().unwrap());
            assert_eq!(ada.delete(&new).await.status, StatusCode::NO_CONTENT);
        } else {
            assert_eq!(ada.delete(&address).await.status, StatusCode::NO_CONTENT);
        }
        assert_eq!(ada.post(path, one).await.status, StatusCode::CREATED, "{path}");
    }
    // What there is beyond a limit stays.
    limit(app, &acme, PlanLimits { sources: Some(0), ..limits }).await;
    assert_eq!(ada.get("/api/sources").await.body["items"].as_array().unwrap().len(), 1);
    assert_eq!(ada.post("/api/sources", source("more")).await.problem(), FULL);
}

async fn an_organization_asks_as_often_as_it_may_whoever_of_it_asks_and_however(app: &TestApp) {
    let (ada, acme) = app.founder("ada", "Acme").await;
    let bob = app.member(&ada, "bob", "viewer").await;
    let program = app.program(&ada, "member").await;
    let token = program.post("/api/auth/token", json!({})).await.body;
    let bearer = format!("Bearer {}", token["access_token"].as_str().unwrap());
    let holder = app.anonymous().with("authorization", &bearer);
    let (eve, _) = app.founder("eve", "Other").await;
    limit(app, &acme, PlanLimits { requests_per_minute: Some(6), ..PlanLimits::default() }).await;
    assert_eq!(ada.get("/api/org").await.body["limits"]["requests_per_minute"], 6);
    // A stranger, whoever may not, and what concerns no organization take nothing of it.
    assert_eq!(eve.in_org(&acme).get("/api/org").await.problem(), (404, "not_found"));
    assert_eq!(bob.get("/api/org/audit").await.problem(), (403, "forbidden"));
    assert_eq!(ada.get("/api/auth/me").await.header("ratelimit-policy"), r#""read";q=1200;w=60"#);
    for (left, reply) in [
        ("4", bob.get("/api/org").await),
        ("3", program.get("/api/sources").await),
        ("2", holder.get("/api/sources").await),
        ("1", ada.post("/api/sources", json!({"name": 5})).await),
        ("0", program.post("/api/auth/token", json!({})).await),
    ] {
        assert_ne!(reply.status, StatusCode::TOO_MANY_REQUESTS, "{}", reply.body);
        assert_eq!(reply.header("ratelimit-policy"), r#""organization";q=6;w=60"#);
        assert_eq!(reply.header("ratelimit"), format!(r#""organization";r={left};t=60"#), "{}", reply.body);
    }
    for (client, method, path) in [
        (&ada, Method::GET, "/api/org"),
        (&bob, Method::GET, "/api/org"),
        (&program, Method::GET, "/api/sources"),
        (&holder, Method::GET, "/api/sources"),
        (&ada, Method::POST, "/api/sources"),
        (&program, Method::POST, "/api/auth/token"),
    ] {
        let refused = client.send(method.clone(), path, Some(json!({"name": 5}))).await;
        assert_eq!(refused.problem(), (429, "too_many_requests"), "{method} {path}: {}", refused.body);
        assert_eq!(refused.header("retry-after"), "70");
        assert_eq!(refused.header("ratelimit"), r#""organization";r=0;t=70"#);
        assert!(refused.body["detail"].as_str().unwrap().contains("6 requests a minute together"));
    }
    assert_eq!(ada.get("/api/auth/me").await.status, StatusCode::OK);
    assert_eq!(eve.get("/api/org").await.status, StatusCode::OK);
    app.clock.advance(Duration::from_secs(70));
    assert_eq!(bob.get("/api/org").await.status, StatusCode::OK);
    // Without a limit nothing is counted.
    limit(app, &acme, PlanLimits::default()).await;
    for _ in 0..3 {
        assert_eq!(ada.get("/api/org").await.header("ratelimit-policy"), r#""read";q=1200;w=60"#);
    }
}
