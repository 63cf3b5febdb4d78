//! A domain whose people sign in by the provider of an organization, once it is known to be that organization's.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "sso_domain")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub org_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub domain: String,
    pub created_at: i64,
    pub verified_at: Option<i64>,
    /// What the organization publishes to prove that the domain is its own; missing in rows of earlier versions.
    #[sea_orm(column_type = "Text", nullable)]
    pub token: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
