//! A version of a source's schema; `manifest` addresses the list of its objects, which is empty once it was removed.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "schema_version")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub org_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub source_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub version: i32,
    #[sea_orm(column_type = "Text")]
    pub root_hash: String,
    #[sea_orm(column_type = "Text")]
    pub manifest: String,
    #[sea_orm(column_type = "JsonBinary")]
    pub header: Json,
    #[sea_orm(column_type = "JsonBinary")]
    pub counts: Json,
    pub canonical_version: i32,
    pub captured_at: i64,
    pub verified_at: i64,
    pub run_id: Uuid,
    pub rebased: bool,
    pub drift_id: Option<Uuid>,
    pub removed_at: Option<i64>,
    pub baseline_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
