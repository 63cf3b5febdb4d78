//! What was measured of a column within a day or a week.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "column_rollup")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub org_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub source_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub table_path: String,
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub column_name: String,
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub period: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub starts_at: i64,
    pub last_at: i64,
    pub null_percent_points: Option<i32>,
    pub null_percent_min: Option<f64>,
    pub null_percent_max: Option<f64>,
    pub null_percent_mean: Option<f64>,
    pub null_percent_last: Option<f64>,
    pub uniqueness_percent_points: Option<i32>,
    pub uniqueness_percent_min: Option<f64>,
    pub uniqueness_percent_max: Option<f64>,
    pub uniqueness_percent_mean: Option<f64>,
    pub uniqueness_percent_last: Option<f64>,
    pub distinct_count_points: Option<i32>,
    pub distinct_count_min: Option<f64>,
    pub distinct_count_max: Option<f64>,
    pub distinct_count_mean: Option<f64>,
    pub distinct_count_last: Option<f64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
