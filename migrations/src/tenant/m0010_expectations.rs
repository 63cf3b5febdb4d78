//! What users expect of their data, with what scans found of it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, boolean, json_binary, text, text_null, uuid, uuid_null,
};

use crate::table::{drop_tables, index, key, owned_by, tenant_table};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "tenant_0010_expectations"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        tenant_table(manager, expectation()).await?;
        manager.create_index(index("expectation", &["org_id", "source_id", "table_path"])).await?;
        tenant_table(manager, expectation_result()).await?;
        manager.create_index(index("expectation_result", &["org_id", "recorded_at"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["expectation_result", "expectation"]).await
    }
}

/// The columns from `state` on are the newest result, so that a list reads one table.
fn expectation() -> TableCreateStatement {
    Table::create()
        .table("expectation")
        .col(uuid("org_id"))
        .col(uuid("id"))
        .col(uuid("source_id"))
        .col(text("table_path"))
        .col(json_binary("rule"))
        .col(text("severity"))
        .col(text_null("description"))
        .col(boolean("enabled"))
        .col(text("author"))
        .col(big_integer("created_at"))
        .col(big_integer("updated_at"))
        .col(text("state"))
        .col(big_integer_null("failing"))
        .col(big_integer_null("checked"))
        .col(text_null("detail"))
        .col(big_integer_null("checked_at"))
        .col(big_integer_null("recorded_at"))
        .col(uuid_null("run_id"))
        .col(json_binary("recent"))
        .primary_key(&mut key(&["org_id", "id"]))
        .foreign_key(&mut owned_by("expectation", &["org_id", "source_id"], "source", &["org_id", "id"]))
        .take()
}

fn expectation_result() -> TableCreateStatement {
    Table::create()
        .table("expectation_result")
        .col(uuid("org_id"))
        .col(uuid("expectation_id"))
        .col(uuid("id"))
        .col(uuid("run_id"))
        .col(big_integer("recorded_at"))
        .col(text("state"))
        .col(big_integer_null("failing"))
        .col(big_integer_null("checked"))
        .col(text_null("detail"))
        .col(big_integer_null("checked_at"))
        .primary_key(&mut key(&["org_id", "expectation_id", "id"]))
        .foreign_key(&mut owned_by(
            "expectation_result",
            &["org_id", "expectation_id"],
            "expectation",
            &["org_id", "id"],
        ))
        .take()
}
