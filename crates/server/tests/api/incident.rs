//! Incidents over HTTP. What opens and ends them is tested in `service`.

use domain::incident::{Finding, Incident as Life};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use store::incident::Incident;
use types::incident::{Evidence, IncidentCause, IncidentSeverity};
use types::{DriftId, IncidentId, RunId, SourceId};
use uuid::Uuid;

use crate::app::{Client, TestApp};
use crate::database::on_both_databases;

on_both_databases![
    incidents_are_listed_as_they_are_asked_for,
    each_decision_is_a_line_of_the_timeline,
    a_decision_that_the_state_does_not_allow_is_refused,
    what_does_not_fit_is_answered_with_its_place,
    a_viewer_reads_and_a_member_decides,
    another_organizations_incidents_do_not_exist,
    a_comment_sent_twice_is_written_once,
    several_are_decided_at_once,
    the_incidents_of_a_removed_source_have_ended,
];

const INCIDENTS: &str = "/api/incidents";
const NOBODYS: &str = "01890000-0000-7000-8000-000000000000";

pub(crate) async fn source(client: &Client, name: &str) -> SourceId {
    let made = client.post("/api/sources", json!({"name": name, "transport": "gateway"})).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    made.body["id"].as_str().unwrap().parse().unwrap()
}

/// Opens incidents as the detection would: of each object a cause. Answers their paths in the API.
pub(crate) async fn open(
    app: &TestApp,
    client: &Client,
    source: SourceId,
    found: &[(&str, IncidentCause)],
) -> Vec<String> {
    let now = app.context.now();
    let incidents: Vec<Incident> = found
        .iter()
        .map(|(object, cause)| Incident {
            id: IncidentId(Uuid::now_v7()),
            source_id: source,
            object: (*object).to_owned(),
            cause: *cause,
            title: format!("{object} is odd"),
            evidence: match cause {
                IncidentCause::Schema => Evidence::Schema {
                    drift_id: DriftId(Uuid::nil()),
                    base_version: 1,
                    new_version: 2,
                    changes: Vec::new(),
                    total: 0,
                },
                _ => Evidence::Series { since: now, points: Vec::new(), total: 0 },
            },
            assignee: None,
            updated_at: now,
            run_id: RunId(Uuid::now_v7()),
            drift_id: (*cause == IncidentCause::Schema).then_some(DriftId(Uuid::nil())),
            life: Life::new(&Finding {
                severity: match cause {
                    IncidentCause::Schema => IncidentSeverity::Critical,
                    _ => IncidentSeverity::Warning,
                },
                fingerprint: "as found".to_owned(),
                at: now,
            }),
        })
        .collect();
    let tx = app.context.store.write(&app.tenant(client).await).await.unwrap();
    store::incident::insert(&tx, &incidents).await.unwrap();
    tx.commit().await.unwrap();
    incidents.iter().map(|incident| format!("{INCIDENTS}/{}", incident.id)).collect()
}

async fn one(app: &TestApp, client: &Client) -> String {
    let source = source(client, "shop").await;
    open(app, client, source, &[("public.orders", IncidentCause::Nulls)]).await.remove(0)
}

/// The objects of the incidents that a query finds.
pub(crate) async fn objects(client: &Client, query: &str) -> Vec<String> {
    let page = client.get(&format!("{INCIDENTS}?{query}")).await;
    assert_eq!(page.status, StatusCode::OK, "{query} {}", page.body);
    let items = page.body["items"].as_array().unwrap();
    items.iter().map(|incident| incident["object"].as_str().unwrap().to_owned()).collect()
}

async fn incidents_are_listed_as_they_are_asked_for(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    let (shop, bank) = (source(&ada, "shop").await, source(&ada, "bank").await);
    let a = open(app, &ada, shop, &[("a", IncidentCause::Nulls), ("b", IncidentCause::Schema)]).await;
    open(app, &ada, bank, &[("c", IncidentCause::Volume)]).await;
    ada.post(&format!("{}/resolve", a[0]), json!({})).await;
    let me = ada.get("/api/auth/me").await.body["user"]["id"].clone();
    ada.post(&format!("{}/assign", a[1]), json!({"assignee": me})).await;
    let assigned = format!("assignee={}", me.as_str().unwrap());
    let nobodys = format!("drift={}", Uuid::nil());
    for (query, expected) in [
        ("", &["c", "b", "a"][..]),
        ("source=shop", &["b", "a"]),
        ("state=active", &["c", "b"]),
        ("state=ended", &["a"]),
        ("state=resolved", &["a"]),
        ("severity=critical", &["b"]),
        ("cause=volume", &["c"]),
        ("assignee=me", &["b"]),
        (&assigned, &["b"]),
        ("assignee=none", &["c", "a"]),
        (&nobodys, &["b"]),
        ("q=C%20IS", &["c"]),
        ("q=%25", &[]),
    ] {
        assert_eq!(objects(&ada, query).await, expected, "{query}");
    }
    let page = ada.get(&format!("{INCIDENTS}?limit=2")).await.body;
    assert_eq!((page["items"].as_array().unwrap().len(), &page["active"]), (2, &json!(2)));
    let rest = format!("limit=2&cursor={}", page["next_cursor"].as_str().unwrap());
    assert_eq!(objects(&ada, &rest).await, ["a"]);
}

