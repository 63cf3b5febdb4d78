//! How far out values have to be before they are odd: what was said of sources, tables, columns and measures.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, text, uuid};

use crate::table::{drop_tables, key, owned_by, tenant_table};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "tenant_0019_sensitivity"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    /// An empty table, column or measure stands for all of them.
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut source = owned_by("sensitivity", &["org_id", "source_id"], "source", &["org_id", "id"]);
        tenant_table(
            manager,
            Table::create()
                .table("sensitivity")
                .col(uuid("org_id"))
                .col(uuid("source_id"))
                .col(text("table_path"))
                .col(text("column_name"))
                .col(text("measure"))
                .col(text("sensitivity"))
                .col(text("author"))
                .col(big_integer("at"))
                .primary_key(&mut key(&["org_id", "source_id", "table_path", "column_name", "measure"]))
                .foreign_key(&mut source)
                .take(),
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["sensitivity"]).await
    }
}
