//! What an organization publishes in DNS to prove that a domain is its own.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::text_null;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

pub(super) struct Migration;

/// Missing where a server of an earlier version has named the domain since: it is made when the settings are saved.
const COLUMN: &str = "token";

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "platform_0018_domain_proof"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let add = Table::alter().table("sso_domain").add_column(text_null(COLUMN).take()).take();
        manager.alter_table(add).await?;
        let random = match manager.get_database_backend() {
            DbBackend::Postgres => "replace(gen_random_uuid()::text, '-', '')",
            _ => "lower(hex(randomblob(16)))",
        };
        let fill = format!(r#"UPDATE "sso_domain" SET "{COLUMN}" = {random}"#);
        manager.get_connection().execute_unprepared(&fill).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table("sso_domain").drop_column(COLUMN).take()).await
    }
}
