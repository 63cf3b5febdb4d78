//! A server on a loopback port, and people who talk to it.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use ipnet::IpNet;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use server::Site;
use server::listener::{Serving, listen};
use server::rate_limit::{Limits, RateLimiter};
use server::ui::Ui;
use service::{
    Clerk, ClerkSettings, Context, Credentials, Dns, Egress, EgressPolicy, Mailer, ManualClock, Outbound,
    Redis, RelyingParty, Settings, SignUpRule, authorize, permission,
};
use store::Tenant;
use tokio_util::sync::CancellationToken;
use types::Timestamp;

use crate::database::{TestDatabase, store_at};

/// Long enough for the rule, and in every test the same.
pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// A running server. Its clock stands until a test moves it.
pub(crate) struct TestApp {
    pub(crate) base: String,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) context: Context,
    pub(crate) database: TestDatabase,
    /// Cancelled as when the program is told to stop, while it still listens.
    pub(crate) stopping: CancellationToken,
    handle: ServerHandle,
}

/// What a test may want otherwise.
pub(crate) struct Wishes {
    pub(crate) sign_up: SignUpRule,
    pub(crate) ui: Ui,
    pub(crate) public_url: Option<&'static str>,
    pub(crate) rate_limits: Limits,
    pub(crate) redis: Option<Redis>,
    pub(crate) trusted_proxies: Vec<IpNet>,
    pub(crate) mailer: Option<Arc<dyn Mailer>>,
    pub(crate) clerk: Option<ClerkSettings>,
    pub(crate) body_timeout: Duration,
    pub(crate) header_timeout: Duration,
    pub(crate) slow: Duration,
    /// Another address of the database than its own, such as a pooler's.
    pub(crate) database_url: Option<String>,
    /// The name server; without it there is none.
    pub(crate) dns: Option<SocketAddr>,
}

impl Default for Wishes {
    fn default() -> Self {
        Self {
            sign_up: SignUpRule::Open,
            ui: Ui::Off,
            public_url: None,
            rate_limits: Limits::default(),
            redis: None,
            trusted_proxies: Vec::new(),
            mailer: None,
            clerk: None,
            body_timeout: Duration::from_secs(30),
            header_timeout: Duration::from_secs(10),
            slow: Duration::from_secs(1),
            database_url: None,
            dns: None,
        }
    }
}

impl TestApp {
    pub(crate) async fn start(database: TestDatabase) -> Self {
        Self::with(database, Wishes::default()).await
    }

    pub(crate) async fn with(database: TestDatabase, wishes: Wishes) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let store = store_at(wishes.database_url.unwrap_or_else(|| database.url())).await;
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(1_800_000_000_000).unwrap()));
        let egress = Egress::new(EgressPolicy::parse("", true).unwrap()).unwrap();
        let public_url = wishes.public_url.unwrap_or(&base).to_owned();
        let settings = Settings {
            public_url: public_url.clone(),
            sign_up: wishes.sign_up,
            notice: None,
            deletion_grace_days: Settings::DELETION_GRACE_DAYS,
        };
        let relying_party = RelyingParty::new(egress.clone());
        let clerk = wishes.clerk.map(|settings| Clerk::new(settings, egress.clone()));
        let context = Context::new(store, clock.clone(), Arc::new(Outbound::new(egress)), settings)
            .with_least_work_for_passwords()
            .unwrap()
            .with_relying_party(relying_party);
        let context = match wishes.mailer {
            Some(mailer) => context.with_mailer(mailer),
            None => context,
        };
        let context = match wishes.dns {
            Some(server) => context.with_dns(Dns::at(server).unwrap()),
            None => context,
        };
        let context = match clerk {
            Some(clerk) => context.with_clerk(clerk),
            None => context,
        };
        let context = match wishes.redis {
            Some(redis) => context.with_redis(redis),
            None => context,
        };
        let stopping = CancellationToken::new();
        let site = Arc::new(Site {
            public_url: public_url.parse().unwrap(),
            trusted_proxies: wishes.trusted_proxies,
            ui: wishes.ui,
            rate_limiter: RateLimiter::new(Some(wishes.rate_limits)),
            body_timeout: wishes.body_timeout,
            slow: wishes.slow,
            stopping: stopping.clone(),
        });
        let serving = Serving { workers: 1, header_timeout: wishes.header_timeout, grace_seconds: 0 };
        let server = listen(context.clone(), site, listener, serving).unwrap();
        let handle = server.handle();
        tokio::spawn(server);
        Self { base, clock, context, database, stopping, handle }
    }

    /// Somebody who is not signed in.
    pub(crate) fn anonymous(&self) -> Client {
        Client::at(self.base.clone())
    }

    /// A new account at `name@example.org`, signed in.
    pub(crate) async fn user(&self, name: &str) -> Client {
        let body = json!({"email": format!("{name}@example.org"), "password": PASSWORD, "name": name});
        let reply = self.anonymous().post("/api/auth/sign-up", body).await;
        assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.body);
        self.anonymous().with_cookie_of(&reply)
    }

    /// A new account that owns a new organization, and the organization.
    pub(crate) async fn founder(&self, name: &str, organization: &str) -> (Client, Value) {
        let client = self.user(name).await;
        let reply = client.post("/api/orgs", json!({"name": organization})).await;
        assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.body);
        (client, reply.body)
    }

    /// A new account with a role in the founder's organization.
    pub(crate) async fn member(&self, founder: &Client, name: &str, role: &str) -> Client {
        let body = json!({"email": format!("{name}@example.org"), "role": role});
        let invitation = founder.post("/api/org/invitations", body).await;
        assert_eq!(invitation.status, StatusCode::CREATED, "{}", invitation.body);
        let client = self.user(name).await;
        let joined = client.post("/api/orgs/join", json!({"invitation": invitation.body["token"]})).await;
        assert_eq!(joined.body["status"], "joined", "{}", joined.body);
        client
    }

    /// A key of the owner's organization, used as a bearer token.
    pub(crate) async fn program(&self, owner: &Client, role: &str) -> Client {
        let made = owner.post("/api/org/api-keys", json!({"name": "program", "role": role})).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        let bearer = format!("Bearer {}", made.body["key"].as_str().unwrap());
        self.anonymous().with("authorization", &bearer)
    }

    /// The organization that a session is in, for what tests write past the API.
    pub(crate) async fn tenant(&self, client: &Client) -> Tenant {
        let session = client.cookie().split_once('=').unwrap().1.to_owned();
        let credentials = Credentials {
            session: Some(session.into()),
            api_key: None,
            clerk: None,
            org: None,
            request_id: "test".to_owned(),
            ip: Ipv4Addr::LOCALHOST.into(),
            user_agent: None,
        };
        authorize::<permission::ScanRead>(&self.context, &credentials).await.unwrap().tenant().clone()
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        // Told, not awaited: the process of the test ends anyway.
        drop(self.handle.stop(false));
    }
}

fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .tls_certs_only([])
        .build()
        .unwrap()
}

/// Somebody who sends requests, as a page of the server would.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    base: String,
    headers: HeaderMap,
}

/// An answer. A body that is no JSON is its text.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The status and the problem's code.
    pub(crate) fn problem(&self) -> (u16, &str) {
        (self.status.as_u16(), self.body["code"].as_str().unwrap_or_default())
    }
}

impl Client {
    /// Somebody who is not signed in to the server of an address.
    pub(crate) fn at(base: String) -> Self {
        Self { http: client(), base, headers: HeaderMap::new() }
    }

    /// The same with another header.
    pub(crate) fn with(&self, name: &str, value: &str) -> Self {
        let mut client = self.clone();
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        client.headers.insert(name, HeaderValue::from_str(value).unwrap());
        client
    }

    /// The same in another organization.
    pub(crate) fn in_org(&self, organization: &Value) -> Self {
        self.with("x-bastion-org", organization["slug"].as_str().unwrap())
    }

    /// The same with the session that an answer opened, as a page of the server would send it.
    pub(crate) fn with_cookie_of(&self, reply: &Reply) -> Self {
        let cookie = reply.header("set-cookie").split(';').next().unwrap().to_owned();
        self.with("cookie", &cookie).with("sec-fetch-site", "same-origin")
    }

    pub(crate) fn cookie(&self) -> String {
        self.headers["cookie"].to_str().unwrap().to_owned()
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, None).await
    }

    /// An answer whose body comes bit by bit.
    pub(crate) async fn open(&self, path: &str) -> reqwest::Response {
        let request = self.http.get(format!("{}{path}", self.base)).headers(self.headers.clone());
        request.send().await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.send(Method::POST, path, Some(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Reply {
        self.send(Method::PATCH, path, Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.send(Method::DELETE, path, None).await
    }

    pub(crate) async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Reply {
        let body = body.map(|body| ("application/json", body.to_string()));
        self.send_text(method, path, body).await
    }

    pub(crate) async fn send_text(&self, method: Method, path: &str, body: Option<(&str, String)>) -> Reply {
        let mut request =
            self.http.request(method, format!("{}{path}", self.base)).headers(self.headers.clone());
        if let Some((kind, body)) = body {
            request = request.header("content-type", kind).body(body);
        }
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Reply { status, headers, body }
    }
}

/// The code by which a stream is ended for good, its last words.
pub(crate) async fn ended(stream: &mut reqwest::Response) -> String {
    let last = String::from_utf8(stream.chunk().await.unwrap().unwrap().to_vec()).unwrap();
    let data = last.strip_prefix("event: end\ndata: ").and_then(|rest| rest.strip_suffix("\n\n"));
    let data: Value = serde_json::from_str(data.unwrap_or_else(|| panic!("{last}"))).unwrap();
    assert_eq!(stream.chunk().await.unwrap(), None);
    data["code"].as_str().unwrap().to_owned()
}
