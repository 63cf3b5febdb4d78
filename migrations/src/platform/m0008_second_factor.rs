//! What a person proves themselves by beside their password, and sign-ins that wait for it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, blob, integer, text, uuid};

use crate::table::{drop_tables, index, key, owned_by, platform_table};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "platform_0008_second_factor"
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
                .table("second_factor")
                .col(uuid("user_id"))
                .col(blob("sealed"))
                .col(text("key_id"))
                .col(big_integer("created_at"))
                .col(big_integer_null("enabled_at"))
                .col(big_integer_null("last_step"))
                .col(integer("attempts"))
                .col(big_integer("attempts_since"))
                .primary_key(&mut key(&["user_id"]))
                .foreign_key(&mut owned_by("second_factor", &["user_id"], "user", &["id"]))
                .take(),
        )
        .await?;
        platform_table(
            manager,
            Table::create()
                .table("recovery_code")
                .col(uuid("user_id"))
                .col(text("code_hash"))
                .col(big_integer("created_at"))
                .col(big_integer_null("used_at"))
                .primary_key(&mut key(&["user_id", "code_hash"]))
                .foreign_key(&mut owned_by("recovery_code", &["user_id"], "second_factor", &["user_id"]))
                .take(),
        )
        .await?;
        platform_table(
            manager,
            Table::create()
                .table("pending_sign_in")
                .col(text("id"))
                .col(uuid("user_id"))
                .col(integer("attempts"))
                .col(big_integer("created_at"))
                .col(big_integer("expires_at"))
                .primary_key(&mut key(&["id"]))
                .foreign_key(&mut owned_by("pending_sign_in", &["user_id"], "user", &["id"]))
                .take(),
        )
        .await?;
        manager.create_index(index("pending_sign_in", &["user_id"])).await?;
        manager.create_index(index("pending_sign_in", &["expires_at"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["pending_sign_in", "recovery_code", "second_factor"]).await
    }
}
