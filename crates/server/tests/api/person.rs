//! What is kept of a person, and the end of their account.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use service::{person, worker};
use types::incident::IncidentCause;

use crate::app::{Client, PASSWORD, Reply, TestApp, ended};
use crate::database::on_both_databases;
use crate::incident::open;
use crate::remote_check::{film, record};

on_both_databases![
    whoever_deactivates_their_account_is_out_and_owns_nothing,
    of_owners_who_deactivate_at_once_one_stays,
    an_export_holds_what_is_a_persons_and_no_secret,
    an_erased_person_is_only_where_rows_can_not_be_changed,
    a_picture_is_shown_to_whoever_shares_an_organization,
];

const DEACTIVATE: &str = "/api/auth/me/deactivate";
const ERASE: &str = "/api/auth/me/erase";
const EXPORT: &str = "/api/auth/me/export";

fn address(name: &str) -> Value {
    json!({"email": format!("{name}@example.org")})
}

async fn sign_in(app: &TestApp, name: &str) -> Reply {
    let body = json!({"email": format!("{name}@example.org"), "password": PASSWORD});
    app.anonymous().post("/api/auth/sign-in", body).await
}

async fn id(client: &Client) -> String {
    client.get("/api/auth/me").await.body["user"]["id"].as_str().unwrap().to_owned()
}

async fn whoever_deactivates_their_account_is_out_and_owns_nothing(app: &TestApp) {
    let (ada, acme) = app.founder("ada", "Acme").await;
    let bob = app.member(&ada, "bob", "owner").await;
    let program = app.program(&bob, "viewer").await;
    let path = format!("/api/org/members/{}", id(&bob).await);
    let mut stream = bob.open("/api/activity/stream?after=0").await;
    assert!(stream.chunk().await.unwrap().is_some());
    for body in [json!({}), address("ada")] {
        assert_eq!(bob.post(DEACTIVATE, body).await.problem(), (400, "invalid"));
    }
    app.clock.advance(Duration::from_secs(600));
    for route in [DEACTIVATE, ERASE] {
        assert_eq!(bob.post(route, address("bob")).await.problem(), (403, "step_up_required"), "{route}");
    }
    assert_eq!(bob.get(EXPORT).await.problem(), (403, "step_up_required"));
    bob.post("/api/auth/confirm", json!({"password": PASSWORD})).await;
    let done = bob.post(DEACTIVATE, json!({"email": " Bob@example.org "})).await;
    assert_eq!(done.status, StatusCode::NO_CONTENT, "{}", done.body);
    assert!(done.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(ended(&mut stream).await, "unauthenticated");
    assert_eq!(bob.get("/api/auth/me").await.problem(), (401, "unauthenticated"));
    assert_eq!(sign_in(app, "bob").await.problem(), (401, "wrong_credentials"));
    // The key is the organization's.
    assert_eq!(program.get("/api/org").await.status, StatusCode::OK);
    let members = ada.get("/api/org/members").await.body["items"].clone();
    let deactivated: Vec<_> =
        members.as_array().unwrap().iter().map(|one| one["deactivated"].clone()).collect();
    assert_eq!(deactivated, [json!(false), json!(true)]);
    let entry = &ada.get("/api/org/audit").await.body["items"][0];
    assert_eq!(
        (&entry["action"], &entry["actor"], &entry["subject"], &entry["detail"]),
        (
            &json!("person.deactivated"),
            &json!("bob@example.org"),
            &json!("bob@example.org"),
            &json!({"role": "owner", "api_keys_made": 1})
        )
    );
    assert_eq!(
        ada.get("/api/activity?limit=1").await.body["items"][0]["message"],
        "bob deactivated their account"
    );
    // Of two owners one is left who can act.
    let own = format!("/api/org/members/{}", id(&ada).await);
    ada.post("/api/auth/confirm", json!({"password": PASSWORD})).await;
    for refused in [ada.patch(&own, json!({"role": "admin"})).await, ada.delete("/api/org/members/me").await]
    {
        assert_eq!(refused.problem(), (409, "conflict"));
    }
    for route in [DEACTIVATE, ERASE] {
        let refused = ada.post(route, address("ada")).await;
        assert_eq!(refused.problem(), (409, "last_owner"), "{route}");
        assert!(
            refused.body["detail"].as_str().unwrap().starts_with("Acme would have no owner."),
            "{}",
            refused.body
        );
    }
    let refused = person::deactivate_by_operator(&app.context, "ada@example.org").await;
    assert!(matches!(refused, Err(service::Error::LastOwner(_))), "{refused:?}");
    assert_eq!(ada.get("/api/auth/me").await.status, StatusCode::OK);
    // The operator lets them in again, and out.
    let again = person::reactivate(&app.context, "bob@example.org").await.unwrap();
    assert_eq!(again.email, "bob@example.org");
    let reply = sign_in(app, "bob").await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
    assert_eq!(bob.get("/api/auth/me").await.problem(), (401, "unauthenticated"), "an ended session is back");
    person::deactivate_by_operator(&app.context, "Bob@example.org").await.unwrap();
    person::deactivate_by_operator(&app.context, "bob@example.org").await.unwrap();
    let told = person::export_by_operator(&app.context, "bob@example.org").await.unwrap();
    let told: Vec<_> = told.organizations[0].activity.iter().map(|entry| entry.message.as_str()).collect();
    assert!(told.contains(&"The operator reactivated the account of bob"), "{told:?}");
    let actions = ada.get("/api/org/audit?action=person.").await.body["items"].clone();
    let actions: Vec<_> =
        actions.as_array().unwrap().iter().map(|row| (&row["action"], &row["actor"])).collect();
    let (off, on) = (json!("person.deactivated"), json!("person.reactivated"));
    let (system, themselves) = (json!("system"), json!("bob@example.org"));
    assert_eq!(actions, [(&off, &system), (&on, &system), (&off, &themselves)]);
    // An owner who does not count may be taken away.
    assert_eq!(ada.delete(&path).await.status, StatusCode::NO_CONTENT);
    assert!(person::reactivate(&app.context, "nobody@example.org").await.is_err());
    assert_eq!(acme["slug"], "acme");
}

async fn of_owners_who_deactivate_at_once_one_stays(app: &TestApp) {
    let (founder, _) = app.founder("founder", "Acme").await;
    let mut owners = vec![(founder.clone(), "founder")];
    for name in ["ada", "bob", "cleo"] {
        owners.push((app.member(&founder, name, "owner").await, name));
    }
    // One steps back, two deactivate their accounts, one erases theirs.
    let ways = [None, Some(DEACTIVATE), Some(DEACTIVATE), Some(ERASE)];
    let going: Vec<_> = owners
        .into_iter()
        .zip(ways)
        .map(|((client, name), way)| {
            tokio::spawn(async move {
                match way {
                    Some(route) => client.post(route, address(name)).await.status.as_u16(),
                    None => client.delete("/api/org/members/me").await.status.as_u16(),
                }
            })
        })
        .collect();
    let mut statuses = Vec::new();
    for one in going {
        statuses.push(one.await.unwrap());
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 204, 204, 409]);
}

