//! Organizations that the operator has suspended.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer_null, text_null};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "platform_0012_suspension"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for mut column in [big_integer_null("suspended_at"), text_null("suspension_reason")] {
            let add = Table::alter().table("organization").add_column(column.take()).take();
            manager.alter_table(add).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in ["suspension_reason", "suspended_at"] {
            manager.alter_table(Table::alter().table("organization").drop_column(column).take()).await?;
        }
        Ok(())
    }
}
