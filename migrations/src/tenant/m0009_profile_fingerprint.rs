//! What an agent is asked to compare with, so that a profile that would find nothing new is neither made nor kept, and
//! until when that is any use: a table that nobody writes to becomes stale by the clock alone.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "tenant_0009_profile_fingerprint"
    }
}

const COLUMNS: [(&str, &str); 2] = [("profile_fingerprint", "TEXT"), ("profile_holds_until", "BIGINT")];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (column, data_type) in COLUMNS {
            let add = format!(r#"ALTER TABLE "source" ADD COLUMN "{column}" {data_type}"#);
            manager.get_connection().execute_unprepared(&add).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (column, _) in COLUMNS {
            let drop = format!(r#"ALTER TABLE "source" DROP COLUMN "{column}""#);
            manager.get_connection().execute_unprepared(&drop).await?;
        }
        Ok(())
    }
}
