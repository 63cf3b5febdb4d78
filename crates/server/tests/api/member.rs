//! Members, invitations and who asks to join.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::{Client, PASSWORD, TestApp, ended};
use crate::database::on_both_databases;

on_both_databases![
    an_invitation_is_used_once_by_whom_it_is_for,
    who_asks_to_join_is_let_in_by_an_administrator,
    nobody_hands_out_more_than_they_hold,
    an_organization_keeps_an_owner,
    ownership_is_handed_over_by_two_changes_of_role,
    whoever_makes_or_unmakes_an_owner_has_just_shown_that_it_is_them,
    whoever_leaves_reaches_nothing_any_more,
    of_owners_who_leave_at_once_one_stays,
    people_and_keys_are_listed_page_by_page,
];

async fn id(client: &Client) -> String {
    client.get("/api/auth/me").await.body["user"]["id"].as_str().unwrap().to_owned()
}

async fn an_invitation_is_used_once_by_whom_it_is_for(app: &TestApp) {
    let (founder, _) = app.founder("ada", "Acme").await;
    let made =
        founder.post("/api/org/invitations", json!({"email": "bob@example.org", "role": "member"})).await;
    let body = json!({"invitation": made.body["token"]});
    assert_eq!(founder.get("/api/org/invitations").await.body["items"][0]["token"], json!(null));

    let eve = app.user("eve").await;
    assert_eq!(eve.post("/api/orgs/join", body.clone()).await.problem(), (403, "forbidden"));
    let bob = app.user("bob").await;
    let joined = bob.post("/api/orgs/join", body.clone()).await;
    assert_eq!(joined.body["organization"]["name"], "Acme");
    assert_eq!(bob.post("/api/orgs/join", body).await.problem(), (404, "not_found"));
    let members = founder.get("/api/org/members").await.body["items"].clone();
    assert_eq!(members[1]["email"], "bob@example.org");
    assert_eq!(members[1]["role"], "member");

    let made =
        founder.post("/api/org/invitations", json!({"email": "eve@example.org", "role": "member"})).await;
    let path = format!("/api/org/invitations/{}", made.body["id"].as_str().unwrap());
    assert_eq!(founder.delete(&path).await.status, StatusCode::NO_CONTENT);
    let withdrawn = eve.post("/api/orgs/join", json!({"invitation": made.body["token"]})).await;
    assert_eq!(withdrawn.problem(), (404, "not_found"));
}

async fn who_asks_to_join_is_let_in_by_an_administrator(app: &TestApp) {
    let (founder, acme) = app.founder("ada", "Acme").await;
    let bob = app.user("bob").await;
    let asked = bob.post("/api/orgs/join", json!({"org_id": acme["id"]})).await;
    assert_eq!(asked.body, json!({"status": "requested", "organization": null}));
    // The same answer for an organization that does not exist.
    let unknown = bob.post("/api/orgs/join", json!({"org_id": "01890000-0000-7000-8000-000000000000"})).await;
    assert_eq!(unknown.body, asked.body);
    assert_eq!(bob.in_org(&acme).get("/api/org").await.problem(), (404, "not_found"));
    // Once, however often it is asked.
    bob.post("/api/orgs/join", json!({"org_id": acme["id"]})).await;
    assert_eq!(founder.get("/api/activity").await.body["items"][0]["message"], "bob asks to join");
    let written = founder.get("/api/org/audit?action=join_request.made").await.body["items"].clone();
    assert_eq!((written.as_array().unwrap().len(), &written[0]["actor"]), (1, &json!("bob@example.org")));

    let requests = founder.get("/api/org/join-requests").await.body["items"].clone();
    assert_eq!(requests[0]["email"], "bob@example.org");
    let path = format!("/api/org/join-requests/{}", requests[0]["user_id"].as_str().unwrap());
    let without_role = founder.post(&path, json!({"approve": true})).await;
    assert_eq!(without_role.body["errors"][0]["pointer"], "/role");
    let decided = founder.post(&path, json!({"approve": true, "role": "viewer"})).await;
    assert_eq!(decided.status, StatusCode::NO_CONTENT);
    assert_eq!(bob.in_org(&acme).get("/api/org").await.status, StatusCode::OK);
    assert_eq!(founder.get("/api/org/join-requests").await.body["items"], json!([]));
    assert_eq!(founder.get("/api/activity").await.body["items"][0]["message"], "bob joined");
}

