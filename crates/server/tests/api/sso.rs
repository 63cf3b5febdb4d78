//! Single sign-on: an organization's people sign in by its own provider, and by nothing that only looks like it.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use service::{Clock as _, sso};
use testkit::authenticator::Authenticator;
use testkit::issuer::{Back, CLIENT, Issuer, SECRET, Signing};

use crate::app::{Client, PASSWORD, Reply, TestApp};
use crate::database::on_both_databases;

mod domain;

on_both_databases![
    a_person_joins_by_the_provider_and_reaches_that_organization_alone,
    an_answer_that_is_not_of_this_sign_in_opens_nothing,
    whom_the_rules_do_not_let_in_is_told_why,
    a_provider_that_changes_its_keys_is_asked_again_but_never_flooded,
    a_password_opens_what_requires_single_sign_on_to_owners_alone,
    a_second_factor_is_asked_for_after_the_provider,
    settings_hold_when_the_provider_answers_and_a_secret_stays_where_it_was_given,
];

/// An organization whose people, at `example.org`, sign in by a provider. Its owner is olga.
struct Acme<'a> {
    app: &'a TestApp,
    issuer: Issuer,
    owner: Client,
    slug: String,
}

impl<'a> Acme<'a> {
    async fn new(app: &'a TestApp) -> Self {
        let clock = app.clock.clone();
        let issuer = Issuer::start(move || clock.now().millis() / 1000).await;
        let (owner, organization) = app.founder("olga", "Acme").await;
        let slug = organization["slug"].as_str().unwrap().to_owned();
        let acme = Self { app, issuer, owner, slug };
        let kept = acme.keep(json!({})).await;
        assert_eq!(kept.status, StatusCode::OK, "{}", kept.body);
        sso::verify_domain(&app.context, &acme.slug, "example.org").await.unwrap();
        acme
    }

    /// Sends the settings, of which some differ.
    async fn keep(&self, with: Value) -> Reply {
        let mut body = json!({"issuer": self.issuer.base, "client_id": CLIENT, "client_secret": SECRET,
            "default_role": "viewer", "required": false, "domains": ["example.org"]});
        body.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
        self.owner.send(Method::PUT, "/api/org/sso", Some(body)).await
    }

    /// A browser that was sent to the provider, and what that sent it back with.
    async fn away(&self, email: &str) -> (Client, Back) {
        let begun = self.app.anonymous().post("/api/auth/oidc/start", json!({"email": email})).await;
        assert_eq!(begun.status, StatusCode::OK, "{}", begun.body);
        let back = self.issuer.visit(begun.body["authorization_url"].as_str().unwrap()).await;
        (self.app.anonymous().with_cookie_of(&begun), back)
    }

    /// Signs in whoever comes to the provider.
    async fn sign_in(&self) -> Reply {
        let (browser, back) = self.away("whoever@example.org").await;
        come_back(&browser, &back).await
    }

    fn colleague(&self, name: &str) {
        let email = format!("{name}@example.org");
        self.issuer.person(
            json!({"sub": format!("{name}-1"), "email": email, "email_verified": true, "name": name}),
        );
    }

    async fn audited(&self, action: &str) -> Vec<Value> {
        let page = self.owner.get(&format!("/api/org/audit?action={action}")).await;
        page.body["items"].as_array().unwrap().clone()
    }
}

async fn come_back(browser: &Client, back: &Back) -> Reply {
    let body = json!({"code": back.code, "state": back.state, "iss": back.iss});
    browser.post("/api/auth/oidc/callback", body).await
}

/// The browser in which somebody has just signed in.
fn signed_in(app: &TestApp, reply: &Reply) -> Client {
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
    let cookies = reply.headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap());
    let session =
        cookies.filter_map(|cookie| cookie.split(';').next()).find(|cookie| cookie.starts_with("bastion="));
    app.anonymous().with("cookie", session.unwrap()).with("sec-fetch-site", "same-origin")
}

async fn by_password(app: &TestApp, email: &str) -> Reply {
    app.anonymous().post("/api/auth/sign-in", json!({"email": email, "password": PASSWORD})).await
}

fn slugs(me: &Value) -> Vec<&str> {
    me["memberships"].as_array().unwrap().iter().map(|one| one["slug"].as_str().unwrap()).collect()
}

