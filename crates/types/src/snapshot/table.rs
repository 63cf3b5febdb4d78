//! Tables, and what belongs to them.

use serde::{Deserialize, Serialize};

use super::{PhysicalObject, Privilege};

/// A table, with all that belongs to it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct Table {
    /// In the table's own order.
    pub columns: Vec<Column>,
    #[serde(default)]
    pub primary_key: Option<Key>,
    #[serde(default)]
    pub uniques: Vec<Key>,
    #[serde(default)]
    pub foreign_keys: Vec<ForeignKey>,
    #[serde(default)]
    pub checks: Vec<Check>,
    #[serde(default)]
    pub exclusions: Vec<Exclusion>,
    #[serde(default)]
    pub indexes: Vec<Index>,
    #[serde(default)]
    pub triggers: Vec<Trigger>,
    #[serde(default)]
    pub policies: Vec<Policy>,
    /// Present when the table is partitioned; its partitions are folded into it.
    #[serde(default)]
    pub partitions: Option<Partitions>,
    #[serde(default)]
    pub comment: Option<String>,
    #[serde(default)]
    pub owner: Option<String>,
    /// Engine facts that matter: `unlogged`, `foreign`, `strict`, `without_rowid`, `row_level_security`, …; sorted.
    #[serde(default)]
    pub options: Vec<String>,
    /// What other roles than the owner may do with it.
    #[serde(default)]
    pub privileges: Vec<Privilege>,
    /// The catalog's guess; `None` where it has none. Not part of the hash.
    #[serde(default)]
    pub estimated_rows: Option<u64>,
    /// On disk, with its indexes and long values; the catalog's guess, `None` where it has none. Not part of the hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimated_bytes: Option<u64>,
}

/// A column of a table or a view.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct Column {
    pub name: String,
    /// From 1, without gaps.
    pub position: u32,
    /// In the engine's words, with modifiers: `character varying(255)`.
    #[serde(rename = "type")]
    pub data_type: String,
    pub nullable: bool,
    /// What is to be told of a column's `NOT NULL` beside that there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_null: Option<NotNull>,
    #[serde(default)]
    pub default: Option<String>,
    #[serde(default)]
    pub generated: Option<Generated>,
    #[serde(default)]
    pub identity: Option<Identity>,
    /// By which rules an identity numbers; where the catalog tells.
    #[serde(default)]
    pub identity_options: Option<IdentityOptions>,
    /// What an update of the row sets it to by itself.
    #[serde(default)]
    pub on_update: Option<String>,
    /// Left out when all columns are asked for.
    #[serde(default)]
    pub hidden: bool,
    #[serde(default)]
    pub collation: Option<String>,
    #[serde(default)]
    pub comment: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub physical: Option<PhysicalObject>,
}

/// A `NOT NULL` that is more than the word: PostgreSQL keeps it as a constraint from version 18 on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct NotNull {
    /// Where it is not the server's own choice, which ends in `_not_null` and perhaps a number.
    #[serde(default)]
    pub name: Option<String>,
    /// False for `NOT VALID`: rows from before may be NULL.
    pub validated: bool,
    /// `NO INHERIT`: tables that inherit from this one may have NULL.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_inherit: bool,
    #[serde(default)]
    pub comment: Option<String>,
}

/// A column computed from others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct Generated {
    pub expression: String,
    /// Kept on disk, rather than computed when read.
    pub stored: bool,
}

/// How a column numbers its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Identity {
    Always,
    ByDefault,
    AutoIncrement,
}

/// The rules of an identity's numbers. The current one is not part of the schema.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct IdentityOptions {
    pub start: i64,
    pub increment: i64,
    pub minimum: i64,
    pub maximum: i64,
    pub cycle: bool,
    /// How many numbers a session takes at once.
    pub cache: i64,
}

