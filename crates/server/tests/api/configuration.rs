//! The configuration's file over HTTP: written, planned, and applied as it was planned.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::{Client, Reply, TestApp};
use crate::database::on_both_databases;

on_both_databases![
    what_is_exported_changes_nothing_when_it_is_applied,
    a_file_is_planned_and_then_applied,
    what_a_policy_says_in_comments_is_kept,
    a_plan_of_something_else_is_refused,
    a_faulty_file_changes_nothing_and_is_answered_with_its_places,
    who_is_mailed_is_in_the_file_once_it_was_chosen,
    what_is_missing_is_said_and_then_nothing_is_done,
    a_token_stays_with_its_server_and_is_never_written_out,
    only_who_may_do_all_of_it_applies_a_file,
    a_configuration_is_of_its_organization,
];

const PATH: &str = "/api/configuration";

const FILE: &str = "\
version: 1
policy:
  version: 1
  rules:
  - {kind: index.*, path: public.tmp_*, action: ignore, reason: rebuilt nightly, author: ada}
sources:
- name: shop
  transport: direct
  url: http://127.0.0.1:7800/mcp
  every_minutes: 60
  policy:
    version: 1
    rules:
    - {kind: table.dropped, action: raise, to: breaking, reason: never, author: ada}
  expectations:
  - {table: public.orders, rule: {kind: not_null, column: note}}
  ownership:
  - {team: Data, tags: [shop]}
  - {path: public.pay_*, member: Ada@Example.org, tags: [money]}
  objects:
  - {path: public.orders.email, tags: [pii]}
  sensitivity:
  - {table: public.orders, measure: row_count, sensitivity: high}
";

async fn post(client: &Client, query: &str, file: &str) -> Reply {
    let file = Some(("application/yaml", file.to_owned()));
    client.send_text(Method::POST, &format!("{PATH}?{query}"), file).await
}

async fn plan(client: &Client, file: &str) -> Value {
    let planned = post(client, "dry_run=true", file).await;
    assert_eq!(planned.status, StatusCode::OK, "{}", planned.body);
    assert_eq!(planned.body["applied"], false);
    planned.body
}

async fn apply(client: &Client, file: &str) -> Reply {
    let fingerprint = plan(client, file).await["fingerprint"].as_str().unwrap().to_owned();
    post(client, &format!("dry_run=false&plan={fingerprint}"), file).await
}

async fn export(client: &Client) -> String {
    let reply = client.get(PATH).await;
    assert_eq!((reply.status, reply.header("content-type")), (StatusCode::OK, "application/yaml"));
    reply.body.as_str().unwrap().to_owned()
}

/// `sources - +shop`, `ownership shop +public.pay_* ~a -b =3`: each section in a line.
fn lines(plan: &Value) -> Vec<String> {
    let line = |section: &Value| {
        let mut line =
            format!("{} {}", section["section"].as_str().unwrap(), section["source"].as_str().unwrap_or("-"));
        for (list, sign) in [("added", '+'), ("changed", '~'), ("removed", '-')] {
            for item in section[list].as_array().unwrap() {
                line.push_str(&format!(" {sign}{}", item["name"].as_str().unwrap()));
            }
        }
        format!("{line} ={}", section["unchanged"])
    };
    plan["sections"].as_array().unwrap().iter().map(line).collect()
}

async fn what_is_exported_changes_nothing_when_it_is_applied(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    assert_eq!(export(&ada).await, "version: 1\nsources: []\n");
    assert_eq!(apply(&ada, FILE).await.status, StatusCode::OK);
    let file = export(&ada).await;
    for expected in
        ["member: ada@example.org", "team: Data", "every_minutes: 60", "path: public.orders.email"]
    {
        assert!(file.contains(expected), "{expected}\n{file}");
    }
    let audit = ada.get("/api/org/audit").await.body["items"][0].clone();
    let again = apply(&ada, &file).await;
    assert_eq!(again.status, StatusCode::OK, "{}", again.body);
    assert_eq!(
        lines(&again.body),
        [
            "sources - =1",
            "policy - =1",
            "policy shop =1",
            "ownership shop =2",
            "objects shop =1",
            "sensitivity shop =1",
            "expectations shop =1",
        ]
    );
    assert_eq!(ada.get("/api/org/audit").await.body["items"][0], audit, "nothing was written");
    assert_eq!(export(&ada).await, file);
}

