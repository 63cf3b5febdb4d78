//! Clerk: its people come by their sessions there, and what its events say is true here, in whatever order they come.

mod browser;
mod reconcile;

use reqwest::{Method, StatusCode};
use secrecy::SecretString;
use serde_json::{Value, json};
use service::{ClerkSettings, Clock as _, WebhookSecret, organization, person};
use store::membership::{self, Status};
use testkit::authenticator::Authenticator;
use testkit::clerk::{self as object, Clerk, SECRET_KEY, WEBHOOK_SECRET, publishable_key, signature};
use types::OrgId;

use crate::app::{Client, Reply, TestApp, Wishes};
use crate::database::TestDatabase;

/// The only page that may have asked for a token.
const PAGE: &str = "https://bastion.example";

testkit::on_both_databases![
    crate::clerk::Instance::start;
    events_in_any_order_end_in_the_same_organization_and_it_always_has_an_owner,
    a_session_at_clerk_opens_what_its_person_may_and_no_more,
];

/// How the instance is used.
pub(crate) fn settings(clerk: &Clerk) -> ClerkSettings {
    ClerkSettings {
        issuer: clerk.base.clone(),
        publishable_key: Some(publishable_key(&clerk.base)),
        authorized_parties: vec![PAGE.to_owned()],
        backend: clerk.base.parse().unwrap(),
        secret_key: Some(SecretString::from(SECRET_KEY)),
        webhook_secret: WebhookSecret::parse(&SecretString::from(WEBHOOK_SECRET)),
    }
}

struct Instance {
    app: TestApp,
    clerk: Clerk,
}

impl Instance {
    async fn start(database: TestDatabase) -> Self {
        let clerk = Clerk::start().await;
        let wishes = Wishes { clerk: Some(settings(&clerk)), ..Wishes::default() };
        Self { app: TestApp::with(database, wishes).await, clerk }
    }

    fn seconds(&self) -> i64 {
        self.app.clock.now().millis() / 1000
    }

    /// Delivers an event as Svix does.
    async fn deliver(&self, id: &str, kind: &str, data: &Value) -> Reply {
        let body = object::event(kind, data, self.seconds() * 1000).to_string();
        let signed = signature(id, self.seconds(), &body);
        self.send(id, &self.seconds().to_string(), &signed, body).await
    }

    async fn send(&self, id: &str, timestamp: &str, signature: &str, body: String) -> Reply {
        let sender = self
            .app
            .anonymous()
            .with("svix-id", id)
            .with("svix-timestamp", timestamp)
            .with("svix-signature", signature);
        sender.send_text(Method::POST, "/api/webhooks/clerk", Some(("application/json", body))).await
    }

    async fn told(&self, id: &str, kind: &str, data: &Value) {
        let reply = self.deliver(id, kind, data).await;
        assert_eq!(reply.status, StatusCode::NO_CONTENT, "{kind} {}", reply.body);
    }

    /// The name of an organization at Clerk as it is here, whether it is suspended, and who is what in it.
    async fn organization(&self, id: &str) -> Option<(String, bool, Vec<String>)> {
        let tx = self.app.context.store.platform_read().await.unwrap();
        let org: OrgId = store::clerk::find(&tx, id).await.unwrap()?.local?;
        let row = store::organization::find(&tx, org).await.unwrap()?;
        let members = membership::members(&tx, org, None, 100).await.unwrap();
        let everybody = membership::everybody(&tx, org).await.unwrap();
        assert!(everybody.values().all(|(_, status)| *status == Status::Active));
        let mut roles: Vec<_> =
            members.iter().map(|one| format!("{} {} {}", one.email, one.name, one.role.as_str())).collect();
        roles.sort();
        Some((row.name, row.suspended.is_some(), roles))
    }

    /// The token of a session of somebody, for an organization at Clerk as `member`, with more claims.
    fn token(&self, user: &str, session: &str, org: Option<(&str, &str)>, with: &Value) -> String {
        let mut claims = self.clerk.claims(user, session, PAGE, self.seconds());
        if let Some((id, role)) = org {
            claims["o"] = json!({"id": id, "rol": role});
        }
        claims.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
        self.clerk.token(&claims)
    }

    fn bearer(&self, token: &str) -> Client {
        self.app.anonymous().with("authorization", &format!("Bearer {token}"))
    }
}

