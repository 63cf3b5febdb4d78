//! What of a value crosses the wire: all of a small one, a hash of a large one, nothing of one without equality.

use super::target::{TargetColumn, quote};

/// Longer texts are sent as their length and a hash.
const LONGEST: i32 = 1024 / 4;

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
    Boolean,
    Uuid,
    /// Small values whose bytes are equal when they are: addresses, bits.
    Raw,
    /// An enumeration, sent as its label.
    Label,
    Text,
    /// Text that its type keeps short.
    ShortText,
    /// Text that an expectation wants to see whole.
    WholeText,
    Bytes,
    /// Documents, arrays, shapes: only whether there is a value.
    Opaque,
}

impl Kind {
    /// By the type's id (fixed for built-in types), its category, whether it is an enumeration, and the modifier that
    /// limits its length.
    pub(super) fn of(oid: u32, category: &str, kind: &str, modifier: i32) -> Self {
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
            16 => Self::Boolean,
            2950 => Self::Uuid,
            // "char", timetz, inet, cidr, macaddr, macaddr8, bit, varbit
            18 | 1266 | 869 | 650 | 829 | 774 | 1560 | 1562 => Self::Raw,
            17 => Self::Bytes,
            _ if kind == "e" => Self::Label,
            // varchar(n), whose modifier counts four bytes for the length
            1043 if (5..=LONGEST + 4).contains(&modifier) => Self::ShortText,
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

    /// The kind of a column whose texts are asked for as they are.
    pub(super) fn whole(self) -> Self {
        if self == Self::Text { Self::WholeText } else { self }
    }

    pub(super) fn expression(self, column: &str) -> String {
        // A text's length is known without reading it from where large values are kept.
        match self {
            // NULL is not longer than anything, and so stays NULL.
            Self::Text => format!(
                "CASE WHEN pg_catalog.octet_length({column}::pg_catalog.text) > 1024 \
                 THEN pg_catalog.concat(pg_catalog.chr(1), pg_catalog.length({column}::pg_catalog.text), ':', \
                 pg_catalog.hashtextextended({column}::pg_catalog.text COLLATE pg_catalog.\"C\", 0)) \
                 ELSE {column}::pg_catalog.text END"
            ),
            Self::WholeText => format!("{column}::pg_catalog.text"),
            Self::Bytes => format!(
                "CASE WHEN pg_catalog.octet_length({column}) <= 1024 THEN {column} \
                 ELSE pg_catalog.sha256({column}) END"
            ),
            // From a cursor, a client would have to ask what its type is. Whoever owns it may give it a cast, which is another's
            // function; its labels are written by the server all the same.
            Self::Label => {
                format!("CASE WHEN {column} IS NOT NULL THEN pg_catalog.format('%s', {column}) END")
            }
            // A composite value of which a field is NULL is not IS NOT NULL, and is a value all the same.
            Self::Opaque => format!("CASE WHEN {column} IS DISTINCT FROM NULL THEN true END"),
            _ => column.to_owned(),
        }
    }
}

/// Which rows a statement reads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Rows {
    All,
    /// Those on the pages from the first number up to, and without, the second.
    Pages(u32, Option<u32>),
    /// Those on so many percent of the pages. Each row is sent behind its place, so that pages can be told apart.
    Sample(f64),
}

/// The statement that reads rows of a relation, whose name is quoted and qualified.
pub(super) fn copy(relation: &str, columns: &[&TargetColumn], rows: Rows) -> String {
    format!("COPY ({}) TO STDOUT (FORMAT binary)", query(relation, columns, rows))
}

/// The statement that lets rows of a relation be read some at a time, by [`FETCH`](fetch).
pub(super) fn declare(relation: &str, columns: &[&TargetColumn], rows: Rows) -> String {
    format!("DECLARE bastion NO SCROLL CURSOR FOR {}", query(relation, columns, rows))
}

/// Reads so many rows of what [`declare`] declared.
pub(super) fn fetch(rows: u32) -> String {
    format!("FETCH FORWARD {rows} FROM bastion")
}

fn query(relation: &str, columns: &[&TargetColumn], rows: Rows) -> String {
    let expression = |column: &&TargetColumn| column.kind.expression(&quote(&column.name));
    let mut projected: Vec<String> = columns.iter().map(expression).collect();
    let which = match rows {
        Rows::All => String::new(),
        // Read by page from PostgreSQL 14 on; before, the whole table would be filtered.
        Rows::Pages(first, last) => {
            let mut which = format!(" WHERE ctid >= '({first},0)'::pg_catalog.tid");
            if let Some(last) = last {
                which.push_str(&format!(" AND ctid < '({last},0)'::pg_catalog.tid"));
            }
            which
        }
        // A fixed seed: the same pages each time, so that two samples differ because the data does.
        Rows::Sample(percent) => {
            projected.insert(0, "ctid".into());
            format!(" TABLESAMPLE pg_catalog.system ({percent:.6}) REPEATABLE (20)")
        }
    };
    format!("SELECT {} FROM {relation}{which}", projected.join(", "))
}
