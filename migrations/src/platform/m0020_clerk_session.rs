//! Which session at Clerk one here was opened by, so that both end together.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::text_null;

use crate::table::index;

pub(super) struct Migration;

const COLUMN: &str = "clerk";

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "platform_0020_clerk_session"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let add = Table::alter().table("session").add_column(text_null(COLUMN).take()).take();
        manager.alter_table(add).await?;
        manager.create_index(index("session", &[COLUMN])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let known = Index::drop().name("session_clerk_index").table("session").to_owned();
        manager.drop_index(known).await?;
        manager.alter_table(Table::alter().table("session").drop_column(COLUMN).take()).await
    }
}
