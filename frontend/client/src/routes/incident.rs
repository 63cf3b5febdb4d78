//! What is wrong, and what is done about it.

use gloo_net::http::Method;
use serde::{Deserialize, Serialize};
use types::IncidentId;
use types::incident::{BulkAnswer, BulkIncidents, IncidentDetail, IncidentPage, IncidentSeries};

use crate::{Api, Failure, Query};

/// Which incidents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IncidentFilter {
    pub source: Option<String>,
    /// `active`, `ended` or a state.
    pub state: Option<String>,
    pub severity: Option<String>,
    pub cause: Option<String>,
    /// `me`, `none` or an id.
    pub assignee: Option<String>,
    /// Those that an event of drift opened.
    pub drift: Option<String>,
    /// A part of the sentence or of the object's path.
    pub text: Option<String>,
    /// Who owns the object: `me`, `none`, a member's id or a team's name.
    pub owner: Option<String>,
    /// A tag of the object.
    pub tag: Option<String>,
    pub limit: Option<u32>,
    pub cursor: Option<String>,
}

impl IncidentFilter {
    fn query(&self) -> Query {
        Query::new()
            .with("source", self.source.as_deref())
            .with("state", self.state.as_deref())
            .with("severity", self.severity.as_deref())
            .with("cause", self.cause.as_deref())
            .with("assignee", self.assignee.as_deref())
            .with("drift", self.drift.as_deref())
            .with("q", self.text.as_deref())
            .with("owner", self.owner.as_deref())
            .with("tag", self.tag.as_deref())
            .with("limit", self.limit)
            .with("cursor", self.cursor.as_deref())
    }
}

/// The one figure of a page of incidents that the sidebar shows.
#[derive(Deserialize)]
struct Active {
    active: u32,
}

impl Api {
    /// `GET /api/incidents`
    pub async fn incidents(&self, filter: &IncidentFilter) -> Result<IncidentPage, Failure> {
        self.get("/api/incidents", &filter.query()).await
    }

    /// How many incidents are active in the organization.
    pub async fn active_incidents(&self) -> Result<u32, Failure> {
        let page: Active = self.get("/api/incidents", &Query::new().with("limit", Some(1))).await?;
        Ok(page.active)
    }

    /// `GET /api/incidents/{id}`
    pub async fn incident(&self, id: IncidentId) -> Result<IncidentDetail, Failure> {
        self.get(&format!("/api/incidents/{id}"), &Query::new()).await
    }

    /// `GET /api/incidents/{id}/series`
    pub async fn incident_series(&self, id: IncidentId) -> Result<IncidentSeries, Failure> {
        self.get(&format!("/api/incidents/{id}/series"), &Query::new()).await
    }

    /// `POST /api/incidents/{id}/ack|start|assign|resolve|expected|false-positive|snooze|reopen|merge|comment|mark-normal`
    pub async fn change_incident(
        &self,
        id: IncidentId,
        verb: &str,
        body: &impl Serialize,
    ) -> Result<(), Failure> {
        self.tell(Method::POST, &format!("/api/incidents/{id}/{verb}"), Some(body)).await
    }

    /// `POST /api/incidents/bulk`
    pub async fn change_incidents(&self, body: &BulkIncidents) -> Result<BulkAnswer, Failure> {
        self.ask(Method::POST, "/api/incidents/bulk", Some(body)).await
    }
}
