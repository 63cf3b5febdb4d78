//! What knowing who asks costs, in statements.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};
use reqwest::StatusCode;
use serde_json::json;
use service::{Credentials, authenticate, authorize, organization, overview, permission, sso};
use store::metric::STATEMENTS;
use store::sso::Connection;
use types::organization::PlanLimits;
use types::permission::Role;

use crate::app::{Client, TestApp};
use crate::database::on_both_databases;

on_both_databases![
    knowing_who_asks_is_one_statement_or_two_where_single_sign_on_is_required,
    the_first_page_is_one_statement_at_most_until_something_happens
];

/// Counts the statements of this thread.
#[derive(Default)]
struct Counted(Arc<AtomicU64>);

impl Counted {
    fn take(&self) -> u64 {
        self.0.swap(0, Ordering::Relaxed)
    }
}

impl Recorder for Counted {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        match key.name() == STATEMENTS {
            true => Counter::from_arc(Arc::clone(&self.0)),
            false => Counter::noop(),
        }
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

fn credentials(client: &Client, org: Option<&str>) -> Credentials {
    let session = client.cookie().split_once('=').unwrap().1.to_owned();
    Credentials {
        session: Some(session.into()),
        api_key: None,
        clerk: None,
        org: org.map(str::to_owned),
        request_id: "test".to_owned(),
        ip: Ipv4Addr::LOCALHOST.into(),
        user_agent: None,
    }
}

/// Acme requires its single sign-on of those at a domain that is not bob's.
async fn require_single_sign_on(app: &TestApp, owner: &Client) {
    let tenant = app.tenant(owner).await;
    let now = app.context.now();
    let tx = app.context.store.write(&tenant).await.unwrap();
    let connection = Connection {
        org: tenant.org(),
        issuer: "https://login.example.com".to_owned(),
        client_id: "bastion".to_owned(),
        default_role: Role::Viewer,
        required: true,
    };
    store::sso::put(&tx, &connection, now).await.unwrap();
    store::sso::set_domains(&tx, &["acme.example".to_owned()], now).await.unwrap();
    tx.commit().await.unwrap();
    sso::verify_domain(&app.context, "acme", "acme.example").await.unwrap();
}

/// A server is asked which state it is in, which is a statement, and its other databases change it as well.
fn is_server(app: &TestApp) -> bool {
    app.context.store.pools().iter().any(|pool| pool.name == "all")
}

async fn knowing_who_asks_is_one_statement_or_two_where_single_sign_on_is_required(app: &TestApp) {
    let (olga, acme) = app.founder("olga", "Acme").await;
    let bob = app.member(&olga, "bob", "member").await;
    let own = bob.post("/api/orgs", json!({"name": "Beta"})).await.body;
    let deleted = bob.post("/api/orgs", json!({"name": "Gone"})).await.body;
    let gone = bob.in_org(&deleted).delete("/api/org").await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT, "{}", gone.body);
    // That they are here is noted, which is not done again within a minute.
    for organization in [&acme, &own] {
        assert_eq!(bob.in_org(organization).get("/api/org").await.status, StatusCode::OK);
    }
    let slug = acme["slug"].as_str().unwrap();
    // How often they may ask is known with who they are.
    let limits = PlanLimits { requests_per_minute: Some(9_000), ..PlanLimits::default() };
    organization::limit(&app.context, slug, |_| limits).await.unwrap();
    let counted = Counted::default();
    let _counting = metrics::set_default_local_recorder(&counted);
    for (required, most) in [(false, 1), (true, 2)] {
        if required {
            require_single_sign_on(app, &olga).await;
        }
        for (org, expected) in
            [(Some(slug), most), (acme["id"].as_str(), most), (own["slug"].as_str(), 1), (None, most)]
        {
            counted.take();
            let asked =
                async || authorize::<permission::ScanRead>(&app.context, &credentials(&bob, org)).await;
            let scope = asked().await;
            let (anew, told) = (counted.take(), u64::from(is_server(app)));
            assert_eq!(anew, told + expected, "{org:?} {required}");
            // Who it is holds as long as nothing is committed.
            let _again = asked().await;
            let again = counted.take();
            let known = told + expected - 1;
            assert!(again == known || (is_server(app) && again == anew), "{org:?} {required}: {again}");
            let entered = scope.map(|scope| (scope.org().to_string(), scope.requests_per_minute()));
            let there = org.map(|org| if org == "beta" { &own["id"] } else { &acme["id"] });
            match there {
                Some(id) => {
                    let most = (*id == acme["id"]).then_some(9_000);
                    assert_eq!(entered.unwrap(), (id.as_str().unwrap().to_owned(), most));
                }
                // The last one made, which is the session's own, is deleted, and there are two others.
                None => assert!(matches!(entered, Err(service::Error::OrganizationRequired))),
            }
        }
    }
    counted.take();
    authenticate(&app.context, &credentials(&bob, None)).await.unwrap();
    assert_eq!(counted.take(), 1 + u64::from(is_server(app)));
}

async fn the_first_page_is_one_statement_at_most_until_something_happens(app: &TestApp) {
    let (olga, acme) = app.founder("olga", "Acme").await;
    let counted = Counted::default();
    let _counting = metrics::set_default_local_recorder(&counted);
    let asked = async || {
        let named = credentials(&olga, acme["id"].as_str());
        let scope = authorize::<permission::QualityRead>(&app.context, &named).await.unwrap();
        counted.take();
        overview::get(&app.context, &scope, None).await.unwrap();
        counted.take()
    };
    let renamed = async |name: &str| {
        let answer = olga.patch("/api/org", json!({ "name": name })).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    };
    let whole = asked().await;
    assert!(whole > 4, "{whole}");
    // That she is here was noted meanwhile, which is elsewhere.
    assert_eq!(asked().await, 1);
    let most = u64::from(is_server(app));
    assert!(asked().await <= most);
    renamed("Acme Works").await;
    // It is looked whether the old one holds, and then all is read.
    assert_eq!(asked().await, whole + 1);
    assert!(asked().await <= most);
    // Ages grow though nothing happens.
    app.clock.advance(Duration::from_secs(20));
    assert_eq!(asked().await, whole);
}
