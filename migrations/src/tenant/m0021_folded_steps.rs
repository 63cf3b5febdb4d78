//! The steps of a run that found nothing new, as a few numbers in the run's own row.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "tenant_0021_folded_steps"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let add = r#"ALTER TABLE "run" ADD COLUMN "folded_steps" TEXT"#;
        manager.get_connection().execute_unprepared(add).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let drop = r#"ALTER TABLE "run" DROP COLUMN "folded_steps""#;
        manager.get_connection().execute_unprepared(drop).await?;
        Ok(())
    }
}
