//! From the library's errors to ours.

use std::error::Error;
use std::time::Duration;

use reqwest::StatusCode;
use rmcp::service::{ClientInitializeError, ServiceError};
use rmcp::transport::streamable_http_client::{
    AuthRequiredError, InsufficientScopeError, StreamableHttpError,
};

use crate::{AgentError, AgentErrorKind, Egress};

type HttpError = StreamableHttpError<reqwest::Error>;

pub(super) fn timeout(after: Duration) -> AgentError {
    AgentError::new(
        AgentErrorKind::Timeout,
        format!("The agent did not answer within {} s. It may be busy; try again.", after.as_secs()),
    )
}

pub(super) fn closed() -> AgentError {
    AgentError::new(
        AgentErrorKind::Unreachable,
        "The agent closed the connection. Check that bastion-mcp is running, then try again.",
    )
}

fn unauthorized() -> AgentError {
    AgentError::new(
        AgentErrorKind::Unauthorized,
        "The token was refused. Check that it is the one bastion-mcp (or the gateway) was given.",
    )
}

fn not_mcp(what: &str) -> AgentError {
    AgentError::new(
        AgentErrorKind::NotMcp,
        format!("Something answers there, but {what}. The address of bastion-mcp ends in `/mcp`."),
    )
}

pub(super) fn too_large() -> AgentError {
    AgentError::new(AgentErrorKind::Protocol, "The agent sent more than a page may hold. Update bastion-mcp.")
}

/// The error of an HTTP call that did not come through.
pub(crate) fn of_transport(error: &reqwest::Error) -> AgentError {
    if let Some(refused) = Egress::refusal(error) {
        return refused;
    }
    if error.is_timeout() && !error.is_connect() {
        return AgentError::new(
            AgentErrorKind::Timeout,
            "The agent did not answer in time. It may be busy; try again.",
        );
    }
    if let Some(status) = error.status() {
        return of_status(status);
    }
    AgentError::new(
        AgentErrorKind::Unreachable,
        "Nothing answers at the address. Check host and port, that bastion-mcp is running, and from a container that \
         the host is not `localhost`.",
    )
}

fn of_status(status: StatusCode) -> AgentError {
    match status.as_u16() {
        401 => unauthorized(),
        403 => AgentError::new(
            AgentErrorKind::Unauthorized,
            "The agent refused the request. If it is bastion-mcp, start it with `--allowed-host` and the host name used here.",
        ),
        429 | 500..=599 => AgentError::new(
            AgentErrorKind::Unreachable,
            format!("The server at the address answered status {}. Try again later.", status.as_u16()),
        ),
        code => not_mcp(&format!("it answered status {code}, not MCP")),
    }
}

/// What the bare request found out.
pub(super) fn of_answer(
    answer: Result<reqwest::Response, reqwest::Error>,
) -> Result<reqwest::Response, AgentError> {
    let response = answer.map_err(|error| of_transport(&error))?;
    let speaks = is_json(&response) || content_type(&response).starts_with("text/event-stream");
    match response.status() {
        StatusCode::OK if speaks => Ok(response),
        StatusCode::OK => Err(not_mcp("it does not speak MCP")),
        // A server of the 2026 revision alone refuses `initialize` with a JSON-RPC error: the library sorts that out.
        StatusCode::BAD_REQUEST if speaks => Ok(response),
        other => Err(of_status(other)),
    }
}

pub(super) fn is_json(response: &reqwest::Response) -> bool {
    content_type(response).starts_with("application/json")
}

fn content_type(response: &reqwest::Response) -> &str {
    let header = response.headers().get(reqwest::header::CONTENT_TYPE);
    header.and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Whether what the bare request brought is JSON-RPC.
pub(super) fn of_body(body: &[u8]) -> Result<(), AgentError> {
    match serde_json::from_slice::<serde_json::Value>(body) {
        Ok(message) if message.get("jsonrpc").is_some() => Ok(()),
        Ok(_) => Err(not_mcp("it answers JSON that is not MCP")),
        Err(_) => Err(not_json_rpc()),
    }
}

fn not_json_rpc() -> AgentError {
    AgentError::new(AgentErrorKind::Protocol, "The agent's answer is not valid JSON-RPC.")
}

pub(super) fn of_handshake(error: &ClientInitializeError) -> AgentError {
    if error.auth_challenge().is_some() {
        return unauthorized();
    }
    // The library does not name a transport's error as the source of its own.
    let cause: &(dyn Error + 'static) = match error {
        ClientInitializeError::TransportError { error, .. } => error,
        other => other,
    };
    in_chain(cause).unwrap_or_else(|| match error {
        // The bare request went well just before: whoever answered it has gone since.
        ClientInitializeError::ConnectionClosed(_) | ClientInitializeError::TransportError { .. } => closed(),
        _ => AgentError::new(
            AgentErrorKind::Protocol,
            "Something answers there, but not as an MCP server does. Check that the address is that of bastion-mcp.",
        ),
    })
}

pub(super) fn of_call(error: &ServiceError) -> AgentError {
    match error {
        ServiceError::McpError(refusal) => AgentError::quoting(
            AgentErrorKind::Protocol,
            "The agent did not accept the call: ",
            &refusal.message,
        ),
        ServiceError::Timeout { timeout: after } => timeout(*after),
        ServiceError::UnexpectedResponse => {
            AgentError::new(AgentErrorKind::Protocol, "The agent's answer is not one that MCP allows here.")
        }
        // The library does not name it as the source of its own error.
        ServiceError::TransportSend(cause) => in_chain(cause).unwrap_or_else(closed),
        other => in_chain(other).unwrap_or_else(closed),
    }
}

/// Looks for a cause that says more.
fn in_chain(error: &(dyn Error + 'static)) -> Option<AgentError> {
    let mut next = Some(error);
    while let Some(current) = next {
        if let Some(http) = current.downcast_ref::<HttpError>() {
            match http {
                StreamableHttpError::Client(inner) => return Some(of_transport(inner)),
                StreamableHttpError::AuthRequired(_) | StreamableHttpError::InsufficientScope(_) => {
                    return Some(unauthorized());
                }
                StreamableHttpError::ResponseBodyTooLarge { .. } => return Some(too_large()),
                StreamableHttpError::UnexpectedContentType(_) => {
                    return Some(not_mcp("it does not speak MCP"));
                }
                StreamableHttpError::Deserialize(_) | StreamableHttpError::UnexpectedServerResponse(_) => {
                    return Some(not_json_rpc());
                }
                StreamableHttpError::Sse(_) => return Some(too_large()),
                _ => {}
            }
        }
        if current.is::<AuthRequiredError>() || current.is::<InsufficientScopeError>() {
            return Some(unauthorized());
        }
        if let Some(inner) = current.downcast_ref::<reqwest::Error>() {
            return Some(of_transport(inner));
        }
        next = current.source();
    }
    None
}