async fn a_file_is_planned_and_then_applied(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    let planned = plan(&ada, FILE).await;
    assert_eq!(
        lines(&planned),
        [
            "sources - +shop =0",
            "policy - +ignore index.* in public.tmp_* =0",
            "policy shop +raise table.dropped =0",
            "ownership shop +the whole source +public.pay_* =0",
            "objects shop +public.orders.email =0",
            "sensitivity shop +the rows of public.orders =0",
            "expectations shop +public.orders.note is never NULL =0",
        ]
    );
    assert_eq!(
        planned["left"],
        json!(["Set the token of shop's agent in the settings, if it asks for one."])
    );
    assert_eq!(ada.get("/api/sources").await.body["items"], json!([]), "a plan changes nothing");
    let applied = apply(&ada, FILE).await;
    assert_eq!((&applied.body["applied"], lines(&applied.body)), (&json!(true), lines(&planned)));
    let source = ada.get("/api/sources/shop").await.body;
    assert_eq!(source["token"]["set"], false);
    assert_eq!(source["schedule"]["every_minutes"], 60);
    let rules = ada.get("/api/ownership").await.body;
    assert_eq!(rules["rules"][1]["owner"]["id"], ada.get("/api/auth/me").await.body["user"]["id"]);
    assert_eq!(ada.get("/api/drift/policy?source=shop").await.body["version"], 1);
    let activity = ada.get("/api/activity").await.body;
    assert_eq!(activity["items"][0]["message"], "ada applied a configuration: 8 added, 0 changed, 0 removed");
    let source = ada.post("/api/sources", json!({"name": "bank", "transport": "gateway"})).await;
    assert_eq!(source.status, StatusCode::CREATED);
    let other = "version: 1\nsources:\n- name: shop\n  transport: direct\n  url: http://127.0.0.1:7800/mcp\n  \
                 ownership:\n  - {team: Web, tags: [shop]}\n  objects: []\n  sensitivity:\n  - {sensitivity: low}\n  expectations: []\n";
    let applied = apply(&ada, other).await;
    assert_eq!(
        lines(&applied.body),
        [
            "sources - ~shop =0",
            "ownership shop ~the whole source -public.pay_* =0",
            "objects shop -public.orders.email =0",
            "sensitivity shop +the whole source -the rows of public.orders =0",
            "expectations shop -public.orders.note is never NULL =0",
        ],
        "{}",
        applied.body
    );
    assert_eq!(applied.body["unmentioned"], json!(["bank"]));
    assert_eq!(ada.get("/api/drift/policy").await.body["version"], 1, "what is not mentioned stays");
    assert_eq!(ada.get("/api/sources/shop/schedule").await.body["every_minutes"], Value::Null);
    assert_eq!(ada.get("/api/expectations").await.body["items"], json!([]));
}

async fn a_plan_of_something_else_is_refused(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    assert_eq!(post(&ada, "", FILE).await.problem(), (400, "invalid"));
    assert_eq!(post(&ada, "plan=guessed", FILE).await.problem(), (409, "plan_outdated"));
    let fingerprint = plan(&ada, FILE).await["fingerprint"].as_str().unwrap().to_owned();
    let query = format!("plan={fingerprint}");
    let edited = FILE.replace("every_minutes: 60", "every_minutes: 30");
    assert_eq!(post(&ada, &query, &edited).await.problem(), (409, "plan_outdated"));
    let made = ada.post("/api/sources", json!({"name": "bank", "transport": "gateway"})).await;
    assert_eq!(made.status, StatusCode::CREATED);
    assert_eq!(post(&ada, &query, FILE).await.problem(), (409, "plan_outdated"));
    assert_eq!(ada.get("/api/sources/shop").await.problem(), (404, "not_found"));
    let before = plan(&ada, FILE).await["fingerprint"].clone();
    assert_eq!(plan(&ada, FILE).await["fingerprint"], before, "equal as long as nothing changes");
}