async fn nobody_hands_out_more_than_they_hold(app: &TestApp) {
    let (founder, _) = app.founder("founder", "Acme").await;
    let admin = app.member(&founder, "admin", "admin").await;
    let founder_path = format!("/api/org/members/{}", id(&founder).await);
    let own_path = format!("/api/org/members/{}", id(&admin).await);
    for (client, reply) in [
        (
            "owner by invitation",
            admin.post("/api/org/invitations", json!({"email": "x@example.org", "role": "owner"})).await,
        ),
        ("owner by key", admin.post("/api/org/api-keys", json!({"name": "x", "role": "owner"})).await),
        ("oneself an owner", admin.patch(&own_path, json!({"role": "owner"})).await),
        ("the owner a viewer", admin.patch(&founder_path, json!({"role": "viewer"})).await),
        ("the owner nothing", admin.delete(&founder_path).await),
    ] {
        assert_eq!(reply.problem(), (403, "forbidden"), "{client}");
    }
}

async fn an_organization_keeps_an_owner(app: &TestApp) {
    let (founder, _) = app.founder("founder", "Acme").await;
    let other = app.member(&founder, "other", "member").await;
    let path = format!("/api/org/members/{}", id(&founder).await);
    assert_eq!(founder.patch(&path, json!({"role": "admin"})).await.problem(), (409, "conflict"));
    assert_eq!(founder.delete(&path).await.problem(), (409, "conflict"));
    let other_path = format!("/api/org/members/{}", id(&other).await);
    assert_eq!(founder.patch(&other_path, json!({"role": "owner"})).await.status, StatusCode::OK);
    assert_eq!(founder.patch(&path, json!({"role": "admin"})).await.status, StatusCode::OK);
    assert_eq!(founder.patch(&other_path, json!({"role": "member"})).await.problem(), (403, "forbidden"));
}

