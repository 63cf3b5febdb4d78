//! Who is mailed, over HTTP. That mail is sent is tested in `service`.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::{Client, Reply, TestApp};
use crate::database::on_both_databases;

on_both_databases![who_is_mailed_is_chosen_read_and_written_down];

const PATH: &str = "/api/org/notifications";

async fn put(client: &Client, body: Value) -> Reply {
    client.send(Method::PUT, PATH, Some(body)).await
}

async fn who_is_mailed_is_chosen_read_and_written_down(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    let nobody = json!({"critical": [], "warning": []});
    let fresh = json!({"version": 0, "incidents": nobody, "mail": false, "author": null, "at": null});
    assert_eq!(ada.get(PATH).await.body, fresh);
    let chosen = json!({"critical": ["owner", "admin", "owner"], "warning": []});
    let written = put(&ada, json!({"version": 0, "incidents": chosen})).await;
    assert_eq!(written.status, StatusCode::OK, "{}", written.body);
    assert_eq!(written.body["incidents"], json!({"critical": ["admin", "owner"], "warning": []}));
    assert_eq!((&written.body["version"], &written.body["author"]), (&json!(1), &json!("ada")));
    let viewer = app.member(&ada, "vera", "viewer").await;
    assert_eq!(viewer.get(PATH).await.body, written.body);
    assert_eq!(put(&viewer, json!({"version": 1, "incidents": nobody})).await.problem(), (403, "forbidden"));
    for body in [
        json!({"version": 1, "incidents": {"critical": ["everybody"], "warning": []}}),
        json!({"version": 1, "incidents": {"critical": []}}),
        json!({"version": 1, "incidents": nobody, "more": 1}),
    ] {
        assert_eq!(put(&ada, body.clone()).await.problem(), (400, "invalid"), "{body}");
    }
    let late = put(&ada, json!({"version": 0, "incidents": nobody})).await;
    assert_eq!(late.problem(), (409, "conflict"), "{}", late.body);
    let audit = ada.get("/api/org/audit").await.body["items"].as_array().unwrap().clone();
    let rows: Vec<_> = audit.iter().filter(|row| row["action"] == "notifications.changed").collect();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["detail"], json!({"version": 1, "incidents": written.body["incidents"]}));
    let activity = ada.get("/api/activity").await.body.to_string();
    assert!(activity.contains("ada changed who is mailed about incidents"), "{activity}");
}