async fn events_in_any_order_end_in_the_same_organization_and_it_always_has_an_owner(instance: &Instance) {
    for seed in 0..4 {
        let of = |what: &str| format!("{what}_{seed}");
        let email = |name: &str| format!("{name}-{seed}@example.org");
        let user = |name: &str, called: &str, at: i64| object::user(&of(name), &email(name), called, at);
        let acme = |name: &str, at: i64| object::organization(&of("org"), name, &of("ada"), at);
        let gone = object::organization(&of("gone"), "Gone", &of("ada"), 1);
        let belongs = |org: &Value, name: &str, role: &str, at: i64| {
            let id = format!("orgmem_{}_{name}", org["id"].as_str().unwrap());
            object::membership(&id, org, &of(name), role, at)
        };
        let bare = |id: String| json!({"id": id, "deleted": true});
        let mut events = vec![
            ("user.created", user("ada", "Ada", 1)),
            ("user.created", user("bob", "Bob", 1)),
            ("user.updated", user("bob", "Robert", 5)),
            ("user.created", user("cyd", "Cyd", 1)),
            ("user.created", user("dan", "Dan", 1)),
            ("user.deleted", bare(of("dan"))),
            ("organization.created", acme("Old", 1)),
            ("organization.updated", acme("New", 4)),
            ("organization.created", gone.clone()),
            ("organization.deleted", bare(of("gone"))),
            ("organizationMembership.created", belongs(&gone, "ada", "org:admin", 1)),
            ("organizationMembership.created", belongs(&acme("Old", 1), "ada", "org:admin", 1)),
            ("organizationMembership.created", belongs(&acme("Old", 2), "bob", "org:member", 1)),
            ("organizationMembership.updated", belongs(&acme("New", 4), "bob", "org:admin", 6)),
            ("organizationMembership.updated", belongs(&acme("Mid", 3), "bob", "org:guest", 3)),
            ("organizationMembership.created", belongs(&acme("Old", 1), "cyd", "org:member", 1)),
            ("organizationMembership.deleted", belongs(&acme("New", 4), "cyd", "org:member", 7)),
            ("organizationMembership.created", belongs(&acme("Old", 1), "dan", "org:member", 1)),
            ("session.created", json!({"id": "sess_1", "user_id": of("ada")})),
        ];
        // The first time in order.
        let mut random = fastrand::Rng::with_seed(seed);
        if seed > 0 {
            random.shuffle(&mut events);
        }
        for (number, (kind, data)) in events.iter().enumerate() {
            let id = format!("msg_{seed}_{number}");
            instance.told(&id, kind, data).await;
            // As it came, and once more as a later event.
            if random.bool() {
                instance.told(&id, kind, data).await;
                instance.told(&format!("{id}_again"), kind, data).await;
            }
            if let Some((_, _, roles)) = instance.organization(&of("org")).await {
                assert!(roles.iter().any(|role| role.ends_with(" owner")), "seed {seed} {kind}: {roles:?}");
            }
        }
        let expected = vec![format!("{} Ada owner", email("ada")), format!("{} Robert admin", email("bob"))];
        assert_eq!(
            instance.organization(&of("org")).await,
            Some(("New".to_owned(), false, expected)),
            "seed {seed}"
        );
        assert_eq!(instance.organization(&of("gone")).await, None, "seed {seed}");
    }
    // Whoever stays becomes the owner; of whom nobody stays, the last one does, and the organization is suspended until
    // somebody comes.
    let acme = object::organization("org_0", "New", "ada_0", 4);
    let ada = object::membership("orgmem_org_0_ada", &acme, "ada_0", "org:admin", 9);
    instance.told("msg_left_1", "organizationMembership.deleted", &ada).await;
    let (_, suspended, roles) = instance.organization("org_0").await.unwrap();
    assert_eq!((suspended, roles), (false, vec!["bob-0@example.org Robert owner".to_owned()]));
    instance.told("msg_left_2", "user.deleted", &json!({"id": "bob_0", "deleted": true})).await;
    let (_, suspended, roles) = instance.organization("org_0").await.unwrap();
    assert_eq!((suspended, roles), (true, vec!["bob-0@example.org Robert owner".to_owned()]));
    let back = object::membership("orgmem_org_0_cyd", &acme, "cyd_0", "org:member", 20);
    instance.told("msg_left_3", "organizationMembership.updated", &back).await;
    assert!(instance.organization("org_0").await.unwrap().1, "what is deleted stays so");
    let back = object::membership("orgmem_org_0_cyd_2", &acme, "cyd_0", "org:member", 20);
    instance.told("msg_left_4", "organizationMembership.created", &back).await;
    let (_, suspended, roles) = instance.organization("org_0").await.unwrap();
    assert_eq!((suspended, roles), (false, vec!["cyd-0@example.org Cyd owner".to_owned()]));
}