async fn each_decision_is_a_line_of_the_timeline(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    let path = one(app, &ada).await;
    let me = ada.get("/api/auth/me").await.body["user"]["id"].clone();
    for (order, body, state, kind) in [
        ("ack", json!({"comment": "Looking"}), "acknowledged", "acknowledged"),
        ("start", json!({}), "in_progress", "started"),
        ("assign", json!({"assignee": me}), "in_progress", "assigned"),
        ("snooze", json!({"until": "2027-02-01T00:00:00Z"}), "in_progress", "snoozed"),
        ("comment", json!({"comment": "The import was late."}), "in_progress", "commented"),
        ("resolve", json!({}), "resolved", "resolved"),
        ("reopen", json!({}), "open", "reopened"),
        ("snooze", json!({}), "open", "snoozed"),
        ("false-positive", json!({}), "false_positive", "false_positive"),
    ] {
        let answer = ada.post(&format!("{path}/{order}"), body).await;
        assert_eq!(answer.status, StatusCode::OK, "{order} {}", answer.body);
        let newest = answer.body["timeline"].as_array().unwrap().last().unwrap().clone();
        assert_eq!((&answer.body["state"], &newest["kind"]), (&json!(state), &json!(kind)), "{order}");
        assert_eq!(newest["actor"], "ada");
    }
    let whole = ada.get(&path).await.body;
    assert_eq!(whole["timeline"][0]["comment"], "Looking");
    assert_eq!((&whole["assignee"]["name"], &whole["evidence"]["kind"]), (&json!("ada"), &json!("series")));
    let audit = ada.get("/api/org/audit").await.body;
    assert_eq!(audit["items"][0]["action"], "incident.false_positive");
    let newest = ada.get("/api/activity").await.body["items"][0].clone();
    assert_eq!((&newest["kind"], &newest["source"]), (&json!("incident.false_positive"), &json!("shop")));
    assert_eq!(ada.get(&format!("{path}/series")).await.body, json!({"series": []}));
}

async fn a_decision_that_the_state_does_not_allow_is_refused(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    let shop = source(&ada, "shop").await;
    let found = [("a", IncidentCause::Nulls), ("b", IncidentCause::Nulls)];
    let paths = open(app, &ada, shop, &found).await;
    assert_eq!(ada.post(&format!("{}/reopen", paths[0]), json!({})).await.problem(), (409, "conflict"));
    assert_eq!(ada.post(&format!("{}/resolve", paths[0]), json!({})).await.status, StatusCode::OK);
    for order in ["ack", "snooze", "resolve"] {
        let refused = ada.post(&format!("{}/{order}", paths[0]), json!({})).await;
        assert_eq!(refused.problem(), (409, "conflict"), "{order}");
    }
    // The cause came back meanwhile, and it is an incident of its own.
    open(app, &ada, shop, &found[..1]).await;
    let beside = ada.post(&format!("{}/reopen", paths[0]), json!({})).await;
    assert_eq!(beside.problem(), (409, "conflict"));
    assert!(beside.body["detail"].as_str().unwrap().contains("Another incident of the same cause is open"));
    // Nothing was odd behind it.
    assert_eq!(ada.post(&format!("{}/mark-normal", paths[1]), json!({})).await.problem(), (409, "conflict"));
    // An incident that has ended stands for nothing else.
    let ended = paths[0].rsplit('/').next().unwrap();
    let merged = ada.post(&format!("{}/merge", paths[1]), json!({"into": ended})).await;
    assert_eq!(merged.problem(), (409, "conflict"));
    assert_eq!(ada.get(&paths[1]).await.body["timeline"], json!([]));
}

