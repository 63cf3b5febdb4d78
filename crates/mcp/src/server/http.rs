//! MCP over HTTP: `POST /mcp`, and `GET /healthz` for whoever restarts processes.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use rmcp::transport::streamable_http_server::{
    StreamableHttpServerConfig, StreamableHttpService, session::never::NeverSessionManager,
};
use scan::CancellationToken;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::Agent;
use crate::failure::Failure;

/// SHA-256 of a token that callers show; hashes have one length, so comparing them tells nothing.
type TokenHash = [u8; 32];

/// What callers show, and what they may have for it.
#[derive(Clone, Copy)]
pub(crate) struct Tokens {
    /// Everything but values; without one for whoever gets here.
    read: Option<TokenHash>,
    /// Values as well.
    values: Option<TokenHash>,
}

/// Stands in a request whose caller may have values.
#[derive(Clone, Copy, Debug)]
pub(super) struct MayHaveValues;

impl Tokens {
    /// # Errors
    /// When both are the same, so that everybody could have values.
    pub(crate) fn new(read: Option<&SecretString>, values: Option<&SecretString>) -> Result<Self, Failure> {
        let hash = |token: &SecretString| Sha256::digest(token.expose_secret().as_bytes()).into();
        let tokens = Self { read: read.map(hash), values: values.map(hash) };
        if tokens.read.is_some() && tokens.read == tokens.values {
            return Err(Failure::Usage("the token for values must be another one than the token".into()));
        }
        Ok(tokens)
    }
}

/// Serves until `stop`. Prints `listening on http://ADDRESS/mcp` to standard error once it does.
pub(crate) async fn serve(
    agent: Agent,
    listen: SocketAddr,
    tokens: Tokens,
    allowed_hosts: Vec<String>,
    stop: CancellationToken,
) -> Result<(), Failure> {
    let listener = tokio::net::TcpListener::bind(listen)
        .await
        .map_err(|error| Failure::Server(format!("cannot listen on {listen}: {error}")))?;
    let address = listener.local_addr().map_err(|error| Failure::Server(error.to_string()))?;
    let mut hosts: Vec<String> = ["localhost", "127.0.0.1", "::1"].map(ToOwned::to_owned).into();
    let own = ["localhost", "127.0.0.1", "[::1]"].map(|host| format!("http://{host}:{}", address.port()));
    hosts.extend(allowed_hosts);
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_allowed_hosts(hosts)
        // Browsers have no business here: whoever sends an Origin is refused, but for this server's own address, from which
        // no page comes.
        .with_allowed_origins(own)
        .enforce_origin_validation()
        .with_cancellation_token(stop.clone());
    let served = agent.clone();
    let mcp = StreamableHttpService::new(
        move || Ok(served.clone()),
        Arc::new(NeverSessionManager::default()),
        config,
    );
    let router = Router::new()
        .nest_service("/mcp", mcp)
        .layer(from_fn_with_state(tokens, authenticate))
        .route("/healthz", get(|| async { "ok\n" }));

    eprintln!("listening on http://{address}/mcp");
    let stopping = async move {
        stop.cancelled().await;
        // Calls that wait for a job end with it.
        agent.cancel_all();
    };
    axum::serve(listener, router)
        .with_graceful_shutdown(stopping)
        .await
        .map_err(|error| Failure::Server(error.to_string()))
}

async fn authenticate(State(tokens): State<Tokens>, mut request: Request, next: Next) -> Response {
    let shown = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| Sha256::digest(token.trim().as_bytes()));
    let is_shown = |expected: Option<TokenHash>| match (&shown, expected) {
        (Some(shown), Some(expected)) => bool::from(shown.as_slice().ct_eq(&expected)),
        _ => false,
    };
    let may_have_values = is_shown(tokens.values);
    if may_have_values {
        request.extensions_mut().insert(MayHaveValues);
    }
    if may_have_values || tokens.read.is_none() || is_shown(tokens.read) {
        return next.run(request).await;
    }
    (
        StatusCode::UNAUTHORIZED,
        [(header::WWW_AUTHENTICATE, "Bearer")],
        "This agent wants a bearer token: the one in the file of --token-file.\n",
    )
        .into_response()
}
