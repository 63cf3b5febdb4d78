//! What was measured of a column at one time; seen once `source.profiled_at` has come to its time.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "column_stats")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub org_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub source_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub table_path: String,
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub column_name: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub recorded_at: i64,
    pub run_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub data_type: String,
    pub row_count: i64,
    pub null_percent: Option<f64>,
    pub uniqueness_percent: Option<f64>,
    pub distinct_count: Option<i64>,
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub min: Option<Json>,
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub max: Option<Json>,
    pub latest_value_at: Option<i64>,
    #[sea_orm(column_type = "Text")]
    pub method: String,
    pub error_bound: Option<f64>,
    #[sea_orm(column_type = "Text")]
    pub health: String,
    pub score: Option<f64>,
    #[sea_orm(column_type = "JsonBinary")]
    pub deductions: Json,
    pub previous_null_percent: Option<f64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