async fn what_a_policy_says_in_comments_is_kept(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    let file = FILE
        .replace(
            "policy:\n  version: 1\n  rules:",
            "policy:\n  version: 1\n  # As the data team decided\n  rules:",
        )
        .replace("    rules:\n    - {kind: table", "    rules: # never again\n    - {kind: table");
    assert_eq!(apply(&ada, &file).await.status, StatusCode::OK);
    let text = async |query: &str| {
        let policy = ada.get(&format!("/api/drift/policy{query}")).await.body;
        policy["text"].as_str().unwrap().to_owned()
    };
    assert!(text("").await.starts_with("version: 1\n# As the data team decided\nrules:\n- {kind: index.*"));
    assert!(text("?source=shop").await.contains("rules: # never again\n- {kind: table.dropped"));
    let again = plan(&ada, &file).await;
    assert!(lines(&again).iter().all(|line| !line.contains(['+', '~'])), "{again}");
}

async fn a_faulty_file_changes_nothing_and_is_answered_with_its_places(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    for (from, to, pointer, line) in [
        ("version: 1\npolicy", "version: 2\npolicy", "/version", 1),
        ("tags: [shop]", "tag: shop", "/sources/0/ownership/0", 18),
        ("kind: not_null", "kind: nonsense", "/sources/0/expectations/0/rule/kind", 16),
        (
            "rule: {kind: not_null, column: note}",
            "rule: {kind: unique, columns: []}",
            "/sources/0/expectations/0/rule/columns",
            16,
        ),
        ("to: breaking, ", "", "/sources/0/policy/rules/0", 14),
        ("Ada@Example.org", "eve@example.org", "/sources/0/ownership/1/member", 19),
        ("team: Data, ", "team: Data, member: ada@example.org, ", "/sources/0/ownership/0/team", 18),
        ("path: public.pay_*, ", "", "/sources/0/ownership/1/path", 19),
        ("path: public.orders.email, ", "", "/sources/0/objects/0/path", 21),
        (
            "measure: row_count, ",
            "column: note, measure: row_count, ",
            "/sources/0/sensitivity/0/measure",
            23,
        ),
        ("sensitivity: high", "sensitivity: highest", "/sources/0/sensitivity/0/sensitivity", 23),
        ("every_minutes: 60", "every_minutes: 1", "/sources/0/every_minutes", 10),
        ("http://127.0.0.1:7800/mcp", "ftp://x", "/sources/0/url", 9),
        ("name: shop", "name: Shop!", "/sources/0/name", 7),
    ] {
        let refused = post(&ada, "dry_run=true", &FILE.replacen(from, to, 1)).await;
        assert_eq!(refused.problem(), (400, "invalid"), "{to} {}", refused.body);
        let fault = &refused.body["errors"][0];
        assert_eq!((&fault["pointer"], &fault["line"]), (&json!(pointer), &json!(line)), "{to} {fault}");
    }
    assert_eq!(ada.get("/api/sources").await.body["items"], json!([]));
    assert_eq!(ada.get("/api/drift/policy").await.body["version"], 0);
}

