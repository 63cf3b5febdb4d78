//! The catalog's own statistics, as the last ANALYZE left them; no table is read.

use std::collections::HashMap;

use tokio_postgres::types::{ToSql, Type};
use types::Timestamp;
use types::profile::{ColumnProfile, Level, Method, TableProfile};

use super::target::{TargetColumn, TargetTable, get};
use crate::ScanError;
use crate::engine::postgres::connection::Connection;
use crate::measure::{to_real, whole};

/// Only shares and counts: the most common values that the view also has are customers' data.
const STATISTICS: &str = "\
    SELECT s.schemaname::text, s.tablename::text, s.attname::text, s.null_frac::float8, s.n_distinct::float8 \
    FROM pg_catalog.pg_stats s WHERE s.schemaname !~ '^pg_' AND s.schemaname <> 'information_schema' SOME \
    ORDER BY s.inherited";

/// For the tables that are meant, and no others.
const SOME: &str = "\
    AND (s.schemaname, s.tablename) IN (SELECT m.schema, m.name \
         FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.name[]), pg_catalog.unnest($2::pg_catalog.name[])) \
              AS m(schema, name))";

/// By schema, table and column: the share of NULLs, and the distinct values as `pg_stats` writes them.
pub(super) type Statistics = HashMap<(String, String, String), (f64, f64)>;

/// Of the tables that are `meant`; of all where there is no list.
pub(super) async fn statistics(
    connection: &Connection,
    meant: Option<&[&TargetTable]>,
) -> Result<Statistics, ScanError> {
    let rows = match meant {
        None => connection.query(&STATISTICS.replace("SOME", ""), &[]).await?,
        Some(meant) => {
            let (schemas, names): (Vec<&str>, Vec<&str>) =
                meant.iter().map(|table| (table.schema.as_str(), table.name.as_str())).unzip();
            let parameters: [(&(dyn ToSql + Sync), Type); 2] =
                [(&schemas, Type::NAME_ARRAY), (&names, Type::NAME_ARRAY)];
            connection.query(&STATISTICS.replace("SOME", SOME), &parameters).await?
        }
    };
    let read = |row| Ok(((get(row, 0)?, get(row, 1)?, get(row, 2)?), (get(row, 3)?, get(row, 4)?)));
    rows.iter().map(read).collect()
}

pub(super) fn profile(table: &TargetTable, statistics: &Statistics, at: Timestamp) -> TableProfile {
    let Some(rows) = table.estimated_rows else {
        let reason =
            "the catalog has no statistics of it yet: run ANALYZE, or profile with level sample or full";
        return super::skipped(table, at, reason);
    };
    let columns = table.columns.iter().filter_map(|column| {
        let key = (table.schema.clone(), table.name.clone(), column.name.clone());
        let (nulls, distinct) = statistics.get(&key).copied()?;
        Some(estimated(column, rows, nulls, distinct))
    });
    TableProfile {
        table: table.path.clone(),
        row_count: rows,
        row_count_method: Method::Estimated,
        bytes: table.bytes,
        latest_value_at: None,
        timestamp_column: None,
        last_write_at: None,
        columns: columns.collect(),
        partial: false,
        profiled_at: at,
        skipped: None,
        level: Level::Estimate,
        ..TableProfile::default()
    }
}

fn estimated(column: &TargetColumn, rows: u64, nulls: f64, distinct: f64) -> ColumnProfile {
    let null_count = whole((nulls * to_real(rows)).round());
    let filled = rows.saturating_sub(null_count);
    // Negative: a share of the rows, for columns whose variety grows with the table.
    let count = if column.unique {
        filled
    } else if distinct < 0.0 {
        whole((-distinct * to_real(rows)).round()).min(filled)
    } else {
        whole(distinct).min(filled)
    };
    ColumnProfile {
        column: column.name.clone(),
        null_count,
        null_percent: (rows > 0).then_some(nulls * 100.0),
        distinct_count: Some(count),
        uniqueness_percent: (filled > 0).then(|| to_real(count) / to_real(filled) * 100.0),
        method: Method::Estimated,
        error_bound: None,
        min: None,
        max: None,
        latest_value_at: None,
        ..ColumnProfile::default()
    }
}
