//! What the API says of a source's schema.

use serde::{Deserialize, Serialize};

use crate::change::{Change, ChangeSummary};
use crate::ownership::Ownership;
use crate::profile::{ColumnFacets, Method, TableFacets};
use crate::quality::{Deduction, Health};
use crate::snapshot::{DefaultPrivilege, Engine, Object, OtherPrivilege, Privilege, Warning};
use crate::{DriftId, RunId, SourceId, Timestamp};

/// Answer of `GET /api/schema/latest` and `/versions/{v}`: the tables in short; `/objects/{path}` has the whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SchemaVersion {
    pub source_id: SourceId,
    pub source: String,
    pub version: u32,
    pub engine: Engine,
    pub engine_version: String,
    pub database: String,
    pub captured_at: Timestamp,
    /// When a scan last found it unchanged, or made it.
    pub verified_at: Timestamp,
    pub root_hash: String,
    pub counts: ObjectCounts,
    /// Sorted by path: tables, views and materialized views.
    pub tables: Vec<TableSummary>,
    /// Rights on what none of them is in: the database, its schemas and other servers. Sorted by path; without those that
    /// nobody but the owner may do anything with.
    #[serde(default)]
    pub grants: Vec<ObjectGrants>,
    pub warnings: Vec<Warning>,
}

/// How many objects of each kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ObjectCounts {
    pub schemas: u32,
    pub tables: u32,
    pub views: u32,
    pub columns: u32,
    pub foreign_keys: u32,
    pub indexes: u32,
    pub other: u32,
}

/// Who may do what with an object, besides its owner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ObjectGrants {
    pub path: String,
    /// `database`, `schema`, `foreign_server`.
    pub kind: String,
    pub privileges: Vec<Privilege>,
    /// Rights that are given by themselves on what is made in it.
    pub default_privileges: Vec<DefaultPrivilege>,
    /// Rights on what is in a database and has no object of its own.
    pub other_privileges: Vec<OtherPrivilege>,
}

/// A table or view, in short.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TableSummary {
    pub path: String,
    pub schema: String,
    pub name: String,
    /// `table`, `view`, `materialized_view`.
    pub kind: String,
    pub columns: u32,
    pub row_count: Option<u64>,
    pub row_count_method: Option<Method>,
    /// On disk, as the last profile found it; missing for what has no size of its own.
    #[serde(default)]
    pub bytes: Option<u64>,
    pub health: Health,
    pub description: Option<String>,
    /// True when the version before did not have it, or had it differently.
    pub changed: bool,
}

/// Where a description comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum DescriptionOrigin {
    /// The database's own comment.
    Comment,
    /// A person wrote it here.
    Person,
    /// Rules made it from names and types.
    Rule,
    /// A model wrote it.
    Model,
}

/// Words about an object, and whose they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Description {
    pub text: String,
    pub origin: DescriptionOrigin,
}

/// Answer of `GET /api/schema/objects/{path}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ObjectDetail {
    pub source: String,
    pub version: u32,
    pub object: Object,
    pub description: Option<Description>,
    /// What was said of the object itself: a person's e-mail address, or a team.
    pub owner: Option<String>,
    /// Those of the object itself.
    pub tags: Vec<String>,
    /// Who answers for it and how it is tagged, with what it inherits.
    #[serde(default)]
    pub ownership: Ownership,
    pub row_count: Option<u64>,
    pub row_count_method: Option<Method>,
    pub bytes: Option<u64>,
    pub health: Health,
    /// Why points were taken off, among it expectations that do not hold.
    #[serde(default)]
    pub deductions: Vec<Deduction>,
    pub freshness_seconds: Option<i64>,
    pub timestamp_column: Option<String>,
    /// When it was last written to, as far as the engine tells.
    #[serde(default)]
    pub last_write_at: Option<Timestamp>,
    /// How it was profiled last; missing where it never was. What that found in the columns is with them.
    #[serde(default)]
    pub facets: Option<TableFacets>,
    /// In the object's order; empty for what has no columns.
    pub columns: Vec<ColumnDetail>,
    /// Foreign keys of other tables that point here.
    pub referenced_by: Vec<Reference>,
    /// Views that read it.
    pub used_by: Vec<String>,
    /// When this object changed, newest first.
    pub history: Vec<ObjectVersion>,
}

