//! Incidents: what is wrong, who handles it, and how that went.

mod series;

use serde::{Deserialize, Serialize};

use crate::expectation::BrokenExpectation;
use crate::ownership::Ownership;
use crate::{DriftId, IncidentId, RunId, SourceId, Timestamp, UserId};

pub use series::{IncidentSeries, JudgedPoint, JudgedSeries, LevelShift};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:tt,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $word)] $variant,)*
        }

        impl $name {
            /// All of them, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word used in JSON and in tables.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }

            /// The one of that word.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.as_str() == text)
            }
        }
    };
}

words! {
    /// Where an incident stands.
    IncidentState {
        Open = "open",
        Acknowledged = "acknowledged",
        InProgress = "in_progress",
        Resolved = "resolved",
        /// It was meant to be so.
        Expected = "expected",
        /// Nothing was wrong.
        FalsePositive = "false_positive",
    }
}

impl IncidentState {
    /// Whether somebody still has to do something.
    #[must_use]
    pub fn is_active(self) -> bool {
        matches!(self, Self::Open | Self::Acknowledged | Self::InProgress)
    }
}

words! {
    /// How bad it is. Ordered from least to most.
    IncidentSeverity {
        Warning = "warning",
        Critical = "critical",
    }
}

words! {
    /// What kind of thing is wrong: with its source and its object it makes an incident what it is.
    IncidentCause {
        /// A change of the schema breaks somebody.
        Schema = "schema",
        /// There are too few or too many rows.
        Volume = "volume",
        /// No new rows have come for longer than the table's rhythm allows.
        Freshness = "freshness",
        /// Values are missing.
        Nulls = "nulls",
        /// Values of a key repeat.
        Uniqueness = "uniqueness",
        /// What users expect does not hold.
        Expectation = "expectation",
    }
}

words! {
    /// What a series measures.
    Measure {
        RowCount = "row_count",
        /// 0 to 100.
        NullPercent = "null_percent",
        /// 0 to 100.
        UniquenessPercent = "uniqueness_percent",
    }
}

/// An incident, in short: an item of `GET /api/incidents`, newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IncidentSummary {
    pub id: IncidentId,
    pub source_id: SourceId,
    pub source: String,
    /// The path of a table, a view or another object; for an expectation about one column, the column's.
    pub object: String,
    pub cause: IncidentCause,
    pub severity: IncidentSeverity,
    pub state: IncidentState,
    /// One sentence: what is wrong.
    pub title: String,
    pub assignee: Option<Assignee>,
    /// Silent until then.
    pub snoozed_until: Option<Timestamp>,
    /// Silent until something else is wrong, or the same is worse.
    pub snoozed_until_changed: bool,
    pub opened_at: Timestamp,
    pub updated_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    /// How often it was opened again.
    pub reopened: u32,
    /// Who answers for the object now, and how it is tagged.
    #[serde(default)]
    pub ownership: Ownership,
}

/// Who handles an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Assignee {
    pub id: UserId,
    /// Missing when the person has left the organization.
    pub name: Option<String>,
}

/// A page of incidents, with the number of active ones beside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IncidentPage {
    pub items: Vec<IncidentSummary>,
    pub next_cursor: Option<String>,
    /// How many there are on all pages together. Only with the first page, and not where an owner or a tag narrows a list
    /// of several pages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// Active ones of the whole organization, whatever the filter.
    pub active: u32,
}

/// Answer of `GET /api/incidents/{id}` and of every decision about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IncidentDetail {
    #[serde(flatten)]
    pub incident: IncidentSummary,
    pub evidence: Evidence,
    /// The run that found what was found last.
    pub run_id: RunId,
    pub merged_into: Option<IncidentId>,
    /// Odd points that this incident explains or consists of, newest first; at most 100.
    pub anomalies: Vec<Anomaly>,
    /// What happened to it, oldest first.
    pub timeline: Vec<IncidentEvent>,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Evidence {
    /// Changes that break somebody.
    Schema {
        drift_id: DriftId,
        /// The version before the first of the changes: the incident ends when nothing breaking is left against it.
        base_version: u32,
        new_version: u32,
        /// At most 20.
        changes: Vec<BreakingChange>,
        total: u32,
    },
    /// Values that left what their series led to expect.
    Series {
        /// The first of the odd points in a row.
        since: Timestamp,
        /// At most 20.
        points: Vec<OddValue>,
        total: u32,
    },
    /// The newest row is too old.
    Freshness {
        latest_value_at: Timestamp,
        /// How old it may be by the table's own rhythm.
        limit_seconds: i64,
    },
    /// What users expect does not hold.
    Expectations {
        /// The table's path, also where the incident is about one of its columns.
        table: String,
        /// At most 20.
        broken: Vec<BrokenExpectation>,
        total: u32,
    },
}

