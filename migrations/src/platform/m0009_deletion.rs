//! When a deleted organization is purged, and what is left to show that it was.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, text, uuid};

use crate::table::{drop_tables, key, platform_table};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "platform_0009_deletion"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut purge_at = big_integer_null("purge_at");
        let add = Table::alter().table("organization").add_column(purge_at.take()).take();
        manager.alter_table(add).await?;
        platform_table(
            manager,
            Table::create()
                .table("purge")
                .col(uuid("id"))
                .col(big_integer("deleted_at"))
                .col(big_integer("began_at"))
                .col(big_integer_null("ended_at"))
                .col(big_integer("audit_rows"))
                .col(text("audit_head"))
                .primary_key(&mut key(&["id"]))
                .take(),
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["purge"]).await?;
        manager.alter_table(Table::alter().table("organization").drop_column("purge_at").take()).await
    }
}
