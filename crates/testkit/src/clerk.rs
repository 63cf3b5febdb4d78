//! An instance of Clerk: its keys, the tokens of sessions in both versions, the signatures of its events, and its backend API,
//! which answers whoever has the secret key. Where its documentation leaves something out, it refuses.

mod object;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::hmac;
use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::loopback::Loopback;

pub use object::{event, membership, organization, user};

/// What opens the backend API.
pub const SECRET_KEY: &str = "sk_test_c3RyaWN0IGZha2U";
/// What events are signed with.
pub const WEBHOOK_SECRET: &str = "whsec_c3RyaWN0IGZha2Ugb2YgQ2xlcmssIDI0IGJ5dGVz";

/// RSA keys (RFC 8017, A.1.2) that were made for tests and open nothing: making one takes seconds.
const KEYS: [&str; 2] = [include_str!("clerk/first.key"), include_str!("clerk/second.key")];

/// Which instance it is, for a browser: its host, in base64.
#[must_use]
pub fn publishable_key(base: &str) -> String {
    let host = base.split_once("://").map_or(base, |(_, host)| host);
    format!("pk_test_{}", STANDARD.encode(format!("{host}$")))
}

struct Signer {
    kid: &'static str,
    pair: RsaKeyPair,
}

impl Signer {
    fn new(kid: &'static str, key: &str) -> Self {
        let key = STANDARD.decode(key.split_whitespace().collect::<String>()).unwrap();
        Self { kid, pair: RsaKeyPair::from_der(&key).unwrap() }
    }

    fn jwk(&self) -> Value {
        let PublicKeyComponents { n, e } = PublicKeyComponents::<Vec<u8>>::from(self.pair.public());
        let [n, e] = [n, e].map(|part| URL_SAFE_NO_PAD.encode(part));
        json!({"use": "sig", "kty": "RSA", "kid": self.kid, "alg": "RS256", "n": n, "e": e})
    }

    fn sign(&self, message: &str) -> String {
        let mut signature = vec![0; self.pair.public().modulus_len()];
        self.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature).unwrap();
        URL_SAFE_NO_PAD.encode(signature)
    }
}

struct Inside {
    signer: Signer,
    stranger: Signer,
    /// How often the keys were asked for.
    asked: u32,
    /// How often the backend was asked.
    calls: u32,
    /// Whether it fails.
    is_down: bool,
    users: BTreeMap<String, Value>,
    organizations: BTreeMap<String, Value>,
    memberships: BTreeMap<String, Value>,
}

type Shared = Arc<Mutex<Inside>>;

/// Listens on a loopback port until it is dropped.
pub struct Clerk {
    /// `http://127.0.0.1:PORT`, which is the issuer, and where the backend is.
    pub base: String,
    inside: Shared,
    _server: Loopback,
}

impl Clerk {
    /// Starts one that knows nobody.
    ///
    /// # Panics
    /// When no loopback port can be had.
    pub async fn start() -> Self {
        let inside = Arc::new(Mutex::new(Inside {
            signer: Signer::new("ins_first", KEYS[0]),
            stranger: Signer::new("ins_first", KEYS[1]),
            asked: 0,
            calls: 0,
            is_down: false,
            users: BTreeMap::new(),
            organizations: BTreeMap::new(),
            memberships: BTreeMap::new(),
        }));
        let app = Router::new()
            .route("/.well-known/jwks.json", get(keys))
            .route("/v1/users", get(users))
            .route("/v1/users/{id}", get(one_user))
            .route("/v1/users/{id}/organization_memberships", get(memberships_of_user))
            .route("/v1/organizations", get(organizations))
            .route("/v1/organizations/{id}", get(one_organization))
            .route("/v1/organizations/{id}/memberships", get(memberships_of_organization))
            .with_state(inside.clone());
        let server = Loopback::serve(app).await;
        Self { base: server.base(), inside, _server: server }
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().expect("no test panics here")
    }

