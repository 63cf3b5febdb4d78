//! An agent is whatever can have `bastion-mcp`'s tools called.

use async_trait::async_trait;
use rmcp::model::CallToolResult;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use types::protocol::{
    BackfillPage, BackfillStartArguments, FreshnessAnswer, FreshnessArguments, JobArguments, JobCancelled,
    JobStarted, PageArguments, ProfilePage, ProfileStartArguments, ScanPage, ScanStartArguments,
    SourceInfoAnswer, SourceInfoArguments,
};

use super::call;
use crate::{Agent, AgentError};

/// Calls a tool by the agent's own name for it.
#[async_trait]
pub(crate) trait Tools: Send + Sync {
    async fn call(&self, tool: &str, arguments: Map<String, Value>) -> Result<CallToolResult, AgentError>;
}

async fn typed<A: Serialize + Sync, T: DeserializeOwned>(
    tools: &impl Tools,
    name: &str,
    arguments: &A,
) -> Result<T, AgentError> {
    call::content(tools.call(name, call::arguments(arguments)?).await?)
}

#[async_trait]
impl<T: Tools> Agent for T {
    async fn source_info(&self, source: Option<&str>) -> Result<SourceInfoAnswer, AgentError> {
        typed(self, "source_info", &SourceInfoArguments { source: source.map(str::to_owned) }).await
    }

    async fn scan_start(&self, arguments: ScanStartArguments) -> Result<JobStarted, AgentError> {
        typed(self, "schema_scan_start", &arguments).await
    }

    async fn scan_get(&self, arguments: PageArguments) -> Result<ScanPage, AgentError> {
        call::page(typed(self, "schema_scan_get", &arguments).await?)
    }

    async fn profile_start(&self, arguments: ProfileStartArguments) -> Result<JobStarted, AgentError> {
        typed(self, "profile_start", &arguments).await
    }

    async fn profile_get(&self, arguments: PageArguments) -> Result<ProfilePage, AgentError> {
        call::page(typed(self, "profile_get", &arguments).await?)
    }

    async fn backfill_start(&self, arguments: BackfillStartArguments) -> Result<JobStarted, AgentError> {
        typed(self, "backfill_start", &arguments).await
    }

    async fn backfill_get(&self, arguments: PageArguments) -> Result<BackfillPage, AgentError> {
        call::page(typed(self, "backfill_get", &arguments).await?)
    }

    async fn freshness(&self, arguments: FreshnessArguments) -> Result<FreshnessAnswer, AgentError> {
        typed(self, "freshness", &arguments).await
    }

    async fn cancel(&self, job: &str) -> Result<JobCancelled, AgentError> {
        typed(self, "job_cancel", &JobArguments { job: job.to_owned() }).await
    }
}
