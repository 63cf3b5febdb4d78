//! A domain is proved by what it publishes in DNS, and by nothing else that an organization can do.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::database::TestDatabase;
use testkit::dns::{Answer, Server};
use testkit::issuer::CLIENT;

use super::Acme;
use crate::app::{TestApp, Wishes};

testkit::on_both_databases![crate::sso::domain::Proving::start; a_domain_is_proved_by_what_it_publishes_and_by_that_alone];

/// A server, and the name server that it asks.
struct Proving {
    app: TestApp,
    dns: Server,
}

impl Proving {
    async fn start(database: TestDatabase) -> Self {
        let dns = Server::start();
        let wishes = Wishes { dns: Some(dns.address()), ..Wishes::default() };
        Self { app: TestApp::with(database, wishes).await, dns }
    }
}

const PATH: &str = "/api/org/sso/domains/more.example/verify";
const NAME: &str = "_bastion-challenge.more.example";

/// What the settings say of the domain.
fn of_domain(settings: &Value) -> &Value {
    let domains = settings["domains"].as_array().unwrap();
    domains.iter().find(|one| one["domain"] == "more.example").unwrap()
}

fn value(settings: &Value) -> String {
    of_domain(settings)["record"]["value"].as_str().unwrap().to_owned()
}

async fn a_domain_is_proved_by_what_it_publishes_and_by_that_alone(proving: &Proving) {
    let Proving { app, dns } = proving;
    let acme = Acme::new(app).await;
    assert_eq!(acme.owner.post(PATH, json!({})).await.problem(), (404, "not_found"));
    let named = json!({"domains": ["example.org", "more.example"]});
    let settings = acme.keep(named.clone()).await.body;
    assert_eq!(of_domain(&settings)["record"]["name"], NAME);
    let wanted = value(&settings);
    let token = wanted.strip_prefix("bastion-verification=").unwrap();
    assert_eq!((token.len(), token.bytes().all(|byte| byte.is_ascii_hexdigit())), (32, true), "{wanted}");
    // Another organization names it as well: each has to publish its own.
    let (mallory, other) = app.founder("mallory", "Beta").await;
    let mallory = mallory.in_org(&other);
    let body = json!({"issuer": acme.issuer.base, "client_id": CLIENT, "default_role": "viewer",
        "domains": ["more.example"]});
    let theirs = mallory.send(Method::PUT, "/api/org/sso", Some(body)).await.body;
    assert_ne!(value(&theirs), wanted);

    let unproved = acme.owner.post(PATH, json!({})).await;
    assert_eq!(unproved.problem(), (422, "domain_unproved"));
    let detail = unproved.body["detail"].as_str().unwrap();
    assert!(detail.contains(NAME) && detail.contains(&wanted), "{detail}");
    for texts in [
        vec![value(&theirs)],
        vec![token.to_owned()],
        vec![format!("{wanted}0")],
        vec![wanted[..40].to_owned(), wanted[40..].to_owned()],
    ] {
        dns.publish(NAME, Answer::Texts(texts.clone()));
        assert_eq!(acme.owner.post(PATH, json!({})).await.problem(), (422, "domain_unproved"), "{texts:?}");
    }
    // Where it is not looked for.
    dns.publish(NAME, Answer::Nothing);
    dns.publish("more.example", Answer::Texts(vec![wanted.clone()]));
    assert_eq!(acme.owner.post(PATH, json!({})).await.problem(), (422, "domain_unproved"));
    dns.publish(NAME, Answer::Failure);
    assert_eq!(acme.owner.post(PATH, json!({})).await.problem(), (502, "dns_unreachable"));
    let refused = app.anonymous().post("/api/auth/oidc/start", json!({"email": "ada@more.example"})).await;
    assert_eq!(refused.problem(), (404, "sso_unavailable"));

    dns.publish(NAME, Answer::Texts(vec!["v=spf1 -all".to_owned(), value(&theirs), wanted.clone()]));
    let admin = app.member(&acme.owner, "bob", "admin").await;
    assert_eq!(admin.post(PATH, json!({})).await.problem(), (403, "forbidden"));
    let proved = acme.owner.post(PATH, json!({})).await;
    assert_eq!(proved.status, StatusCode::OK, "{}", proved.body);
    assert!(of_domain(&proved.body)["verified_at"].is_string(), "{}", proved.body);
    let audited = acme.audited("sso.domain_verified").await;
    assert_eq!(
        (&audited[0]["subject"], &audited[0]["detail"]),
        (&json!("more.example"), &json!({"by": "dns"}))
    );
    let begun = app.anonymous().post("/api/auth/oidc/start", json!({"email": "ada@more.example"})).await;
    assert_eq!(begun.status, StatusCode::OK, "{}", begun.body);
    // It is one organization's, whatever else is published; and what is known is not asked again.
    assert_eq!(mallory.post(PATH, json!({})).await.problem(), (409, "conflict"));
    dns.publish(NAME, Answer::Failure);
    assert_eq!(acme.owner.post(PATH, json!({})).await.status, StatusCode::OK);
    // Taken off and named again, it is proved anew.
    acme.keep(json!({})).await;
    let again = acme.keep(named).await.body;
    assert!(of_domain(&again)["verified_at"].is_null() && value(&again) != wanted, "{again}");
    app.clock.advance(Duration::from_secs(601));
    assert_eq!(acme.owner.post(PATH, json!({})).await.problem(), (403, "step_up_required"));
}
