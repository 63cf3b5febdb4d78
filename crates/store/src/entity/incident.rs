//! Something that is wrong and that somebody handles; one that has not ended for each source, object and cause.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "incident")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub org_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub source_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub object_path: String,
    #[sea_orm(column_type = "Text")]
    pub cause: String,
    #[sea_orm(column_type = "Text")]
    pub severity: String,
    #[sea_orm(column_type = "Text")]
    pub state: String,
    #[sea_orm(column_type = "Text")]
    pub fingerprint: String,
    #[sea_orm(column_type = "Text")]
    pub title: String,
    #[sea_orm(column_type = "JsonBinary")]
    pub evidence: Json,
    pub assignee: Option<Uuid>,
    pub snoozed_until: Option<i64>,
    pub snoozed_until_changed: bool,
    pub opened_at: i64,
    pub last_seen_at: i64,
    pub updated_at: i64,
    pub ended_at: Option<i64>,
    pub reopened: i32,
    pub merged_into: Option<Uuid>,
    pub run_id: Uuid,
    pub drift_id: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
