//! The trait of an agent, as the control plane calls it.

use async_trait::async_trait;
use types::protocol::{
    BackfillPage, BackfillStartArguments, FreshnessAnswer, FreshnessArguments, JobCancelled, JobStarted,
    PageArguments, ProfilePage, ProfileStartArguments, ScanPage, ScanStartArguments, SourceInfoAnswer,
};

use crate::AgentError;

/// A `bastion-mcp`, whichever way it is reached. Each method is one tool call; a failed job is an error.
#[async_trait]
pub trait Agent: Send + Sync {
    /// What the agent says of one of its databases, or of all.
    async fn source_info(&self, source: Option<&str>) -> Result<SourceInfoAnswer, AgentError>;
    /// Starts reading a catalog, unless its fingerprint is as it was.
    async fn scan_start(&self, arguments: ScanStartArguments) -> Result<JobStarted, AgentError>;
    /// The next page of objects.
    async fn scan_get(&self, arguments: PageArguments) -> Result<ScanPage, AgentError>;
    /// Starts reading the data.
    async fn profile_start(&self, arguments: ProfileStartArguments) -> Result<JobStarted, AgentError>;
    /// The next page of tables.
    async fn profile_get(&self, arguments: PageArguments) -> Result<ProfilePage, AgentError>;
    /// Starts counting how many rows came in each day. Agents of earlier releases have no such tool.
    async fn backfill_start(&self, arguments: BackfillStartArguments) -> Result<JobStarted, AgentError>;
    /// The next page of counted tables.
    async fn backfill_get(&self, arguments: PageArguments) -> Result<BackfillPage, AgentError>;
    /// How fresh some tables are.
    async fn freshness(&self, arguments: FreshnessArguments) -> Result<FreshnessAnswer, AgentError>;
    /// Stops a job, and its statement at the database.
    async fn cancel(&self, job: &str) -> Result<JobCancelled, AgentError>;
}
