//! Which tables there are to profile, and what their columns hold.

use std::collections::HashMap;

use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, ToSql, Type};
use types::snapshot::path_of;

use super::projection::Kind;
use crate::engine::postgres::connection::{Connection, failed};
use crate::measure::whole;
use crate::timestamp_column::Candidate;
use crate::{Expectations, ScanError};

/// `relpages` instead of the size functions: those ask the file system for every file and take locks, as do functions
/// that walk through partitions; and one locked table would keep all others from being read. Before 14 a table that was
/// never analyzed has no rows and no pages, where it is told with -1 since.
const TABLES: &str = "\
    SELECT c.oid, n.nspname::text, c.relname::text, c.relkind::text, \
           CASE WHEN c.relkind = 'p' THEN p.rows WHEN c.reltuples = 0 AND c.relpages = 0 \
                AND pg_catalog.current_setting('server_version_num')::int4 < 140000 THEN -1 ELSE c.reltuples END::float8, \
           CASE WHEN c.relkind = 'p' THEN p.pages ELSE c.relpages END::float8 \
             * pg_catalog.current_setting('block_size')::float8, \
           pg_catalog.row_security_active(c.oid) \
    FROM pg_catalog.pg_class c \
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
    LEFT JOIN LATERAL ( \
        WITH RECURSIVE tree (relid) AS ( \
            SELECT i.inhrelid FROM pg_catalog.pg_inherits i WHERE i.inhparent = c.oid UNION ALL \
            SELECT i.inhrelid FROM tree t JOIN pg_catalog.pg_inherits i ON i.inhparent = t.relid) \
        SELECT coalesce(pg_catalog.sum(l.reltuples) FILTER (WHERE l.reltuples >= 0), -1) AS rows, \
               coalesce(pg_catalog.sum(l.relpages), 0) AS pages \
        FROM tree t \
        JOIN pg_catalog.pg_class l ON l.oid = t.relid AND l.relkind = 'r' \
    ) p ON c.relkind = 'p' \
    WHERE c.relkind IN ('r', 'p', 'f') AND NOT c.relispartition \
      AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' \
      AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend e WHERE e.objid = c.oid AND e.deptype = 'e' \
           AND e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass)";

/// A domain counts as the type below it, however many domains lie between. A default names no column, so that the server
/// need not look the table up, and wait for whoever changes it; what a generated column is computed from is of no interest
/// here. What a user's function would make a text of is none. The last is what changes when the same rows hold other
/// values: another column of the name, other labels, another way to compute what is not stored.
const COLUMNS: &str = "\
    WITH RECURSIVE domains (domain, base, modifier) AS ( \
        SELECT d.oid, d.typbasetype, d.typtypmod FROM pg_catalog.pg_type d WHERE d.typtype = 'd' UNION ALL \
        SELECT o.domain, d.typbasetype, d.typtypmod \
        FROM domains o JOIN pg_catalog.pg_type d ON d.oid = o.base AND d.typtype = 'd'), \
    bases AS ( \
        SELECT o.domain, o.base, o.modifier \
        FROM domains o JOIN pg_catalog.pg_type d ON d.oid = o.base AND d.typtype <> 'd') \
    SELECT a.attrelid, a.attname::text, b.oid, \
           CASE WHEN b.oid >= 16384 AND EXISTS (SELECT 1 FROM pg_catalog.pg_cast k \
                     WHERE k.castsource = b.oid AND k.casttarget = 'pg_catalog.text'::pg_catalog.regtype \
                       AND k.castfunc <> 0) THEN 'U' ELSE b.typcategory::text END, \
           b.typtype::text, a.attnotnull, \
           CASE WHEN a.attgenerated = '' THEN pg_catalog.pg_get_expr(f.adbin, 0) END, \
           EXISTS (SELECT 1 FROM pg_catalog.pg_index i WHERE i.indrelid = a.attrelid AND i.indisunique \
                   AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL \
                   AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum), \
           EXISTS (SELECT 1 FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid \
                   JOIN pg_catalog.pg_am m ON m.oid = x.relam AND m.amname = 'btree' \
                   WHERE i.indrelid = a.attrelid AND i.indisvalid AND i.indpred IS NULL \
                   AND i.indkey[0] = a.attnum), \
           pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'SELECT'), \
           coalesce(t.modifier, a.atttypmod), \
           pg_catalog.concat_ws(' ', a.attnum, \
               CASE WHEN b.typtype = 'e' THEN ( \
                   SELECT pg_catalog.string_agg(e.enumlabel::text, ',' ORDER BY e.enumsortorder) \
                   FROM pg_catalog.pg_enum e WHERE e.enumtypid = b.oid) END, \
               CASE WHEN a.attgenerated = 'v' THEN pg_catalog.md5(f.adbin::text) END) \
    FROM pg_catalog.pg_attribute a \
    JOIN pg_catalog.pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p', 'f') AND NOT c.relispartition \
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
    LEFT JOIN bases t ON t.domain = a.atttypid \
    JOIN pg_catalog.pg_type b ON b.oid = coalesce(t.base, a.atttypid) \
    LEFT JOIN pg_catalog.pg_attrdef f ON f.adrelid = a.attrelid AND f.adnum = a.attnum \
    WHERE a.attnum > 0 AND NOT a.attisdropped AND ($1::pg_catalog.oid[] IS NULL OR a.attrelid = ANY ($1)) \
      AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' \
    ORDER BY a.attrelid, a.attnum";

