//! Owners and tags of a source and of patterns in it: one document for each source.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, integer, json_binary, text, uuid};

use crate::table::{drop_tables, key, owned_by, tenant_table};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "tenant_0014_ownership"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut source = owned_by("ownership", &["org_id", "source_id"], "source", &["org_id", "id"]);
        tenant_table(
            manager,
            Table::create()
                .table("ownership")
                .col(uuid("org_id"))
                .col(uuid("source_id"))
                .col(integer("version"))
                .col(text("author"))
                .col(big_integer("at"))
                .col(json_binary("rules"))
                .primary_key(&mut key(&["org_id", "source_id"]))
                .foreign_key(&mut source)
                .take(),
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["ownership"]).await
    }
}