/// A change that breaks somebody, in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BreakingChange {
    pub kind: String,
    pub path: String,
    pub reason: String,
    #[serde(default)]
    pub evidence: Vec<String>,
}

/// A value outside its bounds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OddValue {
    /// Missing for what is measured of the whole table.
    pub column: Option<String>,
    pub measure: Measure,
    pub value: f64,
    pub expected: f64,
    pub lower: f64,
    pub upper: f64,
}

/// A point that was odd when it was measured, with the bounds that it was judged by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Anomaly {
    pub table: String,
    pub at: Timestamp,
    #[serde(flatten)]
    pub odd: OddValue,
    /// The how many-th odd point in a row.
    pub streak: u32,
    /// A person called it normal: it counts in what is expected.
    pub normal: bool,
}

/// One thing that happened to an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IncidentEvent {
    pub at: Timestamp,
    /// A person's name, an API key's name, `Bastion`.
    pub actor: String,
    /// `opened`, `routed`, `changed`, `reopened`, `acknowledged`, `started`, `assigned`, `commented`, `snoozed`, `merged`, `absorbed`,
    /// `resolved`, `expected`, `false_positive`, `marked_normal`, `woken`.
    pub kind: String,
    /// One sentence.
    pub message: String,
    /// What the actor wrote.
    pub comment: Option<String>,
}

/// What may be decided about an incident that needs no more than itself: the last part of
/// `POST /api/incidents/{id}/ack|start|resolve|expected|false-positive|reopen`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// Somebody has seen it.
    Ack,
    /// Somebody works on it.
    Start,
    Resolve,
    /// It was meant to be so.
    Expected,
    /// Nothing was wrong.
    FalsePositive,
    Reopen,
}

/// Body of `POST /api/incidents/{id}/ack|start|resolve|expected|false-positive|reopen|mark-normal`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DecideIncident {
    #[serde(default)]
    pub comment: Option<String>,
}

/// Body of `POST /api/incidents/{id}/comment`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CommentIncident {
    pub comment: String,
}

/// Body of `POST /api/incidents/{id}/assign`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AssignIncident {
    /// A member; null takes it from whoever has it.
    pub assignee: Option<UserId>,
}

/// Body of `POST /api/incidents/{id}/snooze`: with a time until then, without one until something changes.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SnoozeIncident {
    #[serde(default)]
    pub until: Option<Timestamp>,
    #[serde(default)]
    pub comment: Option<String>,
}

/// Body of `POST /api/incidents/{id}/merge`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct MergeIncident {
    /// The incident that stays.
    pub into: IncidentId,
}

/// What may be done to several incidents at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum BulkAction {
    Ack,
    Start,
    Resolve,
    Expected,
    FalsePositive,
    Reopen,
    Assign,
    Snooze,
    MarkNormal,
}

/// Body of `POST /api/incidents/bulk`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct BulkIncidents {
    /// At most 200.
    pub ids: Vec<IncidentId>,
    pub action: BulkAction,
    /// For `assign`.
    #[serde(default)]
    pub assignee: Option<UserId>,
    /// For `snooze`.
    #[serde(default)]
    pub until: Option<Timestamp>,
    #[serde(default)]
    pub comment: Option<String>,
}

/// Answer of `POST /api/incidents/bulk`: every incident is in one of the lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BulkAnswer {
    pub done: Vec<IncidentId>,
    pub refused: Vec<BulkRefusal>,
}

/// Why something was not done to one of several incidents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BulkRefusal {
    pub id: IncidentId,
    /// `not_found`, or why its state does not allow it: `incident_state`, `incident_merged`, `snooze_over`.
    pub code: String,
    pub detail: String,
}
