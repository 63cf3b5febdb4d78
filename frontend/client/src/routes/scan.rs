//! Runs.

use gloo_net::http::Method;
use types::RunId;
use types::page::Page;
use types::run::{Run, ScanStarted, StartScan};

use crate::api::NO_BODY;
use crate::{Api, Failure, Query};

impl Api {
    /// `POST /api/scan/run`
    pub async fn start_scan(&self, source: Option<&str>) -> Result<ScanStarted, Failure> {
        let body = StartScan { source: source.map(ToOwned::to_owned) };
        self.ask(Method::POST, "/api/scan/run", Some(&body)).await
    }

    /// `GET /api/scan/runs`
    pub async fn runs(
        &self,
        source: Option<&str>,
        limit: u32,
        cursor: Option<&str>,
    ) -> Result<Page<Run>, Failure> {
        let query = Query::new().with("source", source).with("limit", Some(limit)).with("cursor", cursor);
        self.get("/api/scan/runs", &query).await
    }

    /// `GET /api/scan/runs/{id}`
    pub async fn run(&self, id: RunId) -> Result<Run, Failure> {
        self.get(&format!("/api/scan/runs/{id}"), &Query::new()).await
    }

    /// `POST /api/scan/runs/{id}/cancel`
    pub async fn cancel_run(&self, id: RunId) -> Result<(), Failure> {
        self.tell(Method::POST, &format!("/api/scan/runs/{id}/cancel"), NO_BODY).await
    }

    /// `POST /api/scan/runs/{id}/retry`
    pub async fn retry_run(&self, id: RunId) -> Result<(), Failure> {
        self.tell(Method::POST, &format!("/api/scan/runs/{id}/retry"), NO_BODY).await
    }
}
