//! The organizations' data keys, and the proof of the master key.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, blob, integer, text, uuid};

use crate::table::{drop_tables, key, platform_table};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "platform_0003_keys"
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
                .table("data_key")
                .col(uuid("org_id"))
                .col(integer("version"))
                .col(blob("wrapped"))
                .col(text("key_id"))
                .col(big_integer("created_at"))
                .primary_key(&mut key(&["org_id", "version"]))
                .take(),
        )
        .await?;
        platform_table(
            manager,
            Table::create()
                .table("key_canary")
                .col(integer("id"))
                .col(text("key_id"))
                .col(blob("sealed"))
                .primary_key(&mut key(&["id"]))
                .take(),
        )
        .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["key_canary", "data_key"]).await
    }
}
