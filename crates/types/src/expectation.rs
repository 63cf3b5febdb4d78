//! Expectations: what users say must hold in their data, without a line of SQL.
//!
//! One shape for the API, the YAML file and the agent's tool. Unknown fields are refused: an expectation with a slip of
//! the pen would silently not be checked.

mod record;

use serde::{Deserialize, Serialize};

use crate::{ExpectationId, Timestamp};

pub use record::{
    BrokenExpectation, EXPECTATIONS_VERSION, Expectation, ExpectationChange, ExpectationDefinition,
    ExpectationDetail, ExpectationFile, ExpectationPage, ExpectationPlan, ExpectationPoint,
    ExpectationResult, ExpectationTotals, PatchExpectation,
};

/// What must hold in one table.
///
/// NULL is the matter of `not_null` alone: every other rule passes over it, as constraints of SQL do. Values are
/// written as text and read as the column's type: `12.50`, `2026-01-31`, `2026-01-31T08:00:00Z`, `true`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum ExpectationRule {
    /// No NULL in the column.
    NotNull { column: String },
    /// No two rows with the same values in these columns; rows with a NULL among them do not count.
    Unique { columns: Vec<String> },
    /// Each value is one of these: the same text, number, time, UUID or truth.
    AcceptedValues { column: String, values: Vec<String> },
    /// Each number or time lies between these, both included; at least one is given.
    Range {
        column: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        minimum: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        maximum: Option<String>,
    },
    /// Each text matches this regular expression somewhere; `^` and `$` bind it. Linear in time: no look-around.
    Pattern { column: String, pattern: String },
    /// The table has this many rows; at least one is given.
    RowCount {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        minimum: Option<u64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        maximum: Option<u64>,
    },
    /// The newest value of the table's timestamp column is at most this old.
    Freshness { maximum_age_seconds: u64 },
    /// Each combination of values exists in another table: child keys have a parent.
    Referential {
        columns: Vec<String>,
        /// The other table's path.
        references: String,
        referenced_columns: Vec<String>,
    },
}

/// An expectation as the agent gets it in `profile_start`: of rules that ask for the table's rows.
///
/// `row_count` and `freshness` are judged by the control plane from the table's figures, for time passes where nobody
/// writes; an agent that gets them answers `not_checked`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TableExpectation {
    pub id: ExpectationId,
    /// The table's path, such as `public.film`.
    pub table: String,
    pub rule: ExpectationRule,
}

/// Whether an expectation held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ExpectationState {
    Passed,
    Failed,
    /// It could not be told: `detail` says why.
    #[default]
    NotChecked,
}

impl ExpectationState {
    /// All of them.
    pub const ALL: &'static [Self] = &[Self::Passed, Self::Failed, Self::NotChecked];

    /// The word used in JSON and in tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::NotChecked => "not_checked",
        }
    }
}

/// What a scan found of an expectation. It holds no value of the customer's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct ExpectationOutcome {
    pub state: ExpectationState,
    /// Rows that break it, or values too many where it asks for uniqueness; missing where it was not checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing: Option<u64>,
    /// Rows that were looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked: Option<u64>,
    /// One sentence: why it was not checked, or what was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The database's clock when it was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked_at: Option<Timestamp>,
}

/// What the agent says of one expectation, beside the figures of its table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct TableOutcome {
    pub id: ExpectationId,
    #[serde(flatten)]
    pub outcome: ExpectationOutcome,
}
