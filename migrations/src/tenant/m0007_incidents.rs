//! Incidents with what happened to them, and what anomaly detection knows: models, odd points, and how far it is.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, boolean, double, integer, json_binary, text, text_null, uuid, uuid_null,
};

use crate::table::{drop_tables, index, key, owned_by, tenant_table, unique};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "tenant_0007_incidents"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        tenant_table(manager, incident()).await?;
        let identity = ["org_id", "source_id", "object_path", "cause"];
        // One of a cause that has not ended, whatever two workers find at once.
        manager
            .create_index(unique("incident", &identity).and_where(Expr::col("ended_at").is_null()).take())
            .await?;
        manager.create_index(index("incident", &identity)).await?;
        manager.create_index(index("incident", &["org_id", "opened_at"])).await?;
        manager.create_index(index("incident", &["org_id", "drift_id"])).await?;
        tenant_table(manager, incident_event()).await?;
        tenant_table(manager, anomaly()).await?;
        manager.create_index(index("anomaly", &["org_id", "source_id", "at"])).await?;
        manager.create_index(index("anomaly", &["org_id", "explained_by"])).await?;
        tenant_table(manager, anomaly_model()).await?;
        tenant_table(manager, detection()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = ["detection", "anomaly_model", "anomaly", "incident_event", "incident"];
        drop_tables(manager, &tables).await
    }
}

fn of_source(table: &'static str) -> ForeignKeyCreateStatement {
    owned_by(table, &["org_id", "source_id"], "source", &["org_id", "id"])
}

fn incident() -> TableCreateStatement {
    Table::create()
        .table("incident")
        .col(uuid("org_id"))
        .col(uuid("id"))
        .col(uuid("source_id"))
        .col(text("object_path"))
        .col(text("cause"))
        .col(text("severity"))
        .col(text("state"))
        .col(text("fingerprint"))
        .col(text("title"))
        .col(json_binary("evidence"))
        .col(uuid_null("assignee"))
        .col(big_integer_null("snoozed_until"))
        .col(boolean("snoozed_until_changed"))
        .col(big_integer("opened_at"))
        .col(big_integer("last_seen_at"))
        .col(big_integer("updated_at"))
        .col(big_integer_null("ended_at"))
        .col(integer("reopened"))
        .col(uuid_null("merged_into"))
        .col(uuid("run_id"))
        .col(uuid_null("drift_id"))
        .primary_key(&mut key(&["org_id", "id"]))
        .foreign_key(&mut of_source("incident"))
        .take()
}

fn incident_event() -> TableCreateStatement {
    Table::create()
        .table("incident_event")
        .col(uuid("org_id"))
        .col(uuid("incident_id"))
        .col(uuid("id"))
        .col(big_integer("at"))
        .col(text("actor"))
        .col(text("kind"))
        .col(text("message"))
        .col(text_null("comment"))
        .primary_key(&mut key(&["org_id", "incident_id", "id"]))
        .foreign_key(&mut owned_by(
            "incident_event",
            &["org_id", "incident_id"],
            "incident",
            &["org_id", "id"],
        ))
        .take()
}

/// `column_name` is empty for what is measured of a whole table.
fn anomaly() -> TableCreateStatement {
    Table::create()
        .table("anomaly")
        .col(uuid("org_id"))
        .col(uuid("source_id"))
        .col(text("table_path"))
        .col(text("column_name"))
        .col(text("measure"))
        .col(big_integer("at"))
        .col(double("value"))
        .col(double("expected"))
        .col(double("lower"))
        .col(double("upper"))
        .col(integer("streak"))
        .col(boolean("normal"))
        .col(uuid_null("explained_by"))
        .primary_key(&mut key(&["org_id", "source_id", "table_path", "column_name", "measure", "at"]))
        .foreign_key(&mut of_source("anomaly"))
        .take()
}

/// The models of all series of a table, in one row.
fn anomaly_model() -> TableCreateStatement {
    Table::create()
        .table("anomaly_model")
        .col(uuid("org_id"))
        .col(uuid("source_id"))
        .col(text("table_path"))
        .col(integer("points"))
        .col(json_binary("models"))
        .primary_key(&mut key(&["org_id", "source_id", "table_path"]))
        .foreign_key(&mut of_source("anomaly_model"))
        .take()
}

/// One row for a source: what was judged last, and from when something is to be judged although nothing changed.
fn detection() -> TableCreateStatement {
    Table::create()
        .table("detection")
        .col(uuid("org_id"))
        .col(uuid("source_id"))
        .col(big_integer_null("profiled_at"))
        .col(big_integer("judged_at"))
        .col(integer("points"))
        .col(big_integer_null("due_at"))
        .primary_key(&mut key(&["org_id", "source_id"]))
        .foreign_key(&mut of_source("detection"))
        .take()
}
