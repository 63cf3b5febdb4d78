//! What a source's agent says that its work on the database may cost.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::json_binary_null;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "tenant_0022_agent_limits"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut limits = json_binary_null("limits");
        manager.alter_table(Table::alter().table("source").add_column(limits.take()).take()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table("source").drop_column("limits").take()).await
    }
}