/// One column with its statistics.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ColumnDetail {
    pub name: String,
    pub position: u32,
    #[serde(rename = "type")]
    pub data_type: String,
    pub nullable: bool,
    pub default: Option<String>,
    pub primary_key: bool,
    pub unique: bool,
    /// The table it refers to.
    pub references: Option<String>,
    pub description: Option<Description>,
    pub null_percent: Option<f64>,
    pub uniqueness_percent: Option<f64>,
    pub distinct_count: Option<u64>,
    pub min: Option<serde_json::Value>,
    pub max: Option<serde_json::Value>,
    pub method: Option<Method>,
    pub error_bound: Option<f64>,
    pub health: Health,
    pub recorded_at: Option<Timestamp>,
    /// What its values look like and mean.
    #[serde(default)]
    pub facets: Option<ColumnFacets>,
}

/// A foreign key seen from the table it points to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reference {
    pub table: String,
    pub name: String,
    pub columns: Vec<String>,
    pub referenced_columns: Vec<String>,
}

/// A version in which an object changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ObjectVersion {
    pub version: u32,
    pub at: Timestamp,
    /// What the object was called from this version on; what was dropped in it was called so until then.
    #[serde(default)]
    pub path: String,
    /// Those of the object, of what is in it, and of what it is in as a whole.
    pub changes: Vec<Change>,
}

/// Answer of `GET /api/schema/objects/{path}/history`: what happened to a table, a view, a column or anything else that has
/// an address, whether it is still there or not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ObjectHistory {
    pub source: String,
    /// As it was asked for.
    pub path: String,
    /// Whether the newest version has it.
    pub present: bool,
    /// When it changed, newest first; older names are followed through renames.
    pub versions: Vec<ObjectVersion>,
    /// Whether older events were not looked at any more.
    pub truncated: bool,
}

/// Body of `PATCH /api/schema/objects/{path}`: a missing field stays; an empty one is cleared.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PatchObject {
    #[serde(default)]
    pub description: Option<String>,
    /// A member's e-mail address, or a team.
    #[serde(default)]
    pub owner: Option<String>,
    #[serde(default)]
    pub tags: Option<Vec<String>>,
}

/// One row of `GET /api/schema/history`, newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VersionSummary {
    pub version: u32,
    pub captured_at: Timestamp,
    /// When a scan last found it unchanged.
    pub verified_at: Timestamp,
    pub root_hash: String,
    pub counts: ObjectCounts,
    pub drift_id: Option<DriftId>,
    /// Empty for the first version.
    pub summary: Option<ChangeSummary>,
    pub sentence: Option<String>,
    /// True when only the rules of the canonical form changed, not the database.
    pub rebased: bool,
    pub run_id: RunId,
    /// Since when its objects are not kept any more: then it cannot be read or compared.
    #[serde(default)]
    pub removed_at: Option<Timestamp>,
}

/// Answer of `GET /api/schema/compare`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Comparison {
    /// `source:version`.
    pub from: String,
    pub to: String,
    pub changes: Vec<Change>,
    pub summary: ChangeSummary,
    pub sentence: String,
}

/// Answer of `GET /api/schema/graph`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SchemaGraph {
    pub tables: Vec<GraphTable>,
    pub edges: Vec<GraphEdge>,
}

/// A card of the graph.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GraphTable {
    pub path: String,
    pub schema: String,
    pub name: String,
    pub kind: String,
    pub row_count: Option<u64>,
    pub health: Health,
    pub columns: Vec<GraphColumn>,
}

/// A row of a card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GraphColumn {
    pub name: String,
    #[serde(rename = "type")]
    pub data_type: String,
    pub nullable: bool,
    pub primary_key: bool,
    pub foreign_key: bool,
}

/// A foreign key, from the child to the parent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GraphEdge {
    pub name: String,
    pub from: String,
    pub from_columns: Vec<String>,
    pub to: String,
    pub to_columns: Vec<String>,
}

/// One hit of `GET /api/schema/search`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SearchHit {
    /// `table`, `view`, `column`, …
    pub kind: String,
    pub path: String,
    /// The table to open.
    pub table: String,
    pub source: String,
    /// Such as a column's type.
    pub detail: String,
}
