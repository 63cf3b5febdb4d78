//! The secret that a person's authenticator app shares with us, sealed by the master key that `key_id` names.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "second_factor")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    pub sealed: Vec<u8>,
    #[sea_orm(column_type = "Text")]
    pub key_id: String,
    pub created_at: i64,
    /// Missing until a first code has shown that the app has the secret.
    pub enabled_at: Option<i64>,
    /// The step of the last code that was taken: no code of it or of an earlier one is taken again.
    pub last_step: Option<i64>,
    /// How many codes were tried since `attempts_since` without a right one.
    pub attempts: i32,
    pub attempts_since: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