async fn ownership_is_handed_over_by_two_changes_of_role(app: &TestApp) {
    let (founder, _) = app.founder("founder", "Acme").await;
    let heir = app.member(&founder, "heir", "member").await;
    for (path, role) in [(id(&heir).await, "owner"), (id(&founder).await, "viewer")] {
        let changed = founder.patch(&format!("/api/org/members/{path}"), json!({"role": role})).await;
        assert_eq!((changed.status, &changed.body["role"]), (StatusCode::OK, &json!(role)));
    }
    let roles: Vec<_> = heir.get("/api/org/members").await.body["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|member| member["role"].clone())
        .collect();
    assert_eq!(roles, [json!("viewer"), json!("owner")]);
    assert_eq!(founder.delete("/api/org").await.problem(), (403, "forbidden"));
    assert_eq!(heir.delete("/api/org").await.status, StatusCode::NO_CONTENT);
}

async fn whoever_makes_or_unmakes_an_owner_has_just_shown_that_it_is_them(app: &TestApp) {
    let (ada, acme) = app.founder("ada", "Acme").await;
    let bob = app.member(&ada, "bob", "member").await;
    let olga = app.member(&ada, "olga", "owner").await;
    let [bobs, olgas] = [id(&bob).await, id(&olga).await].map(|id| format!("/api/org/members/{id}"));
    let key = ada.post("/api/org/api-keys", json!({"name": "root", "role": "owner"})).await.body;
    let rotate = format!("/api/org/api-keys/{}/rotate", key["id"].as_str().unwrap());
    let bearer =
        |token: &Value| app.anonymous().with("authorization", &format!("Bearer {}", token.as_str().unwrap()));
    let program = bearer(&key["key"]);
    let asking = app.user("eve").await;
    asking.post("/api/orgs/join", json!({"org_id": acme["id"]})).await;
    let asked = format!("/api/org/join-requests/{}", id(&asking).await);
    let mut tokens = Vec::new();
    for maker in [&ada, &program] {
        let issued = maker.post("/api/auth/token", json!({"ttl_seconds": 900})).await.body;
        tokens.push(bearer(&issued["access_token"]));
    }
    // Nobody can be asked who has but a token, however fresh it is.
    for holder in &tokens {
        let refused = holder.patch(&bobs, json!({"role": "owner"})).await;
        assert_eq!(refused.problem(), (403, "forbidden"), "{}", refused.body);
        assert!(refused.body["detail"].as_str().unwrap().starts_with("An access token cannot do this."));
        assert_eq!(holder.patch(&bobs, json!({"role": "admin"})).await.status, StatusCode::OK);
    }

    app.clock.advance(Duration::from_secs(600));
    let (owner, invited) = (json!({"role": "owner"}), json!({"email": "x@example.org", "role": "owner"}));
    let dangerous = [
        (Method::PATCH, bobs.as_str(), Some(owner)),
        (Method::PATCH, olgas.as_str(), Some(json!({"role": "viewer"}))),
        (Method::DELETE, olgas.as_str(), None),
        (Method::POST, asked.as_str(), Some(json!({"approve": true, "role": "owner"}))),
        (Method::POST, "/api/org/invitations", Some(invited)),
        (Method::POST, "/api/org/api-keys", Some(json!({"name": "more", "role": "owner"}))),
        (Method::POST, rotate.as_str(), Some(json!({"overlap_hours": 1}))),
    ];
    let org = acme["id"].as_str().unwrap().parse().unwrap();
    let before = app.database.contents(org).await.unwrap();
    for (method, path, body) in dangerous.clone() {
        let refused = ada.send(method.clone(), path, body).await;
        assert_eq!(refused.problem(), (403, "step_up_required"), "{method} {path}");
    }
    let after = app.database.contents(org).await.unwrap();
    for table in ["membership", "invitation", "api_key", "audit"] {
        assert_eq!(before[table].len(), after[table].len(), "{table}");
    }
    // What is of lower roles is asked of nobody.
    assert_eq!(ada.patch(&bobs, json!({"role": "viewer"})).await.status, StatusCode::OK);
    let lower = json!({"email": "y@example.org", "role": "admin"});
    assert_eq!(ada.post("/api/org/invitations", lower).await.status, StatusCode::CREATED);
    let lower = json!({"name": "lower", "role": "admin"});
    assert_eq!(ada.post("/api/org/api-keys", lower).await.status, StatusCode::CREATED);
    // A key was given its role on purpose.
    assert_eq!(program.patch(&bobs, json!({"role": "owner"})).await.status, StatusCode::OK);
    assert_eq!(program.patch(&bobs, json!({"role": "viewer"})).await.status, StatusCode::OK);
    assert_eq!(
        ada.post("/api/auth/confirm", json!({"password": PASSWORD})).await.status,
        StatusCode::NO_CONTENT
    );
    for (method, path, body) in dangerous {
        let done = ada.send(method.clone(), path, body).await;
        assert!(done.status.is_success(), "{method} {path}: {}", done.body);
    }
}

async fn whoever_leaves_reaches_nothing_any_more(app: &TestApp) {
    let (founder, acme) = app.founder("founder", "Acme").await;
    let bob = app.member(&founder, "bob", "viewer").await;
    let program = app.program(&founder, "owner").await;
    let mut stream = bob.open("/api/activity/stream?after=0").await;
    assert!(stream.chunk().await.unwrap().is_some());
    assert_eq!(program.delete("/api/org/members/me").await.problem(), (403, "forbidden"));
    assert_eq!(founder.delete("/api/org/members/me").await.problem(), (409, "conflict"));
    assert_eq!(bob.delete("/api/org/members/me").await.status, StatusCode::NO_CONTENT);
    assert_eq!(ended(&mut stream).await, "organization_required");
    assert_eq!(bob.in_org(&acme).get("/api/org").await.problem(), (404, "not_found"));
    assert_eq!(bob.in_org(&acme).delete("/api/org/members/me").await.problem(), (404, "not_found"));
    assert_eq!(bob.get("/api/auth/me").await.body["memberships"], json!([]));
    assert_eq!(founder.get("/api/activity?limit=1").await.body["items"][0]["message"], "bob left");
    let entry = &founder.get("/api/org/audit").await.body["items"][0];
    assert_eq!(
        (&entry["action"], &entry["actor"], &entry["detail"]),
        (&json!("member.left"), &json!("bob@example.org"), &json!({"role": "viewer"}))
    );
}

async fn of_owners_who_leave_at_once_one_stays(app: &TestApp) {
    let (founder, _) = app.founder("founder", "Acme").await;
    let mut owners = vec![founder.clone()];
    for name in ["ada", "bob", "cleo"] {
        owners.push(app.member(&founder, name, "owner").await);
    }
    let leave = |client: &Client| {
        let client = client.clone();
        tokio::spawn(async move { client.delete("/api/org/members/me").await.status.as_u16() })
    };
    let leaving: Vec<_> = owners.iter().map(leave).collect();
    let mut statuses = Vec::new();
    for one in leaving {
        statuses.push(one.await.unwrap());
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 204, 204, 409]);
}