async fn what_does_not_fit_is_answered_with_its_place(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    let path = one(app, &ada).await;
    let own = path.rsplit('/').next().unwrap();
    for (order, body, pointer) in [
        ("comment", json!({"comment": "  "}), "/comment"),
        ("ack", json!({"comment": "x".repeat(4_001)}), "/comment"),
        ("assign", json!({"assignee": NOBODYS}), "/assignee"),
        ("snooze", json!({"until": "2020-01-01T00:00:00Z"}), "/until"),
        ("merge", json!({"into": own}), "/into"),
    ] {
        let refused = ada.post(&format!("{path}/{order}"), body).await;
        assert_eq!(refused.problem(), (400, "invalid"), "{order} {}", refused.body);
        assert_eq!(refused.body["errors"][0]["pointer"], pointer, "{order}");
    }
    let crowd: Vec<_> = (0..201).map(|_| Uuid::now_v7()).collect();
    for body in [json!({"ids": [], "action": "ack"}), json!({"ids": crowd, "action": "ack"})] {
        let refused = ada.post(&format!("{INCIDENTS}/bulk"), body).await;
        assert_eq!(
            (refused.problem(), &refused.body["errors"][0]["pointer"]),
            ((400, "invalid"), &json!("/ids"))
        );
    }
    for (query, pointer) in [("state=x", "/state"), ("assignee=x", "/assignee")] {
        let refused = ada.get(&format!("{INCIDENTS}?{query}")).await;
        assert_eq!(
            (refused.problem(), &refused.body["errors"][0]["pointer"]),
            ((400, "invalid"), &json!(pointer))
        );
    }
    for query in ["severity=x", "cause=x", "drift=x", "cursor=!"] {
        assert_eq!(ada.get(&format!("{INCIDENTS}?{query}")).await.problem(), (400, "invalid"), "{query}");
    }
    for (order, body) in [
        ("ack", json!({"comments": "x"})),
        ("snooze", json!({"until": "tomorrow"})),
        ("assign", json!({"assignee": "ada"})),
        ("merge", json!({})),
    ] {
        assert_eq!(ada.post(&format!("{path}/{order}"), body).await.problem(), (400, "invalid"), "{order}");
    }
    for missing in [format!("{path}/forget"), format!("{INCIDENTS}/{NOBODYS}/ack")] {
        assert_eq!(ada.post(&missing, json!({})).await.problem(), (404, "not_found"), "{missing}");
    }
    assert_eq!(ada.get(&format!("{INCIDENTS}?source=nowhere")).await.problem(), (404, "not_found"));
    assert_eq!(ada.get(&path).await.body["timeline"], json!([]));
}

/// Every order that changes an incident, with a body that would do.
fn orders(path: &str) -> Vec<(String, Value)> {
    let id = path.rsplit('/').next().unwrap();
    let plain = ["ack", "start", "resolve", "expected", "false-positive", "reopen", "mark-normal", "snooze"];
    let mut orders: Vec<_> =
        plain.iter().map(|order| (format!("{path}/{order}"), json!({"comment": "x"}))).collect();
    orders.push((format!("{path}/assign"), json!({"assignee": null})));
    orders.push((format!("{path}/comment"), json!({"comment": "x"})));
    orders.push((format!("{path}/merge"), json!({"into": id})));
    orders
}

async fn a_viewer_reads_and_a_member_decides(app: &TestApp) {
    let (ada, acme) = app.founder("ada", "Acme").await;
    let path = one(app, &ada).await;
    let viewer = app.member(&ada, "vic", "viewer").await.in_org(&acme);
    let member = app.member(&ada, "mel", "member").await.in_org(&acme);
    let bulk = format!("{INCIDENTS}/bulk");
    for read in [INCIDENTS, &path, &format!("{path}/series")] {
        assert_eq!(viewer.get(read).await.status, StatusCode::OK, "{read}");
        assert_eq!(app.program(&ada, "viewer").await.get(read).await.status, StatusCode::OK, "{read}");
    }
    for (order, body) in orders(&path) {
        assert_eq!(viewer.post(&order, body).await.problem(), (403, "forbidden"), "{order}");
    }
    let all = json!({"ids": [path.rsplit('/').next().unwrap()], "action": "ack"});
    assert_eq!(viewer.post(&bulk, all.clone()).await.problem(), (403, "forbidden"));
    assert_eq!(ada.get(&path).await.body["timeline"], json!([]));
    assert_eq!(member.post(&bulk, all).await.status, StatusCode::OK);
    // A key decides too, and is nobody to whom an incident could be given.
    let program = app.program(&ada, "member").await;
    let started = program.post(&format!("{path}/start"), json!({})).await;
    assert_eq!(started.body["timeline"][1]["actor"], "program", "{}", started.body);
    assert_eq!(program.get(&format!("{INCIDENTS}?assignee=me")).await.problem(), (400, "invalid"));
}