    /// The claims of a session's token in the second version, for no organization: asked for by a page of `party`.
    #[must_use]
    pub fn claims(&self, user: &str, session: &str, party: &str, seconds: i64) -> Value {
        json!({"iss": self.base, "sub": user, "sid": session, "azp": party, "iat": seconds, "nbf": seconds - 10,
            "exp": seconds + 60, "jti": "9a1c3b", "v": 2, "sts": "active", "fva": [0, -1]})
    }

    /// A token, signed.
    #[must_use]
    pub fn token(&self, claims: &Value) -> String {
        self.token_with(&json!({}), claims)
    }

    /// A token with something put over its header; `null` removes what is there.
    #[must_use]
    pub fn token_with(&self, header: &Value, claims: &Value) -> String {
        let inside = self.inside();
        let message = message(inside.signer.kid, header, claims);
        format!("{message}.{}", inside.signer.sign(&message))
    }

    /// A token that names the instance's key and is signed by another.
    #[must_use]
    pub fn forged(&self, claims: &Value) -> String {
        let inside = self.inside();
        let message = message(inside.signer.kid, &json!({}), claims);
        format!("{message}.{}", inside.stranger.sign(&message))
    }

    /// Signs with another key from now on; the one before is gone.
    pub fn rotate(&self) {
        self.inside().signer = Signer::new("ins_second", KEYS[1]);
    }

    /// How often its keys were asked for.
    #[must_use]
    pub fn asked(&self) -> u32 {
        self.inside().asked
    }

    /// How often its backend was asked.
    #[must_use]
    pub fn calls(&self) -> u32 {
        self.inside().calls
    }

    /// Whether it fails from now on.
    pub fn down(&self, is_down: bool) {
        self.inside().is_down = is_down;
    }

    /// Keeps a person, an organization or a membership, in place of the one of its id.
    ///
    /// # Panics
    /// For what is none of them.
    pub fn keep(&self, object: &Value) {
        let mut inside = self.inside();
        let id = object["id"].as_str().expect("an id").to_owned();
        let all = match object["object"].as_str() {
            Some("user") => &mut inside.users,
            Some("organization") => &mut inside.organizations,
            Some("organization_membership") => &mut inside.memberships,
            other => panic!("{other:?} is no object of Clerk's"),
        };
        all.insert(id, object.clone());
    }

    /// Forgets whatever is of an id, with the memberships that are part of it.
    pub fn forget(&self, id: &str) {
        let mut inside = self.inside();
        inside.users.remove(id);
        inside.organizations.remove(id);
        inside.memberships.retain(|own, membership| {
            own != id && user_of(membership) != id && organization_of(membership) != id
        });
    }
}

fn message(kid: &str, over: &Value, claims: &Value) -> String {
    let mut header = json!({"alg": "RS256", "cat": "cl_B7d4PD111AAA", "kid": kid, "typ": "JWT"});
    let mut claims = claims.clone();
    for (name, value) in over.as_object().into_iter().flatten() {
        header[name] = value.clone();
    }
    for part in [&mut header, &mut claims] {
        part.as_object_mut().expect("an object").retain(|_, value| !value.is_null());
    }
    [&header, &claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string())).join(".")
}