/// An organization of Ada's in which Quentin, who shares his name with nobody, has done one of everything.
async fn busy(app: &TestApp) -> (Client, Client) {
    let (ada, _) = app.founder("ada", "Acme").await;
    let quentin = app.member(&ada, "quentin", "admin").await;
    let body = json!({"name": "shop", "transport": "direct", "url": "http://127.0.0.1:9/mcp"});
    let source = quentin.post("/api/sources", body).await.body;
    record(app, &quentin, &source, &film(&["id", "length"])).await;
    let source_id = source["id"].as_str().unwrap().parse().unwrap();
    let incident = open(app, &ada, source_id, &[("public.film", IncidentCause::Nulls)]).await.remove(0);
    let them = id(&quentin).await;
    let put = async |path: &str, body: Value| quentin.send(Method::PUT, path, Some(body)).await;
    let mails = json!({"critical": ["owner"], "warning": []});
    for reply in [
        quentin.post(&format!("{incident}/comment"), json!({"comment": "The loader stopped"})).await,
        ada.post(&format!("{incident}/assign"), json!({"assignee": them})).await,
        quentin
            .post(
                "/api/expectations",
                json!({"table": "public.film", "rule": {"kind": "not_null", "column": "id"}}),
            )
            .await,
        quentin
            .patch(
                "/api/schema/objects/public.film",
                json!({"description": "Films", "owner": "Quentin@example.org"}),
            )
            .await,
        put("/api/sensitivity", json!({"sensitivity": "high"})).await,
        put("/api/ownership", json!({"version": 0, "rules": [{"owner": {"kind": "member", "id": them}}]}))
            .await,
        put("/api/drift/policy", json!({"version": 0, "text": "version: 1\n"})).await,
        put("/api/org/notifications", json!({"version": 0, "incidents": mails})).await,
        quentin.post("/api/org/invitations", json!({"email": "x@example.org", "role": "viewer"})).await,
        quentin.post("/api/org/api-keys", json!({"name": "loader", "role": "viewer"})).await,
    ] {
        assert!(reply.status.is_success(), "{}", reply.body);
    }
    // As the rules give an incident to whoever owns its object.
    let routed = "INSERT INTO incident_event (org_id, id, incident_id, at, actor, kind, message) SELECT org_id, run_id, \
                  id, 0, 'Bastion', 'routed', 'Assigned to quentin, who owns public.film' FROM incident";
    assert_eq!(app.database.execute(routed).await.unwrap(), 1);
    (ada, quentin)
}

