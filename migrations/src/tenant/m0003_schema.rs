//! Snapshots: blobs, what a run has staged, versions and the drift between them.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, blob, boolean, integer, json_binary, text, text_null, uuid, uuid_null,
};

use crate::table::{drop_tables, index, key, owned_by, refers_to, tenant_table};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "tenant_0003_schema"
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
                .table("schema_object")
                .col(uuid("org_id"))
                .col(text("hash"))
                .col(blob("bytes"))
                .col(big_integer("created_at"))
                .primary_key(&mut key(&["org_id", "hash"]))
                .take(),
        )
        .await?;
        manager.create_index(index("schema_object", &["org_id", "created_at"])).await?;
        tenant_table(
            manager,
            Table::create()
                .table("staged_object")
                .col(uuid("org_id"))
                .col(uuid("run_id"))
                .col(text("path"))
                .col(text("kind"))
                .col(text("hash"))
                .col(text("address"))
                .primary_key(&mut key(&["org_id", "run_id", "path", "kind"]))
                .foreign_key(&mut owned_by("staged_object", &["org_id", "run_id"], "run", &["org_id", "id"]))
                .foreign_key(&mut refers_to(
                    "staged_object",
                    &["org_id", "address"],
                    "schema_object",
                    &["org_id", "hash"],
                ))
                .take(),
        )
        .await?;
        manager.create_index(index("staged_object", &["org_id", "address"])).await?;
        tenant_table(
            manager,
            Table::create()
                .table("staged_profile")
                .col(uuid("org_id"))
                .col(uuid("run_id"))
                .col(text("table_path"))
                .col(json_binary("profile"))
                .primary_key(&mut key(&["org_id", "run_id", "table_path"]))
                .foreign_key(&mut owned_by("staged_profile", &["org_id", "run_id"], "run", &["org_id", "id"]))
                .take(),
        )
        .await?;
        tenant_table(
            manager,
            Table::create()
                .table("schema_version")
                .col(uuid("org_id"))
                .col(uuid("source_id"))
                .col(integer("version"))
                .col(text("root_hash"))
                .col(text("manifest"))
                .col(json_binary("header"))
                .col(json_binary("counts"))
                .col(integer("canonical_version"))
                .col(big_integer("captured_at"))
                .col(big_integer("verified_at"))
                .col(uuid("run_id"))
                .col(boolean("rebased"))
                .col(uuid_null("drift_id"))
                .primary_key(&mut key(&["org_id", "source_id", "version"]))
                .foreign_key(&mut owned_by(
                    "schema_version",
                    &["org_id", "source_id"],
                    "source",
                    &["org_id", "id"],
                ))
                .foreign_key(&mut refers_to(
                    "schema_version",
                    &["org_id", "run_id"],
                    "run",
                    &["org_id", "id"],
                ))
                .foreign_key(&mut refers_to(
                    "schema_version",
                    &["org_id", "manifest"],
                    "schema_object",
                    &["org_id", "hash"],
                ))
                .take(),
        )
        .await?;
        manager.create_index(index("schema_version", &["org_id", "run_id"])).await?;
        manager.create_index(index("schema_version", &["org_id", "manifest"])).await?;
        tenant_table(
            manager,
            Table::create()
                .table("drift")
                .col(uuid("org_id"))
                .col(uuid("id"))
                .col(uuid("source_id"))
                .col(integer("old_version"))
                .col(integer("new_version"))
                .col(big_integer("detected_at"))
                .col(text("severity"))
                .col(boolean("breaking"))
                .col(text("status"))
                .col(text("sentence"))
                .col(json_binary("summary"))
                .col(json_binary("affected"))
                .col(text("changes"))
                .col(uuid("run_id"))
                .col(text_null("decided_by"))
                .col(big_integer_null("decided_at"))
                .col(text_null("reason"))
                .primary_key(&mut key(&["org_id", "id"]))
                .foreign_key(&mut refers_to(
                    "drift",
                    &["org_id", "source_id", "old_version"],
                    "schema_version",
                    &["org_id", "source_id", "version"],
                ))
                .foreign_key(&mut refers_to(
                    "drift",
                    &["org_id", "source_id", "new_version"],
                    "schema_version",
                    &["org_id", "source_id", "version"],
                ))
                .foreign_key(&mut refers_to("drift", &["org_id", "run_id"], "run", &["org_id", "id"]))
                .foreign_key(&mut refers_to(
                    "drift",
                    &["org_id", "changes"],
                    "schema_object",
                    &["org_id", "hash"],
                ))
                .take(),
        )
        .await?;
        manager.create_index(index("drift", &["org_id", "detected_at"])).await?;
        manager.create_index(index("drift", &["org_id", "source_id", "detected_at"])).await?;
        manager.create_index(index("drift", &["org_id", "source_id", "old_version"])).await?;
        manager.create_index(index("drift", &["org_id", "source_id", "new_version"])).await?;
        manager.create_index(index("drift", &["org_id", "run_id"])).await?;
        manager.create_index(index("drift", &["org_id", "changes"])).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["drift", "schema_version", "staged_profile", "staged_object", "schema_object"])
            .await
    }
}
