//! Statistics of days and weeks, which take the place of those of single profiles after a while.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, double_null, integer_null, text, uuid};
use sea_orm_migration::sea_orm::ConnectionTrait;

use crate::table::{drop_tables, index, key, owned_by, tenant_table};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "tenant_0012_rollups"
    }
}

/// Where the NULL % of columns moved by a point or more: few of all rows, which are found without reading the others.
const MOVES: [(&str, &str, &str); 2] = [
    ("column_stats", "recorded_at", r#"ABS("null_percent" - "previous_null_percent") >= 1"#),
    ("column_rollup", "starts_at", r#""null_percent_max" - "null_percent_min" >= 1"#),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut tables =
            rollup("table_rollup", &["org_id", "source_id", "table_path", "period", "starts_at"]);
        measures(&mut tables, &["row_count", "freshness_seconds"]);
        tables.col(big_integer_null("latest_value_at"));
        tenant_table(manager, tables).await?;
        let of_column = ["org_id", "source_id", "table_path", "column_name", "period", "starts_at"];
        let mut columns = rollup("column_rollup", &of_column);
        columns.col(text("column_name"));
        measures(&mut columns, &["null_percent", "uniqueness_percent", "distinct_count"]);
        tenant_table(manager, columns).await?;
        for table in ["table_rollup", "column_rollup"] {
            let by_time = ["org_id", "source_id", "period", "starts_at", "table_path"];
            manager.create_index(index(table, &by_time)).await?;
        }
        for (table, time, moved) in MOVES {
            let create = format!(
                r#"CREATE INDEX "{table}_moves_index" ON "{table}" ("org_id", "source_id", "{time}") WHERE {moved}"#
            );
            manager.get_connection().execute_unprepared(&create).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared(r#"DROP INDEX "column_stats_moves_index""#).await?;
        drop_tables(manager, &["column_rollup", "table_rollup"]).await
    }
}

/// A table of rollups, without what was measured. `last_at` is the time of the last profile in it.
fn rollup(name: &'static str, primary: &[&'static str]) -> TableCreateStatement {
    Table::create()
        .table(name)
        .col(uuid("org_id"))
        .col(uuid("source_id"))
        .col(text("table_path"))
        .col(text("period"))
        .col(big_integer("starts_at"))
        .col(big_integer("last_at"))
        .primary_key(&mut key(primary))
        .foreign_key(&mut owned_by(name, &["org_id", "source_id"], "source", &["org_id", "id"]))
        .take()
}

/// Five figures of each measure, all of them missing where it had no value.
fn measures(table: &mut TableCreateStatement, names: &[&str]) {
    for name in names {
        table.col(integer_null(format!("{name}_points")));
        for figure in ["min", "max", "mean", "last"] {
            table.col(double_null(format!("{name}_{figure}")));
        }
    }
}
