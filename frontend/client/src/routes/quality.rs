//! How healthy the data is, and the first page.

use serde::Deserialize;
use types::Timestamp;
use types::overview::Overview;
use types::profile::Method;
use types::quality::{Deduction, Health, HealthStats, HealthTotals, QualityTrends};

use crate::{Api, Failure, Query, scalar};

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

/// What is read of an item of `GET /api/quality`, a [`types::quality::ColumnStats`]. Whose the column is would be as much of
/// the browser's download as all the rest, and is not shown with it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct ColumnHealth {
    pub source: String,
    pub table: String,
    pub column: String,
    #[serde(rename = "type", default)]
    pub data_type: String,
    pub row_count: u64,
    pub null_percent: Option<f64>,
    pub uniqueness_percent: Option<f64>,
    pub distinct_count: Option<u64>,
    /// As people read them.
    #[serde(default, deserialize_with = "scalar::text")]
    pub min: Option<String>,
    #[serde(default, deserialize_with = "scalar::text")]
    pub max: Option<String>,
    pub latest_value_at: Option<Timestamp>,
    /// The control plane's clock minus the table's newest value, in seconds.
    pub freshness_seconds: Option<i64>,
    pub method: Method,
    pub error_bound: Option<f64>,
    pub recorded_at: Timestamp,
    pub health: Health,
    pub score: Option<f64>,
    pub deductions: Vec<Deduction>,
    /// NULL % of the profile before, for a trend mark.
    #[serde(default)]
    pub previous_null_percent: Option<f64>,
}

/// What is read of `GET /api/quality`: a page with totals beside it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct HealthPage {
    pub items: Vec<ColumnHealth>,
    pub next_cursor: Option<String>,
    pub totals: HealthTotals,
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
    pub async fn quality(&self, filter: &QualityFilter) -> Result<HealthPage, Failure> {
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

#[cfg(test)]
mod tests {
    use types::quality::{ColumnStats, QualityPage};

    use super::*;

    #[test]
    fn what_is_shown_of_a_column_is_read_from_what_the_api_answers() {
        let at = |millis| Timestamp::from_millis(millis).unwrap();
        let answered = ColumnStats {
            source: "shop".to_owned(),
            table: "public.orders".to_owned(),
            column: "total".to_owned(),
            data_type: "numeric".to_owned(),
            row_count: 1_000,
            null_percent: Some(1.5),
            uniqueness_percent: Some(80.0),
            distinct_count: Some(800),
            min: Some((-2).into()),
            max: Some("NaN".into()),
            latest_value_at: Some(at(1)),
            last_write_at: Some(at(2)),
            freshness_seconds: Some(60),
            method: Method::Sampled,
            error_bound: Some(0.5),
            recorded_at: at(3),
            health: Health::Warning,
            score: Some(90.0),
            deductions: vec![Deduction { code: "stale".to_owned(), points: 10.0, reason: "Old.".to_owned() }],
            previous_null_percent: Some(1.0),
            ownership: types::ownership::Ownership::default(),
        };
        let totals = HealthTotals { warning: 1, ..HealthTotals::default() };
        let page = QualityPage {
            items: vec![answered.clone()],
            next_cursor: Some("next".to_owned()),
            totals: totals.clone(),
            score: Some(90.0),
        };
        let read: HealthPage = serde_json::from_value(serde_json::to_value(page).unwrap()).unwrap();
        let shown = ColumnHealth {
            source: answered.source,
            table: answered.table,
            column: answered.column,
            data_type: answered.data_type,
            row_count: answered.row_count,
            null_percent: answered.null_percent,
            uniqueness_percent: answered.uniqueness_percent,
            distinct_count: answered.distinct_count,
            min: Some("-2".to_owned()),
            max: Some("NaN".to_owned()),
            latest_value_at: answered.latest_value_at,
            freshness_seconds: answered.freshness_seconds,
            method: answered.method,
            error_bound: answered.error_bound,
            recorded_at: answered.recorded_at,
            health: answered.health,
            score: answered.score,
            deductions: answered.deductions,
            previous_null_percent: answered.previous_null_percent,
        };
        let expected = HealthPage { items: vec![shown], next_cursor: Some("next".to_owned()), totals };
        assert_eq!(read, expected);
    }
}
