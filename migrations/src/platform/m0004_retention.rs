//! How long an organization keeps versions of its schemas.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "platform_0004_retention"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in ["versions_kept", "days_kept"] {
            let add = format!(r#"ALTER TABLE "organization" ADD COLUMN "{column}" INTEGER"#);
            manager.get_connection().execute_unprepared(&add).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in ["days_kept", "versions_kept"] {
            let drop = format!(r#"ALTER TABLE "organization" DROP COLUMN "{column}""#);
            manager.get_connection().execute_unprepared(&drop).await?;
        }
        Ok(())
    }
}
