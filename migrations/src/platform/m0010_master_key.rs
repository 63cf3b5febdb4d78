//! The deployment's master keys, each wrapped by what the operator keeps; and nothing new under one that was replaced.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, blob, text};
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

use crate::table::{drop_tables, key, platform_table};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "platform_0010_master_key"
    }
}

/// The tables of what a master key wraps.
const WRAPPED: [&str; 2] = ["data_key", "second_factor"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        platform_table(
            manager,
            Table::create()
                .table("master_key")
                .col(text("key_id"))
                .col(blob("wrapped"))
                .col(text("wrapped_by"))
                .col(big_integer("created_at"))
                .primary_key(&mut key(&["key_id"]))
                .take(),
        )
        .await?;
        let connection = manager.get_connection();
        if manager.get_database_backend() == DbBackend::Postgres {
            // The lock makes a replacement wait for whoever is about to commit something under the key before. Without a
            // canary there is no present key, and nothing to hold anybody to.
            connection
                .execute_unprepared(
                    "CREATE FUNCTION under_the_present_master_key() RETURNS trigger LANGUAGE plpgsql AS
                       $$ DECLARE present text;
                          BEGIN
                            SELECT key_id INTO present FROM platform.key_canary FOR SHARE;
                            IF present <> NEW.key_id THEN
                              RAISE EXCEPTION 'the master key was replaced' USING ERRCODE = 'BS001';
                            END IF;
                            RETURN NEW;
                          END $$",
                )
                .await?;
        }
        for table in WRAPPED {
            let sql = match manager.get_database_backend() {
                DbBackend::Postgres => format!(
                    r#"CREATE TRIGGER "{table}_present_key" BEFORE INSERT OR UPDATE OF key_id ON "{table}"
                         FOR EACH ROW EXECUTE FUNCTION under_the_present_master_key()"#
                ),
                _ => ["INSERT", r#"UPDATE OF "key_id""#]
                    .iter()
                    .zip(["insert", "update"])
                    .map(|(event, name)| {
                        format!(
                            r#"CREATE TRIGGER "{table}_present_key_{name}" BEFORE {event} ON "{table}"
                                 WHEN (SELECT "key_id" FROM "key_canary") <> NEW."key_id"
                                 BEGIN SELECT RAISE(ABORT, 'the master key was replaced'); END;"#
                        )
                    })
                    .collect(),
            };
            connection.execute_unprepared(&sql).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        if manager.get_database_backend() == DbBackend::Postgres {
            connection.execute_unprepared("DROP FUNCTION under_the_present_master_key() CASCADE").await?;
        } else {
            for table in WRAPPED {
                for name in ["insert", "update"] {
                    let sql = format!(r#"DROP TRIGGER "{table}_present_key_{name}""#);
                    connection.execute_unprepared(&sql).await?;
                }
            }
        }
        drop_tables(manager, &["master_key"]).await
    }
}
