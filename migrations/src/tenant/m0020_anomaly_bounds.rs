//! The bounds by which the series of a table were judged, one row for each judgement.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, blob, text, uuid};

use crate::table::{drop_tables, index, key, owned_by, tenant_table};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "tenant_0020_anomaly_bounds"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut source = owned_by("anomaly_bounds", &["org_id", "source_id"], "source", &["org_id", "id"]);
        tenant_table(
            manager,
            Table::create()
                .table("anomaly_bounds")
                .col(uuid("org_id"))
                .col(uuid("source_id"))
                .col(text("table_path"))
                .col(big_integer("at"))
                .col(blob("bounds"))
                .primary_key(&mut key(&["org_id", "source_id", "table_path", "at"]))
                .foreign_key(&mut source)
                .take(),
        )
        .await?;
        manager.create_index(index("anomaly_bounds", &["org_id", "source_id", "at"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["anomaly_bounds"]).await
    }
}
