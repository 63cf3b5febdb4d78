//! One row per run: what sparklines and trends are drawn from.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "source_score")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub org_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub source_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub recorded_at: i64,
    pub score: Option<f64>,
    pub tables: i32,
    pub columns: i32,
    pub freshness_mean_seconds: Option<f64>,
    #[sea_orm(column_type = "JsonBinary")]
    pub null_distribution: Json,
    pub breaking: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
