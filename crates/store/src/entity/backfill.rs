//! What came into a table each day before it was measured.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "backfill")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub org_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub source_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub table_path: String,
    pub asked_at: i64,
    #[sea_orm(column_type = "Text", nullable)]
    pub timestamp_column: Option<String>,
    pub at: i64,
    pub row_count: i64,
    #[sea_orm(column_type = "JsonBinary")]
    pub arrivals: Json,
    #[sea_orm(column_type = "Text", nullable)]
    pub refused: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
