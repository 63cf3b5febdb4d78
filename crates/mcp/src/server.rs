//! The MCP server: names to tools, results to structured content.

use std::sync::Arc;

use rmcp::handler::server::ServerHandler;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, Implementation, ListToolsResult,
    PaginatedRequestParams, ServerCapabilities, ServerConfig,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use types::protocol::ToolError;

use crate::agent::Agent;
use crate::tools;

const INSTRUCTIONS: &str = "Reads database catalogs and measures tables; it cannot write and takes no SQL. Long work is a job: \
    start it, then ask for pages with the cursor of the last one until there is none.";

/// One connection's view of the agent.
#[derive(Clone)]
pub(crate) struct Server {
    agent: Arc<Agent>,
}

impl Server {
    pub(crate) fn new(agent: Arc<Agent>) -> Self {
        Self { agent }
    }

    async fn dispatch(&self, request: CallToolRequestParams) -> Result<CallToolResult, ErrorData> {
        let arguments = Value::Object(request.arguments.unwrap_or_default());
        let agent = &self.agent;
        Ok(match request.name.as_ref() {
            "source_info" => answer(agent.source_info(parse(arguments)?).await),
            "schema_scan_start" => answer(agent.scan_start(parse(arguments)?).await),
            "schema_scan_get" => answer(agent.scan_get(parse(arguments)?).await),
            "profile_start" => answer(agent.profile_start(parse(arguments)?).await),
            "profile_get" => answer(agent.profile_get(parse(arguments)?).await),
            "freshness" => answer(agent.freshness(parse(arguments)?).await),
            "job_cancel" => answer(agent.job_cancel(&parse(arguments)?)),
            _ => return Err(ErrorData::invalid_params("There is no tool of this name; tools/list says which there are.", None)),
        })
    }
}

/// Arguments of the tool's shape. What does not fit is the caller's error, told by name and never with its value.
fn parse<T: DeserializeOwned>(arguments: Value) -> Result<T, ErrorData> {
    serde_json::from_value(arguments).map_err(|error| {
        let text: String = error.to_string().chars().filter(|c| !c.is_control()).take(200).collect();
        ErrorData::invalid_params(format!("The arguments do not fit the tool's schema: {text}"), None)
    })
}

/// Structured content with one line of text beside it.
fn answer<T: Serialize>(outcome: Result<T, ToolError>) -> CallToolResult {
    match outcome.as_ref().map(serde_json::to_value) {
        Ok(Ok(value)) => {
            let mut result = CallToolResult::success(vec![ContentBlock::text("See the structured content.")]);
            result.structured_content = Some(value);
            result
        }
        Ok(Err(_)) => failure(&ToolError { code: "internal".into(), message: "The answer could not be written.".into() }),
        Err(error) => failure(error),
    }
}

fn failure(error: &ToolError) -> CallToolResult {
    let mut result = CallToolResult::error(vec![ContentBlock::text(error.message.clone())]);
    result.structured_content = serde_json::to_value(error).ok();
    result
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(Implementation::new("bastion-mcp", env!("CARGO_PKG_VERSION")))
            .with_instructions(INSTRUCTIONS)
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(tools::all()))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let tool = request.name.clone();
        let started = std::time::Instant::now();
        // A client that goes away is a client that cancels: waiting for a page ends, the job itself goes on.
        let result = tokio::select! {
            result = self.dispatch(request) => result?,
            () = context.ct.cancelled() => return Err(ErrorData::internal_error("cancelled", None)),
        };
        let failed = result.is_error == Some(true);
        tracing::info!(%tool, failed, elapsed_ms = started.elapsed().as_millis() as u64, "tool called");
        Ok(CallToolResponse::Complete(result))
    }
}
