//! An OpenID provider as strict as the standards: exact redirect URI, PKCE with S256, the client's secret, codes of one use.
//! Whoever comes to its page is signed in at once, as whom a test says. What it signs can be made wrong, one thing at a time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use ring::{digest, hmac};
use serde_json::{Value, json};
use url::{Url, form_urlencoded};

use crate::loopback::Loopback;

/// The only client.
pub const CLIENT: &str = "bastion";
/// Its secret, with signs that have to be encoded.
pub const SECRET: &str = "s3cr:t + %";

/// How an ID token is signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Signing {
    #[default]
    Well,
    /// `alg` is `none`, and there is no signature.
    Not,
    /// HS256, with the public key as the secret.
    ByPublicKey,
    /// By a key of somebody else under the name of ours.
    ByStranger,
}

/// What the provider sends the browser back with.
#[derive(Clone, Debug)]
pub struct Back {
    pub code: String,
    pub state: String,
    pub iss: String,
}

struct Signer {
    kid: String,
    pair: EcdsaKeyPair,
}

impl Signer {
    fn new(kid: &str) -> Self {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let pair =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random).unwrap();
        Self { kid: kid.to_owned(), pair }
    }

    fn jwk(&self) -> Value {
        let point = self.pair.public_key().as_ref();
        let (x, y) = (URL_SAFE_NO_PAD.encode(&point[1..33]), URL_SAFE_NO_PAD.encode(&point[33..]));
        json!({"kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": self.kid, "use": "sig", "alg": "ES256"})
    }

    fn sign(&self, claims: &Value, how: Signing) -> String {
        let algorithm = match how {
            Signing::Well | Signing::ByStranger => "ES256",
            Signing::Not => "none",
            Signing::ByPublicKey => "HS256",
        };
        let header = json!({"alg": algorithm, "kid": self.kid, "typ": "JWT"});
        let message = [&header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string())).join(".");
        let ecdsa = |signer: &Self| {
            signer.pair.sign(&SystemRandom::new(), message.as_bytes()).unwrap().as_ref().to_vec()
        };
        let signature = match how {
            Signing::Well => ecdsa(self),
            Signing::ByStranger => ecdsa(&Self::new(&self.kid)),
            Signing::Not => Vec::new(),
            Signing::ByPublicKey => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, self.pair.public_key().as_ref());
                hmac::sign(&key, message.as_bytes()).as_ref().to_vec()
            }
        };
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// What a code stands for.
struct Grant {
    redirect_uri: String,
    challenge: String,
    nonce: String,
}

struct Inside {
    base: String,
    clock: Box<dyn Fn() -> i64 + Send>,
    signer: Signer,
    /// Of whoever comes to the page.
    person: Value,
    /// Put over the claims of an ID token; `null` removes one.
    twist: Value,
    signing: Signing,
    /// Whether the address is only in the user info, as many providers have it.
    in_user_info: bool,
    grants: HashMap<String, Grant>,
    codes: u32,
    descriptions: u32,
}

type Shared = Arc<Mutex<Inside>>;

/// Listens on a loopback port until it is dropped.
pub struct Issuer {
    /// `http://127.0.0.1:PORT`, which is the issuer.
    pub base: String,
    inside: Shared,
    _server: Loopback,
}

impl Issuer {
    /// Starts one whose clock tells seconds.
    ///
    /// # Panics
    /// When no loopback port can be had.
    pub async fn start(clock: impl Fn() -> i64 + Send + 'static) -> Self {
        let inside = Inside {
            base: String::new(),
            clock: Box::new(clock),
            signer: Signer::new("first"),
            person: json!({}),
            twist: json!({}),
            signing: Signing::Well,
            in_user_info: false,
            grants: HashMap::new(),
            codes: 0,
            descriptions: 0,
        };
        let inside = Arc::new(Mutex::new(inside));
        let app = Router::new()
            .route("/.well-known/openid-configuration", get(describe))
            .route("/keys", get(keys))
            .route("/authorize", get(authorize))
            .route("/token", post(token))
            .route("/me", get(user_info))
            .with_state(inside.clone());
        let server = Loopback::serve(app).await;
        let base = server.base();
        inside.lock().expect("no test panics here").base.clone_from(&base);
        Self { base, inside, _server: server }
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().expect("no test panics here")
    }

    /// Says who comes to the page from now on: claims, of which `sub` is needed.
    pub fn person(&self, claims: Value) {
        self.inside().person = claims;
    }

    /// What is put over the claims of each ID token from now on; `null` removes one.
    pub fn twist(&self, claims: Value) {
        self.inside().twist = claims;
    }

    /// How ID tokens are signed from now on.
    pub fn sign(&self, how: Signing) {
        self.inside().signing = how;
    }

    /// From now on only the user info says more of a person than who they are.
    pub fn keep_to_user_info(&self) {
        self.inside().in_user_info = true;
    }

    /// Signs with a new key; the one before is gone.
    pub fn rotate(&self, kid: &str) {
        self.inside().signer = Signer::new(kid);
    }

    /// How often it was asked what it is.
    #[must_use]
    pub fn descriptions(&self) -> u32 {
        self.inside().descriptions
    }

