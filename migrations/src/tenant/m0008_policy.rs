//! Policies about drift: every version that there was, and the severity of an event before policy.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, integer, text, text_null, uuid, uuid_null};
use sea_orm_migration::sea_orm::ConnectionTrait;

use crate::table::{drop_tables, key, owned_by, tenant_table, unique};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "tenant_0008_policy"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        tenant_table(
            manager,
            Table::create()
                .table("policy_version")
                .col(uuid("org_id"))
                .col(uuid("id"))
                .col(uuid_null("source_id"))
                .col(integer("version"))
                .col(text("author"))
                .col(big_integer("at"))
                .col(text_null("reason"))
                .col(text("text"))
                .primary_key(&mut key(&["org_id", "id"]))
                .foreign_key(&mut owned_by(
                    "policy_version",
                    &["org_id", "source_id"],
                    "source",
                    &["org_id", "id"],
                ))
                .take(),
        )
        .await?;
        // A unique index holds no two rows apart that have no source: those are the organization's own.
        manager.create_index(unique("policy_version", &["org_id", "source_id", "version"])).await?;
        manager
            .create_index(
                unique("policy_version", &["org_id", "version"])
                    .and_where(Expr::col("source_id").is_null())
                    .take(),
            )
            .await?;
        let connection = manager.get_connection();
        connection.execute_unprepared(r#"ALTER TABLE "drift" ADD COLUMN "found_severity" TEXT"#).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        connection.execute_unprepared(r#"ALTER TABLE "drift" DROP COLUMN "found_severity""#).await?;
        drop_tables(manager, &["policy_version"]).await
    }
}
