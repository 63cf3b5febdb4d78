//! When a version let go of its objects, and when somebody last compared a database with it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "tenant_0015_removed_versions"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in ["removed_at", "baseline_at"] {
            let add = format!(r#"ALTER TABLE "schema_version" ADD COLUMN "{column}" BIGINT"#);
            manager.get_connection().execute_unprepared(&add).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in ["baseline_at", "removed_at"] {
            let drop = format!(r#"ALTER TABLE "schema_version" DROP COLUMN "{column}""#);
            manager.get_connection().execute_unprepared(&drop).await?;
        }
        Ok(())
    }
}
