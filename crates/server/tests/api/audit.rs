//! The audit log: who may read it, how it is searched, exported and verified.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::app::{Client, TestApp};
use crate::database::on_both_databases;

on_both_databases![
    the_log_is_searched_by_who_what_and_when,
    an_export_holds_each_row_with_its_hash_and_no_formula,
    a_row_that_was_changed_is_named,
    a_change_that_cannot_be_written_down_is_refused,
    a_key_is_not_taken_for_the_person_whose_address_it_has_for_a_name,
];

async fn actions(client: &Client, query: &str) -> Vec<String> {
    let reply = client.get(&format!("/api/org/audit?{query}")).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
    let items = reply.body["items"].as_array().unwrap().clone();
    items.iter().map(|item| item["action"].as_str().unwrap().to_owned()).collect()
}

async fn the_log_is_searched_by_who_what_and_when(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    let bob = app.member(&ada, "bob", "admin").await;
    app.clock.advance(std::time::Duration::from_secs(3_600));
    bob.patch("/api/org", json!({"name": "Better"})).await;
    for (query, expected) in [
        ("actor=BOB%40", vec!["organization.renamed", "member.joined"]),
        ("action=organization.", vec!["organization.renamed", "organization.created"]),
        ("action=organization.&actor=ada", vec!["organization.created"]),
        ("subject=bob%40example.org", vec!["member.joined", "invitation.created"]),
        ("subject=%25", vec![]),
        ("from=2027-01-15T08:30:00Z", vec!["organization.renamed"]),
        ("to=2027-01-15T08:30:00Z&action=created", vec!["invitation.created", "organization.created"]),
    ] {
        assert_eq!(actions(&ada, query).await, expected, "{query}");
    }
    // A filter holds over pages.
    let first = ada.get("/api/org/audit?action=organization.&limit=1").await.body;
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = format!("action=organization.&limit=1&cursor={cursor}");
    assert_eq!(actions(&ada, &rest).await, ["organization.created"]);
    assert_eq!(ada.get("/api/org/audit?from=yesterday").await.problem(), (400, "invalid"));
}

async fn an_export_holds_each_row_with_its_hash_and_no_formula(app: &TestApp) {
    let (ada, acme) = app.founder("ada", "Acme").await;
    let formula = "=HYPERLINK(\"http://evil.example\")";
    let made = ada.post("/api/org/api-keys", json!({"name": formula, "role": "viewer"})).await;
    assert_eq!(made.status, StatusCode::CREATED);
    let (_, other) = app.founder("eve", "Other").await;

    let csv = ada.get("/api/org/audit/export?format=csv").await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(csv.header("content-disposition"), "attachment; filename=\"audit.csv\"");
    let text = csv.body.as_str().unwrap();
    let lines: Vec<&str> = text.split_terminator("\r\n").collect();
    assert_eq!(lines.len(), 3, "{text}");
    assert_eq!(lines[0], "seq,at,actor,action,subject,detail,request_id,previous_hash,hash");
    assert!(lines[1].starts_with("\"1\",\"2027-01-15T08:00:00.000Z\",\"ada@example.org\""), "{text}");
    assert!(lines[2].contains(r#""'=HYPERLINK(""http://evil.example"")""#), "{text}");
    assert!(!text.contains("\"=") && !text.contains(other["slug"].as_str().unwrap()));

    let jsonl = ada.get("/api/org/audit/export?format=jsonl").await.body;
    let rows: Vec<Value> =
        jsonl.as_str().unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0]["subject"], acme["slug"]);
    assert_eq!(rows[1]["subject"], formula);
    assert_eq!(rows[1]["previous_hash"], rows[0]["hash"]);
    assert_eq!(ada.get("/api/org/audit/verify").await.body["head"], rows[1]["hash"]);

    let none = ada.get("/api/org/audit/export?format=csv&actor=nobody").await.body;
    assert_eq!(none.as_str().unwrap().lines().count(), 1);
    for query in ["", "?format=xml"] {
        let refused = ada.get(&format!("/api/org/audit/export{query}")).await;
        assert_eq!(refused.problem(), (400, "invalid"), "{query}");
    }
}

async fn a_row_that_was_changed_is_named(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    ada.patch("/api/org", json!({"name": "Better"})).await;
    let whole = ada.get("/api/org/audit/verify").await.body;
    assert_eq!((whole["intact"].clone(), whole["rows"].clone()), (json!(true), json!(2)));
    assert_eq!(whole["broken"], Value::Null);
    let disarm = match app.database {
        testkit::database::TestDatabase::Sqlite(_) => "DROP TRIGGER audit_no_update",
        testkit::database::TestDatabase::Postgres(_) => "ALTER TABLE audit DISABLE TRIGGER append_only",
    };
    app.database.execute(disarm).await.unwrap();
    app.database.execute("UPDATE audit SET subject = 'another' WHERE seq = 2").await.unwrap();
    let broken = ada.get("/api/org/audit/verify").await.body;
    assert_eq!(broken["intact"], false);
    assert_eq!(broken["broken"], json!({"seq": 2, "fault": "altered"}));
}

async fn a_change_that_cannot_be_written_down_is_refused(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    let refuse = match app.database {
        testkit::database::TestDatabase::Sqlite(_) => {
            "CREATE TRIGGER audit_broken BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'broken'); END"
        }
        testkit::database::TestDatabase::Postgres(_) => {
            "CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'broken'; END $$; \
             CREATE TRIGGER audit_broken BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION broken()"
        }
    };
    app.database.execute(refuse).await.unwrap();
    assert_eq!(ada.patch("/api/org", json!({"name": "Better"})).await.problem(), (500, "internal"));
    assert_eq!(ada.get("/api/org").await.body["name"], "Acme");
    let key = ada.post("/api/org/api-keys", json!({"name": "ci", "role": "viewer"})).await;
    assert_eq!(key.problem(), (500, "internal"));
    assert_eq!(ada.get("/api/org/api-keys").await.body["items"], json!([]));
}

async fn a_key_is_not_taken_for_the_person_whose_address_it_has_for_a_name(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    let body = json!({"name": "ada@example.org", "role": "admin"});
    let key = ada.post("/api/org/api-keys", body).await.body["key"].as_str().unwrap().to_owned();
    let program = app.anonymous().with("authorization", &format!("Bearer {key}"));
    program.patch("/api/org", json!({"name": "Better"})).await;
    let newest = ada.get("/api/org/audit?limit=1").await.body["items"][0].clone();
    assert_eq!(newest["actor"], "API key ada@example.org");
}
