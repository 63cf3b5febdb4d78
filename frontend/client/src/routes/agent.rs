//! The three agents, their logs, and what happened.

use types::activity::ActivityPage;
use types::agent::Agents;
use types::log::LogLine;
use types::page::Page;

use crate::{Api, Failure, Query};

/// Which lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogFilter {
    pub run: Option<String>,
    pub agent: Option<String>,
    pub level: Option<String>,
    pub limit: Option<u32>,
    pub cursor: Option<String>,
}

impl LogFilter {
    fn query(&self) -> Query {
        Query::new()
            .with("run", self.run.as_deref())
            .with("agent", self.agent.as_deref())
            .with("level", self.level.as_deref())
    }
}

impl Api {
    /// `GET /api/agents`
    pub async fn agents(&self, source: Option<&str>) -> Result<Agents, Failure> {
        self.get("/api/agents", &Query::new().with("source", source)).await
    }

    /// `GET /api/agents/logs`: newest first.
    pub async fn logs(&self, filter: &LogFilter) -> Result<Page<LogLine>, Failure> {
        let query = filter.query().with("limit", filter.limit).with("cursor", filter.cursor.as_deref());
        self.get("/api/agents/logs", &query).await
    }

    /// The address of `GET /api/agents/logs/stream`, resumed after a sequence number.
    #[must_use]
    pub fn log_stream(&self, filter: &LogFilter, after: Option<&str>) -> String {
        self.address("/api/agents/logs/stream", filter.query().with("after", after))
    }

    /// `GET /api/activity`: oldest first when `after` is given, else newest first.
    pub async fn activity(&self, after: Option<i64>, limit: u32) -> Result<ActivityPage, Failure> {
        let query = Query::new().with("after", after).with("limit", Some(limit));
        self.get("/api/activity", &query).await
    }

    /// The address of `GET /api/activity/stream`.
    #[must_use]
    pub fn activity_stream(&self, after: Option<&str>) -> String {
        self.address("/api/activity/stream", Query::new().with("after", after))
    }
}
