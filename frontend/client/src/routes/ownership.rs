//! Who answers for which data, and the file of all that is configured.

use gloo_net::http::Method;
use types::configuration::ConfigurationPlan;
use types::ownership::{OwnershipDocument, SetOwnership};

use crate::{Api, Failure, Query};

impl Api {
    /// `GET /api/ownership`
    pub async fn ownership(&self, source: Option<&str>) -> Result<OwnershipDocument, Failure> {
        self.get("/api/ownership", &Query::new().with("source", source)).await
    }

    /// `PUT /api/ownership`
    pub async fn set_ownership(
        &self,
        source: Option<&str>,
        body: &SetOwnership,
    ) -> Result<OwnershipDocument, Failure> {
        let query = Query::new().with("source", source);
        self.ask(Method::PUT, &format!("/api/ownership{query}"), Some(body)).await
    }

    /// The address of `GET /api/configuration`, for a download.
    #[must_use]
    pub fn configuration_address(&self) -> String {
        self.address("/api/configuration", Query::new())
    }

    /// `POST /api/configuration`: a plan, or what came of applying the plan with that fingerprint.
    pub async fn apply_configuration(
        &self,
        file: String,
        plan: Option<&str>,
    ) -> Result<ConfigurationPlan, Failure> {
        let dry_run = plan.is_none().then_some("true");
        let query = Query::new().with("dry_run", dry_run).with("plan", plan);
        self.ask_with_file(Method::POST, &format!("/api/configuration{query}"), "application/yaml", file)
            .await
    }
}