    /// What a browser does that is sent to the page.
    ///
    /// # Panics
    /// When the page refuses.
    pub async fn visit(&self, page: &str) -> Back {
        let answer = crate::http_client().get(page).send().await.expect("it listens");
        assert_eq!(answer.status().as_u16(), 303, "{}", answer.text().await.unwrap_or_default());
        let back = answer.headers()[header::LOCATION.as_str()].to_str().expect("an address");
        let mut pairs = query(Url::parse(back).expect("an address").query().unwrap_or_default());
        let mut take = |name: &str| pairs.remove(name).unwrap_or_default();
        Back { code: take("code"), state: take("state"), iss: take("iss") }
    }
}

fn query(text: &str) -> HashMap<String, String> {
    form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

async fn describe(State(inside): State<Shared>) -> Response {
    let mut inside = inside.lock().expect("no test panics here");
    inside.descriptions += 1;
    let base = &inside.base;
    axum::Json(json!({
        "issuer": base,
        "authorization_endpoint": format!("{base}/authorize"),
        "token_endpoint": format!("{base}/token"),
        "userinfo_endpoint": format!("{base}/me"),
        "jwks_uri": format!("{base}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
    }))
    .into_response()
}

async fn keys(State(inside): State<Shared>) -> Response {
    let inside = inside.lock().expect("no test panics here");
    // Kinds that nobody knows are in the sets of real providers as well.
    let unknown = json!({"kty": "AKP", "alg": "ML-DSA-65", "kid": "later", "pub": "AAAA"});
    axum::Json(json!({"keys": [unknown, inside.signer.jwk()]})).into_response()
}

async fn authorize(State(inside): State<Shared>, RawQuery(text): RawQuery) -> Response {
    let mut inside = inside.lock().expect("no test panics here");
    let asked = query(&text.unwrap_or_default());
    let of = |name: &str| asked.get(name).map(String::as_str).unwrap_or_default();
    let redirect_uri = of("redirect_uri");
    if of("client_id") != CLIENT || !redirect_uri.ends_with("/sign-in/callback") {
        return (StatusCode::BAD_REQUEST, "unknown client or redirect_uri").into_response();
    }
    let scopes: Vec<&str> = of("scope").split(' ').collect();
    let fits = of("response_type") == "code"
        && scopes.contains(&"openid")
        && of("code_challenge_method") == "S256"
        && of("code_challenge").len() == 43
        && !of("state").is_empty()
        && !of("nonce").is_empty();
    if !fits {
        return (StatusCode::BAD_REQUEST, "invalid_request").into_response();
    }
    inside.codes += 1;
    let code = format!("code-{}", inside.codes);
    let grant = Grant {
        redirect_uri: redirect_uri.to_owned(),
        challenge: of("code_challenge").to_owned(),
        nonce: of("nonce").to_owned(),
    };
    inside.grants.insert(code.clone(), grant);
    let mut back = Url::parse(redirect_uri).expect("an address");
    back.query_pairs_mut()
        .append_pair("code", &code)
        .append_pair("state", of("state"))
        .append_pair("iss", &inside.base);
    (StatusCode::SEE_OTHER, [(header::LOCATION, back.to_string())]).into_response()
}

fn refusal(status: StatusCode, error: &str) -> Response {
    (status, axum::Json(json!({"error": error}))).into_response()
}

/// RFC 6749, 2.3.1: both are encoded as in a form before they are joined.
fn is_client(headers: &HeaderMap) -> bool {
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let expected = format!("Basic {}", STANDARD.encode(format!("{}:{}", encoded(CLIENT), encoded(SECRET))));
    headers.get(header::AUTHORIZATION).is_some_and(|value| value.as_bytes() == expected.as_bytes())
}

async fn token(State(inside): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let mut inside = inside.lock().expect("no test panics here");
    if !is_client(&headers) {
        return refusal(StatusCode::UNAUTHORIZED, "invalid_client");
    }
    let form = query(&String::from_utf8_lossy(&body));
    let of = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    if of("grant_type") != "authorization_code" {
        return refusal(StatusCode::BAD_REQUEST, "unsupported_grant_type");
    }
    let Some(grant) = inside.grants.remove(of("code")) else {
        return refusal(StatusCode::BAD_REQUEST, "invalid_grant");
    };
    let hashed = digest::digest(&digest::SHA256, of("code_verifier").as_bytes());
    let proved = URL_SAFE_NO_PAD.encode(hashed.as_ref()) == grant.challenge;
    if !proved || of("redirect_uri") != grant.redirect_uri {
        return refusal(StatusCode::BAD_REQUEST, "invalid_grant");
    }
    let now = (inside.clock)();
    let mut claims =
        json!({"iss": inside.base, "aud": CLIENT, "nonce": grant.nonce, "iat": now, "exp": now + 300});
    let own = match inside.in_user_info {
        true => json!({"sub": inside.person["sub"]}),
        false => inside.person.clone(),
    };
    for (name, value) in [&own, &inside.twist].into_iter().filter_map(Value::as_object).flatten() {
        claims[name] = value.clone();
    }
    if let Some(claims) = claims.as_object_mut() {
        claims.retain(|_, value| !value.is_null());
    }
    let id_token = inside.signer.sign(&claims, inside.signing);
    axum::Json(
        json!({"access_token": "access", "token_type": "Bearer", "expires_in": 300, "id_token": id_token}),
    )
    .into_response()
}

async fn user_info(State(inside): State<Shared>, headers: HeaderMap) -> Response {
    let inside = inside.lock().expect("no test panics here");
    match headers.get(header::AUTHORIZATION).map(|value| value.as_bytes()) {
        Some(b"Bearer access") => axum::Json(inside.person.clone()).into_response(),
        _ => refusal(StatusCode::UNAUTHORIZED, "invalid_token"),
    }
}
