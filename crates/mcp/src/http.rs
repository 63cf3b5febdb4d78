//! Streamable HTTP, without sessions: `POST /mcp` behind a bearer token, and `GET /healthz`.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use tokio_util::sync::CancellationToken;

use crate::agent::Agent;
use crate::server::Server;

/// Where and for whom the agent listens.
pub(crate) struct Listening {
    pub(crate) address: SocketAddr,
    pub(crate) token: Option<SecretString>,
    /// Host names besides those of loopback.
    pub(crate) allowed_hosts: Vec<String>,
}

/// Why the agent does not listen.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HttpError {
    #[error("refusing to listen on {0} without a token: give --token-file, or listen on 127.0.0.1")]
    OpenWithoutToken(IpAddr),
    #[error("cannot listen on {address}: {source}")]
    Bind { address: SocketAddr, source: std::io::Error },
    #[error("the server stopped: {0}")]
    Stopped(std::io::Error),
}

/// Serves until `stopping` is cancelled.
pub(crate) async fn serve(
    agent: Arc<Agent>,
    listening: Listening,
    stopping: CancellationToken,
) -> Result<(), HttpError> {
    let Listening { address, token, allowed_hosts } = listening;
    if token.is_none() && !address.ip().is_loopback() {
        return Err(HttpError::OpenWithoutToken(address.ip()));
    }
    let listener =
        tokio::net::TcpListener::bind(address).await.map_err(|source| HttpError::Bind { address, source })?;
    let bound = listener.local_addr().map_err(HttpError::Stopped)?;
    let app = router(agent.clone(), token.as_ref(), allowed_hosts, &stopping);
    tracing::info!("listening on http://{bound}/mcp");
    let ended = axum::serve(listener, app).with_graceful_shutdown(async move {
        stopping.cancelled().await;
        agent.stop();
    });
    ended.await.map_err(HttpError::Stopped)
}

fn router(
    agent: Arc<Agent>,
    token: Option<&SecretString>,
    allowed_hosts: Vec<String>,
    stopping: &CancellationToken,
) -> Router {
    let hosts = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).into_iter().chain(allowed_hosts);
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_allowed_hosts(hosts)
        // No browser has business here: any Origin is refused.
        .enforce_origin_validation()
        .with_cancellation_token(stopping.child_token());
    let service = StreamableHttpService::new(
        move || Ok(Server::new(agent.clone())),
        Arc::new(NeverSessionManager::default()),
        config,
    );
    let expected: Option<[u8; 32]> =
        token.map(|token| Sha256::digest(token.expose_secret().as_bytes()).into());
    Router::new()
        .nest_service("/mcp", service)
        .layer(middleware::from_fn_with_state(expected, bearer))
        .route("/healthz", get(|| async { "ok\n" }))
}

/// Lets through whoever shows the token. Digests are compared, so that the time tells nothing of it.
async fn bearer(State(expected): State<Option<[u8; 32]>>, request: Request, next: Next) -> Response {
    if let Some(expected) = expected {
        let shown = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = shown
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        let digest: [u8; 32] = Sha256::digest(token.map_or("", |(_, token)| token.trim()).as_bytes()).into();
        if !bool::from(digest.ct_eq(&expected)) {
            let challenge = [(header::WWW_AUTHENTICATE, "Bearer realm=\"bastion-mcp\"")];
            return (StatusCode::UNAUTHORIZED, challenge, "A bearer token is needed.\n").into_response();
        }
    }
    next.run(request).await
}
