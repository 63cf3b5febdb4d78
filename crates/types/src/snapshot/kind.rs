//! Objects that are no tables.

use serde::{Deserialize, Serialize};

use super::{Check, Column, Index, Trigger};

/// A view or a materialized view.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct View {
    pub columns: Vec<Column>,
    pub definition: String,
    /// Paths of the tables and views it reads, sorted; where the catalog tells.
    #[serde(default)]
    pub depends_on: Vec<String>,
    #[serde(default)]
    pub indexes: Vec<Index>,
    #[serde(default)]
    pub triggers: Vec<Trigger>,
    #[serde(default)]
    pub comment: Option<String>,
    #[serde(default)]
    pub owner: Option<String>,
    /// `security_invoker`, `unpopulated`, …; sorted.
    #[serde(default)]
    pub options: Vec<String>,
    #[serde(default)]
    pub estimated_rows: Option<u64>,
}

/// An enumeration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct EnumType {
    /// In sort order.
    pub values: Vec<String>,
    #[serde(default)]
    pub owner: Option<String>,
    #[serde(default)]
    pub comment: Option<String>,
}

/// A type with a condition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct DomainType {
    #[serde(rename = "type")]
    pub data_type: String,
    pub nullable: bool,
    #[serde(default)]
    pub default: Option<String>,
    #[serde(default)]
    pub checks: Vec<Check>,
    #[serde(default)]
    pub owner: Option<String>,
    #[serde(default)]
    pub comment: Option<String>,
}

/// A number generator. Its current value is not part of the schema.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct Sequence {
    #[serde(rename = "type")]
    pub data_type: String,
    pub increment: i64,
    pub minimum: i64,
    pub maximum: i64,
    pub start: i64,
    pub cycle: bool,
    /// `schema.table.column` when a column owns it.
    #[serde(default)]
    pub owned_by: Option<String>,
    #[serde(default)]
    pub owner: Option<String>,
    #[serde(default)]
    pub comment: Option<String>,
}

/// A function or a procedure. Its path ends in its argument types.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct Routine {
    pub arguments: String,
    #[serde(default)]
    pub returns: Option<String>,
    pub language: String,
    /// `immutable`, `stable`, `volatile`.
    pub volatility: String,
    pub security_definer: bool,
    /// BLAKE3 of the body: the text itself may hold secrets and stays where it is.
    pub body_hash: String,
    #[serde(default)]
    pub owner: Option<String>,
    #[serde(default)]
    pub comment: Option<String>,
}

/// An installed extension.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct Extension {
    pub version: String,
    #[serde(default)]
    pub comment: Option<String>,
}
