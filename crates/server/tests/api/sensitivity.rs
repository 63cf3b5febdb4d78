//! Sensitivity over HTTP. What it decides and what a preview counts is tested in `service`.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::{Client, Reply, TestApp};
use crate::database::on_both_databases;
use crate::incident::source;

on_both_databases![
    what_is_said_is_written_read_and_taken_back,
    what_does_not_fit_is_answered_with_its_place,
    a_viewer_reads_sensitivities_and_writes_none,
    sensitivities_are_of_their_organization,
];

const PATH: &str = "/api/sensitivity";

async fn put(client: &Client, query: &str, body: Value) -> Reply {
    client.send(Method::PUT, &format!("{PATH}{query}"), Some(body)).await
}

async fn what_is_said_is_written_read_and_taken_back(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    source(&ada, "shop").await;
    assert_eq!(ada.get(PATH).await.body, json!({"source": "shop", "settings": []}));
    let column = json!({"table": " public.orders ", "column": "note", "measure": "null_percent"});
    for (place, word) in [(json!({}), "low"), (column, "high"), (json!({}), "medium")] {
        let mut body = place;
        body["sensitivity"] = json!(word);
        let written = put(&ada, "", body).await;
        assert_eq!(written.status, StatusCode::OK, "{}", written.body);
    }
    let read = ada.get("/api/sensitivity?source=shop").await.body;
    let mut settings = read["settings"].as_array().unwrap().clone();
    for setting in &mut settings {
        let setting = setting.as_object_mut().unwrap();
        assert_eq!(setting.remove("author"), Some(json!("ada")));
        assert!(setting.remove("at").is_some_and(|at| at.is_string()));
    }
    let note = json!({
        "table": "public.orders", "column": "note", "measure": "null_percent", "sensitivity": "high",
    });
    assert_eq!(settings, [json!({"sensitivity": "medium"}), note]);
    let audit = ada.get("/api/org/audit").await.body["items"][0].clone();
    assert_eq!(audit["action"], "sensitivity.changed");
    assert_eq!(audit["detail"], json!({"place": {}, "before": "low", "after": "medium"}));
    assert_eq!(put(&ada, "", json!({"sensitivity": "medium"})).await.status, StatusCode::OK);
    assert_eq!(ada.get("/api/org/audit").await.body["items"][0], audit, "nothing was changed");
    let activity = ada.get("/api/activity").await.body;
    assert_eq!(
        activity["items"][0]["message"],
        "ada set the sensitivity of the whole source in shop to medium"
    );
    let body = json!({"table": "public.orders", "column": "note", "measure": "null_percent"});
    let left = put(&ada, "", body).await.body;
    assert_eq!(left["settings"].as_array().map(Vec::len), Some(1), "{left}");
    let activity = ada.get("/api/activity").await.body;
    assert_eq!(
        activity["items"][0]["message"],
        "ada set the sensitivity of the NULL % of public.orders.note in shop to what it inherits"
    );
}

async fn what_does_not_fit_is_answered_with_its_place(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    assert_eq!(ada.get(PATH).await.problem(), (404, "no_snapshot"));
    source(&ada, "shop").await;
    for (body, place) in [
        (json!({"column": "note", "sensitivity": "low"}), "/table"),
        (json!({"table": "a", "column": "b", "measure": "row_count", "sensitivity": "low"}), "/measure"),
        (json!({"table": "x".repeat(501), "sensitivity": "low"}), "/table"),
    ] {
        let refused = put(&ada, "", body).await;
        assert_eq!(refused.problem(), (400, "invalid"), "{}", refused.body);
        assert_eq!(refused.body["errors"][0]["pointer"], place);
    }
    for body in [json!({"sensitivity": "extreme"}), json!({"tables": "a"}), json!({"measure": "rows"})] {
        assert_eq!(put(&ada, "", body.clone()).await.problem(), (400, "invalid"), "{body}");
    }
    let preview = async |query: &str| ada.get(&format!("{PATH}/preview{query}")).await;
    assert_eq!(preview("").await.problem(), (400, "invalid"));
    assert_eq!(preview("?table=a&measure=rows").await.problem(), (400, "invalid"));
    assert_eq!(preview("?table=a&measure=null_percent").await.problem(), (400, "invalid"));
    assert_eq!(preview("?table=a").await.problem(), (404, "not_found"));
    source(&ada, "bank").await;
    assert_eq!(ada.get(PATH).await.problem(), (400, "source_required"));
    assert_eq!(preview("?table=a").await.problem(), (400, "source_required"));
    let body = json!({"sensitivity": "low"});
    assert_eq!(put(&ada, "", body.clone()).await.problem(), (400, "source_required"));
    assert_eq!(put(&ada, "?source=none", body).await.problem(), (404, "not_found"));
}

async fn a_viewer_reads_sensitivities_and_writes_none(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    source(&ada, "shop").await;
    let viewer = app.member(&ada, "vera", "viewer").await;
    let member = app.member(&ada, "mia", "member").await;
    let body = || json!({"sensitivity": "high"});
    assert_eq!(put(&viewer, "", body()).await.problem(), (403, "forbidden"));
    assert_eq!(put(&member, "", body()).await.status, StatusCode::OK);
    assert_eq!(viewer.get(PATH).await.body["settings"][0]["author"], "mia");
}

async fn sensitivities_are_of_their_organization(app: &TestApp) {
    let (ada, acme) = app.founder("ada", "Acme").await;
    let (eve, _) = app.founder("eve", "Elsewhere").await;
    for client in [&ada, &eve] {
        source(client, "shop").await;
    }
    assert_eq!(put(&ada, "", json!({"sensitivity": "high"})).await.status, StatusCode::OK);
    assert_eq!(eve.get(PATH).await.body["settings"], json!([]));
    assert_eq!(eve.in_org(&acme).get(PATH).await.problem(), (404, "not_found"));
}
