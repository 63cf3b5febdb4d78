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
    /// Paths of the functions it calls that are not the engine's own, sorted; where the catalog tells.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<String>,
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
    /// What other roles than the owner may do with it.
    #[serde(default)]
    pub privileges: Vec<Privilege>,
    #[serde(default)]
    pub estimated_rows: Option<u64>,
    /// On disk with its indexes, of a materialized view; the catalog's guess, and not part of the hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimated_bytes: Option<u64>,
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
    /// Who may use it beside the owner. A type is everybody's to use until somebody says otherwise: `public` is listed,
    /// without rights, where that was taken back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub privileges: Vec<Privilege>,
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
    /// Who may use it beside the owner. A type is everybody's to use until somebody says otherwise: `public` is listed,
    /// without rights, where that was taken back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub privileges: Vec<Privilege>,
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
    /// How many numbers a session takes at once; where the catalog tells.
    #[serde(default)]
    pub cache: Option<i64>,
    /// `schema.table.column` when a column owns it.
    #[serde(default)]
    pub owned_by: Option<String>,
    #[serde(default)]
    pub owner: Option<String>,
    #[serde(default)]
    pub comment: Option<String>,
    /// What other roles than the owner may do with it.
    #[serde(default)]
    pub privileges: Vec<Privilege>,
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
    /// What other roles than the owner may do with it.
    #[serde(default)]
    pub privileges: Vec<Privilege>,
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

/// The database itself. Its path is always `database`, so that two databases of different names may be alike; one of which
/// nothing is told has no object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct Database {
    #[serde(default)]
    pub comment: Option<String>,
    /// What other roles than the owner may do with it. Everybody may connect to it and make temporary tables until somebody
    /// says otherwise: `public` is listed only where that is so no longer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub privileges: Vec<Privilege>,
    /// Rights that are given by themselves on what is made in it, in whatever schema.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub default_privileges: Vec<DefaultPrivilege>,
    /// Rights on what is in it and has no object of its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_privileges: Vec<OtherPrivilege>,
}

/// What one role may do with something that has no object of its own. The owner, who may do everything, is not listed.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct OtherPrivilege {
    /// `foreign_data_wrapper`, `language`, `large_object`.
    pub kind: String,
    /// What it is called; empty for large objects, which have no names and come and go with data: the rights are those on
    /// any of them.
    pub name: String,
    /// A role's name; `public` for everybody. Everybody may use a language until somebody says otherwise: then `public` is
    /// listed without rights.
    pub grantee: String,
    /// `usage`, `select`, `update`; sorted.
    pub rights: Vec<String>,
    /// Those of them that the role may pass on; sorted.
    #[serde(default)]
    pub grantable: Vec<String>,
}

/// Rights that one role gets on what another one makes.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct DefaultPrivilege {
    /// The role that makes it.
    pub creator: String,
    /// `tables`, `sequences`, `routines`, `types`, `schemas`, `large_objects`.
    pub objects: String,
    /// Who gets the rights; `public` for everybody. Everybody gets those to run routines and to use types until somebody
    /// says otherwise: then `public` is listed without rights.
    pub grantee: String,
    /// `select`, `usage`, `execute`, …; sorted.
    pub rights: Vec<String>,
    /// Those of them that the role may pass on; sorted.
    #[serde(default)]
    pub grantable: Vec<String>,
}

/// Another server, whose tables are read as foreign ones.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct ForeignServer {
    /// The foreign-data wrapper that speaks to it.
    pub wrapper: String,
    /// `TYPE`, as whoever made it said.
    #[serde(default)]
    pub server_type: Option<String>,
    /// `VERSION`, as whoever made it said.
    #[serde(default)]
    pub server_version: Option<String>,
    /// Names of its options, sorted.
    #[serde(default)]
    pub options: Vec<String>,
    /// BLAKE3 of the options with their values: these may hold secrets and stay where they are. Empty without options.
    #[serde(default)]
    pub options_hash: String,
    #[serde(default)]
    pub owner: Option<String>,
    #[serde(default)]
    pub comment: Option<String>,
    /// What other roles than the owner may do with it.
    #[serde(default)]
    pub privileges: Vec<Privilege>,
}

/// A type made of named attributes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct CompositeType {
    /// In the type's own order.
    pub attributes: Vec<Attribute>,
    #[serde(default)]
    pub owner: Option<String>,
    #[serde(default)]
    pub comment: Option<String>,
    /// Who may use it beside the owner. A type is everybody's to use until somebody says otherwise: `public` is listed,
    /// without rights, where that was taken back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub privileges: Vec<Privilege>,
}

/// One part of a composite type.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct Attribute {
    pub name: String,
    #[serde(rename = "type")]
    pub data_type: String,
    /// Set when it is not the type's own.
    #[serde(default)]
    pub collation: Option<String>,
}

/// A type of ranges over another type.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct RangeType {
    pub subtype: String,
    /// What orders the subtype's values.
    pub operator_class: String,
    #[serde(default)]
    pub collation: Option<String>,
    /// The function that brings ranges into one form, such as `schema.name`.
    #[serde(default)]
    pub canonical_function: Option<String>,
    #[serde(default)]
    pub difference_function: Option<String>,
    /// The type of sets of such ranges; from version 14 on.
    #[serde(default)]
    pub multirange: Option<String>,
    #[serde(default)]
    pub owner: Option<String>,
    #[serde(default)]
    pub comment: Option<String>,
    /// Who may use it beside the owner. A type is everybody's to use until somebody says otherwise: `public` is listed,
    /// without rights, where that was taken back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub privileges: Vec<Privilege>,
}

/// An order of text that users made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct Collation {
    /// `builtin`, `icu`, `libc`.
    pub provider: String,
    /// As the provider names it; two names for `libc` where they differ.
    pub locale: String,
    pub deterministic: bool,
    #[serde(default)]
    pub owner: Option<String>,
    #[serde(default)]
    pub comment: Option<String>,
}

/// What one role may do with an object. The owner, who may do everything, is not listed.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct Privilege {
    /// A role's name; `public` for everybody.
    pub grantee: String,
    /// The one column that it concerns; else the whole object.
    #[serde(default)]
    pub column: Option<String>,
    /// `select`, `insert`, `usage`, `execute`, …; sorted.
    pub rights: Vec<String>,
    /// Those of them that the role may pass on; sorted.
    #[serde(default)]
    pub grantable: Vec<String>,
}
