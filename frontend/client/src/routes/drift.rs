//! What scans found changed.

use gloo_net::http::Method;
use types::DriftId;
use types::drift::{DecideDrift, DriftDetail, DriftSummary};
use types::page::Page;

use crate::{Api, Failure, Query};

/// Which events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DriftFilter {
    pub source: Option<String>,
    pub severity: Option<String>,
    pub status: Option<String>,
    pub breaking: Option<bool>,
    /// A part of the sentence or of a path that is affected.
    pub text: Option<String>,
    pub from: Option<String>,
    pub to: Option<String>,
    /// Of what it changes or affects: `me`, `none`, a member's id or a team's name.
    pub owner: Option<String>,
    pub tag: Option<String>,
    pub limit: Option<u32>,
    pub cursor: Option<String>,
}

impl DriftFilter {
    fn query(&self) -> Query {
        Query::new()
            .with("source", self.source.as_deref())
            .with("severity", self.severity.as_deref())
            .with("status", self.status.as_deref())
            .with("breaking", self.breaking)
            .with("q", self.text.as_deref())
            .with("from", self.from.as_deref())
            .with("to", self.to.as_deref())
            .with("owner", self.owner.as_deref())
            .with("tag", self.tag.as_deref())
            .with("limit", self.limit)
            .with("cursor", self.cursor.as_deref())
    }
}

/// What may be decided about an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DriftDecision {
    Acknowledge,
    Accept,
    Ignore,
}

impl DriftDecision {
    /// The last part of the route.
    fn verb(self) -> &'static str {
        match self {
            Self::Acknowledge => "ack",
            Self::Accept => "accept",
            Self::Ignore => "ignore",
        }
    }
}

impl Api {
    /// `GET /api/drift`
    pub async fn drift(&self, filter: &DriftFilter) -> Result<Page<DriftSummary>, Failure> {
        self.get("/api/drift", &filter.query()).await
    }

    /// `GET /api/drift/history`
    pub async fn drift_history(&self, filter: &DriftFilter) -> Result<Page<DriftSummary>, Failure> {
        self.get("/api/drift/history", &filter.query()).await
    }

    /// `GET /api/drift/{id}`
    pub async fn drift_event(&self, id: DriftId) -> Result<DriftDetail, Failure> {
        self.get(&format!("/api/drift/{id}"), &Query::new()).await
    }

    /// `POST /api/drift/{id}/ack`, `/accept` or `/ignore`
    pub async fn decide_drift(
        &self,
        id: DriftId,
        decision: DriftDecision,
        body: &DecideDrift,
    ) -> Result<(), Failure> {
        let path = format!("/api/drift/{id}/{}", decision.verb());
        self.tell(Method::POST, &path, Some(body)).await
    }
}
