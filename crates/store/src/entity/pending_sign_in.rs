//! A browser whose password was right and whose second factor is awaited; `id` is the SHA-256 of its token, in
//! hexadecimal.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "pending_sign_in")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub id: String,
    pub user_id: Uuid,
    pub attempts: i32,
    pub created_at: i64,
    pub expires_at: i64,
    /// By whose single sign-on they came; it reaches that organization alone.
    pub sso_org_id: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
