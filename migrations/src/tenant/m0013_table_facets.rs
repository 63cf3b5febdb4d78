//! What the newest profile of each table tells beyond its figures.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, blob, text, uuid};

use crate::table::{across_organizations, drop_tables, key, owned_by, tenant_table};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "tenant_0013_table_facets"
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
                .table("table_facets")
                .col(uuid("org_id"))
                .col(uuid("source_id"))
                .col(text("table_path"))
                .col(big_integer("recorded_at"))
                .col(text("hash"))
                .col(blob("bytes"))
                .primary_key(&mut key(&["org_id", "source_id", "table_path", "recorded_at"]))
                .foreign_key(&mut owned_by(
                    "table_facets",
                    &["org_id", "source_id"],
                    "source",
                    &["org_id", "id"],
                ))
                .take(),
        )
        .await?;
        // What nobody has written to since is profiled once more, or it would have none.
        let forget = r#"UPDATE "source" SET "profile_fingerprint" = NULL"#;
        across_organizations(manager, &["source"], forget).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["table_facets"]).await
    }
}
