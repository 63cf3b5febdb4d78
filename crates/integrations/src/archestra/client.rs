//! Calls of the REST interface.

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;
use zeroize::Zeroizing;

use crate::egress::bounded;
use crate::{AgentError, AgentErrorKind, Egress};

const HEALTH_TIMEOUT: Duration = Duration::from_secs(5);
const LIST_TIMEOUT: Duration = Duration::from_secs(15);
/// No answer that is read here is anywhere near as large.
const LARGEST_ANSWER: usize = 1024 * 1024;

#[derive(Clone)]
pub(crate) struct Archestra {
    egress: Egress,
    base: Url,
    api_key: Option<SecretString>,
}

/// What `GET /health` answers.
#[derive(Debug, Deserialize)]
pub(crate) struct Health {
    #[serde(default)]
    pub(crate) version: String,
}

/// What `GET /ready` answers, with status 503 as well.
#[derive(Deserialize)]
struct Readiness {
    status: String,
    #[serde(default)]
    database: String,
}

#[derive(Deserialize)]
struct Gateway {
    id: String,
}

#[derive(Deserialize)]
struct TokenValue {
    value: String,
}

impl Archestra {
    pub(crate) fn new(egress: Egress, base: Url, api_key: Option<SecretString>) -> Self {
        Self { egress, base, api_key }
    }

    pub(crate) fn egress(&self) -> &Egress {
        &self.egress
    }

    pub(crate) fn has_api_key(&self) -> bool {
        self.api_key.is_some()
    }

    /// `{base}/v1/mcp/{gateway}`.
    pub(crate) fn gateway_url(&self, gateway: &str) -> Result<Url, AgentError> {
        self.address(&["v1", "mcp", gateway])
    }

    /// Whether an Archestra answers that can work, and of which version.
    pub(crate) async fn health(&self) -> Result<Health, AgentError> {
        let health = self.get(&["health"], None, HEALTH_TIMEOUT).await?;
        self.readiness().await?;
        Ok(health)
    }

    /// That it is not known to be unable to work. Through the port of its interface nobody can ask: a page is no answer.
    async fn readiness(&self) -> Result<(), AgentError> {
        let url = self.address(&["ready"])?;
        let request = self.egress.client(&url)?.get(url).timeout(HEALTH_TIMEOUT);
        let response = request.send().await.map_err(|error| crate::mcp::of_transport(&error))?;
        let answer: Option<Readiness> = serde_json::from_slice(&whole(response).await?).ok();
        let obstacle = match answer.as_ref().map(|answer| (answer.status.as_str(), answer.database.as_str()))
        {
            Some(("maintenance", _)) => "Archestra is in maintenance. Wait until it is over.",
            Some((_, "disconnected")) => "Archestra has lost its own database. Look at its log.",
            Some(("degraded", _)) => "Archestra says that it is degraded. Look at its log.",
            _ => return Ok(()),
        };
        Err(AgentError::new(AgentErrorKind::Unreachable, obstacle))
    }

    /// Whether the API key is accepted.
    pub(crate) async fn permissions(&self) -> Result<serde_json::Value, AgentError> {
        self.get(&["api", "user", "permissions"], Some(self.key()?), LIST_TIMEOUT).await
    }

    /// The key owner's own gateway.
    pub(crate) async fn default_gateway(&self) -> Result<String, AgentError> {
        let gateway: Gateway =
            self.get(&["api", "mcp-gateways", "default"], Some(self.key()?), LIST_TIMEOUT).await?;
        Ok(gateway.id)
    }

    /// The key owner's token for gateways; Archestra makes it if there is none.
    pub(crate) async fn personal_token(&self) -> Result<SecretString, AgentError> {
        let key = self.key()?;
        let _: serde_json::Value = self.get(&["api", "user-tokens", "me"], Some(key), LIST_TIMEOUT).await?;
        let token: TokenValue =
            self.get(&["api", "user-tokens", "me", "value"], Some(key), LIST_TIMEOUT).await?;
        Ok(SecretString::from(token.value))
    }

    fn key(&self) -> Result<&SecretString, AgentError> {
        self.api_key.as_ref().ok_or_else(|| {
            AgentError::new(
                AgentErrorKind::Unauthorized,
                "Give either the gateway and its token, or an Archestra API key with which they can be looked up.",
            )
        })
    }

    fn address(&self, segments: &[&str]) -> Result<Url, AgentError> {
        let mut url = self.base.clone();
        url.path_segments_mut()
            .map_err(|()| {
                AgentError::new(
                    AgentErrorKind::NotMcp,
                    "The Archestra address is not one that can have a path.",
                )
            })?
            .pop_if_empty()
            .extend(segments);
        Ok(url)
    }

    async fn get<T: DeserializeOwned>(
        &self,
        segments: &[&str],
        key: Option<&SecretString>,
        timeout: Duration,
    ) -> Result<T, AgentError> {
        let url = self.address(segments)?;
        let mut request = self.egress.client(&url)?.get(url).timeout(timeout);
        if let Some(key) = key {
            let mut value = HeaderValue::from_str(key.expose_secret()).map_err(|_| {
                AgentError::new(
                    AgentErrorKind::Unauthorized,
                    "The API key holds characters that no key can have.",
                )
            })?;
            value.set_sensitive(true);
            request = request.header(AUTHORIZATION, value);
        }
        let response = request.send().await.map_err(|error| crate::mcp::of_transport(&error))?;
        let status = response.status();
        let json = response
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|kind| kind.starts_with("application/json"));
        if !json && (status.is_success() || status == StatusCode::NOT_FOUND) {
            return Err(AgentError::new(
                AgentErrorKind::NotMcp,
                "A web page answers there, not Archestra's API. The API usually listens on port 9000, the interface on 3000: give the API's address.",
            ));
        }
        match status {
            StatusCode::OK => {}
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                return Err(AgentError::new(
                    AgentErrorKind::Unauthorized,
                    "Archestra refused the API key. Make one under Personal Settings, API Keys; a gateway token or a virtual key does not work here.",
                ));
            }
            other => {
                return Err(AgentError::new(
                    AgentErrorKind::Unreachable,
                    format!(
                        "Archestra answered status {}. Check the address and Archestra's own log.",
                        other.as_u16()
                    ),
                ));
            }
        }
        let body = whole(response).await?;
        serde_json::from_slice(&body).map_err(|_| {
            AgentError::new(
                AgentErrorKind::Protocol,
                "Archestra's answer has an unexpected shape; its version may be too new or too old.",
            )
        })
    }
}

async fn whole(response: reqwest::Response) -> Result<Zeroizing<Vec<u8>>, AgentError> {
    let body = bounded(response, LARGEST_ANSWER).await.map_err(|error| crate::mcp::of_transport(&error))?;
    body.ok_or_else(|| {
        AgentError::new(AgentErrorKind::Protocol, "Archestra's answer is larger than any that is expected.")
    })
}