async fn a_session_at_clerk_opens_what_its_person_may_and_no_more(instance: &Instance) {
    let (app, clerk) = (&instance.app, &instance.clerk);
    let acme = object::organization("org_1", "Acme", "user_ada", 1);
    let ada_belongs = object::membership("orgmem_1", &acme, "user_ada", "org:admin", 1);
    let bob_belongs = object::membership("orgmem_2", &acme, "user_bob", "org:member", 1);
    for known in [
        &object::user("user_ada", "ada@example.org", "Ada", 1),
        &object::user("user_bob", "bob@example.org", "Bob", 1),
        &acme,
        &ada_belongs,
        &bob_belongs,
    ] {
        clerk.keep(known);
    }
    let at_acme = Some(("org_1", "admin"));
    let none = json!({});
    // The first request of all, for an organization that nobody here has heard of: several at once are one sign-in.
    let ada = instance.bearer(&instance.token("user_ada", "sess_ada", at_acme, &none));
    let (first, other) = tokio::join!(ada.get("/api/org"), ada.get("/api/auth/me"));
    assert_eq!(first.status, StatusCode::OK, "{}", first.body);
    assert_eq!(other.body["memberships"][0]["role"], "owner", "{}", other.body);
    assert_eq!(other.body["without_password"], true);
    let calls = clerk.calls();
    assert_eq!(ada.get("/api/org/members").await.status, StatusCode::OK);
    assert_eq!((clerk.calls(), calls), (2, 2), "a person and their memberships, once");
    // By the cookie, from our own pages alone.
    let cookie = format!("__session={}", instance.token("user_ada", "sess_ada", at_acme, &none));
    let browser = app.anonymous().with("cookie", &cookie);
    assert_eq!(browser.get("/api/org").await.status, StatusCode::OK);
    let renamed = |client: Client| async move { client.patch("/api/org", json!({"name": "Acme"})).await };
    assert_eq!(renamed(browser.with("sec-fetch-site", "cross-site")).await.problem(), (403, "cross_site"));
    assert_eq!(renamed(browser.clone()).await.problem(), (403, "cross_site"));
    let page = browser.with("sec-fetch-site", "same-origin");
    assert_eq!(renamed(page.clone()).await.status, StatusCode::OK);
    // A token that does not hold, or is somebody else's.
    for with in [json!({"azp": "https://evil.example"}), json!({"sts": "pending"}), json!({"exp": 5})] {
        let bad = instance.token("user_ada", "sess_ada", at_acme, &with);
        assert_eq!(instance.bearer(&bad).get("/api/org").await.problem(), (401, "unauthenticated"), "{with}");
    }
    // What the token says of a role makes it less, and only where it was said.
    let low = instance.bearer(&instance.token("user_ada", "sess_ada", Some(("org_1", "member")), &none));
    assert_eq!(low.patch("/api/org", json!({"name": "Less"})).await.problem(), (403, "forbidden"));
    let bob = instance.bearer(&instance.token("user_bob", "sess_bob", at_acme, &none));
    assert_eq!(bob.patch("/api/org", json!({"name": "More"})).await.problem(), (403, "forbidden"));
    // Of one that is not here, nothing is taken for it.
    let lost = instance.bearer(&instance.token("user_ada", "sess_ada", Some(("org_2", "admin")), &none));
    assert_eq!(lost.get("/api/org").await.problem(), (404, "not_found"));
    // What is dangerous needs a proof that is fresh at Clerk as well.
    let ada_again = |session: &str, minutes: i64| {
        instance.bearer(&instance.token("user_ada", session, at_acme, &json!({"fva": [minutes, -1]})))
    };
    let invite = json!({"email": "eve@example.org", "role": "owner"});
    let stale = ada_again("sess_stale", 30).post("/api/org/invitations", invite.clone()).await;
    assert_eq!(stale.problem(), (403, "step_up_required"));
    assert_eq!(
        ada_again("sess_stale", 1).post("/api/org/invitations", invite).await.status,
        StatusCode::CREATED
    );
    // What is sent again is done once, although the token is another by then.
    let again = |number: i64| {
        let token = instance.token("user_ada", "sess_ada", at_acme, &json!({"jti": number}));
        let page = app.anonymous().with("cookie", &format!("__session={token}"));
        page.with("sec-fetch-site", "same-origin").with("idempotency-key", "invite-gus")
    };
    let invite = json!({"email": "gus@example.org", "role": "viewer"});
    let (made, sent_again) = (
        again(1).post("/api/org/invitations", invite.clone()).await,
        again(2).post("/api/org/invitations", invite.clone()).await,
    );
    assert_eq!((made.status, &made.body["id"]), (StatusCode::CREATED, &sent_again.body["id"]));
    let other = ada_again("sess_stale", 1).with("idempotency-key", "invite-gus");
    assert_ne!(other.post("/api/org/invitations", invite).await.body["id"], made.body["id"]);
    // A token of our own stands for the session.
    let exchanged = ada.post("/api/auth/token", json!({})).await;
    let program = instance.bearer(exchanged.body["access_token"].as_str().unwrap());
    assert_eq!(program.get("/api/sources").await.status, StatusCode::OK, "{}", exchanged.body);
    // Membership is looked up each time, whatever the token says.
    instance.told("msg_1", "organizationMembership.deleted", &bob_belongs).await;
    assert_eq!(bob.get("/api/org").await.problem(), (404, "not_found"));
    let slug = first.body["slug"].as_str().unwrap();
    organization::suspend(&app.context, slug, "Unpaid").await.unwrap();
    assert_eq!(ada.get("/api/org").await.problem(), (403, "organization_suspended"));
    organization::reactivate(&app.context, slug).await.unwrap();
    person::deactivate_by_operator(&app.context, "bob@example.org").await.unwrap();
    assert_eq!(bob.get("/api/auth/me").await.problem(), (401, "unauthenticated"));
    let bob_again = instance.bearer(&instance.token("user_bob", "sess_new", None, &none));
    assert_eq!(bob_again.get("/api/auth/me").await.problem(), (403, "sso_denied"));
    // Signed out here, or ended there: the token still holds, the session does not.
    assert_eq!(page.post("/api/auth/sign-out", none.clone()).await.status, StatusCode::NO_CONTENT);
    for client in [&ada, &browser, &program] {
        assert_eq!(client.get("/api/org").await.problem(), (401, "unauthenticated"));
    }
    let next = ada_again("sess_next", 0);
    assert_eq!(next.get("/api/org").await.status, StatusCode::OK);
    instance.told("msg_2", "session.removed", &json!({"id": "sess_next", "user_id": "user_ada"})).await;
    assert_eq!(next.get("/api/org").await.problem(), (401, "unauthenticated"));
    // While the backend is down, whoever is known comes in; whoever is not, later.
    clerk.down(true);
    assert_eq!(ada_again("sess_down", 0).get("/api/org").await.status, StatusCode::OK);
    let cyd = instance.bearer(&instance.token("user_cyd", "sess_cyd", None, &none));
    assert_eq!(cyd.get("/api/auth/me").await.problem(), (502, "sso_unreachable"));
    clerk.down(false);
    let mut unverified = object::user("user_cyd", "cyd@example.org", "Cyd", 1);
    unverified["email_addresses"][0]["verification"] = json!(null);
    clerk.keep(&unverified);
    app.clock.advance(std::time::Duration::from_secs(30));
    assert_eq!(cyd.get("/api/auth/me").await.problem(), (403, "sso_denied"));
    // An account that somebody else may have made is not given away.
    app.user("dan").await;
    clerk.keep(&object::user("user_dan", "dan@example.org", "Dan", 1));
    let dan = instance.bearer(&instance.token("user_dan", "sess_dan", None, &none));
    assert_eq!(dan.get("/api/auth/me").await.problem(), (403, "sso_denied"));
}

