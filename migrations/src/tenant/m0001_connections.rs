//! Connections to outside systems, and their sealed secrets.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, blob, integer, json_binary, text, text_null, uuid,
};

use crate::table::{drop_tables, index, key, tenant_table, unique};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "tenant_0001_connections"
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
                .table("connection")
                .col(uuid("org_id"))
                .col(uuid("id"))
                .col(text("kind"))
                .col(text("name"))
                .col(json_binary("config"))
                .col(text("status"))
                .col(text_null("last_error"))
                .col(big_integer("created_at"))
                .col(big_integer("updated_at"))
                .primary_key(&mut key(&["org_id", "id"]))
                .take(),
        )
        .await?;
        manager.create_index(index("connection", &["org_id", "kind"])).await?;
        tenant_table(
            manager,
            Table::create()
                .table("credential")
                .col(uuid("org_id"))
                .col(uuid("id"))
                .col(text("subject_table"))
                .col(uuid("subject_id"))
                .col(text("purpose"))
                .col(text("auth_type"))
                .col(integer("key_version"))
                .col(blob("nonce"))
                .col(blob("ciphertext"))
                .col(text_null("last4"))
                .col(big_integer_null("expires_at"))
                .col(big_integer_null("refresh_lease"))
                .col(big_integer("created_at"))
                .col(big_integer("updated_at"))
                .primary_key(&mut key(&["org_id", "id"]))
                .take(),
        )
        .await?;
        manager
            .create_index(unique("credential", &["org_id", "subject_table", "subject_id", "purpose"]))
            .await?;
        manager.create_index(index("credential", &["org_id", "key_version"])).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["credential", "connection"]).await
    }
}
