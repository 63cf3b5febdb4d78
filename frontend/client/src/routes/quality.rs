//! How healthy the data is, and the first page.

use types::overview::Overview;
use types::quality::{HealthStats, QualityPage, QualityTrends};

use crate::{Api, Failure, Query};

/// Which columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QualityFilter {
    pub source: Option<String>,
    pub table: Option<String>,
    pub health: Option<String>,
    pub text: Option<String>,
    pub sort: Option<String>,
    /// The best first.
    pub reverse: bool,
    pub limit: Option<u32>,
    pub cursor: Option<String>,
}

/// Which series.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrendFilter {
    pub source: Option<String>,
    pub table: Option<String>,
    pub column: Option<String>,
    /// RFC 3339.
    pub from: Option<String>,
    /// RFC 3339.
    pub to: Option<String>,
}

impl Api {
    /// `GET /api/quality`
    pub async fn quality(&self, filter: &QualityFilter) -> Result<QualityPage, Failure> {
        let query = Query::new()
            .with("source", filter.source.as_deref())
            .with("table", filter.table.as_deref())
            .with("health", filter.health.as_deref())
            .with("q", filter.text.as_deref())
            .with("sort", filter.sort.as_deref())
            .with("reverse", filter.reverse.then_some(true))
            .with("limit", filter.limit)
            .with("cursor", filter.cursor.as_deref());
        self.get("/api/quality", &query).await
    }

    /// `GET /api/quality/trends`
    pub async fn quality_trends(&self, filter: &TrendFilter) -> Result<QualityTrends, Failure> {
        let query = Query::new()
            .with("source", filter.source.as_deref())
            .with("table", filter.table.as_deref())
            .with("column", filter.column.as_deref())
            .with("from", filter.from.as_deref())
            .with("to", filter.to.as_deref());
        self.get("/api/quality/trends", &query).await
    }

    /// `GET /api/health/stats`
    pub async fn health_stats(&self, source: Option<&str>) -> Result<HealthStats, Failure> {
        self.get("/api/health/stats", &Query::new().with("source", source)).await
    }

    /// `GET /api/overview`
    pub async fn overview(&self, source: Option<&str>) -> Result<Overview, Failure> {
        self.get("/api/overview", &Query::new().with("source", source)).await
    }
}
