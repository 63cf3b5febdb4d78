//! How far out a value has to be before it is odd, of a source or a part of it; empty names stand for all.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sensitivity")]
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
    pub measure: String,
    #[sea_orm(column_type = "Text")]
    pub sensitivity: String,
    #[sea_orm(column_type = "Text")]
    pub author: String,
    pub at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
