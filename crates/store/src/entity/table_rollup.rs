//! What was measured of a table within a day or a week.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "table_rollup")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub org_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub source_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub table_path: String,
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub period: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub starts_at: i64,
    pub last_at: i64,
    pub row_count_points: Option<i32>,
    pub row_count_min: Option<f64>,
    pub row_count_max: Option<f64>,
    pub row_count_mean: Option<f64>,
    pub row_count_last: Option<f64>,
    pub freshness_seconds_points: Option<i32>,
    pub freshness_seconds_min: Option<f64>,
    pub freshness_seconds_max: Option<f64>,
    pub freshness_seconds_mean: Option<f64>,
    pub freshness_seconds_last: Option<f64>,
    pub latest_value_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
