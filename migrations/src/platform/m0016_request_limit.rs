//! How many requests a minute the operator lets an organization make.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::integer_null;

pub(super) struct Migration;

/// Missing: as many as it likes.
const COLUMN: &str = "most_requests_per_minute";

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "platform_0016_request_limit"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let add = Table::alter().table("organization").add_column(integer_null(COLUMN).take()).take();
        manager.alter_table(add).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table("organization").drop_column(COLUMN).take()).await
    }
}
