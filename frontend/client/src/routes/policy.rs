//! What was decided about drift beforehand.

use gloo_net::http::Method;
use types::page::Page;
use types::policy::{
    AnnounceMigration, PolicyDocument, PolicyPreview, PolicyVersion, PreviewPolicy, SetPolicy,
};

use crate::{Api, Failure, Query};

fn of(source: Option<&str>) -> Query {
    Query::new().with("source", source)
}

impl Api {
    /// `GET /api/drift/policy`: the organization's without a source.
    pub async fn drift_policy(&self, source: Option<&str>) -> Result<PolicyDocument, Failure> {
        self.get("/api/drift/policy", &of(source)).await
    }

    /// `PUT /api/drift/policy`
    pub async fn set_drift_policy(
        &self,
        source: Option<&str>,
        body: &SetPolicy,
    ) -> Result<PolicyDocument, Failure> {
        self.ask(Method::PUT, &format!("/api/drift/policy{}", of(source)), Some(body)).await
    }

    /// `GET /api/drift/policy/versions`
    pub async fn drift_policy_versions(
        &self,
        source: Option<&str>,
        cursor: Option<&str>,
    ) -> Result<Page<PolicyVersion>, Failure> {
        self.get("/api/drift/policy/versions", &of(source).with("cursor", cursor)).await
    }

    /// `POST /api/drift/policy/preview`
    pub async fn preview_drift_policy(
        &self,
        source: Option<&str>,
        text: String,
    ) -> Result<PolicyPreview, Failure> {
        let body = PreviewPolicy { text: Some(text), ..PreviewPolicy::default() };
        self.ask(Method::POST, &format!("/api/drift/policy/preview{}", of(source)), Some(&body)).await
    }

    /// `POST /api/drift/policy/migrations`
    pub async fn announce_migration(
        &self,
        source: Option<&str>,
        body: &AnnounceMigration,
    ) -> Result<PolicyDocument, Failure> {
        self.ask(Method::POST, &format!("/api/drift/policy/migrations{}", of(source)), Some(body)).await
    }
}