async fn a_person_joins_by_the_provider_and_reaches_that_organization_alone(app: &TestApp) {
    let acme = Acme::new(app).await;
    // Somebody who is new: the case of the address does not matter.
    acme.issuer.person(
        json!({"sub": "ada-1", "email": "Ada@Example.org", "email_verified": true, "name": "Ada L."}),
    );
    let joined = acme.sign_in().await;
    let ada = signed_in(app, &joined);
    assert_eq!(joined.body["user"]["email"], "ada@example.org");
    assert_eq!(joined.body["user"]["name"], "Ada L.");
    assert_eq!(slugs(&joined.body), ["acme"]);
    assert_eq!(joined.body["memberships"][0]["role"], "viewer");
    assert_eq!(joined.body["without_password"], true);
    assert_eq!(joined.body["by_single_sign_on"], true);
    assert_eq!(ada.get("/api/auth/me").await.body["by_single_sign_on"], true);
    assert_eq!(acme.owner.get("/api/auth/me").await.body["by_single_sign_on"], false);
    assert_eq!(ada.get("/api/org").await.status, StatusCode::OK);
    assert_eq!(acme.sign_in().await.body["user"]["id"], joined.body["user"]["id"]);
    assert_eq!(acme.audited("identity.linked").await.len(), 1);
    assert_eq!(acme.audited("member.joined").await[0]["detail"]["by"], "sso");
    // What the provider vouches for is no proof for the whole account, and there is no password to guess.
    for (path, body) in [
        ("/api/orgs", json!({"name": "Own"})),
        ("/api/auth/email", json!({"email": "ada@elsewhere.example"})),
        ("/api/auth/second-factor", json!({})),
    ] {
        assert_eq!(ada.post(path, body).await.problem(), (403, "forbidden"), "{path}");
    }
    assert_eq!(by_password(app, "ada@example.org").await.problem(), (401, "wrong_credentials"));
    // Somebody who is a member already, and has an organization of their own, keeps the role.
    let bob = app.member(&acme.owner, "bob", "member").await;
    let own = bob.post("/api/orgs", json!({"name": "Beta"})).await.body;
    acme.colleague("bob");
    acme.issuer.keep_to_user_info();
    let linked = acme.sign_in().await;
    let through = signed_in(app, &linked);
    assert_eq!(linked.body["user"]["id"], bob.get("/api/auth/me").await.body["user"]["id"]);
    assert_eq!(linked.body["memberships"][0]["role"], "member");
    assert_eq!(linked.body["without_password"], false);
    assert_eq!(slugs(&through.get("/api/auth/me").await.body), ["acme"]);
    assert_eq!(through.in_org(&own).get("/api/org").await.problem(), (403, "forbidden"));
    let switched = through.post("/api/auth/switch-org", json!({"org": "beta"})).await;
    assert_eq!(switched.problem(), (403, "forbidden"));
    assert_eq!(slugs(&bob.get("/api/auth/me").await.body), ["acme", "beta"]);
    // A session outlives its organization's single sign-on, and reaches no more by that.
    assert_eq!(acme.owner.delete("/api/org/sso").await.status, StatusCode::NO_CONTENT);
    assert_eq!(through.in_org(&own).get("/api/org").await.problem(), (403, "forbidden"));
    let gone = app.anonymous().post("/api/auth/oidc/start", json!({"email": "bob@example.org"})).await;
    assert_eq!(gone.problem(), (404, "sso_unavailable"));
}

