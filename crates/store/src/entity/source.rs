//! A monitored database.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "source")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub org_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    #[sea_orm(column_type = "Text")]
    pub transport: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub url: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub agent_source: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub tool_prefix: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub engine: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub engine_version: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub database: Option<String>,
    pub schema_version: Option<i32>,
    pub last_scan_at: Option<i64>,
    pub last_run_id: Option<Uuid>,
    pub every_minutes: Option<i32>,
    pub next_scan_at: Option<i64>,
    #[sea_orm(column_type = "JsonBinary")]
    pub findings: Json,
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub limits: Option<Json>,
    #[sea_orm(column_type = "Text", nullable)]
    pub fingerprint: Option<String>,
    pub catalog_read_at: Option<i64>,
    pub profiled_at: Option<i64>,
    #[sea_orm(column_type = "Text", nullable)]
    pub profile_fingerprint: Option<String>,
    pub profile_holds_until: Option<i64>,
    pub created_at: i64,
    pub updated_at: i64,
    pub deleted_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
