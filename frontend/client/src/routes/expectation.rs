//! What users say must hold in their data.

use gloo_net::http::Method;
use types::ExpectationId;
use types::expectation::{
    Expectation, ExpectationDefinition, ExpectationDetail, ExpectationPage, ExpectationPlan,
    ExpectationResult, PatchExpectation,
};
use types::page::Page;

use crate::api::NO_BODY;
use crate::{Api, Change, Failure, Query};

/// Which expectations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExpectationFilter {
    pub source: Option<String>,
    pub table: Option<String>,
    /// `passed`, `failed`, `not_checked` or `disabled`.
    pub state: Option<String>,
    /// A part of the table's path, the description or the rule.
    pub text: Option<String>,
    pub limit: Option<u32>,
    pub cursor: Option<String>,
}

impl Api {
    /// `GET /api/expectations`
    pub async fn expectations(&self, filter: &ExpectationFilter) -> Result<ExpectationPage, Failure> {
        let query = Query::new()
            .with("source", filter.source.as_deref())
            .with("table", filter.table.as_deref())
            .with("state", filter.state.as_deref())
            .with("q", filter.text.as_deref())
            .with("limit", filter.limit)
            .with("cursor", filter.cursor.as_deref());
        self.get("/api/expectations", &query).await
    }

    /// `GET /api/expectations/{id}`
    pub async fn expectation(&self, id: ExpectationId) -> Result<ExpectationDetail, Failure> {
        self.get(&format!("/api/expectations/{id}"), &Query::new()).await
    }

    /// `GET /api/expectations/{id}/results`
    pub async fn expectation_results(
        &self,
        id: ExpectationId,
        cursor: Option<&str>,
    ) -> Result<Page<ExpectationResult>, Failure> {
        let query = Query::new().with("cursor", cursor);
        self.get(&format!("/api/expectations/{id}/results"), &query).await
    }

    /// `GET /api/expectations/export`: YAML.
    pub async fn expectations_file(&self, source: Option<&str>) -> Result<String, Failure> {
        self.get_text("/api/expectations/export", &Query::new().with("source", source)).await
    }

    /// The address of the same, to be downloaded.
    #[must_use]
    pub fn expectations_address(&self, source: Option<&str>) -> String {
        self.address("/api/expectations/export", Query::new().with("source", source))
    }

    /// `POST /api/expectations/import`: does what the file says, or says what that would be.
    pub async fn import_expectations(
        &self,
        source: Option<&str>,
        file: String,
        dry_run: bool,
    ) -> Result<ExpectationPlan, Failure> {
        let query = Query::new().with("source", source).with("dry_run", Some(dry_run));
        let path = format!("/api/expectations/import{query}");
        self.ask_with_file(Method::POST, &path, "application/yaml", file).await
    }

    /// `POST /api/expectations`
    pub async fn create_expectation(
        &self,
        source: Option<&str>,
        body: &ExpectationDefinition,
    ) -> Result<Expectation, Failure> {
        let query = Query::new().with("source", source);
        self.ask(Method::POST, &format!("/api/expectations{query}"), Some(body)).await
    }

    /// `PATCH /api/expectations/{id}`
    pub async fn patch_expectation(
        &self,
        id: ExpectationId,
        body: &PatchExpectation,
    ) -> Result<Expectation, Failure> {
        self.ask(Method::PATCH, &format!("/api/expectations/{id}"), Some(body)).await
    }

    /// `PATCH /api/expectations/{id}`, by somebody who has read it as it was. Whether it is turned off is another matter.
    pub async fn change_expectation(
        &self,
        was: &Expectation,
        body: &PatchExpectation,
    ) -> Result<Change<Expectation>, Failure> {
        let path = format!("/api/expectations/{}", was.id);
        let is_as_read = |now: &Expectation| {
            let enabled = was.definition.enabled;
            ExpectationDefinition { enabled, ..now.definition.clone() } == was.definition
        };
        self.change(&path, is_as_read, Method::PATCH, &path, body).await
    }

    /// `DELETE /api/expectations/{id}`
    pub async fn delete_expectation(&self, id: ExpectationId) -> Result<(), Failure> {
        self.tell(Method::DELETE, &format!("/api/expectations/{id}"), NO_BODY).await
    }
}
