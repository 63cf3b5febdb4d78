//! A recorded difference between two versions; `changes` addresses the list of them.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "drift")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub org_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub source_id: Uuid,
    pub old_version: i32,
    pub new_version: i32,
    pub detected_at: i64,
    #[sea_orm(column_type = "Text")]
    pub severity: String,
    pub breaking: bool,
    #[sea_orm(column_type = "Text")]
    pub status: String,
    #[sea_orm(column_type = "Text")]
    pub sentence: String,
    #[sea_orm(column_type = "JsonBinary")]
    pub summary: Json,
    #[sea_orm(column_type = "JsonBinary")]
    pub affected: Json,
    #[sea_orm(column_type = "Text")]
    pub changes: String,
    pub run_id: Uuid,
    #[sea_orm(column_type = "Text", nullable)]
    pub decided_by: Option<String>,
    pub decided_at: Option<i64>,
    #[sea_orm(column_type = "Text", nullable)]
    pub reason: Option<String>,
    /// Missing in rows of before there were policies: then it is `severity`.
    #[sea_orm(column_type = "Text", nullable)]
    pub found_severity: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
