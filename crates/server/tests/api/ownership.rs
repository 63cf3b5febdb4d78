//! Ownership over HTTP. How it is inherited is tested in `domain`, how incidents are routed in `service`.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use types::incident::IncidentCause;

use crate::app::{Client, Reply, TestApp};
use crate::database::on_both_databases;
use crate::incident::{objects, open, source};
use crate::remote_check::record;

on_both_databases![
    rules_are_written_read_and_changed,
    what_does_not_fit_is_answered_with_its_place,
    rules_that_somebody_changed_meanwhile_are_kept,
    a_viewer_reads_ownership_and_writes_none,
    ownership_is_of_its_organization,
    incidents_are_narrowed_to_whom_their_objects_belong,
    tables_and_hits_are_narrowed_to_whom_they_belong,
    who_has_left_stays_named_until_somebody_changes_it,
];

const PATH: &str = "/api/ownership";

async fn put(client: &Client, query: &str, version: u32, rules: Value) -> Reply {
    let body = json!({"version": version, "rules": rules});
    client.send(Method::PUT, &format!("{PATH}{query}"), Some(body)).await
}

async fn id_of(client: &Client) -> Value {
    client.get("/api/auth/me").await.body["user"]["id"].clone()
}

async fn rules_are_written_read_and_changed(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    source(&ada, "shop").await;
    let empty = ada.get(PATH).await.body;
    assert_eq!(empty, json!({"source": "shop", "version": 0, "rules": [], "author": null, "at": null}));
    let rules = json!([
        {"owner": {"kind": "team", "name": " Data "}, "tags": ["b", "a", "b "]},
        {"path": "public.pay_*", "owner": {"kind": "member", "id": id_of(&ada).await}},
    ]);
    let written = put(&ada, "", 0, rules.clone()).await;
    assert_eq!(written.status, StatusCode::OK, "{}", written.body);
    assert_eq!((&written.body["version"], &written.body["author"]), (&json!(1), &json!("ada")));
    let kept = json!([{"owner": {"kind": "team", "name": "Data"}, "tags": ["a", "b"]}, rules[1]]);
    assert_eq!(written.body["rules"], kept);
    assert_eq!(ada.get("/api/ownership?source=shop").await.body, written.body);
    assert_eq!(put(&ada, "", 1, kept).await.body["version"], 1, "nothing was changed");
    let activity = ada.get("/api/activity").await.body;
    assert_eq!(activity["items"][0]["message"], "ada changed the owners and tags of shop");
    assert_eq!(put(&ada, "", 1, json!([])).await.body["version"], 2);
    let audit = ada.get("/api/org/audit").await.body;
    assert_eq!(audit["items"][0]["action"], "ownership.changed");
    assert_eq!(audit["items"][0]["detail"], json!({"version": 2, "rules": []}));
}

async fn what_does_not_fit_is_answered_with_its_place(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    assert_eq!(ada.get(PATH).await.problem(), (404, "no_snapshot"));
    source(&ada, "shop").await;
    let nobody = json!({"kind": "member", "id": "01890000-0000-7000-8000-000000000000"});
    for (rules, place) in [
        (json!([{"path": "public.*"}]), "/rules/0"),
        (json!([{"tags": ["a"]}, {"tags": ["b"]}]), "/rules/1/path"),
        (json!([{"path": " ", "tags": ["a"]}]), "/rules/0/path"),
        (json!([{"owner": nobody}]), "/rules/0/owner/id"),
    ] {
        let refused = put(&ada, "", 0, rules).await;
        assert_eq!(refused.problem(), (400, "invalid"), "{}", refused.body);
        assert_eq!(refused.body["errors"][0]["pointer"], place);
    }
    for rule in [
        json!({"tag": ["a"]}),
        json!({"owner": {"kind": "robot", "name": "x"}}),
        json!({"owner": {"kind": "team", "name": "x", "id": "y"}}),
        json!({"owner": "Data"}),
    ] {
        assert_eq!(put(&ada, "", 0, json!([rule])).await.problem(), (400, "invalid"), "{rule}");
    }
    source(&ada, "bank").await;
    assert_eq!(ada.get(PATH).await.problem(), (400, "source_required"));
    assert_eq!(put(&ada, "?source=none", 0, json!([])).await.problem(), (404, "not_found"));
}

