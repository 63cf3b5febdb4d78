//! A snapshot: everything that a database's catalog says, at one moment.
//!
//! The agent delivers objects as it read them; `domain::canonical` normalises, sorts and hashes them. What the hash
//! covers is the schema only: physical ids and estimates ride beside it and never make a new version.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// The shape of this file; a reader refuses a larger one.
pub const FORMAT_VERSION: u32 = 1;

/// A database engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    Postgres,
    Mysql,
    Mariadb,
    Sqlite,
}

impl Engine {
    /// The word used in JSON and in tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Mysql => "mysql",
            Self::Mariadb => "mariadb",
            Self::Sqlite => "sqlite",
        }
    }
}

/// A whole catalog.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct Snapshot {
    #[serde(flatten)]
    pub header: SnapshotHeader,
    /// Sorted by path, then kind, once canonical.
    pub objects: Vec<Object>,
}

/// What is said of a snapshot as a whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct SnapshotHeader {
    pub format_version: u32,
    /// Which rules normalised the objects (`domain::CANONICAL_VERSION`); 0 while they are as read.
    pub canonical_version: u32,
    pub engine: Engine,
    /// As the server says it, such as `15.18`.
    pub engine_version: String,
    pub database: String,
    pub captured_at: Timestamp,
    /// BLAKE3 over the objects' hashes, hexadecimal; empty while the objects are as read.
    #[serde(default)]
    pub root_hash: String,
    /// The agent's cheap change check; equal fingerprints mean an unchanged schema. Empty where there is none.
    #[serde(default)]
    pub fingerprint: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub physical: Option<PhysicalDatabase>,
    #[serde(default)]
    pub warnings: Vec<Warning>,
}

/// Which physical database this was: object ids may be compared only within one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct PhysicalDatabase {
    pub system_id: String,
    pub database_oid: u32,
}

/// Something the scan could not read or does not model. Never silently left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct Warning {
    /// `unsupported`, `vanished`, `no_permission`, `partial`, …
    pub code: String,
    /// What it concerns, such as `pg_operator`, or an object's path.
    pub subject: String,
    /// How many objects it concerns.
    pub count: u32,
    pub message: String,
}

/// One catalog object with its address.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct Object {
    /// `parts` joined by dots; a part with a dot or a quote in it is double-quoted: `public.film`.
    pub path: String,
    pub parts: Vec<String>,
    /// BLAKE3 of the canonical form, hexadecimal; empty while the object is as read.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hash: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub physical: Option<PhysicalObject>,
    #[serde(flatten)]
    pub body: Body,
}

/// The database's own id of an object: survives a rename. Not part of the hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct PhysicalObject {
    pub oid: u32,
    /// For a column: its number, which a rename keeps and a drop with add does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attnum: Option<i16>,
}

/// What an object is. The JSON field `kind` says which.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Body {
    Schema(Schema),
    Table(Table),
    View(View),
    MaterializedView(View),
    Enum(EnumType),
    Domain(DomainType),
    Sequence(Sequence),
    Function(Routine),
    Procedure(Routine),
    Extension(Extension),
}

/// A namespace.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct Schema {
    #[serde(default)]
    pub owner: Option<String>,
    #[serde(default)]
    pub comment: Option<String>,
}

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
    /// The catalog's guess; `None` where it has none. Not part of the hash.
    #[serde(default)]
    pub estimated_rows: Option<u64>,
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
    #[serde(default)]
    pub default: Option<String>,
    #[serde(default)]
    pub generated: Option<Generated>,
    #[serde(default)]
    pub identity: Option<Identity>,
    #[serde(default)]
    pub collation: Option<String>,
    #[serde(default)]
    pub comment: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub physical: Option<PhysicalObject>,
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

/// A primary key or a unique constraint.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct Key {
    /// Empty where the engine gives none.
    pub name: String,
    pub columns: Vec<String>,
    #[serde(default)]
    pub deferrable: bool,
    #[serde(default)]
    pub nulls_not_distinct: bool,
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
    #[serde(default)]
    pub deferrable: bool,
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
    /// False when a concurrent build failed.
    pub valid: bool,
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

/// Joins the parts of an address into a path: dots between, a part with a dot or a quote in it double-quoted.
#[must_use]
pub fn path_of<S: AsRef<str>>(parts: &[S]) -> String {
    let mut path = String::new();
    for part in parts {
        let part = part.as_ref();
        if !path.is_empty() {
            path.push('.');
        }
        if part.contains(['.', '"']) {
            path.push('"');
            path.push_str(&part.replace('"', "\"\""));
            path.push('"');
        } else {
            path.push_str(part);
        }
    }
    path
}

impl Body {
    /// The word in the JSON field `kind`, and before the dot of a change's kind.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Schema(_) => "schema",
            Self::Table(_) => "table",
            Self::View(_) => "view",
            Self::MaterializedView(_) => "materialized_view",
            Self::Enum(_) => "enum",
            Self::Domain(_) => "domain",
            Self::Sequence(_) => "sequence",
            Self::Function(_) => "function",
            Self::Procedure(_) => "procedure",
            Self::Extension(_) => "extension",
        }
    }

    /// The columns of a table or a view; nothing for other objects.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        match self {
            Self::Table(table) => &table.columns,
            Self::View(view) | Self::MaterializedView(view) => &view.columns,
            Self::Schema(_)
            | Self::Enum(_)
            | Self::Domain(_)
            | Self::Sequence(_)
            | Self::Function(_)
            | Self::Procedure(_)
            | Self::Extension(_) => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_with_a_dot_or_a_quote_is_quoted() {
        assert_eq!(path_of(&["public", "film"]), "public.film");
        assert_eq!(path_of(&["a.b", "c\"d"]), "\"a.b\".\"c\"\"d\"");
    }

    #[test]
    fn an_object_is_flat_json_with_its_kind() {
        let object = Object {
            path: "public.mood".into(),
            parts: vec!["public".into(), "mood".into()],
            hash: String::new(),
            physical: None,
            body: Body::Enum(EnumType {
                values: vec!["happy".into()],
                ..EnumType::default()
            }),
        };
        let json = serde_json::to_value(&object).unwrap();
        assert_eq!(json["kind"], "enum");
        assert_eq!(json["values"][0], "happy");
        assert_eq!(serde_json::from_value::<Object>(json).unwrap(), object);
    }
}
