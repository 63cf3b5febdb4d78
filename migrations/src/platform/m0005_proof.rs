//! When whoever holds a session last proved who they are.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "platform_0005_proof"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let add = r#"ALTER TABLE "session" ADD COLUMN "proved_at" BIGINT"#;
        manager.get_connection().execute_unprepared(add).await.map(drop)
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let drop_column = r#"ALTER TABLE "session" DROP COLUMN "proved_at""#;
        manager.get_connection().execute_unprepared(drop_column).await.map(drop)
    }
}
