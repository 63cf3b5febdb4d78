//! People's pictures.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, blob, text, uuid};

use crate::table::{drop_tables, key, owned_by, platform_table};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "platform_0013_avatar"
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
                .table("avatar")
                .col(uuid("user_id"))
                .col(text("media_type"))
                .col(text("hash"))
                .col(blob("image"))
                .col(big_integer("updated_at"))
                .primary_key(&mut key(&["user_id"]))
                .foreign_key(&mut owned_by("avatar", &["user_id"], "user", &["id"]))
                .take(),
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["avatar"]).await
    }
}
