//! An odd point of a series, with the bounds that it was judged by; seen once `detection.judged_at` has come to its time.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "anomaly")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub org_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub source_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub table_path: String,
    /// Empty for what is measured of the whole table.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub column_name: String,
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub measure: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub at: i64,
    pub value: f64,
    pub expected: f64,
    pub lower: f64,
    pub upper: f64,
    pub streak: i32,
    pub normal: bool,
    pub explained_by: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