/// A primary key or a unique constraint.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct Key {
    /// Empty where the engine gives none.
    pub name: String,
    pub columns: Vec<String>,
    /// Columns that its index carries along; they need not be unique.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<String>,
    #[serde(default)]
    pub deferrable: bool,
    /// Checked at the end of a transaction unless the transaction asks otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub initially_deferred: bool,
    #[serde(default)]
    pub nulls_not_distinct: bool,
    /// `WITHOUT OVERLAPS`: the last column is a span of time, and may not overlap another's where the others are the same.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub without_overlaps: bool,
    #[serde(default)]
    pub comment: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub physical: Option<PhysicalObject>,
}

/// A reference to another table's key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct ForeignKey {
    pub name: String,
    pub columns: Vec<String>,
    /// The path of the table referred to.
    pub references: String,
    pub referenced_columns: Vec<String>,
    /// `no action`, `restrict`, `cascade`, `set null`, `set default`.
    pub on_delete: String,
    pub on_update: String,
    /// Which of the columns a deletion sets to null or to their default; all of them where there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub on_delete_columns: Vec<String>,
    /// `MATCH FULL`: a row refers with all of its columns or, all of them NULL, with none.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub match_full: bool,
    /// `PERIOD`: the last column is a span of time, which spans of the other table must cover.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub period: bool,
    #[serde(default)]
    pub deferrable: bool,
    /// Checked at the end of a transaction unless the transaction asks otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub initially_deferred: bool,
    /// Declared only: new rows may break it as well.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub not_enforced: bool,
    /// False for `NOT VALID`: rows from before may break it.
    pub validated: bool,
    #[serde(default)]
    pub comment: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub physical: Option<PhysicalObject>,
}

/// A condition each row meets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct Check {
    pub name: String,
    pub expression: String,
    pub validated: bool,
    /// `NO INHERIT`: tables that inherit from this one need not meet it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_inherit: bool,
    /// Declared only: new rows may break it as well.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub not_enforced: bool,
    #[serde(default)]
    pub comment: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub physical: Option<PhysicalObject>,
}

/// An exclusion constraint.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct Exclusion {
    pub name: String,
    pub definition: String,
    #[serde(default)]
    pub comment: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub physical: Option<PhysicalObject>,
}

/// An index that no constraint owns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct Index {
    pub name: String,
    pub unique: bool,
    /// `btree`, `hash`, `gin`, …
    pub method: String,
    pub parts: Vec<IndexPart>,
    /// Columns carried along but not searched by.
    #[serde(default)]
    pub include: Vec<String>,
    /// The condition of a partial index.
    #[serde(default)]
    pub predicate: Option<String>,
    /// False when the database does not use it: a concurrent build failed, or it was made invisible.
    pub valid: bool,
    /// A unique index that takes two NULLs for the same.
    #[serde(default)]
    pub nulls_not_distinct: bool,
    #[serde(default)]
    pub comment: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub physical: Option<PhysicalObject>,
}

/// One thing that an index is ordered by.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct IndexPart {
    /// A column's name, or an expression's text.
    pub expression: String,
    #[serde(default)]
    pub descending: bool,
    #[serde(default)]
    pub nulls_first: bool,
    /// How many characters of the column count; all where there is none.
    #[serde(default)]
    pub prefix: Option<u32>,
    /// Set when it is not the type's own.
    #[serde(default)]
    pub operator_class: Option<String>,
    #[serde(default)]
    pub collation: Option<String>,
}

/// A trigger.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct Trigger {
    pub name: String,
    pub definition: String,
    pub enabled: bool,
    #[serde(default)]
    pub comment: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub physical: Option<PhysicalObject>,
}

/// A row-level security policy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct Policy {
    pub name: String,
    /// `all`, `select`, `insert`, `update`, `delete`.
    pub command: String,
    pub permissive: bool,
    pub roles: Vec<String>,
    #[serde(default)]
    pub using: Option<String>,
    #[serde(default)]
    pub check: Option<String>,
    #[serde(default)]
    pub comment: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub physical: Option<PhysicalObject>,
}

/// How a table is partitioned. The partitions themselves come and go, so only the key is hashed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct Partitions {
    /// `RANGE (payment_date)`.
    pub key: String,
    /// Names of the partitions, sorted. Not part of the hash.
    #[serde(default)]
    pub names: Vec<String>,
}
