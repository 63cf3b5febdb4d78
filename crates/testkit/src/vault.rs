//! A Vault with one Transit engine, as strict as its documentation: token, namespace, base64, associated data, versions.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::{Value, json};

use crate::loopback::Loopback;

/// The only token that is accepted.
pub const TOKEN: &str = "hvs.test-token";

/// What was encrypted, by its ciphertext: the plaintext and the associated data, as they were sent.
type Kept = HashMap<String, (String, String)>;

#[derive(Default)]
struct Inside {
    namespace: Option<String>,
    /// The newest version of the key `bastion`, and the oldest that may decrypt.
    version: u32,
    least_version: u32,
    sealed: bool,
    kept: Kept,
    calls: Vec<String>,
}

/// Listens on a loopback port until it is dropped. Its engine is at `transit` and has the key `bastion`.
pub struct Vault {
    /// `http://127.0.0.1:PORT`.
    pub base: String,
    inside: Arc<Mutex<Inside>>,
    _server: Loopback,
}

impl Vault {
    /// Starts one whose engine is in a namespace, or in none.
    ///
    /// # Panics
    /// When no loopback port can be had.
    pub async fn start(namespace: Option<&str>) -> Self {
        let inside = Inside {
            namespace: namespace.map(str::to_owned),
            version: 1,
            least_version: 1,
            ..Inside::default()
        };
        let inside = Arc::new(Mutex::new(inside));
        let app = Router::new()
            .route("/v1/transit/{act}/{key}", post(transit).put(transit))
            .fallback(|| async { errors(StatusCode::NOT_FOUND, "no handler for route") })
            .with_state(inside.clone());
        let server = Loopback::serve(app).await;
        Self { base: server.base(), inside, _server: server }
    }

    /// Seals or unseals it.
    pub fn seal(&self, sealed: bool) {
        self.inside.lock().expect("no test panics here").sealed = sealed;
    }

    /// Makes a version of the key; those before go on decrypting.
    pub fn rotate(&self) {
        self.inside.lock().expect("no test panics here").version += 1;
    }

    /// From now on only the newest version decrypts.
    pub fn forget_older(&self) {
        let mut inside = self.inside.lock().expect("no test panics here");
        inside.least_version = inside.version;
    }

    /// What was asked of it so far, such as `encrypt`.
    #[must_use]
    pub fn calls(&self) -> Vec<String> {
        self.inside.lock().expect("no test panics here").calls.clone()
    }
}

async fn transit(
    State(inside): State<Arc<Mutex<Inside>>>,
    Path((act, key)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut inside = inside.lock().expect("no test panics here");
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if inside.sealed {
        return errors(StatusCode::SERVICE_UNAVAILABLE, "Vault is sealed");
    }
    if header("x-vault-token") != Some(TOKEN) || header("x-vault-namespace") != inside.namespace.as_deref() {
        return errors(StatusCode::FORBIDDEN, "permission denied");
    }
    let Ok(body) = serde_json::from_slice::<Value>(&body) else {
        return errors(StatusCode::BAD_REQUEST, "error parsing JSON");
    };
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    let associated = text("associated_data");
    if !is_base64(&associated) {
        return errors(StatusCode::BAD_REQUEST, "failed to base64-decode associated_data");
    }
    inside.calls.push(act.clone());
    match act.as_str() {
        // Vault makes a key that is missing when the policy allows `create`; this policy does not.
        _ if key != "bastion" => errors(StatusCode::BAD_REQUEST, "encryption key not found"),
        "encrypt" => {
            let plaintext = text("plaintext");
            if plaintext.is_empty() || !is_base64(&plaintext) {
                return errors(StatusCode::BAD_REQUEST, "failed to base64-decode plaintext");
            }
            let ciphertext = format!("vault:v{}:{}", inside.version, inside.kept.len());
            inside.kept.insert(ciphertext.clone(), (plaintext, associated));
            axum::Json(json!({"data": {"ciphertext": ciphertext, "key_version": inside.version}}))
                .into_response()
        }
        "decrypt" => {
            let ciphertext = text("ciphertext");
            let version =
                ciphertext.strip_prefix("vault:v").and_then(|rest| rest.split(':').next()?.parse().ok());
            match (version, inside.kept.get(&ciphertext)) {
                (Some(version), _) if inside.least_version > version => {
                    errors(StatusCode::BAD_REQUEST, "ciphertext version is disallowed by policy (too old)")
                }
                (Some(_), Some((plaintext, for_these))) if *for_these == associated => {
                    axum::Json(json!({"data": {"plaintext": plaintext}})).into_response()
                }
                (Some(_), _) => errors(StatusCode::BAD_REQUEST, "cipher: message authentication failed"),
                (None, _) => errors(StatusCode::BAD_REQUEST, "invalid ciphertext: no prefix"),
            }
        }
        _ => errors(StatusCode::NOT_FOUND, "unsupported path"),
    }
}

fn is_base64(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    text.len().is_multiple_of(4)
        && text.len() - body.len() <= 2
        && body.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/')
}

fn errors(status: StatusCode, sentence: &str) -> Response {
    (status, axum::Json(json!({"errors": [sentence]}))).into_response()
}
