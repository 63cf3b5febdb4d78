//! Keys for programs: what they are limited to, and how they are replaced.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use types::incident::IncidentCause;

use crate::app::{Client, TestApp};
use crate::database::on_both_databases;
use crate::incident::{objects, open, source};
use crate::remote_check::{film, record};

on_both_databases![
    a_slip_in_a_key_is_refused_without_asking_the_database,
    a_key_does_what_it_was_given_and_makes_none_that_does_more,
    a_key_makes_none_that_is_used_from_elsewhere_or_lasts_longer,
    a_key_for_one_source_sees_nothing_of_another,
    a_key_is_refused_from_elsewhere,
    a_rotated_key_works_until_the_overlap_ends,
    nobody_rotates_a_key_that_may_do_more_than_they,
    limits_that_do_not_fit_are_answered_with_their_place,
];

const KEYS: &str = "/api/org/api-keys";

async fn make(owner: &Client, body: Value) -> Value {
    let made = owner.post(KEYS, body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    made.body
}

fn holder(app: &TestApp, key: &Value) -> Client {
    app.anonymous().with("authorization", &format!("Bearer {}", key["key"].as_str().unwrap()))
}

async fn a_slip_in_a_key_is_refused_without_asking_the_database(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    let made = make(&ada, json!({"name": "ci", "role": "viewer"})).await;
    let key = made["key"].as_str().unwrap();
    let slip = format!("{}{}", &key[..key.len() - 1], if key.ends_with('A') { 'B' } else { 'A' });
    let holds = |key: &str| app.anonymous().with("authorization", &format!("Bearer {key}"));
    assert_eq!(holds(key).get("/api/org").await.status, StatusCode::OK);
    app.context.store.close().await.unwrap();
    assert_eq!(holds(key).get("/api/org").await.problem(), (503, "unavailable"));
    assert_eq!(holds(&slip).get("/api/org").await.problem(), (401, "unauthenticated"));
}

async fn a_key_does_what_it_was_given_and_makes_none_that_does_more(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    let limits = json!({"permissions": ["member.manage", "api_key.manage", "api_key.manage"]});
    let made = make(&ada, json!({"name": "hr", "role": "admin", "limits": limits})).await;
    assert_eq!(made["limits"]["permissions"], json!(["member.manage", "api_key.manage"]));
    let program = holder(app, &made);
    assert_eq!(program.get("/api/org/invitations").await.status, StatusCode::OK);
    for (method, path) in
        [(Method::GET, "/api/org"), (Method::GET, "/api/org/audit"), (Method::PATCH, "/api/org")]
    {
        let refused = program.send(method, path, Some(json!({"name": "Mine"}))).await;
        assert_eq!(refused.problem(), (403, "forbidden"), "{path}");
        assert!(refused.body["detail"].as_str().unwrap().contains("was not given"), "{}", refused.body);
    }
    let wide = json!({"name": "wide", "role": "admin"});
    assert_eq!(program.post(KEYS, wide).await.problem(), (403, "forbidden"));
    let own = json!({"name": "own", "role": "admin", "limits": {"permissions": ["member.manage"]}});
    make(&program, own).await;
    let wide = make(&ada, json!({"name": "wide", "role": "admin"})).await;
    let rotate = format!("{KEYS}/{}/rotate", wide["id"].as_str().unwrap());
    assert_eq!(program.post(&rotate, json!({})).await.problem(), (403, "forbidden"));
    let audit = ada.get("/api/org/audit?action=api_key.created&actor=API%20key%20hr").await.body;
    assert_eq!(audit["items"][0]["detail"]["limits"]["permissions"], json!(["member.manage"]));
}

async fn a_key_makes_none_that_is_used_from_elsewhere_or_lasts_longer(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    let [end, later] = [3600, 3601].map(|seconds| {
        let at = app.context.now().millis() + seconds * 1000;
        json!(types::Timestamp::from_millis(at).unwrap())
    });
    let key = |addresses: Value, end: &Value| json!({"name": "ci", "role": "admin", "limits": {"addresses": addresses}, "expires_at": end});
    let made = make(&ada, key(json!(["127.0.0.0/8"]), &end)).await;
    let program = holder(app, &made);
    for (addresses, end, what) in [
        (Value::Null, &end, "from elsewhere"),
        (json!(["127.0.0.1", "192.0.2.0/24"]), &end, "from elsewhere"),
        (json!(["0.0.0.0/0"]), &end, "from elsewhere"),
        (json!(["127.0.0.1"]), &later, "outlast"),
        (json!(["127.0.0.1"]), &Value::Null, "outlast"),
    ] {
        let refused = program.post(KEYS, key(addresses, end)).await;
        assert_eq!(refused.problem(), (403, "forbidden"));
        assert!(refused.body["detail"].as_str().unwrap().contains(what), "{}", refused.body);
    }
    make(&program, key(json!(["127.0.0.1"]), &end)).await;
    let wide = make(&ada, json!({"name": "wide", "role": "admin"})).await;
    let rotate = |key: &Value| format!("{KEYS}/{}/rotate", key["id"].as_str().unwrap());
    assert_eq!(program.post(&rotate(&wide), json!({})).await.problem(), (403, "forbidden"));
    let lasting = make(&ada, key(json!(["127.0.0.1"]), &Value::Null)).await;
    assert_eq!(program.post(&rotate(&lasting), json!({})).await.problem(), (403, "forbidden"));
    assert_eq!(program.post(&rotate(&made), json!({})).await.status, StatusCode::CREATED);
}

async fn a_key_for_one_source_sees_nothing_of_another(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    let direct = |name: &str| json!({"name": name, "transport": "direct", "url": "http://127.0.0.1:9/mcp"});
    let shop = ada.post("/api/sources", direct("shop")).await.body;
    record(app, &ada, &shop, &film(&["id"])).await;
    let bank = ada.post("/api/sources", direct("bank")).await.body["id"].as_str().unwrap().parse().unwrap();
    open(app, &ada, shop["id"].as_str().unwrap().parse().unwrap(), &[("orders", IncidentCause::Nulls)]).await;
    let secret = open(app, &ada, bank, &[("accounts", IncidentCause::Nulls)]).await.remove(0);
    let started = ada.post("/api/scan/run", json!({"source": "bank"})).await;
    assert_eq!(started.status, StatusCode::ACCEPTED, "{}", started.body);
    let run = started.body["run_id"].as_str().unwrap().to_owned();
    let rule = json!({"table": "accounts", "rule": {"kind": "not_null", "column": "id"}});
    let expected = ada.post("/api/expectations?source=bank", rule).await.body;
    let expectation = format!("/api/expectations/{}", expected["id"].as_str().unwrap());

    let limits = json!({"sources": [shop["id"]]});
    let made = make(&ada, json!({"name": "shop", "role": "member", "limits": limits})).await;
    let program = holder(app, &made);
    let names = |body: &Value, field: &str| -> Vec<Value> {
        body["items"].as_array().unwrap().iter().map(|item| item[field].clone()).collect()
    };
    assert_eq!(names(&program.get("/api/sources").await.body, "name"), [json!("shop")]);
    assert_eq!(names(&program.get("/api/scan/runs").await.body, "source"), [json!("shop")]);
    assert_eq!(objects(&program, "").await, ["orders"]);
    assert_eq!(program.get("/api/expectations").await.body["items"], json!([]));
    // The only one that it sees is the one that is meant.
    assert_eq!(program.get("/api/schema/latest").await.status, StatusCode::OK);
    assert_eq!(program.get("/api/overview").await.status, StatusCode::OK);
    let decide = format!("{secret}/ack");
    let cancel = format!("/api/scan/runs/{run}/cancel");
    for (method, path) in [
        (Method::GET, "/api/sources/bank"),
        (Method::GET, "/api/overview?source=bank"),
        (Method::GET, "/api/schema/history?source=bank"),
        (Method::GET, secret.as_str()),
        (Method::POST, decide.as_str()),
        (Method::GET, expectation.as_str()),
        (Method::DELETE, expectation.as_str()),
        (Method::POST, cancel.as_str()),
    ] {
        let refused = program.send(method.clone(), path, Some(json!({}))).await;
        assert_eq!(refused.problem(), (404, "not_found"), "{method} {path}");
    }
    let bulk = json!({"ids": [secret.rsplit('/').next().unwrap()], "action": "resolve"});
    let answer = program.post("/api/incidents/bulk", bulk).await.body;
    assert_eq!((&answer["done"], &answer["refused"][0]["code"]), (&json!([]), &json!("not_found")));
    assert_eq!(program.get(&format!("/api/agents/logs?run={run}")).await.body["items"], json!([]));
    let start = program.post("/api/scan/run", json!({"source": "bank"})).await;
    assert_eq!(start.problem(), (404, "not_found"));
    // What holds for all sources is not one source's to decide, and what tells of all is not told.
    let policy = json!({"version": 0, "text": "version: 1\n"});
    let refused = program.send(Method::PUT, "/api/drift/policy", Some(policy.clone())).await;
    assert_eq!(refused.problem(), (403, "forbidden"), "{}", refused.body);
    let own = program.send(Method::PUT, "/api/drift/policy?source=shop", Some(policy)).await;
    assert_eq!(own.status, StatusCode::OK, "{}", own.body);
    for path in ["/api/activity", "/api/org", "/api/org/members"] {
        assert_eq!(program.get(path).await.problem(), (403, "forbidden"), "{path}");
    }
    let untouched = ada.get(&secret).await.body;
    assert_eq!((&untouched["state"], &untouched["timeline"]), (&json!("open"), &json!([])));
    assert_eq!(ada.get(&expectation).await.status, StatusCode::OK);
}

async fn a_key_is_refused_from_elsewhere(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    for (networks, allowed) in [
        (json!(["127.0.0.1"]), true),
        (json!(["192.0.2.0/24", "127.0.0.0/8"]), true),
        (json!(["192.0.2.0/24", "::/0"]), false),
    ] {
        let limits = json!({"addresses": networks});
        let made = make(&ada, json!({"name": "ci", "role": "viewer", "limits": limits})).await;
        let reply = holder(app, &made).get("/api/org").await;
        if allowed {
            assert_eq!(reply.status, StatusCode::OK, "{networks}");
        } else {
            assert_eq!(reply.problem(), (403, "forbidden"), "{networks}");
            assert!(reply.body["detail"].as_str().unwrap().contains("127.0.0.1"), "{}", reply.body);
            let listed = ada.get(KEYS).await.body["items"][0].clone();
            assert_eq!((&listed["id"], &listed["last_used_at"]), (&made["id"], &Value::Null));
        }
    }
}

async fn a_rotated_key_works_until_the_overlap_ends(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    let ends = "2027-02-14T08:00:00.000Z";
    let limits = json!({"permissions": ["organization.read"]});
    let body = json!({"name": "ci", "role": "member", "limits": limits, "expires_at": ends});
    let old = make(&ada, body).await;
    app.clock.advance(Duration::from_secs(3_600));
    let rotate = |key: &Value| format!("{KEYS}/{}/rotate", key["id"].as_str().unwrap());
    let rotated = ada.post(&rotate(&old), json!({"overlap_hours": 2})).await;
    assert_eq!(rotated.status, StatusCode::CREATED, "{}", rotated.body);
    let new = rotated.body;
    assert_ne!(new["key"], old["key"]);
    for field in ["name", "role", "limits"] {
        assert_eq!(new[field], old[field], "{field}");
    }
    assert_eq!(new["expires_at"], "2027-02-14T09:00:00.000Z", "it lasts as long as the old one was to last");
    let listed = ada.get(KEYS).await.body["items"].clone();
    assert_eq!((&listed[1]["id"], &listed[1]["replaced_by"]), (&old["id"], &new["id"]));
    assert_eq!(listed[1]["expires_at"], "2027-01-15T11:00:00.000Z");
    for key in [&old, &new] {
        assert_eq!(holder(app, key).get("/api/org").await.status, StatusCode::OK);
        assert_eq!(holder(app, key).get("/api/sources").await.problem(), (403, "forbidden"));
    }
    assert_eq!(ada.post(&rotate(&old), json!({})).await.problem(), (409, "conflict"));
    app.clock.advance(Duration::from_secs(2 * 3_600));
    assert_eq!(holder(app, &old).get("/api/org").await.problem(), (401, "unauthenticated"));
    assert_eq!(holder(app, &new).get("/api/org").await.status, StatusCode::OK);
    // Without an overlap the old one ends at once; without an end the new one has none.
    let forever = make(&ada, json!({"name": "forever", "role": "viewer"})).await;
    let next = ada.post(&rotate(&forever), json!({"overlap_hours": 0})).await.body;
    assert_eq!(next["expires_at"], Value::Null);
    assert_eq!(holder(app, &forever).get("/api/org").await.problem(), (401, "unauthenticated"));
    let actions = ada.get("/api/org/audit?action=api_key.rotated").await.body;
    assert_eq!(actions["items"].as_array().unwrap().len(), 2);
    assert!(!ada.get("/api/org/audit").await.body.to_string().contains(next["key"].as_str().unwrap()));
}

async fn nobody_rotates_a_key_that_may_do_more_than_they(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    let admin = app.member(&ada, "admin", "admin").await;
    let made = make(&ada, json!({"name": "root", "role": "owner"})).await;
    let path = format!("{KEYS}/{}/rotate", made["id"].as_str().unwrap());
    assert_eq!(admin.post(&path, json!({})).await.problem(), (403, "forbidden"));
    assert_eq!(ada.post(&path, json!({"overlap_hours": 721})).await.problem(), (400, "invalid"));
    let (eve, _) = app.founder("eve", "Elsewhere").await;
    assert_eq!(eve.post(&path, json!({})).await.problem(), (404, "not_found"));
    assert_eq!(holder(app, &made).get("/api/org").await.status, StatusCode::OK);
    // Sent twice with one key of idempotency, it is rotated once and shown once.
    let again = ada.with("idempotency-key", "once");
    let (first, second) = (again.post(&path, json!({})).await, again.post(&path, json!({})).await);
    assert_eq!(first.body["id"], second.body["id"]);
    assert!(first.body["key"].is_string() && second.body["key"].is_null(), "{}", second.body);
    ada.delete(&format!("{KEYS}/{}", first.body["id"].as_str().unwrap())).await;
    let revoked = format!("{KEYS}/{}/rotate", first.body["id"].as_str().unwrap());
    assert_eq!(ada.post(&revoked, json!({})).await.problem(), (404, "not_found"));
}

async fn limits_that_do_not_fit_are_answered_with_their_place(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    let (eve, _) = app.founder("eve", "Elsewhere").await;
    let (own, foreign) = (source(&ada, "shop").await, source(&eve, "shop").await);
    for (limits, pointer) in [
        (json!({"permissions": []}), "/limits/permissions"),
        (json!({"permissions": ["source.manage"]}), "/limits/permissions/0"),
        (json!({"sources": []}), "/limits/sources"),
        (json!({"sources": [foreign]}), "/limits/sources/0"),
        (json!({"sources": [own], "permissions": ["activity.read"]}), "/limits/permissions/0"),
        (json!({"addresses": []}), "/limits/addresses"),
        (json!({"addresses": ["127.0.0.1", "example.org"]}), "/limits/addresses/1"),
    ] {
        let refused = ada.post(KEYS, json!({"name": "ci", "role": "member", "limits": limits})).await;
        assert_eq!(refused.problem(), (400, "invalid"), "{limits}");
        assert_eq!(refused.body["errors"][0]["pointer"], pointer, "{}", refused.body);
    }
    let unknown = json!({"name": "ci", "role": "member", "limits": {"permissions": ["everything"]}});
    assert_eq!(ada.post(KEYS, unknown).await.problem(), (400, "invalid"));
    assert_eq!(ada.get(KEYS).await.body["items"], json!([]));
}
