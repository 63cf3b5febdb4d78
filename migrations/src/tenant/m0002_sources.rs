//! Sources, their runs, and what the runs log.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, boolean, boolean_null, integer, integer_null, json_binary,
    json_binary_null, text, text_null, uuid, uuid_null,
};

use crate::table::{drop_tables, index, key, owned_by, tenant_table, unique};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "tenant_0002_sources"
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
                .table("source")
                .col(uuid("org_id"))
                .col(uuid("id"))
                .col(text("name"))
                .col(text("transport"))
                .col(text_null("url"))
                .col(text("agent_source"))
                .col(text_null("tool_prefix"))
                .col(text_null("engine"))
                .col(text_null("engine_version"))
                .col(text_null("database"))
                .col(integer_null("schema_version"))
                .col(big_integer_null("last_scan_at"))
                .col(uuid_null("last_run_id"))
                .col(integer_null("every_minutes"))
                .col(big_integer_null("next_scan_at"))
                .col(json_binary("findings"))
                .col(text_null("fingerprint"))
                .col(big_integer("created_at"))
                .col(big_integer("updated_at"))
                .col(big_integer_null("deleted_at"))
                .primary_key(&mut key(&["org_id", "id"]))
                .take(),
        )
        .await?;
        manager
            .create_index(
                unique("source", &["org_id", "name"]).and_where(Expr::col("deleted_at").is_null()).take(),
            )
            .await?;
        tenant_table(
            manager,
            Table::create()
                .table("run")
                .col(uuid("org_id"))
                .col(uuid("id"))
                .col(uuid("source_id"))
                .col(text("state"))
                .col(text("trigger"))
                .col(big_integer("created_at"))
                .col(big_integer_null("started_at"))
                .col(big_integer_null("finished_at"))
                .col(integer_null("version"))
                .col(boolean_null("unchanged"))
                .col(uuid_null("drift_id"))
                .col(integer_null("tables_profiled"))
                .col(text_null("error_code"))
                .col(text_null("error_message"))
                .col(boolean("cancel_requested"))
                .primary_key(&mut key(&["org_id", "id"]))
                .foreign_key(&mut owned_by("run", &["org_id", "source_id"], "source", &["org_id", "id"]))
                .take(),
        )
        .await?;
        manager
            .create_index(
                unique("run", &["org_id", "source_id"])
                    .and_where(Expr::col("state").is_in(["queued", "running"]))
                    .take(),
            )
            .await?;
        manager.create_index(index("run", &["org_id", "source_id", "created_at"])).await?;
        manager.create_index(index("run", &["org_id", "created_at"])).await?;
        tenant_table(
            manager,
            Table::create()
                .table("run_step")
                .col(uuid("org_id"))
                .col(uuid("id"))
                .col(uuid("run_id"))
                .col(text("kind"))
                .col(text("state"))
                .col(json_binary("depends_on"))
                .col(integer("attempts"))
                .col(json_binary("progress"))
                .col(big_integer_null("started_at"))
                .col(big_integer_null("finished_at"))
                .col(text_null("error_code"))
                .col(text_null("error_message"))
                .col(json_binary_null("checkpoint"))
                .primary_key(&mut key(&["org_id", "id"]))
                .foreign_key(&mut owned_by("run_step", &["org_id", "run_id"], "run", &["org_id", "id"]))
                .take(),
        )
        .await?;
        manager.create_index(index("run_step", &["org_id", "run_id"])).await?;
        manager.create_index(index("run_step", &["org_id", "kind", "started_at"])).await?;
        tenant_table(
            manager,
            Table::create()
                .table("run_log")
                .col(uuid("org_id"))
                .col(big_integer("seq"))
                .col(big_integer("at"))
                .col(text("level"))
                .col(text("agent"))
                .col(uuid("run_id"))
                .col(uuid("step_id"))
                .col(text("source"))
                .col(text("message"))
                .col(json_binary("fields"))
                .primary_key(&mut key(&["org_id", "seq"]))
                .foreign_key(&mut owned_by("run_log", &["org_id", "run_id"], "run", &["org_id", "id"]))
                .foreign_key(&mut owned_by("run_log", &["org_id", "step_id"], "run_step", &["org_id", "id"]))
                .take(),
        )
        .await?;
        manager.create_index(index("run_log", &["org_id", "run_id", "seq"])).await?;
        manager.create_index(index("run_log", &["org_id", "agent", "seq"])).await?;
        manager.create_index(index("run_log", &["org_id", "step_id"])).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["run_log", "run_step", "run", "source"]).await
    }
}
