//! Straight to a `bastion-mcp`.

use std::time::Duration;

use async_trait::async_trait;
use rmcp::model::CallToolResult;
use secrecy::SecretString;
use serde_json::{Map, Value};
use url::Url;

use super::{Session, Tools};
use crate::{AgentError, Egress};

pub(crate) struct DirectAgent {
    session: Session,
}

impl DirectAgent {
    pub(crate) fn new(egress: Egress, url: Url, token: Option<SecretString>, call_timeout: Duration) -> Self {
        Self { session: Session::new(egress, url, token, call_timeout) }
    }

    /// Opens the session.
    pub(crate) async fn open(&self) -> Result<(), AgentError> {
        self.session.open().await.map(|_| ())
    }

    /// Whether the tools are ours.
    pub(crate) async fn check_tools(&self) -> Result<(), AgentError> {
        let tools = self.session.tools().await?;
        if tools.iter().any(|tool| tool.name == "source_info") {
            Ok(())
        } else {
            Err(Session::not_our_tools())
        }
    }
}

#[async_trait]
impl Tools for DirectAgent {
    async fn call(&self, tool: &str, arguments: Map<String, Value>) -> Result<CallToolResult, AgentError> {
        self.session.call(tool, arguments).await
    }
}