#[tokio::test]
async fn an_account_of_ones_own_is_known_again_and_keeps_what_it_has() {
    let instance = Instance::start(TestDatabase::sqlite().await).await;
    let (app, clerk) = (&instance.app, &instance.clerk);
    let (bob, own) = app.founder("bob", "Beta").await;
    let me = bob.get("/api/auth/me").await.body;
    let id = me["user"]["id"].as_str().unwrap().parse().unwrap();
    let tx = app.context.store.platform_write().await.unwrap();
    store::user::confirm_email(&tx, id, app.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    let shown = bob.post("/api/auth/second-factor", json!({})).await;
    let phone = Authenticator::scan(shown.body["uri"].as_str().unwrap());
    let code = json!({"code": phone.code(app.context.now())});
    assert_eq!(bob.post("/api/auth/second-factor/confirm", code).await.status, StatusCode::OK);
    let acme = object::organization("org_1", "Beta", "user_bob", 1);
    clerk.keep(&object::user("user_bob", "Bob@example.org", "Robert", 1));
    clerk.keep(&acme);
    clerk.keep(&object::membership("orgmem_1", &acme, "user_bob", "org:member", 1));
    // Who has a second factor here needs one there.
    let of = |session: &str, second: i64| {
        instance.bearer(&instance.token("user_bob", session, None, &json!({"fva": [0, second]})))
    };
    assert_eq!(of("sess_1", -1).get("/api/auth/me").await.problem(), (403, "sso_denied"));
    let through = of("sess_2", 0);
    let known = through.get("/api/auth/me").await.body;
    assert_eq!((&known["user"]["id"], &known["user"]["name"]), (&me["user"]["id"], &json!("bob")));
    let roles: Vec<_> = known["memberships"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["slug"].as_str().unwrap().starts_with("beta"), one["role"].as_str().unwrap()))
        .collect();
    assert_eq!(roles, [(true, "owner"), (true, "owner")]);
    assert_eq!(through.in_org(&own).get("/api/org").await.body["id"], own["id"]);
    // A session here and one there are two, and each is in the list of devices.
    assert_eq!(through.get("/api/auth/sessions").await.body["items"].as_array().unwrap().len(), 2);
    // Signed out everywhere: that ends both, while the account and its own organization stay.
    assert_eq!(bob.post("/api/auth/sign-out-everywhere", json!({})).await.status, StatusCode::NO_CONTENT);
    assert_eq!(through.get("/api/auth/me").await.problem(), (401, "unauthenticated"));
    instance.told("msg_1", "user.deleted", &json!({"id": "user_bob", "deleted": true})).await;
    assert_eq!(of("sess_3", 0).get("/api/auth/me").await.problem(), (401, "unauthenticated"));
    let (_, suspended, roles) = instance.organization("org_1").await.unwrap();
    assert_eq!((suspended, roles), (true, vec!["bob@example.org bob owner".to_owned()]));
}

