//! Expectations as the server keeps them: who wrote them, and what scans found.

use serde::{Deserialize, Serialize};

use super::{ExpectationOutcome, ExpectationRule, ExpectationState};
use crate::incident::IncidentSeverity;
use crate::{ExpectationId, RunId, SourceId, Timestamp};

/// The version of [`ExpectationFile`] that is written.
pub const EXPECTATIONS_VERSION: u32 = 1;

/// What somebody writes: the body of `POST /api/expectations`, and an entry of the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ExpectationDefinition {
    /// The table's path, such as `public.film`.
    pub table: String,
    pub rule: ExpectationRule,
    /// How bad it is when it does not hold.
    #[serde(default = "warning")]
    pub severity: IncidentSeverity,
    /// Why it is expected, in its author's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether scans judge it.
    #[serde(default = "yes")]
    pub enabled: bool,
}

fn warning() -> IncidentSeverity {
    IncidentSeverity::Warning
}

fn yes() -> bool {
    true
}

/// Body of `PATCH /api/expectations/{id}`: a missing field stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PatchExpectation {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<ExpectationRule>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<IncidentSeverity>,
    /// An empty text clears it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
}

/// One expectation with its newest result: an item of `GET /api/expectations`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Expectation {
    pub id: ExpectationId,
    pub source_id: SourceId,
    pub source: String,
    #[serde(flatten)]
    pub definition: ExpectationDefinition,
    /// What is expected, in words.
    pub sentence: String,
    /// Who wrote it first.
    pub author: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// What was found last.
    pub outcome: ExpectationOutcome,
    /// When a scan found that; missing before the first.
    pub recorded_at: Option<Timestamp>,
    /// The last results in short, oldest first; at most 20.
    pub recent: Vec<ExpectationPoint>,
}

/// A result in short.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExpectationPoint {
    pub at: Timestamp,
    pub state: ExpectationState,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing: Option<u64>,
}

/// A page of expectations, by table, with how many are in each state beside it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExpectationPage {
    pub items: Vec<Expectation>,
    pub next_cursor: Option<String>,
    pub totals: ExpectationTotals,
}

/// How many expectations are in each state, whatever the list is narrowed to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExpectationTotals {
    pub passed: u32,
    pub failed: u32,
    pub not_checked: u32,
    /// Nobody judges these, whatever they were.
    pub disabled: u32,
}

/// Answer of `GET /api/expectations/{id}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExpectationDetail {
    #[serde(flatten)]
    pub expectation: Expectation,
    /// Newest first, at most 200. A scan adds one only where it judged anew or found another state.
    pub results: Vec<ExpectationResult>,
}

/// What one scan found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExpectationResult {
    pub run_id: RunId,
    pub recorded_at: Timestamp,
    #[serde(flatten)]
    pub outcome: ExpectationOutcome,
}

/// The expectations of one source as a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ExpectationFile {
    /// 1.
    pub version: u32,
    #[serde(default)]
    pub expectations: Vec<ExpectationDefinition>,
}

/// Answer of `POST /api/expectations/import`: what becomes, or would become, of a source's expectations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExpectationPlan {
    /// The source's name.
    pub source: String,
    /// Whether it was done.
    pub applied: bool,
    pub added: Vec<ExpectationDefinition>,
    pub changed: Vec<ExpectationChange>,
    pub removed: Vec<ExpectationDefinition>,
    pub unchanged: u32,
}

/// One that stays what it is about, and is said otherwise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExpectationChange {
    pub id: ExpectationId,
    pub before: ExpectationDefinition,
    pub after: ExpectationDefinition,
}

/// An expectation that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BrokenExpectation {
    pub id: ExpectationId,
    pub severity: IncidentSeverity,
    /// What was expected and what was found.
    pub sentence: String,
    /// Rows that break it.
    #[serde(default)]
    pub failing: Option<u64>,
    /// Rows that were looked at.
    #[serde(default)]
    pub checked: Option<u64>,
}