/// A table as the catalog describes it.
#[derive(Debug)]
pub(in crate::engine::postgres) struct TargetTable {
    pub(super) oid: u32,
    pub(in crate::engine::postgres) path: String,
    pub(super) schema: String,
    pub(super) name: String,
    /// Its rows are in its partitions.
    pub(in crate::engine::postgres) partitioned: bool,
    pub(in crate::engine::postgres) estimated_rows: Option<u64>,
    pub(in crate::engine::postgres) bytes: Option<u64>,
    /// Why it is not worth trying.
    pub(in crate::engine::postgres) unreadable: Option<String>,
    pub(in crate::engine::postgres) columns: Vec<TargetColumn>,
}

/// A column as the catalog describes it.
#[derive(Debug)]
pub(in crate::engine::postgres) struct TargetColumn {
    pub(in crate::engine::postgres) name: String,
    pub(in crate::engine::postgres) kind: Kind,
    pub(super) unique: bool,
    pub(in crate::engine::postgres) leads_index: bool,
    pub(super) nullable: bool,
    defaults_to_now: bool,
    pub(in crate::engine::postgres) readable: bool,
    /// Another one when the same rows hold other values.
    pub(super) identity: String,
}

impl TargetColumn {
    /// Missing when it holds no times.
    pub(in crate::engine::postgres) fn candidate(&self) -> Option<Candidate<'_>> {
        self.kind.is_time().then_some(Candidate {
            name: &self.name,
            date_only: self.kind == Kind::Date,
            leads_index: self.leads_index,
            defaults_to_now: self.defaults_to_now,
            follows_changes: false,
            nullable: self.nullable,
        })
    }
}

impl TargetTable {
    /// Has the texts that expectations are about sent whole.
    pub(super) fn show_texts(&mut self, expectations: &Expectations) {
        for column in &mut self.columns {
            if expectations.ask_for_text(&self.path, &column.name) {
                column.kind = column.kind.whole();
            }
        }
    }

    /// `"schema"."table"`, quoted; behind `ONLY` where rows of child tables are not its own.
    pub(in crate::engine::postgres) fn qualified_name(&self) -> String {
        let only = if self.partitioned { "" } else { "ONLY " };
        format!("{only}{}.{}", quote(&self.schema), quote(&self.name))
    }
}

/// Quotes an identifier.
pub(in crate::engine::postgres) fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Which tables are meant, by their paths.
pub(in crate::engine::postgres) type Meant<'a> = &'a (dyn Fn(&str) -> bool + Sync);

/// All tables, without partitions (their parent stands for them) and without those of extensions. The columns are looked
/// at of those that are `meant`; of all without it.
pub(in crate::engine::postgres) async fn targets(
    connection: &Connection,
    meant: Option<Meant<'_>>,
) -> Result<Vec<TargetTable>, ScanError> {
    let (tables, columns) = match meant {
        None => tokio::try_join!(connection.query(TABLES, &[]), columns(connection, None))?,
        Some(meant) => {
            let tables = connection.query(TABLES, &[]).await?;
            let mut oids: Vec<u32> = Vec::new();
            for row in &tables {
                if meant(&path_of(&[get::<&str>(row, 1)?, get::<&str>(row, 2)?])) {
                    oids.push(get(row, 0)?);
                }
            }
            let columns = columns(connection, Some(oids)).await?;
            (tables, columns)
        }
    };
    let mut by_table: HashMap<u32, Vec<TargetColumn>> = HashMap::new();
    for row in &columns {
        let default: Option<String> = get(row, 6)?;
        let (category, kind): (&str, &str) = (get(row, 3)?, get(row, 4)?);
        by_table.entry(get(row, 0)?).or_default().push(TargetColumn {
            name: get(row, 1)?,
            kind: Kind::of(get(row, 2)?, category, kind, get(row, 10)?),
            nullable: !get::<bool>(row, 5)?,
            defaults_to_now: default.is_some_and(|text| {
                let text = text.to_ascii_lowercase();
                ["now()", "current_", "clock_timestamp", "statement_timestamp"]
                    .iter()
                    .any(|w| text.contains(w))
            }),
            unique: get(row, 7)?,
            leads_index: get(row, 8)?,
            readable: get(row, 9)?,
            identity: get(row, 11)?,
        });
    }
    tables.iter().map(|row| table(row, &mut by_table)).collect()
}

/// The columns of the tables with these ids, or of all.
async fn columns(connection: &Connection, oids: Option<Vec<u32>>) -> Result<Vec<Row>, ScanError> {
    let parameters: [(&(dyn ToSql + Sync), Type); 1] = [(&oids, Type::OID_ARRAY)];
    connection.query(COLUMNS, &parameters).await
}

fn table(row: &Row, by_table: &mut HashMap<u32, Vec<TargetColumn>>) -> Result<TargetTable, ScanError> {
    let oid: u32 = get(row, 0)?;
    let (schema, name): (String, String) = (get(row, 1)?, get(row, 2)?);
    let kind: &str = get(row, 3)?;
    let rows: f64 = get(row, 4)?;
    let columns = by_table.remove(&oid).unwrap_or_default();
    let unreadable = if kind == "f" {
        Some("a foreign table: its data is in another database".to_owned())
    } else if get(row, 6)? {
        Some("row-level security hides rows from this role: figures over the rest would mislead".to_owned())
    } else if !columns.is_empty() && !columns.iter().any(|column| column.readable) {
        Some("the role has no permission to read it: GRANT SELECT on it".to_owned())
    } else {
        None
    };
    Ok(TargetTable {
        oid,
        path: path_of(&[&schema, &name]),
        schema,
        name,
        partitioned: kind == "p",
        estimated_rows: (rows >= 0.0).then(|| whole(rows)),
        bytes: Some(whole(get(row, 5)?)),
        unreadable,
        columns,
    })
}

pub(super) fn get<'a, T: FromSql<'a>>(row: &'a Row, index: usize) -> Result<T, ScanError> {
    row.try_get(index).map_err(|error| failed(&error))
}
