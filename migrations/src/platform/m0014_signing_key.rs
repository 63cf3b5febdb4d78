//! The keys that sign access tokens, of which one is not about to retire; and none new under a master key that was replaced.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, blob, text};
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

use crate::table::{drop_tables, key, platform_table, unique};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "platform_0014_signing_key"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        platform_table(
            manager,
            Table::create()
                .table("signing_key")
                .col(text("kid"))
                .col(text("algorithm"))
                .col(blob("public_key"))
                .col(blob("sealed"))
                .col(text("key_id"))
                .col(big_integer("created_at"))
                .col(big_integer_null("retires_at"))
                .primary_key(&mut key(&["kid"]))
                .take(),
        )
        .await?;
        let present =
            unique("signing_key", &["algorithm"]).and_where(Expr::col("retires_at").is_null()).take();
        manager.create_index(present).await?;
        let sql = match manager.get_database_backend() {
            // The function is that of the other tables of what a master key wraps.
            DbBackend::Postgres => {
                r#"CREATE TRIGGER "signing_key_present_key" BEFORE INSERT OR UPDATE OF key_id ON "signing_key"
                     FOR EACH ROW EXECUTE FUNCTION under_the_present_master_key()"#
                    .to_owned()
            }
            _ => [("insert", "INSERT"), ("update", r#"UPDATE OF "key_id""#)]
                .iter()
                .map(|(name, event)| {
                    format!(
                        r#"CREATE TRIGGER "signing_key_present_key_{name}" BEFORE {event} ON "signing_key"
                             WHEN (SELECT "key_id" FROM "key_canary") <> NEW."key_id"
                             BEGIN SELECT RAISE(ABORT, 'the master key was replaced'); END;"#
                    )
                })
                .collect(),
        };
        manager.get_connection().execute_unprepared(&sql).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["signing_key"]).await
    }
}
