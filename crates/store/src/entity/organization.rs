//! A tenant.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "organization")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub slug: String,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    #[sea_orm(column_type = "Text")]
    pub placement: String,
    pub created_at: i64,
    pub deleted_at: Option<i64>,
    /// Missing, as is the next, in rows of before versions were ever removed.
    pub versions_kept: Option<i32>,
    pub days_kept: Option<i32>,
    /// When it is purged, once it is deleted; missing where a release before this one deleted it.
    pub purge_at: Option<i64>,
    /// The operator lets nobody in and nothing run, for the reason that stands beside it.
    pub suspended_at: Option<i64>,
    #[sea_orm(column_type = "Text", nullable)]
    pub suspension_reason: Option<String>,
    /// The most that it may have or do, as are the next three; missing: as many as it likes.
    pub most_members: Option<i32>,
    pub most_sources: Option<i32>,
    pub most_api_keys: Option<i32>,
    pub most_requests_per_minute: Option<i32>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