async fn rules_that_somebody_changed_meanwhile_are_kept(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    source(&ada, "shop").await;
    let tagged = |tag: &str| json!([{"tags": [tag]}]);
    assert_eq!(put(&ada, "", 0, tagged("first")).await.status, StatusCode::OK);
    let refused = put(&ada, "", 0, tagged("second")).await;
    assert_eq!(refused.problem(), (409, "conflict"));
    assert!(refused.body["detail"].as_str().unwrap().contains("at version 1, by ada"), "{}", refused.body);
    assert_eq!(ada.get(PATH).await.body["rules"], tagged("first"));
}

async fn a_viewer_reads_ownership_and_writes_none(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    source(&ada, "shop").await;
    let viewer = app.member(&ada, "vera", "viewer").await;
    let member = app.member(&ada, "mia", "member").await;
    assert_eq!(put(&viewer, "", 0, json!([{"tags": ["a"]}])).await.problem(), (403, "forbidden"));
    assert_eq!(put(&member, "", 0, json!([{"tags": ["a"]}])).await.status, StatusCode::OK);
    assert_eq!(viewer.get(PATH).await.body["version"], 1);
}

async fn ownership_is_of_its_organization(app: &TestApp) {
    let (ada, acme) = app.founder("ada", "Acme").await;
    let (eve, _) = app.founder("eve", "Elsewhere").await;
    for client in [&ada, &eve] {
        source(client, "shop").await;
    }
    assert_eq!(put(&ada, "", 0, json!([{"tags": ["ours"]}])).await.status, StatusCode::OK);
    assert_eq!(eve.get(PATH).await.body["version"], 0);
    assert_eq!(eve.in_org(&acme).get(PATH).await.problem(), (404, "not_found"));
    let stranger = json!([{"owner": {"kind": "member", "id": id_of(&ada).await}}]);
    assert_eq!(put(&eve, "", 0, stranger).await.problem(), (400, "invalid"));
}

async fn incidents_are_narrowed_to_whom_their_objects_belong(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    let (shop, bank) = (source(&ada, "shop").await, source(&ada, "bank").await);
    let me = id_of(&ada).await;
    let rules = json!([
        {"owner": {"kind": "team", "name": "Data"}, "tags": ["shop"]},
        {"path": "public.pay_*", "owner": {"kind": "member", "id": me}, "tags": ["Money"]},
    ]);
    assert_eq!(put(&ada, "?source=shop", 0, rules).await.status, StatusCode::OK);
    let nulls = |object| (object, IncidentCause::Nulls);
    open(app, &ada, shop, &[nulls("public.pay_1"), nulls("public.film"), nulls("public.pay_2.amount")]).await;
    open(app, &ada, bank, &[nulls("public.pay_1")]).await;
    let of_id = format!("owner={}", me.as_str().unwrap());
    for (query, expected) in [
        ("owner=me", &["public.pay_2.amount", "public.pay_1"][..]),
        (&of_id, &["public.pay_2.amount", "public.pay_1"]),
        ("owner=data", &["public.film"]),
        ("owner=none&source=bank", &["public.pay_1"]),
        ("owner=none&source=shop", &[]),
        ("owner=Nobody%20so%20called", &[]),
        ("tag=money", &["public.pay_2.amount", "public.pay_1"]),
        ("tag=shop", &["public.pay_2.amount", "public.film", "public.pay_1"]),
        ("tag=shop&owner=me&q=amount", &["public.pay_2.amount"]),
        ("owner=&tag=&source=bank", &["public.pay_1"]),
    ] {
        assert_eq!(objects(&ada, query).await, expected, "{query}");
    }
    let first = ada.get("/api/incidents?tag=shop&limit=2").await.body;
    assert_eq!(first["items"][0]["ownership"]["owner"]["name"], "ada");
    let from = json!({"level": "pattern", "place": "public.pay_*"});
    assert_eq!(first["items"][0]["ownership"]["owner"]["from"], from);
    let rest = format!("tag=shop&limit=2&cursor={}", first["next_cursor"].as_str().unwrap());
    assert_eq!(objects(&ada, &rest).await, ["public.pay_1"]);
    let program = app.program(&ada, "viewer").await;
    assert_eq!(program.get("/api/incidents?owner=me").await.problem(), (400, "invalid"));
}