async fn an_answer_that_is_not_of_this_sign_in_opens_nothing(app: &TestApp) {
    let acme = Acme::new(app).await;
    acme.colleague("ada");
    let now = app.clock.now().millis() / 1000;
    for wrong in [
        json!({"nonce": "another"}),
        json!({"nonce": null}),
        json!({"aud": "another"}),
        json!({"aud": [CLIENT, "another"]}),
        json!({"azp": "another"}),
        json!({"iss": "https://elsewhere.example"}),
        json!({"exp": now - 61}),
        json!({"iat": now + 61}),
        json!({"sub": null}),
    ] {
        acme.issuer.twist(wrong.clone());
        assert_eq!(acme.sign_in().await.problem(), (502, "sso_invalid"), "{wrong}");
    }
    acme.issuer.twist(json!({}));
    for how in [Signing::Not, Signing::ByPublicKey, Signing::ByStranger] {
        acme.issuer.sign(how);
        assert_eq!(acme.sign_in().await.problem(), (502, "sso_invalid"), "{how:?}");
    }
    acme.issuer.sign(Signing::Well);
    // Another provider's answer, or one that hides whose it is.
    for iss in [json!("https://elsewhere.example"), json!(null)] {
        let (browser, back) = acme.away("ada@example.org").await;
        let body = json!({"code": back.code, "state": back.state, "iss": iss});
        let reply = browser.post("/api/auth/oidc/callback", body).await;
        assert_eq!(reply.problem(), (502, "sso_invalid"), "{iss}");
    }
    // Another browser's, with its own cookie and with none.
    let (mine, back) = acme.away("ada@example.org").await;
    let (theirs, _) = acme.away("ada@example.org").await;
    for other in [&theirs, &app.anonymous()] {
        assert_eq!(come_back(other, &back).await.problem(), (401, "sso_expired"));
    }
    // What the provider refused, or never gave.
    let (browser, refused) = acme.away("ada@example.org").await;
    let denied = json!({"state": refused.state, "error": "access_denied", "iss": refused.iss});
    assert_eq!(browser.post("/api/auth/oidc/callback", denied).await.problem(), (403, "sso_denied"));
    let (browser, guessed) = acme.away("ada@example.org").await;
    let guessed = Back { code: "guessed".to_owned(), ..guessed };
    assert_eq!(come_back(&browser, &guessed).await.problem(), (403, "sso_denied"));
    // Too late.
    let (slow, late) = acme.away("ada@example.org").await;
    let members = acme.owner.get("/api/org/members").await.body;
    assert_eq!(members["items"].as_array().unwrap().len(), 1, "{members}");
    // The one that was begun before all of these is right nevertheless, once.
    signed_in(app, &come_back(&mine, &back).await);
    assert_eq!(come_back(&mine, &back).await.problem(), (401, "sso_expired"));
    app.clock.advance(Duration::from_secs(601));
    assert_eq!(come_back(&slow, &late).await.problem(), (401, "sso_expired"));
}

async fn whom_the_rules_do_not_let_in_is_told_why(app: &TestApp) {
    let acme = Acme::new(app).await;
    // Whoever owns an account of that address, as anybody may have made it, was not asked.
    app.user("eve").await;
    for (person, why) in [
        (json!({"sub": "1", "email": "ada@example.org", "email_verified": false}), "has verified"),
        (json!({"sub": "1", "email": "ada@example.org"}), "has verified"),
        (json!({"sub": "1"}), "has verified"),
        (json!({"sub": "1", "email": "ada@beta.example", "email_verified": true}), "not at a domain"),
        (json!({"sub": "1", "email": "ada@sub.example.org", "email_verified": true}), "not at a domain"),
        (json!({"sub": "1", "email": "eve@example.org", "email_verified": true}), "never confirmed"),
    ] {
        acme.issuer.person(person.clone());
        let reply = acme.sign_in().await;
        assert_eq!(reply.problem(), (403, "sso_denied"), "{person}");
        assert!(reply.body["detail"].as_str().unwrap().contains(why), "{}", reply.body);
    }
    // A domain is one organization's, once it is known to be, and nobody else's provider speaks for it.
    let (mallory, other) = app.founder("mallory", "Beta").await;
    let body = json!({"issuer": acme.issuer.base, "client_id": CLIENT, "default_role": "admin",
        "domains": ["beta.example", "example.org"]});
    let kept = mallory.in_org(&other).send(Method::PUT, "/api/org/sso", Some(body)).await;
    assert_eq!(kept.status, StatusCode::OK, "{}", kept.body);
    for email in ["ada@beta.example", "ada@nobodys.example"] {
        let begun = app.anonymous().post("/api/auth/oidc/start", json!({"email": email})).await;
        assert_eq!(begun.problem(), (404, "sso_unavailable"), "{email}");
    }
    let taken = sso::verify_domain(&app.context, "beta", "example.org").await;
    assert!(matches!(taken, Err(service::Error::Conflict(_))), "{taken:?}");
    let unnamed = sso::verify_domain(&app.context, "beta", "nobodys.example").await;
    assert!(matches!(unnamed, Err(service::Error::NotFound(_))), "{unnamed:?}");
    let begun = app.anonymous().post("/api/auth/oidc/start", json!({"email": "ada@example.org"})).await;
    assert!(begun.body["authorization_url"].as_str().unwrap().contains("login_hint=ada%40example.org"));
    // Once it is known that the address is theirs, the account is the person's.
    let tx = app.context.store.platform_write().await.unwrap();
    let eve = store::user::find_by_email(&tx, "eve@example.org").await.unwrap().unwrap().user;
    store::user::confirm_email(&tx, eve.id, app.context.now()).await.unwrap();
    tx.commit().await.unwrap();
    acme.colleague("eve");
    let joined = acme.sign_in().await;
    assert_eq!(joined.body["user"]["id"], eve.id.to_string(), "{}", joined.body);
}