async fn another_organizations_incidents_do_not_exist(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    let path = one(app, &ada).await;
    let (eve, _) = app.founder("eve", "Elsewhere").await;
    let own = one(app, &eve).await;
    for read in [path.clone(), format!("{path}/series")] {
        assert_eq!(eve.get(&read).await.problem(), (404, "not_found"), "{read}");
    }
    for (order, body) in orders(&path) {
        assert_eq!(eve.post(&order, body).await.problem(), (404, "not_found"), "{order}");
    }
    let theirs = path.rsplit('/').next().unwrap();
    let merged = eve.post(&format!("{own}/merge"), json!({"into": theirs})).await;
    assert_eq!(merged.problem(), (404, "not_found"));
    let bulk = eve.post(&format!("{INCIDENTS}/bulk"), json!({"ids": [theirs], "action": "resolve"})).await;
    assert_eq!((&bulk.body["done"], &bulk.body["refused"][0]["code"]), (&json!([]), &json!("not_found")));
    let me = ada.get("/api/auth/me").await.body["user"]["id"].clone();
    let given = eve.post(&format!("{own}/assign"), json!({"assignee": me})).await;
    assert_eq!(given.problem(), (400, "invalid"), "nobody of another organization can have it");
    let page = eve.get(INCIDENTS).await.body;
    assert_eq!((page["items"].as_array().unwrap().len(), &page["active"]), (1, &json!(1)));
    assert_eq!(ada.get(&path).await.body["timeline"], json!([]));
}

async fn a_comment_sent_twice_is_written_once(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    let path = one(app, &ada).await;
    let again = ada.with("idempotency-key", "once");
    let body = json!({"comment": "The import was late."});
    let first = again.post(&format!("{path}/comment"), body.clone()).await;
    let second = again.post(&format!("{path}/comment"), body).await;
    assert_eq!((first.status, &first.body), (StatusCode::OK, &second.body));
    assert_eq!(second.header("idempotency-replayed"), "true");
    assert_eq!(ada.get(&path).await.body["timeline"].as_array().unwrap().len(), 1);
}

async fn several_are_decided_at_once(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    let shop = source(&ada, "shop").await;
    let found = [("a", IncidentCause::Nulls), ("b", IncidentCause::Volume), ("c", IncidentCause::Schema)];
    let paths = open(app, &ada, shop, &found).await;
    let ids: Vec<&str> = paths.iter().map(|path| path.rsplit('/').next().unwrap()).collect();
    ada.post(&format!("{}/resolve", paths[2]), json!({})).await;
    let bulk = format!("{INCIDENTS}/bulk");
    let body = json!({"ids": [ids[0], ids[1], ids[2], ids[0], NOBODYS], "action": "ack", "comment": "Seen"});
    let answer = ada.post(&bulk, body).await.body;
    assert_eq!(answer["done"], json!([ids[0], ids[1]]));
    let refused = |id: &str| {
        let all = answer["refused"].as_array().unwrap();
        all.iter().find(|refusal| refusal["id"] == id).unwrap()["code"].clone()
    };
    assert_eq!((refused(ids[2]), refused(NOBODYS)), (json!("incident_state"), json!("not_found")));
    for path in &paths[..2] {
        let whole = ada.get(path).await.body;
        assert_eq!(
            (&whole["state"], &whole["timeline"][0]["comment"]),
            (&json!("acknowledged"), &json!("Seen"))
        );
    }
    // What fits none of them changes none.
    let body = json!({"ids": [ids[0], ids[1]], "action": "assign", "assignee": NOBODYS});
    assert_eq!(ada.post(&bulk, body).await.problem(), (400, "invalid"));
    let me = ada.get("/api/auth/me").await.body["user"]["id"].clone();
    let body = json!({"ids": ids, "action": "assign", "assignee": me});
    assert_eq!(ada.post(&bulk, body).await.body["done"].as_array().unwrap().len(), 3);
    assert_eq!(objects(&ada, "assignee=me").await, ["c", "b", "a"]);
}

async fn the_incidents_of_a_removed_source_have_ended(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    let path = one(app, &ada).await;
    let gone = ada.send(Method::DELETE, "/api/sources/shop", None).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    let whole = ada.get(&path).await.body;
    assert_eq!((&whole["state"], &whole["timeline"][0]["actor"]), (&json!("resolved"), &json!("ada")));
    assert_eq!(ada.get(INCIDENTS).await.body["active"], 0);
}
