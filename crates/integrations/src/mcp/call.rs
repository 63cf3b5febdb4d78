//! A tool call: typed arguments in, typed content out.

use rmcp::model::CallToolResult;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use types::protocol::{JOB_UNKNOWN, JobPage, JobStatus, ToolError};

use crate::{AgentError, AgentErrorKind};

/// Arguments as the JSON object that MCP wants.
pub(super) fn arguments<T: Serialize>(arguments: &T) -> Result<Map<String, Value>, AgentError> {
    match serde_json::to_value(arguments) {
        Ok(Value::Object(map)) => Ok(map),
        _ => Err(AgentError::new(AgentErrorKind::Protocol, "The call's arguments are not a JSON object.")),
    }
}

/// The structured content of a tool's result, or the error that it tells.
pub(super) fn content<T: DeserializeOwned>(result: CallToolResult) -> Result<T, AgentError> {
    if result.is_error == Some(true) {
        return Err(told(&result));
    }
    let value = match result.structured_content {
        Some(value) => value,
        // Some gateways pass the text block only.
        None => {
            text_of(&result.content).and_then(|text| serde_json::from_str(&text).ok()).unwrap_or(Value::Null)
        }
    };
    serde_json::from_value(value).map_err(|error| {
        AgentError::quoting(
            AgentErrorKind::Protocol,
            "The agent's answer has an unexpected shape: ",
            &error.to_string(),
        )
    })
}

fn told(result: &CallToolResult) -> AgentError {
    let structured = result.structured_content.as_ref();
    if let Some(error) = structured.and_then(|value| serde_json::from_value::<ToolError>(value.clone()).ok())
    {
        return of_tool(&error);
    }
    let gateway = structured
        .and_then(|value| value.get("archestraError"))
        .or_else(|| result.meta.as_ref().and_then(|meta| meta.0.get("archestraError")));
    let text = text_of(&result.content).unwrap_or_default();
    if let Some(error) = gateway {
        return crate::archestra::tool_error(error, &text);
    }
    AgentError::quoting(AgentErrorKind::Failed, "The agent could not do it: ", &text)
}

/// The error behind an agent's own code.
fn of_tool(error: &ToolError) -> AgentError {
    let kind = match error.code.as_str() {
        JOB_UNKNOWN => AgentErrorKind::JobUnknown,
        "busy" => AgentErrorKind::Busy,
        "timeout" => AgentErrorKind::Timeout,
        _ => AgentErrorKind::Failed,
    };
    AgentError::quoting(kind, "", &error.message)
}

fn text_of(content: &[rmcp::model::ContentBlock]) -> Option<String> {
    content.iter().find_map(|block| block.as_text().map(|text| text.text.clone()))
}

/// A page of a job that did not fail.
pub(super) fn page<T: JobPage>(page: T) -> Result<T, AgentError> {
    match (page.status(), page.error()) {
        (JobStatus::Failed, Some(error)) => Err(of_tool(error)),
        (JobStatus::Failed, None) => {
            Err(AgentError::new(AgentErrorKind::Failed, "The agent's job failed without saying why."))
        }
        (JobStatus::Cancelled, _) => {
            Err(AgentError::new(AgentErrorKind::Failed, "The agent's job was cancelled."))
        }
        (JobStatus::Running | JobStatus::Done, _) => Ok(page),
    }
}
