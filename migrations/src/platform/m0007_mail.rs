//! What is proved by mail: that an address is somebody's, and that they may set a new password.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, text, text_null, uuid};

use crate::table::{drop_tables, index, key, owned_by, platform_table, unique};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "platform_0007_mail"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut confirmed = big_integer_null("email_confirmed_at");
        manager.alter_table(Table::alter().table("user").add_column(confirmed.take()).take()).await?;
        // One open token for each person and purpose.
        platform_table(
            manager,
            Table::create()
                .table("email_token")
                .col(uuid("user_id"))
                .col(text("purpose"))
                .col(text("token_hash"))
                .col(text("email"))
                .col(big_integer("created_at"))
                .col(big_integer("expires_at"))
                .primary_key(&mut key(&["user_id", "purpose"]))
                .foreign_key(&mut owned_by("email_token", &["user_id"], "user", &["id"]))
                .take(),
        )
        .await?;
        manager.create_index(unique("email_token", &["token_hash"])).await?;
        manager.create_index(index("email_token", &["expires_at"])).await?;
        // Whoever signed up and has not confirmed their address; no account yet.
        platform_table(
            manager,
            Table::create()
                .table("sign_up")
                .col(text("email"))
                .col(text("name"))
                .col(text("password_hash"))
                .col(text_null("token_hash"))
                .col(big_integer("created_at"))
                .col(big_integer("expires_at"))
                .primary_key(&mut key(&["email"]))
                .take(),
        )
        .await?;
        manager.create_index(unique("sign_up", &["token_hash"])).await?;
        manager.create_index(index("sign_up", &["expires_at"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["sign_up", "email_token"]).await?;
        manager.alter_table(Table::alter().table("user").drop_column("email_confirmed_at").take()).await
    }
}
