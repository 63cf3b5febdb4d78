//! How much of everything the operator lets an organization have.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::integer_null;

pub(super) struct Migration;

/// Missing: as much as it likes.
const COLUMNS: [&str; 3] = ["most_members", "most_sources", "most_api_keys"];

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "platform_0015_limits"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in COLUMNS {
            let add = Table::alter().table("organization").add_column(integer_null(column).take()).take();
            manager.alter_table(add).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in COLUMNS.into_iter().rev() {
            manager.alter_table(Table::alter().table("organization").drop_column(column).take()).await?;
        }
        Ok(())
    }
}
