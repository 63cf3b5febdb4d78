//! Background work, ticks of schedules, and events from outside.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, boolean, integer, json_binary, text, text_null, uuid, uuid_null,
};

use crate::table::{drop_tables, index, key, platform_table, unique};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "platform_0002_jobs"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        platform_table(
            manager,
            Table::create()
                .table("job")
                .col(uuid("id"))
                .col(uuid_null("org_id"))
                .col(text("queue"))
                .col(text("kind"))
                .col(json_binary("payload"))
                .col(integer("priority"))
                .col(big_integer("run_at"))
                .col(integer("attempts"))
                .col(integer("max_attempts"))
                .col(text("state"))
                .col(big_integer_null("lease_until"))
                .col(uuid_null("lease_token"))
                .col(text_null("worker"))
                .col(text_null("idempotency_key"))
                .col(uuid_null("flow_id"))
                .col(text_null("last_error"))
                .col(big_integer("created_at"))
                .col(big_integer_null("finished_at"))
                .primary_key(&mut key(&["id"]))
                .take(),
        )
        .await?;
        manager
            .create_index(
                unique("job", &["org_id", "kind", "idempotency_key"])
                    .and_where(Expr::col("state").is_in(["queued", "leased"]))
                    .take(),
            )
            .await?;
        manager
            .create_index(
                unique("job", &["kind", "idempotency_key"])
                    .and_where(
                        Expr::col("state").is_in(["queued", "leased"]).and(Expr::col("org_id").is_null()),
                    )
                    .take(),
            )
            .await?;
        manager
            .create_index(index("job", &["run_at"]).and_where(Expr::col("state").eq("queued")).take())
            .await?;
        manager
            .create_index(index("job", &["lease_until"]).and_where(Expr::col("state").eq("leased")).take())
            .await?;
        platform_table(
            manager,
            Table::create()
                .table("cron_tick")
                .col(text("name"))
                .col(big_integer("scheduled_at"))
                .primary_key(&mut key(&["name", "scheduled_at"]))
                .take(),
        )
        .await?;
        platform_table(
            manager,
            Table::create()
                .table("inbound_event")
                .col(uuid("id"))
                .col(uuid_null("org_id"))
                .col(text("connection"))
                .col(text("external_id"))
                .col(boolean("verified"))
                .col(json_binary("payload"))
                .col(big_integer("received_at"))
                .col(big_integer_null("processed_at"))
                .primary_key(&mut key(&["id"]))
                .take(),
        )
        .await?;
        manager.create_index(unique("inbound_event", &["connection", "external_id"])).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["inbound_event", "cron_tick", "job"]).await
    }
}
