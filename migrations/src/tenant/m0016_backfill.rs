//! What came into a table each day before it was measured: asked once for each table.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, json_binary, text, text_null, uuid};

use crate::table::{drop_tables, key, owned_by, tenant_table};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "tenant_0016_backfill"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut source = owned_by("backfill", &["org_id", "source_id"], "source", &["org_id", "id"]);
        tenant_table(
            manager,
            Table::create()
                .table("backfill")
                .col(uuid("org_id"))
                .col(uuid("source_id"))
                .col(text("table_path"))
                .col(big_integer("asked_at"))
                .col(text_null("timestamp_column"))
                .col(big_integer("at"))
                .col(big_integer("row_count"))
                .col(json_binary("arrivals"))
                .col(text_null("refused"))
                .primary_key(&mut key(&["org_id", "source_id", "table_path"]))
                .foreign_key(&mut source)
                .take(),
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["backfill"]).await
    }
}
