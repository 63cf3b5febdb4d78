//! People, organizations and what lets them in.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, integer_null, json_binary_null, text, text_null, uuid, uuid_null,
};

use crate::table::{drop_tables, index, key, owned_by, platform_table, unique};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "platform_0001_identity"
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
                .table("user")
                .col(uuid("id"))
                .col(text("email"))
                .col(text("name"))
                .col(text_null("password_hash"))
                .col(big_integer("created_at"))
                .col(big_integer_null("disabled_at"))
                .primary_key(&mut key(&["id"]))
                .take(),
        )
        .await?;
        manager.create_index(unique("user", &["email"])).await?;
        platform_table(
            manager,
            Table::create()
                .table("organization")
                .col(uuid("id"))
                .col(text("slug"))
                .col(text("name"))
                .col(text("placement"))
                .col(big_integer("created_at"))
                .col(big_integer_null("deleted_at"))
                .primary_key(&mut key(&["id"]))
                .take(),
        )
        .await?;
        manager.create_index(unique("organization", &["slug"])).await?;
        platform_table(
            manager,
            Table::create()
                .table("session")
                .col(text("id"))
                .col(uuid("user_id"))
                .col(uuid_null("org_id"))
                .col(big_integer("created_at"))
                .col(big_integer("last_seen_at"))
                .col(big_integer("expires_at"))
                .col(text_null("ip"))
                .col(text_null("user_agent"))
                .col(big_integer_null("revoked_at"))
                .primary_key(&mut key(&["id"]))
                .foreign_key(&mut owned_by("session", &["user_id"], "user", &["id"]))
                .take(),
        )
        .await?;
        manager.create_index(index("session", &["user_id"])).await?;
        platform_table(
            manager,
            Table::create()
                .table("membership")
                .col(uuid("org_id"))
                .col(uuid("user_id"))
                .col(text("role"))
                .col(text("status"))
                .col(big_integer("joined_at"))
                .col(big_integer_null("last_seen_at"))
                .primary_key(&mut key(&["org_id", "user_id"]))
                .foreign_key(&mut owned_by("membership", &["org_id"], "organization", &["id"]))
                .foreign_key(&mut owned_by("membership", &["user_id"], "user", &["id"]))
                .take(),
        )
        .await?;
        manager.create_index(index("membership", &["user_id"])).await?;
        platform_table(
            manager,
            Table::create()
                .table("invitation")
                .col(uuid("id"))
                .col(uuid("org_id"))
                .col(text("email"))
                .col(text("role"))
                .col(text("token_hash"))
                .col(uuid_null("created_by"))
                .col(big_integer("created_at"))
                .col(big_integer("expires_at"))
                .col(big_integer_null("accepted_at"))
                .col(big_integer_null("revoked_at"))
                .primary_key(&mut key(&["id"]))
                .foreign_key(&mut owned_by("invitation", &["org_id"], "organization", &["id"]))
                .take(),
        )
        .await?;
        manager.create_index(unique("invitation", &["token_hash"])).await?;
        manager.create_index(index("invitation", &["org_id", "created_at"])).await?;
        platform_table(
            manager,
            Table::create()
                .table("api_key")
                .col(uuid("id"))
                .col(uuid("org_id"))
                .col(text("name"))
                .col(text("prefix"))
                .col(text("secret_hash"))
                .col(text("role"))
                .col(uuid_null("created_by"))
                .col(big_integer("created_at"))
                .col(big_integer_null("expires_at"))
                .col(big_integer_null("last_used_at"))
                .col(big_integer_null("revoked_at"))
                .primary_key(&mut key(&["id"]))
                .foreign_key(&mut owned_by("api_key", &["org_id"], "organization", &["id"]))
                .take(),
        )
        .await?;
        manager.create_index(unique("api_key", &["secret_hash"])).await?;
        manager.create_index(index("api_key", &["org_id", "created_at"])).await?;
        platform_table(
            manager,
            Table::create()
                .table("idempotency")
                .col(text("principal"))
                .col(text("route"))
                .col(text("key"))
                .col(uuid_null("org_id"))
                .col(text("fingerprint"))
                .col(integer_null("status"))
                .col(json_binary_null("body"))
                .col(big_integer("created_at"))
                .primary_key(&mut key(&["principal", "route", "key"]))
                .take(),
        )
        .await?;
        manager.create_index(index("idempotency", &["created_at"])).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(
            manager,
            &["idempotency", "api_key", "invitation", "membership", "session", "organization", "user"],
        )
        .await
    }
}
