//! One MCP session, opened at the first call and kept for the following ones.

use std::time::Duration;

use reqwest::header::HeaderMap;
use rmcp::model::{CallToolRequestParams, CallToolResult, Tool};
use rmcp::service::RunningService;
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use rmcp::{RoleClient, ServiceExt};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use tokio::sync::OnceCell;
use url::Url;

use super::failure;
use crate::{AgentError, AgentErrorKind, Egress};

/// How long the handshake may take.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(15);
/// More than a contract's page with its envelope; anything above is refused while it is read.
const LARGEST_EVENT: usize = 4 * 1024 * 1024;

pub(crate) struct Session {
    egress: Egress,
    url: Url,
    token: Option<SecretString>,
    call_timeout: Duration,
    running: OnceCell<RunningService<RoleClient, ()>>,
}

impl Session {
    pub(crate) fn new(egress: Egress, url: Url, token: Option<SecretString>, call_timeout: Duration) -> Self {
        Self { egress, url, token, call_timeout, running: OnceCell::new() }
    }

    /// Opens the session, if it is not open.
    pub(crate) async fn open(&self) -> Result<&RunningService<RoleClient, ()>, AgentError> {
        self.running.get_or_try_init(|| self.handshake()).await
    }

    async fn handshake(&self) -> Result<RunningService<RoleClient, ()>, AgentError> {
        let client = self.egress.client(&self.url)?.clone();
        self.preflight(&client).await?;
        let mut config = StreamableHttpClientTransportConfig::with_uri(self.url.as_str());
        config.max_sse_event_size = LARGEST_EVENT;
        config.auth_header = self.token.as_ref().map(|token| token.expose_secret().to_owned());
        let transport = StreamableHttpClientTransport::with_client(client, config);
        match tokio::time::timeout(HANDSHAKE_TIMEOUT, ().serve(transport)).await {
            Err(_) => Err(failure::timeout(HANDSHAKE_TIMEOUT)),
            Ok(Err(error)) => Err(failure::of_handshake(&error)),
            Ok(Ok(running)) => Ok(running),
        }
    }

    /// `rmcp` reports a refused dial and a senseless answer as the same closed channel; one bare request beforehand tells
    /// the causes apart.
    async fn preflight(&self, client: &reqwest::Client) -> Result<(), AgentError> {
        let mut headers = HeaderMap::new();
        headers.insert(
            reqwest::header::ACCEPT,
            "application/json, text/event-stream".parse().map_err(|_| failure::closed())?,
        );
        let mut request = client.post(self.url.clone()).headers(headers).timeout(HANDSHAKE_TIMEOUT).json(
            &serde_json::json!({
                "jsonrpc": "2.0", "id": 0, "method": "initialize",
                "params": {"protocolVersion": "2025-06-18", "capabilities": {},
                           "clientInfo": {"name": "bastion", "version": env!("CARGO_PKG_VERSION")}}
            }),
        );
        if let Some(token) = &self.token {
            request = request.bearer_auth(token.expose_secret());
        }
        let mut answer = failure::of_answer(request.send().await)?;
        if !failure::is_json(&answer) {
            return Ok(());
        }
        let mut body = Vec::new();
        while let Some(part) = answer.chunk().await.map_err(|error| failure::of_transport(&error))? {
            body.extend_from_slice(&part);
            if body.len() > LARGEST_EVENT {
                return Err(failure::too_large());
            }
        }
        failure::of_body(&body)
    }

    /// The tools on offer.
    pub(crate) async fn tools(&self) -> Result<Vec<Tool>, AgentError> {
        let running = self.open().await?;
        match tokio::time::timeout(self.call_timeout, running.list_all_tools()).await {
            Err(_) => Err(failure::timeout(self.call_timeout)),
            Ok(answer) => answer.map_err(|error| failure::of_call(&error)),
        }
    }

    /// Calls a tool and returns whatever it answered, failed or not.
    pub(crate) async fn call(
        &self,
        tool: &str,
        arguments: Map<String, Value>,
    ) -> Result<CallToolResult, AgentError> {
        let running = self.open().await?;
        let params = CallToolRequestParams::new(tool.to_owned()).with_arguments(arguments);
        match tokio::time::timeout(self.call_timeout, running.call_tool(params)).await {
            Err(_) => Err(failure::timeout(self.call_timeout)),
            Ok(answer) => answer.map_err(|error| failure::of_call(&error)),
        }
    }

    pub(crate) fn not_our_tools() -> AgentError {
        AgentError::new(
            AgentErrorKind::Protocol,
            "An MCP server answers there, but it does not offer bastion-mcp's tools. Check that the address is that of bastion-mcp.",
        )
    }
}
