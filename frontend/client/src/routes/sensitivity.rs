//! How far out a value has to be before it is called odd.

use gloo_net::http::Method;
use types::incident::Measure;
use types::sensitivity::{SensitivityDocument, SensitivityPreview, SetSensitivity};

use crate::{Api, Failure, Query};

/// Which series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeriesFilter {
    pub source: String,
    /// A table's path.
    pub table: String,
    /// Missing for what is measured of the whole table.
    pub column: Option<String>,
    pub measure: Measure,
}

impl Api {
    /// `GET /api/sensitivity/preview`
    pub async fn sensitivity_preview(&self, filter: &SeriesFilter) -> Result<SensitivityPreview, Failure> {
        let query = Query::new()
            .with("source", Some(&filter.source))
            .with("table", Some(&filter.table))
            .with("column", filter.column.as_deref())
            .with("measure", Some(filter.measure.as_str()));
        self.get("/api/sensitivity/preview", &query).await
    }

    /// `PUT /api/sensitivity`
    pub async fn set_sensitivity(
        &self,
        source: &str,
        body: &SetSensitivity,
    ) -> Result<SensitivityDocument, Failure> {
        let query = Query::new().with("source", Some(source));
        self.ask(Method::PUT, &format!("/api/sensitivity{query}"), Some(body)).await
    }
}
