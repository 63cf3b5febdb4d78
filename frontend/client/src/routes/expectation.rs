//! What users say must hold in their data.

use gloo_net::http::Method;
use types::ExpectationId;
use types::expectation::{
    Expectation, ExpectationDefinition, ExpectationDetail, ExpectationPage, PatchExpectation,
};

use crate::api::NO_BODY;
use crate::{Api, Failure, Query};

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

    /// `DELETE /api/expectations/{id}`
    pub async fn delete_expectation(&self, id: ExpectationId) -> Result<(), Failure> {
        self.tell(Method::DELETE, &format!("/api/expectations/{id}"), NO_BODY).await
    }
}