async fn a_provider_that_changes_its_keys_is_asked_again_but_never_flooded(app: &TestApp) {
    let acme = Acme::new(app).await;
    acme.colleague("ada");
    signed_in(app, &acme.sign_in().await);
    assert_eq!(acme.issuer.descriptions(), 1);
    acme.issuer.rotate("second");
    for _ in 0..3 {
        assert_eq!(acme.sign_in().await.problem(), (502, "sso_invalid"));
    }
    assert_eq!(acme.issuer.descriptions(), 1);
    app.clock.advance(Duration::from_secs(30));
    let together = futures_util::future::join_all((0..4).map(|_| acme.sign_in())).await;
    for reply in &together {
        signed_in(app, reply);
    }
    assert_eq!(acme.issuer.descriptions(), 2);
}

async fn a_password_opens_what_requires_single_sign_on_to_owners_alone(app: &TestApp) {
    let acme = Acme::new(app).await;
    let bob = app.member(&acme.owner, "bob", "admin").await;
    let invited = json!({"email": "guest@elsewhere.example", "role": "member"});
    let invitation = acme.owner.post("/api/org/invitations", invited).await.body;
    let body = json!({"email": "guest@elsewhere.example", "password": PASSWORD, "name": "Guest"});
    let guest = app.anonymous().post("/api/auth/sign-up", body).await;
    let guest = app.anonymous().with_cookie_of(&guest);
    guest.post("/api/orgs/join", json!({"invitation": invitation["token"]})).await;

    assert_eq!(acme.keep(json!({"required": true})).await.body["required"], true);
    // At once, in the sessions that there are as well; whoever is at another domain is not meant.
    let named = bob.with("x-bastion-org", "acme");
    assert_eq!(named.get("/api/org").await.problem(), (403, "sso_required"));
    assert_eq!(
        bob.post("/api/auth/switch-org", json!({"org": "acme"})).await.problem(),
        (403, "sso_required")
    );
    assert_eq!(slugs(&bob.get("/api/auth/me").await.body), Vec::<&str>::new());
    assert_eq!(by_password(app, "bob@example.org").await.problem(), (403, "sso_required"));
    assert_eq!(guest.get("/api/org").await.status, StatusCode::OK);
    assert_eq!(acme.owner.get("/api/org").await.status, StatusCode::OK);
    // Somebody who is nothing here learns nothing.
    let stranger = app.user("stranger").await.with("x-bastion-org", "acme");
    assert_eq!(stranger.get("/api/org").await.problem(), (404, "not_found"));
    // An owner breaks the glass, which is written down.
    assert_eq!(acme.audited("sso.bypassed").await, Vec::<Value>::new());
    let olga = by_password(app, "olga@example.org").await;
    assert_eq!(olga.status, StatusCode::OK, "{}", olga.body);
    let bypassed = acme.audited("sso.bypassed").await;
    assert_eq!((bypassed.len(), &bypassed[0]["actor"]), (1, &json!("olga@example.org")), "{bypassed:?}");
    acme.colleague("bob");
    let through = signed_in(app, &acme.sign_in().await);
    assert_eq!(through.get("/api/org").await.status, StatusCode::OK);
    // With another organization a password opens that one.
    let (_, beta) = (acme.keep(json!({})).await, bob.post("/api/orgs", json!({"name": "Beta"})).await.body);
    acme.keep(json!({"required": true})).await;
    let again = by_password(app, "bob@example.org").await;
    assert_eq!((slugs(&again.body), &again.body["default_org"]), (vec!["beta"], &beta["slug"]));
}

