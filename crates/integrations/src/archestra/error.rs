//! What Archestra says instead of a tool's result.

use serde::Deserialize;
use serde_json::Value;

use crate::{AgentError, AgentErrorKind};

#[derive(Deserialize)]
struct ToolProblem {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    reason: String,
    #[serde(rename = "catalogName", default)]
    catalog_name: String,
    #[serde(default)]
    code: String,
}

/// The error behind an `archestraError`; `text` is what was said beside it.
pub(crate) fn tool_error(value: &Value, text: &str) -> AgentError {
    let Ok(problem) = serde_json::from_value::<ToolProblem>(value.clone()) else {
        return AgentError::new(
            AgentErrorKind::Failed,
            "Archestra refused the call without a reason that can be read.",
        );
    };
    match problem.kind.as_str() {
        "auth_required" | "auth_expired" | "assigned_credential_unavailable" => AgentError::quoting(
            AgentErrorKind::Unauthorized,
            "Archestra has no valid credential for bastion-mcp. In Archestra, connect it again: ",
            &problem.catalog_name,
        ),
        "policy_denied" => AgentError::quoting(
            AgentErrorKind::Failed,
            "A policy in Archestra blocked the call. Allow bastion-mcp's tools there. It says: ",
            &problem.reason,
        ),
        "tool_state" => AgentError::quoting(
            AgentErrorKind::Protocol,
            "Archestra does not let this tool be called directly. Assign bastion-mcp's tools to the gateway, or turn progressive tool loading off. It says: ",
            &problem.code,
        ),
        other => AgentError::quoting(
            AgentErrorKind::Failed,
            "Archestra could not run the tool. See whether bastion-mcp runs where Archestra looks for it. It says: ",
            if text.is_empty() { other } else { text },
        ),
    }
}