#[tokio::test]
async fn what_clerk_has_not_signed_just_now_changes_nothing() {
    let instance = Instance::start(TestDatabase::sqlite().await).await;
    let user = object::user("user_1", "ada@example.org", "Ada", 1);
    let body = object::event("user.created", &user, 1).to_string();
    let (at, id) = (instance.seconds(), "msg_1");
    let good = signature(id, at, &body);
    for (id, timestamp, signed, body) in [
        (id, at, String::new(), body.clone()),
        (id, at, good.replace("v1,", "v1,A"), body.clone()),
        ("msg_2", at, good.clone(), body.clone()),
        (id, at + 1, good.clone(), body.clone()),
        (id, at, good.clone(), body.replace("ada@", "eve@")),
        (id, at - 301, signature(id, at - 301, &body), body.clone()),
    ] {
        let reply = instance.send(id, &timestamp.to_string(), &signed, body).await;
        assert_eq!(reply.problem(), (403, "forbidden"), "{id} {timestamp}");
    }
    let large = "x".repeat(256 * 1024 + 1);
    for body in ["{}".to_owned(), "[".to_owned(), large] {
        let signed = signature(id, at, &body);
        assert_eq!(instance.send(id, &at.to_string(), &signed, body).await.problem(), (400, "invalid"));
    }
    let tx = instance.app.context.store.platform_read().await.unwrap();
    assert!(!store::user::any(&tx).await.unwrap());
    drop(tx);
    assert_eq!(instance.send(id, &at.to_string(), &good, body).await.status, StatusCode::NO_CONTENT);
    let tx = instance.app.context.store.platform_read().await.unwrap();
    let ada = store::user::find_by_email(&tx, "ada@example.org").await.unwrap().unwrap();
    assert!(ada.password_hash.is_none() && ada.user.email_confirmed_at.is_some());
    let kept = store::inbound_event::find(&tx, "clerk", id).await.unwrap().unwrap();
    assert!(kept.verified && kept.processed_at.is_some());
    assert_eq!(kept.payload, json!({"type": "user.created", "about": "user_1"}));
}
