//! The journals of an organization: activity, audit, effects and use.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, json_binary, json_binary_null, text, text_null, uuid};

use crate::audit::{append_only, drop_append_only};
use crate::table::{drop_tables, index, key, owned_by, tenant_table, unique};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "tenant_0005_journal"
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
                .table("activity")
                .col(uuid("org_id"))
                .col(big_integer("seq"))
                .col(big_integer("at"))
                .col(text("kind"))
                .col(text("actor"))
                .col(text("message"))
                .col(text_null("source"))
                .col(text_null("link"))
                .primary_key(&mut key(&["org_id", "seq"]))
                .take(),
        )
        .await?;
        tenant_table(
            manager,
            Table::create()
                .table("audit")
                .col(uuid("org_id"))
                .col(big_integer("seq"))
                .col(big_integer("at"))
                .col(text("actor"))
                .col(text("action"))
                .col(text("subject"))
                .col(json_binary("detail"))
                .col(text_null("request_id"))
                .col(text("previous_hash"))
                .col(text("hash"))
                .primary_key(&mut key(&["org_id", "seq"]))
                .take(),
        )
        .await?;
        append_only(manager, "audit").await?;
        tenant_table(
            manager,
            Table::create()
                .table("sequence")
                .col(uuid("org_id"))
                .col(text("name"))
                .col(big_integer("value"))
                .primary_key(&mut key(&["org_id", "name"]))
                .take(),
        )
        .await?;
        tenant_table(
            manager,
            Table::create()
                .table("effect")
                .col(uuid("org_id"))
                .col(uuid("id"))
                .col(uuid("run_step_id"))
                .col(text("idempotency_key"))
                .col(text_null("external_id"))
                .col(text_null("url"))
                .col(text("outcome"))
                .col(json_binary_null("undo"))
                .col(big_integer("created_at"))
                .primary_key(&mut key(&["org_id", "id"]))
                .foreign_key(&mut owned_by(
                    "effect",
                    &["org_id", "run_step_id"],
                    "run_step",
                    &["org_id", "id"],
                ))
                .take(),
        )
        .await?;
        manager.create_index(unique("effect", &["org_id", "idempotency_key"])).await?;
        manager.create_index(index("effect", &["org_id", "run_step_id"])).await?;
        tenant_table(
            manager,
            Table::create()
                .table("usage_event")
                .col(uuid("org_id"))
                .col(uuid("id"))
                .col(text("meter"))
                .col(big_integer("quantity"))
                .col(text("source_event_id"))
                .col(big_integer("at"))
                .primary_key(&mut key(&["org_id", "id"]))
                .take(),
        )
        .await?;
        manager.create_index(unique("usage_event", &["org_id", "source_event_id"])).await?;
        manager.create_index(index("usage_event", &["org_id", "meter", "at"])).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_append_only(manager).await?;
        drop_tables(manager, &["usage_event", "effect", "sequence", "audit", "activity"]).await
    }
}