async fn tables_and_hits_are_narrowed_to_whom_they_belong(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    let url = format!("{}/mcp", testkit::stub::nobody());
    let shop =
        ada.post("/api/sources", json!({"name": "shop", "transport": "direct", "url": url})).await.body;
    let table = |name: &str| {
        let amount = json!({"name": "amount", "position": 1, "type": "integer", "nullable": true});
        json!({"kind": "table", "path": format!("public.{name}"), "parts": ["public", name], "columns": [amount]})
    };
    let snapshot = json!({
        "format_version": 1, "canonical_version": 0, "engine": "postgres", "engine_version": "15",
        "database": "shop", "captured_at": "2026-01-01T00:00:00Z", "objects": [table("film"), table("pay_1")],
    });
    record(app, &ada, &shop, &snapshot).await;
    let rules = json!([
        {"owner": {"kind": "team", "name": "Data"}, "tags": ["shop"]},
        {"path": "public.pay_*", "owner": {"kind": "member", "id": id_of(&ada).await}, "tags": ["Money"]},
    ]);
    assert_eq!(put(&ada, "", 0, rules).await.status, StatusCode::OK);
    let paths = |body: &Value, list: &str| -> Vec<String> {
        let items = body[list].as_array().unwrap().iter();
        items.map(|item| item["path"].as_str().unwrap().to_owned()).collect()
    };
    for (query, expected) in [
        ("", &["public.film", "public.pay_1"][..]),
        ("owner=me", &["public.pay_1"]),
        ("owner=data", &["public.film"]),
        ("owner=none", &[]),
        ("tag=money", &["public.pay_1"]),
        ("tag=shop", &["public.film", "public.pay_1"]),
        ("tag=shop&owner=Data", &["public.film"]),
    ] {
        let latest = ada.get(&format!("/api/schema/latest?{query}")).await.body;
        assert_eq!(paths(&latest, "tables"), expected, "{query}");
        let first = ada.get(&format!("/api/schema/versions/1?{query}")).await.body;
        assert_eq!(
            (paths(&first, "tables"), &first["counts"]),
            (paths(&latest, "tables"), &latest["counts"])
        );
        let hits = ada.get(&format!("/api/schema/search?q=amount&{query}")).await.body;
        let columns: Vec<String> = expected.iter().map(|path| format!("{path}.amount")).collect();
        assert_eq!(paths(&hits, "items"), columns, "{query}");
    }
    let program = app.program(&ada, "viewer").await;
    for path in [
        "/api/schema/latest?owner=me",
        "/api/schema/versions/1?owner=me",
        "/api/schema/search?q=amount&owner=me",
    ] {
        assert_eq!(program.get(path).await.problem(), (400, "invalid"), "{path}");
    }
}

async fn who_has_left_stays_named_until_somebody_changes_it(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    let shop = source(&ada, "shop").await;
    let bob = app.member(&ada, "bob", "member").await;
    let rule = json!({"owner": {"kind": "member", "id": id_of(&bob).await}});
    assert_eq!(put(&ada, "", 0, json!([rule])).await.status, StatusCode::OK);
    open(app, &ada, shop, &[("public.film", IncidentCause::Nulls)]).await;
    let id = id_of(&bob).await;
    let removed = ada.delete(&format!("/api/org/members/{}", id.as_str().unwrap())).await;
    assert_eq!(removed.status, StatusCode::NO_CONTENT, "{}", removed.body);
    let listed = ada.get("/api/incidents").await.body;
    assert_eq!(listed["items"][0]["ownership"]["owner"]["owner"]["id"], id);
    assert_eq!(listed["items"][0]["ownership"]["owner"]["name"], Value::Null);
    let beside = json!([rule, {"path": "a", "tags": ["x"]}]);
    assert_eq!(put(&ada, "", 1, beside).await.status, StatusCode::OK);
    assert_eq!(put(&ada, "", 2, json!([])).await.status, StatusCode::OK);
    assert_eq!(put(&ada, "", 3, json!([rule])).await.problem(), (400, "invalid"));
}
