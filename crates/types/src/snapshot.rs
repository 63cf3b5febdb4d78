//! A snapshot: everything that a database's catalog says, at one moment.
//!
//! The agent delivers objects as it read them; `domain::canonical` normalises, sorts and hashes them. What the hash
//! covers is the schema only: physical ids and estimates ride beside it and never make a new version.

mod kind;
mod object;
mod table;

use serde::{Deserialize, Deserializer, Serialize};

use crate::Timestamp;

pub use kind::{
    Attribute, Collation, CompositeType, Database, DefaultPrivilege, DomainType, EnumType, Extension,
    ForeignServer, OtherPrivilege, Privilege, RangeType, Routine, Sequence, View,
};
pub use table::{
    Check, Column, Exclusion, ForeignKey, Generated, Identity, IdentityOptions, Index, IndexPart, Key,
    NotNull, Partitions, Policy, Table, Trigger,
};

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
    /// A hash over the order of the tables' columns, which the root hash leaves out: two snapshots with both alike are
    /// alike. Only in memory, once the objects are canonical; a file's word for it would not be taken.
    #[serde(skip)]
    pub column_order: Option<[u8; 32]>,
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
#[derive(Clone, Debug, PartialEq, Serialize)]
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
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
#[cfg_attr(
    target_pointer_width = "64",
    expect(
        clippy::large_enum_variant,
        reason = "most objects are tables: a box would cost an allocation for each"
    )
)]
pub enum Body {
    Database(Database),
    Schema(Schema),
    Table(Table),
    View(View),
    MaterializedView(View),
    Enum(EnumType),
    Domain(DomainType),
    CompositeType(CompositeType),
    RangeType(RangeType),
    Collation(Collation),
    Sequence(Sequence),
    Function(Routine),
    Procedure(Routine),
    Extension(Extension),
    ForeignServer(ForeignServer),
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
    /// What other roles than the owner may do with it.
    #[serde(default)]
    pub privileges: Vec<Privilege>,
    /// Rights that are given by themselves on what is made in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub default_privileges: Vec<DefaultPrivilege>,
}

/// The name or the path of a function or a procedure without its argument types; any other's as it is.
#[must_use]
pub fn without_arguments(name: &str) -> &str {
    name.split_once('(').map_or(name, |(name, _)| name)
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
            Self::Database(_) => "database",
            Self::Schema(_) => "schema",
            Self::Table(_) => "table",
            Self::View(_) => "view",
            Self::MaterializedView(_) => "materialized_view",
            Self::Enum(_) => "enum",
            Self::Domain(_) => "domain",
            Self::CompositeType(_) => "composite_type",
            Self::RangeType(_) => "range_type",
            Self::Collation(_) => "collation",
            Self::Sequence(_) => "sequence",
            Self::Function(_) => "function",
            Self::Procedure(_) => "procedure",
            Self::Extension(_) => "extension",
            Self::ForeignServer(_) => "foreign_server",
        }
    }

    /// Reads the members of the body of that kind.
    fn read<'de, D: Deserializer<'de>>(kind: &str, members: D) -> Result<Self, D::Error> {
        Ok(match kind {
            "database" => Self::Database(Deserialize::deserialize(members)?),
            "schema" => Self::Schema(Deserialize::deserialize(members)?),
            "table" => Self::Table(Deserialize::deserialize(members)?),
            "view" => Self::View(Deserialize::deserialize(members)?),
            "materialized_view" => Self::MaterializedView(Deserialize::deserialize(members)?),
            "enum" => Self::Enum(Deserialize::deserialize(members)?),
            "domain" => Self::Domain(Deserialize::deserialize(members)?),
            "composite_type" => Self::CompositeType(Deserialize::deserialize(members)?),
            "range_type" => Self::RangeType(Deserialize::deserialize(members)?),
            "collation" => Self::Collation(Deserialize::deserialize(members)?),
            "sequence" => Self::Sequence(Deserialize::deserialize(members)?),
            "function" => Self::Function(Deserialize::deserialize(members)?),
            "procedure" => Self::Procedure(Deserialize::deserialize(members)?),
            "extension" => Self::Extension(Deserialize::deserialize(members)?),
            "foreign_server" => Self::ForeignServer(Deserialize::deserialize(members)?),
            other => {
                return Err(serde::de::Error::custom(format_args!("unknown kind of object: {other:.60}")));
            }
        })
    }

    /// The columns of a table or a view; nothing for other objects.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        match self {
            Self::Table(table) => &table.columns,
            Self::View(view) | Self::MaterializedView(view) => &view.columns,
            Self::Database(_)
            | Self::Schema(_)
            | Self::Enum(_)
            | Self::Domain(_)
            | Self::CompositeType(_)
            | Self::RangeType(_)
            | Self::Collation(_)
            | Self::Sequence(_)
            | Self::Function(_)
            | Self::Procedure(_)
            | Self::Extension(_)
            | Self::ForeignServer(_) => &[],
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
            body: Body::Enum(EnumType { values: vec!["happy".into()], ..EnumType::default() }),
        };
        let json = serde_json::to_value(&object).unwrap();
        assert_eq!(json["kind"], "enum");
        assert_eq!(json["values"][0], "happy");
        assert_eq!(serde_json::from_value::<Object>(json).unwrap(), object);
    }

    #[test]
    fn an_object_is_read_whatever_the_order_of_its_members() {
        let object = r#"{"path": "a.b", "parts": ["a", "b"], "hash": "h", "physical": {"oid": 1}, "kind": "enum",
            "values": ["x"], "comment": "c", "unheard_of": {"of": []}}"#;
        let members: serde_json::Map<String, serde_json::Value> = serde_json::from_str(object).unwrap();
        let read: Object = serde_json::from_str(object).unwrap();
        assert_eq!((read.path.as_str(), read.hash.as_str()), ("a.b", "h"));
        assert_eq!(read.physical, Some(PhysicalObject { oid: 1, attnum: None }));
        let mut order: Vec<_> = members.into_iter().collect();
        for turn in 0..order.len() {
            order.rotate_left(1);
            let members = order.iter().map(|(name, value)| format!("{name:?}: {value}"));
            let text = format!("{{{}}}", members.collect::<Vec<_>>().join(", "));
            assert_eq!(serde_json::from_str::<Object>(&text).unwrap(), read, "turned {turn} times");
        }
    }

    #[test]
    fn what_is_no_object_is_refused_with_a_reason() {
        for (text, reason) in [
            (r#"{"path": "a", "parts": ["a"]}"#, "missing field `kind`"),
            (r#"{"kind": "enum", "values": [], "parts": ["a"]}"#, "missing field `path`"),
            (r#"{"path": "a", "kind": "enum", "values": []}"#, "missing field `parts`"),
            (r#"{"path": "a", "parts": ["a"], "kind": "enum"}"#, "missing field `values`"),
            (r#"{"values": 7, "path": "a", "parts": ["a"], "kind": "enum"}"#, "invalid type: integer `7`"),
            (r#"{"path": "a", "parts": ["a"], "kind": "planet"}"#, "unknown kind of object: planet"),
            (
                r#"{"path": "a", "parts": ["a"], "kind": "enum", "values": [], "kind": "enum"}"#,
                "duplicate field `kind`",
            ),
            (r#"{"path": "a", "path": "a", "parts": ["a"], "kind": "enum"}"#, "duplicate field `path`"),
            ("[]", "invalid type: sequence, expected a catalog object"),
        ] {
            let error = serde_json::from_str::<Object>(text).unwrap_err().to_string();
            assert!(error.starts_with(reason), "{text}: {error}");
        }
    }
}
