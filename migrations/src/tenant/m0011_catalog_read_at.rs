//! When a source's catalog itself was last read: a fingerprint stands for it for a day only.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "tenant_0011_catalog_read_at"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let add = r#"ALTER TABLE "source" ADD COLUMN "catalog_read_at" BIGINT"#;
        manager.get_connection().execute_unprepared(add).await.map(drop)
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let drop = r#"ALTER TABLE "source" DROP COLUMN "catalog_read_at""#;
        manager.get_connection().execute_unprepared(drop).await.map(std::mem::drop)
    }
}