async fn people_and_keys_are_listed_page_by_page(app: &TestApp) {
    let (founder, acme) = app.founder("ada", "Acme").await;
    for name in ["bob", "cleo"] {
        app.member(&founder, name, "viewer").await;
        app.program(&founder, "viewer").await;
        let asks = app.user(&format!("{name}-asks")).await;
        asks.post("/api/orgs/join", json!({"org_id": acme["id"]})).await;
        let source =
            json!({"name": name, "transport": "direct", "url": format!("http://127.0.0.1:9/{name}")});
        assert_eq!(founder.post("/api/sources", source).await.status, StatusCode::CREATED);
        let invitation = json!({"email": format!("{name}-invited@example.org"), "role": "viewer"});
        founder.post("/api/org/invitations", invitation).await;
    }
    let prefixes =
        |body: &Value| body.as_array().unwrap().iter().map(|item| item["prefix"].clone()).collect();
    let keys: Vec<_> = prefixes(&founder.get("/api/org/api-keys").await.body["items"]);
    for (path, field, expected) in [
        (
            "/api/org/members",
            "email",
            vec![json!("ada@example.org"), json!("bob@example.org"), json!("cleo@example.org")],
        ),
        ("/api/org/join-requests", "name", vec![json!("bob-asks"), json!("cleo-asks")]),
        (
            "/api/org/invitations",
            "email",
            vec![json!("cleo-invited@example.org"), json!("bob-invited@example.org")],
        ),
        ("/api/org/api-keys", "prefix", keys),
        ("/api/sources", "name", vec![json!("bob"), json!("cleo")]),
    ] {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = founder.get(&format!("{path}?limit=1&cursor={cursor}")).await.body;
            let items = page["items"].as_array().unwrap();
            assert!(items.len() <= 1, "{path}");
            seen.extend(items.iter().map(|item| item[field].clone()));
            match &page["next_cursor"] {
                Value::String(next) => cursor.clone_from(next),
                _ => break,
            }
        }
        assert_eq!(seen, expected, "{path}");
        for query in ["limit=0", "limit=201", "cursor=guess"] {
            assert_eq!(
                founder.get(&format!("{path}?{query}")).await.problem(),
                (400, "invalid"),
                "{path}?{query}"
            );
        }
    }
}
