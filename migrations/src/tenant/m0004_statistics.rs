//! Statistics, scores and descriptions.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, boolean, double_null, integer, json_binary, json_binary_null, text,
    text_null, uuid,
};

use crate::table::{drop_tables, index, key, owned_by, tenant_table, unique};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "tenant_0004_statistics"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        tenant_table(
            manager,
            Table::create()
                .table("table_stats")
                .col(uuid("org_id"))
                .col(uuid("source_id"))
                .col(text("table_path"))
                .col(big_integer("recorded_at"))
                .col(uuid("run_id"))
                .col(big_integer("row_count"))
                .col(text("row_count_method"))
                .col(big_integer_null("bytes"))
                .col(big_integer_null("latest_value_at"))
                .col(text_null("timestamp_column"))
                .col(big_integer_null("last_write_at"))
                .col(big_integer_null("freshness_seconds"))
                .col(text("health"))
                .col(double_null("score"))
                .col(json_binary("deductions"))
                .col(boolean("latest"))
                .primary_key(&mut key(&["org_id", "source_id", "table_path", "recorded_at"]))
                .foreign_key(&mut owned_by(
                    "table_stats",
                    &["org_id", "source_id"],
                    "source",
                    &["org_id", "id"],
                ))
                .take(),
        )
        .await?;
        manager
            .create_index(
                unique("table_stats", &["org_id", "source_id", "table_path"])
                    .and_where(Expr::col("latest"))
                    .take(),
            )
            .await?;
        manager.create_index(index("table_stats", &["org_id", "source_id", "recorded_at"])).await?;
        manager.create_index(index("table_stats", &["org_id", "source_id", "latest"])).await?;
        tenant_table(
            manager,
            Table::create()
                .table("column_stats")
                .col(uuid("org_id"))
                .col(uuid("source_id"))
                .col(text("table_path"))
                .col(text("column_name"))
                .col(big_integer("recorded_at"))
                .col(uuid("run_id"))
                .col(text("data_type"))
                .col(big_integer("row_count"))
                .col(double_null("null_percent"))
                .col(double_null("uniqueness_percent"))
                .col(big_integer_null("distinct_count"))
                .col(json_binary_null("min"))
                .col(json_binary_null("max"))
                .col(big_integer_null("latest_value_at"))
                .col(text("method"))
                .col(double_null("error_bound"))
                .col(text("health"))
                .col(double_null("score"))
                .col(json_binary("deductions"))
                .col(boolean("latest"))
                .col(double_null("previous_null_percent"))
                .primary_key(&mut key(&["org_id", "source_id", "table_path", "column_name", "recorded_at"]))
                .foreign_key(&mut owned_by(
                    "column_stats",
                    &["org_id", "source_id"],
                    "source",
                    &["org_id", "id"],
                ))
                .take(),
        )
        .await?;
        manager
            .create_index(
                unique("column_stats", &["org_id", "source_id", "table_path", "column_name"])
                    .and_where(Expr::col("latest"))
                    .take(),
            )
            .await?;
        manager.create_index(index("column_stats", &["org_id", "source_id", "recorded_at"])).await?;
        manager.create_index(index("column_stats", &["org_id", "source_id", "latest"])).await?;
        tenant_table(
            manager,
            Table::create()
                .table("source_score")
                .col(uuid("org_id"))
                .col(uuid("source_id"))
                .col(big_integer("recorded_at"))
                .col(double_null("score"))
                .col(integer("tables"))
                .col(integer("columns"))
                .col(double_null("freshness_mean_seconds"))
                .col(json_binary("null_distribution"))
                .col(integer("breaking"))
                .primary_key(&mut key(&["org_id", "source_id", "recorded_at"]))
                .foreign_key(&mut owned_by(
                    "source_score",
                    &["org_id", "source_id"],
                    "source",
                    &["org_id", "id"],
                ))
                .take(),
        )
        .await?;
        manager.create_index(index("source_score", &["org_id", "recorded_at"])).await?;
        tenant_table(
            manager,
            Table::create()
                .table("description")
                .col(uuid("org_id"))
                .col(uuid("source_id"))
                .col(text("path"))
                .col(text_null("text"))
                .col(text("origin"))
                .col(text_null("owner"))
                .col(json_binary("tags"))
                .col(text_null("updated_by"))
                .col(big_integer("updated_at"))
                .primary_key(&mut key(&["org_id", "source_id", "path"]))
                .foreign_key(&mut owned_by(
                    "description",
                    &["org_id", "source_id"],
                    "source",
                    &["org_id", "id"],
                ))
                .take(),
        )
        .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["description", "source_score", "column_stats", "table_stats"]).await
    }
}
