//! What a key for programs is limited to, and which key took its place.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{json_binary_null, uuid_null};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "platform_0006_api_key_limits"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // SQLite adds one column at a time.
        for mut column in [
            json_binary_null("permissions"),
            json_binary_null("sources"),
            json_binary_null("addresses"),
            uuid_null("replaced_by"),
        ] {
            manager.alter_table(Table::alter().table("api_key").add_column(column.take()).take()).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in ["replaced_by", "addresses", "sources", "permissions"] {
            manager.alter_table(Table::alter().table("api_key").drop_column(column).take()).await?;
        }
        Ok(())
    }
}
