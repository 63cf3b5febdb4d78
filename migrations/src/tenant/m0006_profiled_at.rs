//! Which profile of a source is the newest: a time in the source's own row, instead of a mark on each of its statistics.
//!
//! Statistics are then written in small batches that nobody sees, and become visible by one update.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

use crate::table::{across_organizations, index, unique};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "tenant_0006_profiled_at"
    }
}

/// The tables of statistics and what, beside the source, names one of their rows.
const STATISTICS: [(&str, &[&str]); 2] = [
    ("table_stats", &["org_id", "source_id", "table_path"]),
    ("column_stats", &["org_id", "source_id", "table_path", "column_name"]),
];
const BY_TIME: [&str; 3] = ["org_id", "source_id", "recorded_at"];
const BY_TIME_AND_TABLE: [&str; 4] = ["org_id", "source_id", "recorded_at", "table_path"];
const BY_MARK: [&str; 3] = ["org_id", "source_id", "latest"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        connection.execute_unprepared(r#"ALTER TABLE "source" ADD COLUMN "profiled_at" BIGINT"#).await?;
        across_organizations(
            manager,
            &["source", "source_score"],
            r#"UPDATE "source" SET "profiled_at" = (SELECT MAX("recorded_at") FROM "source_score"
               WHERE "source_score"."org_id" = "source"."org_id" AND "source_score"."source_id" = "source"."id")"#,
        )
        .await?;
        for (table, key) in STATISTICS {
            drop_index(manager, &unique(table, key)).await?;
            drop_index(manager, &index(table, &BY_MARK)).await?;
            drop_index(manager, &index(table, &BY_TIME)).await?;
            manager.create_index(index(table, &BY_TIME_AND_TABLE)).await?;
            connection.execute_unprepared(&format!(r#"ALTER TABLE "{table}" DROP COLUMN "latest""#)).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        for (table, key) in STATISTICS {
            let add = format!(r#"ALTER TABLE "{table}" ADD COLUMN "latest" BOOLEAN NOT NULL DEFAULT FALSE"#);
            connection.execute_unprepared(&add).await?;
            let mark = format!(
                r#"UPDATE "{table}" SET "latest" = TRUE WHERE "recorded_at" = (SELECT "profiled_at" FROM "source"
                   WHERE "source"."org_id" = "{table}"."org_id" AND "source"."id" = "{table}"."source_id")"#
            );
            across_organizations(manager, &["source", table], &mark).await?;
            drop_index(manager, &index(table, &BY_TIME_AND_TABLE)).await?;
            manager.create_index(index(table, &BY_TIME)).await?;
            manager.create_index(index(table, &BY_MARK)).await?;
            manager.create_index(unique(table, key).and_where(Expr::col("latest")).take()).await?;
        }
        connection.execute_unprepared(r#"ALTER TABLE "source" DROP COLUMN "profiled_at""#).await?;
        Ok(())
    }
}

async fn drop_index(manager: &SchemaManager<'_>, index: &IndexCreateStatement) -> Result<(), DbErr> {
    let Some(name) = index.get_index_spec().get_name() else {
        return Err(DbErr::Custom("an index needs a name".into()));
    };
    manager.get_connection().execute_unprepared(&format!(r#"DROP INDEX "{name}""#)).await?;
    Ok(())
}
