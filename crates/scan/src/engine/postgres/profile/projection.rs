//! What of a value crosses the wire: all of a small one, a hash of a large one, nothing of one without equality.

use super::target::{TargetColumn, TargetTable, quote};

/// How a column's values are sent and understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine::postgres) enum Kind {
    Int2,
    Int4,
    Int8,
    Oid,
    Float4,
    Float8,
    Numeric,
    Money,
    Date,
    Time,
    Timestamp,
    Interval,
    /// Small values whose bytes are equal when they are: booleans, UUIDs, enumerations, addresses.
    Raw,
    Text,
    Bytes,
    /// Documents, arrays, shapes: only whether there is a value.
    Opaque,
}

impl Kind {
    /// By the type's id (fixed for built-in types), its category and whether it is an enumeration.
    pub(super) fn of(oid: u32, category: &str, kind: &str) -> Self {
        match oid {
            21 => Self::Int2,
            23 => Self::Int4,
            20 => Self::Int8,
            26 => Self::Oid,
            700 => Self::Float4,
            701 => Self::Float8,
            1700 => Self::Numeric,
            790 => Self::Money,
            1082 => Self::Date,
            1083 => Self::Time,
            1114 | 1184 => Self::Timestamp,
            1186 => Self::Interval,
            // bool, "char", uuid, timetz, inet, cidr, macaddr, macaddr8, bit, varbit
            16 | 18 | 2950 | 1266 | 869 | 650 | 829 | 774 | 1560 | 1562 => Self::Raw,
            17 => Self::Bytes,
            _ if kind == "e" => Self::Raw,
            // text, varchar, char(n), name, and such as citext
            _ if category == "S" => Self::Text,
            _ => Self::Opaque,
        }
    }

    pub(super) fn has_equality(self) -> bool {
        self != Self::Opaque
    }

    pub(in crate::engine::postgres) fn is_time(self) -> bool {
        matches!(self, Self::Date | Self::Timestamp)
    }

    fn expression(self, column: &str) -> String {
        // A text's length is known without reading it from where large values are kept.
        match self {
            Self::Text => format!(
                "CASE WHEN pg_catalog.octet_length({column}::pg_catalog.text) <= 1024 THEN {column}::pg_catalog.text \
                 ELSE pg_catalog.hashtextextended({column}::pg_catalog.text COLLATE pg_catalog.\"C\", 0)\
                 ::pg_catalog.text END"
            ),
            Self::Bytes => format!(
                "CASE WHEN pg_catalog.octet_length({column}) <= 1024 THEN {column} \
                 ELSE pg_catalog.sha256({column}) END"
            ),
            Self::Opaque => format!("CASE WHEN {column} IS NOT NULL THEN true END"),
            _ => column.to_owned(),
        }
    }
}

/// The one statement that reads a table.
pub(super) fn copy(table: &TargetTable, columns: &[&TargetColumn], sample_percent: Option<f64>) -> String {
    let projected: Vec<String> =
        columns.iter().map(|column| column.kind.expression(&quote(&column.name))).collect();
    // A fixed seed: the same pages each time, so that two samples differ because the data does.
    let sample = sample_percent
        .map(|percent| format!(" TABLESAMPLE pg_catalog.system ({percent:.6}) REPEATABLE (20)"))
        .unwrap_or_default();
    format!(
        "COPY (SELECT {} FROM {}{sample}) TO STDOUT (FORMAT binary)",
        projected.join(", "),
        table.qualified_name()
    )
}
