//! What was measured of a table at one time; seen once `source.profiled_at` has come to its time.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "table_stats")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub org_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub source_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub table_path: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub recorded_at: i64,
    pub run_id: Uuid,
    pub row_count: i64,
    #[sea_orm(column_type = "Text")]
    pub row_count_method: String,
    pub bytes: Option<i64>,
    pub latest_value_at: Option<i64>,
    #[sea_orm(column_type = "Text", nullable)]
    pub timestamp_column: Option<String>,
    pub last_write_at: Option<i64>,
    pub freshness_seconds: Option<i64>,
    #[sea_orm(column_type = "Text")]
    pub health: String,
    pub score: Option<f64>,
    #[sea_orm(column_type = "JsonBinary")]
    pub deductions: Json,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