async fn who_is_mailed_is_in_the_file_once_it_was_chosen(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    let file = |critical: &str| {
        format!(
            "version: 1\nnotifications:\n  incidents: {{critical: {critical}, warning: []}}\nsources: []\n"
        )
    };
    // Nobody chose yet, and nobody is what the file says.
    assert_eq!(lines(&apply(&ada, &file("[]")).await.body), ["notifications - =2"]);
    assert_eq!(export(&ada).await, "version: 1\nsources: []\n");
    let chosen = apply(&ada, &file("[owner, admin, owner]")).await;
    assert_eq!(lines(&chosen.body), ["notifications - ~mail about critical incidents =1"]);
    let changed = &chosen.body["sections"][0]["changed"][0];
    assert_eq!((&changed["before"], &changed["after"]), (&json!([]), &json!(["admin", "owner"])));
    let kept = ada.get("/api/org/notifications").await.body;
    assert_eq!((&kept["version"], &kept["incidents"]["critical"]), (&json!(1), &json!(["admin", "owner"])));
    let exported = export(&ada).await;
    assert!(exported.contains("notifications:\n  incidents:\n    critical:\n    - admin\n"), "{exported}");
    let again = apply(&ada, &exported).await.body;
    assert_eq!(lines(&again), ["notifications - =2"]);
    assert_eq!(ada.get("/api/org/notifications").await.body, kept, "nothing was written");
    for (roles, pointer) in
        [("[everybody]", "/notifications/incidents/critical/0"), ("5", "/notifications/incidents/critical")]
    {
        let refused = post(&ada, "dry_run=true", &file(roles)).await;
        assert_eq!(refused.problem(), (400, "invalid"), "{}", refused.body);
        let fault = &refused.body["errors"][0];
        assert_eq!((&fault["pointer"], &fault["line"]), (&json!(pointer), &json!(3)), "{fault}");
    }
    // A file that does not mention them leaves them as they are.
    assert_eq!(apply(&ada, FILE).await.status, StatusCode::OK);
    assert_eq!(ada.get("/api/org/notifications").await.body, kept);
    let permissions = ["source.manage", "drift.handle", "quality.manage", "schema.describe"];
    let key = json!({"name": "files", "role": "admin", "limits": {"permissions": permissions}});
    let made = ada.post("/api/org/api-keys", key).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let key =
        app.anonymous().with("authorization", &format!("Bearer {}", made.body["key"].as_str().unwrap()));
    assert_eq!(post(&key, "dry_run=true", FILE).await.status, StatusCode::OK);
    assert_eq!(post(&key, "dry_run=true", &file("[]")).await.problem(), (403, "forbidden"));
}

async fn what_is_missing_is_said_and_then_nothing_is_done(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    let file = "version: 1\nsources:\n- {name: shop, transport: gateway, ownership: [{tags: [a]}]}\n";
    let planned = plan(&ada, file).await;
    let missing = planned["missing"].as_array().unwrap();
    assert!(missing[0].as_str().unwrap().starts_with("shop: "), "{planned}");
    assert_eq!(apply(&ada, file).await.problem(), (422, "not_configured"));
    assert_eq!(ada.get("/api/sources").await.body["items"], json!([]));
}

async fn a_token_stays_with_its_server_and_is_never_written_out(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    let body = json!({
        "name": "shop", "transport": "direct", "url": "http://127.0.0.1:7800/mcp", "token": "very-secret-token",
    });
    assert_eq!(ada.post("/api/sources", body).await.status, StatusCode::CREATED);
    assert!(!export(&ada).await.contains("secret"));
    let tokens = async || ada.get("/api/sources/shop").await.body["token"]["set"].clone();
    assert_eq!(apply(&ada, FILE).await.status, StatusCode::OK);
    assert_eq!(tokens().await, true);
    let moved = FILE.replace("127.0.0.1:7800", "127.0.0.1:7801");
    let applied = apply(&ada, &moved).await;
    assert_eq!(applied.body["left"].as_array().map(Vec::len), Some(1), "{}", applied.body);
    assert_eq!(tokens().await, false);
}

async fn only_who_may_do_all_of_it_applies_a_file(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    assert_eq!(apply(&ada, FILE).await.status, StatusCode::OK);
    for role in ["viewer", "member"] {
        let client = app.member(&ada, role, role).await;
        assert_eq!(post(&client, "dry_run=true", FILE).await.problem(), (403, "forbidden"), "{role}");
        assert!(export(&client).await.contains("name: shop"), "{role}");
    }
    let admin = app.member(&ada, "adam", "admin").await;
    assert_eq!(apply(&admin, FILE).await.status, StatusCode::OK);
}

async fn a_configuration_is_of_its_organization(app: &TestApp) {
    let (ada, acme) = app.founder("ada", "Acme").await;
    let (eve, _) = app.founder("eve", "Elsewhere").await;
    assert_eq!(apply(&ada, FILE).await.status, StatusCode::OK);
    assert_eq!(export(&eve).await, "version: 1\nsources: []\n");
    assert_eq!(eve.in_org(&acme).get(PATH).await.problem(), (404, "not_found"));
    // Ada is no member there.
    assert_eq!(post(&eve, "dry_run=true", FILE).await.problem(), (400, "invalid"));
    let before = export(&ada).await;
    let theirs = FILE.replace("member: Ada@Example.org, ", "");
    assert_eq!(apply(&eve, &theirs).await.status, StatusCode::OK);
    assert_eq!(export(&ada).await, before);
}
