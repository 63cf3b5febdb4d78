//! Monitored databases.

use gloo_net::http::Method;
use types::SourceId;
use types::organization::ConnectionReport;
use types::source::{CreateSource, PatchSource, Schedule, Source};

use crate::api::NO_BODY;
use crate::{Api, Change, Failure};

impl Api {
    /// `GET /api/sources`, all pages.
    pub async fn sources(&self) -> Result<Vec<Source>, Failure> {
        self.all("/api/sources").await
    }

    /// `POST /api/sources`
    pub async fn create_source(&self, body: &CreateSource) -> Result<Source, Failure> {
        self.ask(Method::POST, "/api/sources", Some(body)).await
    }

    /// `PATCH /api/sources/{id}`
    pub async fn patch_source(&self, was: &Source, body: &PatchSource) -> Result<Change<Source>, Failure> {
        let path = format!("/api/sources/{}", was.id);
        self.change(&path, |now| same(now, was), Method::PATCH, &path, body).await
    }

    /// `DELETE /api/sources/{id}`
    pub async fn delete_source(&self, id: SourceId) -> Result<(), Failure> {
        self.tell(Method::DELETE, &format!("/api/sources/{id}"), NO_BODY).await
    }

    /// `POST /api/sources/{id}/test`
    pub async fn test_source(&self, id: SourceId) -> Result<ConnectionReport, Failure> {
        self.ask(Method::POST, &format!("/api/sources/{id}/test"), NO_BODY).await
    }

    /// `PUT /api/sources/{id}/schedule`
    pub async fn schedule_source(&self, id: SourceId, body: &Schedule) -> Result<(), Failure> {
        self.tell(Method::PUT, &format!("/api/sources/{id}/schedule"), Some(body)).await
    }
}

/// Whether what people change of a source is the same; what scans find is another matter.
fn same(one: &Source, other: &Source) -> bool {
    let changed = |source: &Source| {
        let Source { name, url, token, agent_source, tool_prefix, .. } = source.clone();
        (name, url, token, agent_source, tool_prefix)
    };
    changed(one) == changed(other)
}
