//! Expectations over HTTP. How scans judge them is tested in `service`.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::{Client, Reply, TestApp};
use crate::database::on_both_databases;

on_both_databases![
    an_expectation_is_written_read_changed_and_removed,
    what_does_not_fit_is_answered_with_its_place,
    the_same_is_not_expected_twice,
    a_list_is_narrowed_and_paged,
    a_file_is_planned_and_then_applied,
    a_faulty_file_changes_nothing_and_is_answered_with_its_lines,
    a_viewer_reads_expectations_and_writes_none,
    expectations_are_of_their_organization,
];

const PATH: &str = "/api/expectations";

async fn source(client: &Client, name: &str) {
    let made = client.post("/api/sources", json!({"name": name, "transport": "gateway"})).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
}

fn not_null(column: &str) -> Value {
    json!({"table": "public.orders", "rule": {"kind": "not_null", "column": column}})
}

async fn create(client: &Client, body: Value) -> Value {
    let made = client.post(PATH, body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    made.body
}

async fn import(client: &Client, query: &str, file: &str) -> Reply {
    let file = Some(("application/yaml", file.to_owned()));
    client.send_text(Method::POST, &format!("{PATH}/import{query}"), file).await
}

fn of(expectation: &Value) -> String {
    format!("{PATH}/{}", expectation["id"].as_str().unwrap())
}

async fn an_expectation_is_written_read_changed_and_removed(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    source(&ada, "shop").await;
    let mut body = not_null("note");
    body["description"] = json!(" The warehouse reads it. ");
    let made = create(&ada, body).await;
    assert_eq!(made["sentence"], "public.orders.note is never NULL");
    assert_eq!((&made["severity"], &made["enabled"]), (&json!("warning"), &json!(true)));
    assert_eq!(made["description"], "The warehouse reads it.");
    assert_eq!((&made["source"], &made["author"]), (&json!("shop"), &json!("ada")));
    assert_eq!(made["outcome"], json!({"state": "not_checked"}));
    let path = of(&made);
    let mut read = ada.get(&path).await.body;
    assert_eq!(read["results"].take(), json!([]));
    read.as_object_mut().unwrap().remove("results");
    assert_eq!(read, made);
    let changed =
        ada.patch(&path, json!({"severity": "critical", "enabled": false, "description": ""})).await.body;
    assert_eq!((&changed["severity"], &changed["enabled"]), (&json!("critical"), &json!(false)));
    assert_eq!((&changed["description"], &changed["rule"]), (&Value::Null, &made["rule"]));
    let rule = json!({"kind": "range", "column": "amount", "minimum": "0"});
    let changed = ada.patch(&path, json!({"rule": rule})).await.body;
    assert_eq!(changed["sentence"], "public.orders.amount is at least 0");
    assert_eq!(ada.delete(&path).await.status, StatusCode::NO_CONTENT);
    for reply in [ada.get(&path).await, ada.delete(&path).await, ada.patch(&path, json!({})).await] {
        assert_eq!(reply.problem(), (404, "not_found"));
    }
    let activity = ada.get("/api/activity").await.body;
    let kinds: Vec<_> =
        activity["items"].as_array().unwrap().iter().map(|item| &item["kind"]).take(4).collect();
    assert_eq!(
        kinds,
        ["expectation.removed", "expectation.changed", "expectation.changed", "expectation.created"]
    );
    let audit = ada.get("/api/org/audit").await.body;
    assert_eq!(audit["items"][0]["action"], "expectation.removed");
    assert_eq!(audit["items"][0]["detail"]["rule"]["column"], "amount");
}

async fn what_does_not_fit_is_answered_with_its_place(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    assert_eq!(ada.post(PATH, not_null("note")).await.problem(), (404, "no_snapshot"));
    source(&ada, "shop").await;
    for (rule, place) in [
        (json!({"kind": "unique", "columns": []}), "/rule/columns"),
        (json!({"kind": "pattern", "column": "note", "pattern": "("}), "/rule/pattern"),
        (json!({"kind": "row_count", "minimum": 2, "maximum": 1}), "/rule/maximum"),
    ] {
        let refused = ada.post(PATH, json!({"table": "public.orders", "rule": rule})).await;
        assert_eq!(refused.problem(), (400, "invalid"));
        assert_eq!(refused.body["errors"][0]["pointer"], place, "{}", refused.body);
    }
    for body in [
        json!({"table": "public.orders", "rule": {"kind": "not_null", "colum": "note"}}),
        json!({"table": "public.orders", "rule": {"kind": "sql", "text": "DROP TABLE x"}}),
        json!({"table": "public.orders", "rule": {"kind": "not_null", "column": "a"}, "severety": "critical"}),
    ] {
        assert_eq!(ada.post(PATH, body.clone()).await.problem(), (400, "invalid"), "{body}");
    }
    let made = create(&ada, not_null("note")).await;
    let refused = ada.patch(&of(&made), json!({"table": " "})).await;
    assert_eq!(
        (refused.problem(), &refused.body["errors"][0]["pointer"]),
        ((400, "invalid"), &json!("/table"))
    );
    source(&ada, "bank").await;
    assert_eq!(ada.post(PATH, not_null("id")).await.problem(), (400, "source_required"));
    assert_eq!(ada.get(PATH).await.body["items"].as_array().unwrap().len(), 1);
}

async fn the_same_is_not_expected_twice(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    source(&ada, "shop").await;
    create(&ada, not_null("note")).await;
    let other = create(&ada, not_null("city")).await;
    assert_eq!(ada.post(PATH, not_null("note")).await.problem(), (409, "conflict"));
    let refused = ada.patch(&of(&other), json!({"rule": {"kind": "not_null", "column": "note"}})).await;
    assert_eq!(refused.problem(), (409, "conflict"));
    source(&ada, "bank").await;
    let elsewhere = ada.post(&format!("{PATH}?source=bank"), not_null("note")).await;
    assert_eq!(elsewhere.status, StatusCode::CREATED);
}

async fn a_list_is_narrowed_and_paged(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    source(&ada, "shop").await;
    for column in ["a", "b", "c"] {
        create(&ada, not_null(column)).await;
    }
    let off = create(
        &ada,
        json!({"table": "public.customer", "rule": {"kind": "freshness", "maximum_age_seconds": 60}}),
    )
    .await;
    ada.patch(&of(&off), json!({"enabled": false})).await;
    let sentences = |body: &Value| -> Vec<String> {
        let items = body["items"].as_array().unwrap();
        items.iter().map(|item| item["sentence"].as_str().unwrap().to_owned()).collect()
    };
    let first = ada.get(&format!("{PATH}?limit=2")).await.body;
    assert_eq!(
        sentences(&first),
        ["public.customer has a row that is at most 60 s old", "public.orders.a is never NULL"]
    );
    assert_eq!(first["totals"], json!({"passed": 0, "failed": 0, "not_checked": 3, "disabled": 1}));
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = ada.get(&format!("{PATH}?limit=2&cursor={cursor}")).await.body;
    assert_eq!(sentences(&second), ["public.orders.b is never NULL", "public.orders.c is never NULL"]);
    assert_eq!(second["next_cursor"], Value::Null);
    for (query, count) in [
        ("?table=public.orders", 3),
        ("?state=disabled", 1),
        ("?state=not_checked", 3),
        ("?state=failed", 0),
        ("?q=freshness", 1),
        ("?source=shop", 4),
    ] {
        let found = ada.get(&format!("{PATH}{query}")).await.body;
        assert_eq!(sentences(&found).len(), count, "{query}: {found}");
    }
    assert_eq!(ada.get(&format!("{PATH}?state=fine")).await.problem(), (400, "invalid"));
    assert_eq!(ada.get(&format!("{PATH}?source=bank")).await.problem(), (404, "not_found"));
}

const FILE: &str = "version: 1
expectations:
- table: public.orders
  rule: {kind: not_null, column: note}
  severity: critical
- table: public.orders
  rule: {kind: range, column: amount, minimum: '0', maximum: '99.5'}
- table: public.orders
  rule: {kind: accepted_values, column: status, values: [paid, open]}
  enabled: false
";

async fn a_file_is_planned_and_then_applied(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    source(&ada, "shop").await;
    let kept = create(&ada, not_null("note")).await;
    let gone = create(&ada, not_null("city")).await;
    let range = json!({"kind": "range", "column": "amount", "minimum": "0"});
    let grown = create(&ada, json!({"table": "public.orders", "rule": range})).await;
    let before = ada.get(PATH).await.body;
    let plan = import(&ada, "?dry_run=true", FILE).await;
    assert_eq!(plan.status, StatusCode::OK, "{}", plan.body);
    assert_eq!((&plan.body["applied"], &plan.body["source"]), (&json!(false), &json!("shop")));
    assert_eq!(plan.body["added"][0]["rule"]["kind"], "accepted_values");
    let changed = plan.body["changed"].as_array().unwrap();
    assert_eq!(
        changed.iter().map(|change| &change["id"]).collect::<Vec<_>>(),
        [&kept["id"], &grown["id"]],
        "{}",
        plan.body
    );
    assert_eq!(
        (&changed[0]["before"]["severity"], &changed[0]["after"]["severity"]),
        (&json!("warning"), &json!("critical"))
    );
    assert_eq!(plan.body["removed"][0]["rule"], gone["rule"]);
    assert_eq!(ada.get(PATH).await.body, before);

    let done = import(&ada, "", FILE).await.body;
    assert_eq!((&done["applied"], &done["added"]), (&json!(true), &plan.body["added"]));
    let exported = ada.get(&format!("{PATH}/export")).await;
    assert_eq!(exported.header("content-type"), "application/yaml");
    let text = exported.body.as_str().unwrap();
    let again = import(&ada, "?dry_run=true", text).await.body;
    assert_eq!(
        (&again["unchanged"], &again["added"], &again["changed"]),
        (&json!(3), &json!([]), &json!([]))
    );
    let newest = &ada.get("/api/activity").await.body["items"][0];
    assert_eq!(newest["message"], "ada imported the expectations of shop: 1 added, 2 changed, 1 removed");
    assert_eq!(ada.get(&of(&gone)).await.problem(), (404, "not_found"));
    assert_eq!(ada.get(&of(&kept)).await.body["severity"], "critical");
}

async fn a_faulty_file_changes_nothing_and_is_answered_with_its_lines(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    source(&ada, "shop").await;
    create(&ada, not_null("note")).await;
    let before = ada.get(PATH).await.body;
    let twice = format!("{FILE}- table: public.orders\n  rule: {{kind: not_null, column: note}}\n");
    for (file, pointer, line) in [
        (FILE.replace("column: note", "colum: note"), "/text/expectations/0", json!(3)),
        (FILE.replace("'99.5'", "'-1'"), "/text/expectations/1/rule/maximum", json!(6)),
        (FILE.replace("version: 1", "version: 2"), "/text/version", Value::Null),
        (twice, "/text/expectations/3", json!(11)),
    ] {
        let refused = import(&ada, "", &file).await;
        assert_eq!(refused.problem(), (400, "invalid"), "{}", refused.body);
        let fault = &refused.body["errors"][0];
        assert_eq!((&fault["pointer"], &fault["line"]), (&json!(pointer), &line), "{fault}");
    }
    assert_eq!(import(&ada, "", "[").await.problem(), (400, "invalid"));
    assert_eq!(ada.get(PATH).await.body, before);
}

async fn a_viewer_reads_expectations_and_writes_none(app: &TestApp) {
    let (ada, acme) = app.founder("ada", "Acme").await;
    source(&ada, "shop").await;
    let made = create(&ada, not_null("note")).await;
    let viewer = app.member(&ada, "vic", "viewer").await.in_org(&acme);
    let member = app.member(&ada, "mel", "member").await.in_org(&acme);
    assert_eq!(viewer.get(PATH).await.body["items"][0]["id"], made["id"]);
    assert_eq!(viewer.get(&of(&made)).await.status, StatusCode::OK);
    assert_eq!(viewer.get(&format!("{PATH}/export")).await.status, StatusCode::OK);
    for refused in [
        viewer.post(PATH, not_null("id")).await,
        viewer.patch(&of(&made), json!({"enabled": false})).await,
        viewer.delete(&of(&made)).await,
        import(&viewer, "?dry_run=true", FILE).await,
    ] {
        assert_eq!(refused.problem(), (403, "forbidden"));
    }
    assert_eq!(member.patch(&of(&made), json!({"enabled": false})).await.status, StatusCode::OK);
}

async fn expectations_are_of_their_organization(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    source(&ada, "shop").await;
    let made = create(&ada, not_null("note")).await;
    let (eve, _) = app.founder("eve", "Elsewhere").await;
    source(&eve, "shop").await;
    let before = ada.get(PATH).await.body;
    for reply in [
        eve.get(&of(&made)).await,
        eve.patch(&of(&made), json!({"enabled": false})).await,
        eve.delete(&of(&made)).await,
        eve.post(&format!("{PATH}?source={}", made["source_id"].as_str().unwrap()), not_null("id")).await,
    ] {
        assert_eq!(reply.problem(), (404, "not_found"));
    }
    import(&eve, "", FILE).await;
    assert_eq!(ada.get(PATH).await.body, before);
    assert_eq!(eve.get(PATH).await.body["items"].as_array().unwrap().len(), 3);
}
