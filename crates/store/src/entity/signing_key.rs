//! A key that signs access tokens; its secret half is sealed by the master key that `key_id` names.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "signing_key")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub kid: String,
    /// `EdDSA`. One key of an algorithm is not about to retire.
    #[sea_orm(column_type = "Text")]
    pub algorithm: String,
    pub public_key: Vec<u8>,
    pub sealed: Vec<u8>,
    #[sea_orm(column_type = "Text")]
    pub key_id: String,
    pub created_at: i64,
    /// From when it signs nothing more; missing until another key is to take its place.
    pub retires_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