async fn a_second_factor_is_asked_for_after_the_provider(app: &TestApp) {
    let acme = Acme::new(app).await;
    let bob = app.member(&acme.owner, "bob", "member").await;
    let own = bob.post("/api/orgs", json!({"name": "Beta"})).await.body;
    let shown = bob.post("/api/auth/second-factor", json!({})).await;
    let phone = Authenticator::scan(shown.body["uri"].as_str().unwrap());
    let code = json!({"code": phone.code(app.context.now())});
    assert_eq!(bob.post("/api/auth/second-factor/confirm", code).await.status, StatusCode::OK);
    app.clock.advance(Duration::from_secs(30));
    acme.colleague("bob");
    let halfway = acme.sign_in().await;
    assert_eq!(halfway.problem(), (401, "second_factor_required"));
    let code = json!({"code": phone.code(app.context.now())});
    let pending = app.anonymous().with_cookie_of(&halfway);
    let through = signed_in(app, &pending.post("/api/auth/second-factor/verify", code).await);
    assert_eq!(slugs(&through.get("/api/auth/me").await.body), ["acme"]);
    assert_eq!(through.in_org(&own).get("/api/org").await.problem(), (403, "forbidden"));
}

async fn settings_hold_when_the_provider_answers_and_a_secret_stays_where_it_was_given(app: &TestApp) {
    let acme = Acme::new(app).await;
    let kept = acme.owner.get("/api/org/sso").await;
    assert!(!kept.body.to_string().contains(SECRET), "{}", kept.body);
    assert_eq!(kept.body["client_secret"]["set"], true);
    assert!(kept.body["domains"][0]["verified_at"].is_string());
    let callback = format!("{}/sign-in/callback", app.base);
    assert_eq!(kept.body["redirect_uri"], json!(callback));
    // What stays, stays verified; what is new is not yet.
    let more =
        acme.keep(json!({"client_secret": null, "domains": ["Example.org", "more.example"]})).await.body;
    assert_eq!(more["client_secret"]["set"], true);
    let verified = |body: &Value| -> Vec<bool> {
        body["domains"].as_array().unwrap().iter().map(|one| one["verified_at"].is_string()).collect()
    };
    assert_eq!(verified(&more), [true, false]);
    let shut = acme.keep(json!({"required": true, "domains": ["more.example"]})).await;
    assert_eq!((shut.problem(), &shut.body["errors"][0]["pointer"]), ((400, "invalid"), &json!("/required")));
    // Nothing listens there; and a provider that calls itself otherwise is not the one that was meant.
    let nowhere = acme.keep(json!({"issuer": "http://127.0.0.1:9"})).await;
    assert_eq!(nowhere.problem(), (502, "sso_unreachable"));
    let slash = acme.keep(json!({"issuer": format!("{}/", acme.issuer.base)})).await;
    assert_eq!(slash.problem(), (502, "sso_invalid"));
    let private = acme.keep(json!({"issuer": "https://10.0.0.1"})).await;
    assert_eq!(private.problem(), (502, "sso_unreachable"));
    assert!(private.body["detail"].as_str().unwrap().contains("BASTION_EGRESS_ALLOW"), "{}", private.body);
    assert_eq!(verified(&acme.owner.get("/api/org/sso").await.body), [true, false]);
    // A wrong secret is the provider's to refuse.
    assert_eq!(acme.keep(json!({"client_secret": "wrong"})).await.status, StatusCode::OK);
    acme.colleague("ada");
    assert_eq!(acme.sign_in().await.problem(), (403, "sso_denied"));
    let clock = app.clock.clone();
    let other = Issuer::start(move || clock.now().millis() / 1000).await;
    let (away, back) = acme.away("ada@example.org").await;
    let moved = acme.keep(json!({"issuer": other.base, "client_secret": null})).await;
    assert_eq!(moved.body["client_secret"]["set"], false, "{}", moved.body);
    assert_eq!(come_back(&away, &back).await.problem(), (401, "sso_expired"));
    app.clock.advance(Duration::from_secs(601));
    assert_eq!(acme.keep(json!({})).await.problem(), (403, "step_up_required"));
}