async fn an_export_holds_what_is_a_persons_and_no_secret(app: &TestApp) {
    let (_, quentin) = busy(app).await;
    let factor = quentin.post("/api/auth/second-factor", json!({})).await.body;
    let key = quentin.post("/api/org/api-keys", json!({"name": "other", "role": "viewer"})).await.body;
    let reply = quentin.get(EXPORT).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
    assert!(reply.header("content-disposition").contains("bastion-account.json"));
    let export = &reply.body;
    let account = &export["account"];
    assert_eq!(account["user"]["email"], "quentin@example.org");
    assert_eq!(
        (&account["password_set"], &account["second_factor_enabled_at"]),
        (&json!(true), &Value::Null)
    );
    assert_eq!(export["sessions"].as_array().map(Vec::len), Some(1));
    assert_eq!(export["invitations"][0]["role"], "admin");
    let acme = &export["organizations"][0];
    assert_eq!(
        (&acme["slug"], &acme["role"], &acme["complete"]),
        (&json!("acme"), &json!("admin"), &json!(true))
    );
    assert_eq!(acme["api_keys"], json!(["loader", "other"]));
    let mut kinds: Vec<_> =
        acme["records"].as_array().unwrap().iter().map(|row| row["kind"].as_str().unwrap()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let expected = [
        "assigned_incident",
        "description",
        "expectation",
        "incident_event",
        "mail",
        "ownership",
        "policy",
        "sensitivity",
    ];
    assert_eq!(kinds, expected);
    assert!(acme["audit"].as_array().unwrap().iter().any(|row| row["action"] == "source.created"));
    assert!(acme["activity"].as_array().unwrap().iter().any(|row| row["message"] == "quentin joined"));
    // Nothing that opens anything, and nothing that it could be found by.
    let text = export.to_string();
    let shown = [key["key"].as_str().unwrap(), factor["secret"].as_str().unwrap(), "argon2", "_hash\":\"$"];
    for secret in shown {
        assert!(!text.contains(secret), "{secret}");
    }
    let token = quentin.cookie().split_once('=').unwrap().1.to_owned();
    assert!(!text.contains(&token));
    let stored = app.database.everything().await.unwrap();
    let hexadecimal = |word: &&str| word.len() == 64 && word.chars().all(|letter| letter.is_ascii_hexdigit());
    let hashes: Vec<&str> = ["session", "api_key", "invitation", "recovery_code"]
        .iter()
        .flat_map(|table| &stored[*table])
        .flat_map(|row| row.split(|letter: char| !letter.is_ascii_alphanumeric()))
        .filter(hexadecimal)
        .collect();
    assert!(hashes.len() >= 4, "{hashes:?}");
    assert!(hashes.iter().all(|hash| !text.contains(hash)), "{text}");
}

async fn an_erased_person_is_only_where_rows_can_not_be_changed(app: &TestApp) {
    let (ada, quentin) = busy(app).await;
    // Whoever has gone before is named in the organization all the same.
    let (cleo, other) = app.founder("cleo", "Other").await;
    quentin.post("/api/orgs/join", json!({"org_id": other["id"]})).await;
    let asked = format!("/api/org/join-requests/{}", id(&quentin).await);
    cleo.post(&asked, json!({"approve": true, "role": "viewer"})).await;
    let left = quentin.in_org(&other).delete("/api/org/members/me").await;
    assert_eq!(left.status, StatusCode::NO_CONTENT, "{}", left.body);
    quentin.post("/api/auth/second-factor", json!({})).await;
    let before = app.database.everything().await.unwrap();
    let naming = |tables: &std::collections::BTreeMap<String, Vec<String>>| -> Vec<String> {
        let names = |row: &String| row.to_lowercase().contains("quentin");
        tables.iter().filter(|(_, rows)| rows.iter().any(names)).map(|(table, _)| table.clone()).collect()
    };
    let expected = [
        "activity",
        "audit",
        "connection",
        "description",
        "expectation",
        "incident_event",
        "invitation",
        "ownership",
        "policy_version",
        "sensitivity",
        "user",
    ];
    assert_eq!(naming(&before), expected);
    let done = quentin.post(ERASE, address("quentin")).await;
    assert_eq!(done.status, StatusCode::NO_CONTENT, "{}", done.body);
    assert_eq!(quentin.get("/api/auth/me").await.problem(), (401, "unauthenticated"));
    assert_eq!(sign_in(app, "quentin").await.problem(), (401, "wrong_credentials"));
    worker::drain(&app.context).await.unwrap();
    let after = app.database.everything().await.unwrap();
    assert_eq!(naming(&after), ["audit", "policy_version"], "{:?}", after["activity"]);
    for table in ["second_factor", "membership", "session", "invitation", "api_key"] {
        assert!(!after[table].concat().contains("quentin"), "{table}");
    }
    let entry = &ada.get("/api/org/audit").await.body["items"][0];
    assert_eq!(entry["action"], "person.erased");
    assert!(!entry.to_string().contains("quentin"), "{entry}");
    assert_eq!(ada.get("/api/org/audit/verify").await.body["intact"], true);
    let messages = ada.get("/api/activity?limit=200").await.body.to_string();
    assert!(
        messages.contains("Erased person joined") && messages.contains("The account of a member was erased")
    );
    assert!(messages.contains("Erased person added the source shop"), "{messages}");
    let incident = ada.get("/api/incidents").await.body["items"][0].clone();
    assert_eq!(incident["assignee"], Value::Null, "{incident}");
    let path = format!("/api/incidents/{}", incident["id"].as_str().unwrap());
    let timeline = ada.get(&path).await.body["timeline"].to_string();
    assert!(timeline.contains("Assigned to Erased person, who owns public.film"), "{timeline}");
    // The address is free, and whoever takes it is somebody else.
    let again = app.user("quentin").await;
    assert_eq!(again.get("/api/auth/me").await.body["memberships"], json!([]));
    // A namesake keeps what they have done.
    let namesake = app.member(&ada, "max", "member").await;
    namesake.patch("/api/auth/me", json!({"name": "ada"})).await;
    let body = json!({"table": "public.film", "rule": {"kind": "not_null", "column": "length"}});
    assert!(ada.post("/api/expectations", body).await.status.is_success());
    person::erase_by_operator(&app.context, "max@example.org").await.unwrap();
    worker::drain(&app.context).await.unwrap();
    let authors = ada.get("/api/expectations").await.body.to_string();
    assert!(authors.contains("\"ada\"") && authors.contains("Erased person"), "{authors}");
}

async fn a_picture_is_shown_to_whoever_shares_an_organization(app: &TestApp) {
    let (ada, _) = app.founder("ada", "Acme").await;
    let (bob, eve) = (app.member(&ada, "bob", "viewer").await, app.founder("eve", "Other").await.0);
    let put = async |image: &[u8]| {
        let body = json!({"image": STANDARD.encode(image)});
        ada.send(Method::PUT, "/api/auth/me/avatar", Some(body)).await
    };
    let png = b"\x89PNG\r\n\x1a\n and so on".to_vec();
    let large = [&png[..], &[0; 64 * 1024][..]].concat();
    for (image, code) in [(&b"<svg onload=\"alert(1)\"/>"[..], "format"), (&large[..], "length")] {
        let refused = put(image).await;
        assert_eq!(refused.problem(), (400, "invalid"));
        assert_eq!(refused.body["errors"][0]["code"], code);
    }
    let kept = put(&png).await;
    let hash = kept.body["avatar"].as_str().unwrap().to_owned();
    assert_eq!(ada.get("/api/auth/me").await.body["avatar"], hash.as_str());
    let path = format!("/api/people/{}/avatar", id(&ada).await);
    let addressed = format!("{path}?hash={hash}");
    for client in [&ada, &bob] {
        let shown = client.open(&addressed).await;
        let header = |name: &str| shown.headers()[name].to_str().unwrap().to_owned();
        assert_eq!([header("content-type"), header("x-content-type-options")], ["image/png", "nosniff"]);
        assert_eq!(header("cache-control"), "private, max-age=31536000, immutable");
        assert_eq!(shown.bytes().await.unwrap(), png);
    }
    assert_eq!(bob.open(&path).await.headers()["cache-control"], "no-store");
    assert_eq!(eve.get(&addressed).await.problem(), (404, "not_found"));
    assert_eq!(app.anonymous().get(&addressed).await.problem(), (401, "unauthenticated"));
    assert_eq!(bob.get(&format!("{path}?hash=other")).await.problem(), (404, "not_found"));
    let members = bob.get("/api/org/members").await.body["items"].clone();
    assert_eq!((&members[0]["avatar"], &members[1]["avatar"]), (&json!(hash), &Value::Null));
    assert_eq!(ada.delete("/api/auth/me/avatar").await.body["avatar"], Value::Null);
    assert_eq!(bob.get(&addressed).await.problem(), (404, "not_found"));
}