/// `svix-signature` of an event, made by the secret.
#[must_use]
pub fn signature(id: &str, timestamp: i64, body: &str) -> String {
    let secret = STANDARD.decode(WEBHOOK_SECRET.trim_start_matches("whsec_")).unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA256, &secret);
    let tag = hmac::sign(&key, format!("{id}.{timestamp}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(tag.as_ref()))
}

fn user_of(membership: &Value) -> &str {
    membership["public_user_data"]["user_id"].as_str().unwrap_or_default()
}

fn organization_of(membership: &Value) -> &str {
    membership["organization"]["id"].as_str().unwrap_or_default()
}

async fn keys(State(inside): State<Shared>) -> Response {
    let mut inside = inside.lock().expect("no test panics here");
    inside.asked += 1;
    if inside.is_down {
        return refusal(StatusCode::SERVICE_UNAVAILABLE, "service_unavailable");
    }
    axum::Json(json!({"keys": [inside.signer.jwk()]})).into_response()
}

/// What whoever has the secret key is answered.
fn answer(
    inside: &Shared,
    headers: &HeaderMap,
    of: impl FnOnce(&Inside) -> Result<Value, Refused>,
) -> Response {
    let mut inside = inside.lock().expect("no test panics here");
    inside.calls += 1;
    let expected = format!("Bearer {SECRET_KEY}");
    if headers.get(header::AUTHORIZATION).is_none_or(|value| value.as_bytes() != expected.as_bytes()) {
        return refusal(StatusCode::UNAUTHORIZED, "authentication_invalid");
    }
    if inside.is_down {
        return refusal(StatusCode::SERVICE_UNAVAILABLE, "service_unavailable");
    }
    match of(&inside) {
        Ok(value) => axum::Json(value).into_response(),
        Err((status, code)) => refusal(status, code),
    }
}

fn refusal(status: StatusCode, code: &str) -> Response {
    (status, axum::Json(json!({"errors": [{"code": code, "message": code}]}))).into_response()
}

/// Why nothing is answered.
type Refused = (StatusCode, &'static str);

fn missing() -> Refused {
    (StatusCode::NOT_FOUND, "resource_not_found")
}

/// A part of a list: `limit` from 1 to 500, 10 unless it is said, and `offset`.
fn page<'a>(all: impl Iterator<Item = &'a Value>, paging: &RawQuery) -> Result<(Vec<Value>, usize), Refused> {
    let invalid = || (StatusCode::UNPROCESSABLE_ENTITY, "form_param_invalid");
    let text = paging.0.as_deref().unwrap_or_default();
    let asked: HashMap<_, _> = form_urlencoded::parse(text.as_bytes()).into_owned().collect();
    let number = |name: &str, default: usize| match asked.get(name) {
        Some(text) => text.parse().map_err(|_| invalid()),
        None => Ok(default),
    };
    let (limit, offset) = (number("limit", 10)?, number("offset", 0)?);
    if !(1..=500).contains(&limit) {
        return Err(invalid());
    }
    let all: Vec<_> = all.cloned().collect();
    let total = all.len();
    Ok((all.into_iter().skip(offset).take(limit).collect(), total))
}

fn wrapped<'a>(all: impl Iterator<Item = &'a Value>, paging: &RawQuery) -> Result<Value, Refused> {
    page(all, paging).map(|(data, total)| json!({"data": data, "total_count": total}))
}

/// The list of everybody is the one that is not wrapped.
async fn users(State(inside): State<Shared>, headers: HeaderMap, paging: RawQuery) -> Response {
    answer(&inside, &headers, |inside| page(inside.users.values(), &paging).map(|(data, _)| json!(data)))
}

async fn one_user(State(inside): State<Shared>, headers: HeaderMap, Path(id): Path<String>) -> Response {
    answer(&inside, &headers, |inside| inside.users.get(&id).cloned().ok_or_else(missing))
}

async fn memberships_of_user(
    State(inside): State<Shared>,
    headers: HeaderMap,
    Path(id): Path<String>,
    paging: RawQuery,
) -> Response {
    answer(&inside, &headers, |inside| match inside.users.contains_key(&id) {
        true => wrapped(inside.memberships.values().filter(|one| user_of(one) == id), &paging),
        false => Err(missing()),
    })
}

async fn organizations(State(inside): State<Shared>, headers: HeaderMap, paging: RawQuery) -> Response {
    answer(&inside, &headers, |inside| wrapped(inside.organizations.values(), &paging))
}

async fn one_organization(
    State(inside): State<Shared>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Response {
    answer(&inside, &headers, |inside| inside.organizations.get(&id).cloned().ok_or_else(missing))
}

async fn memberships_of_organization(
    State(inside): State<Shared>,
    headers: HeaderMap,
    Path(id): Path<String>,
    paging: RawQuery,
) -> Response {
    answer(&inside, &headers, |inside| match inside.organizations.contains_key(&id) {
        true => wrapped(inside.memberships.values().filter(|one| organization_of(one) == id), &paging),
        false => Err(missing()),
    })
}
