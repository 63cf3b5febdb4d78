//! A signed-in browser; `id` is the SHA-256 of its token, in hexadecimal.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "session")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub id: String,
    pub user_id: Uuid,
    pub org_id: Option<Uuid>,
    pub created_at: i64,
    pub last_seen_at: i64,
    pub expires_at: i64,
    #[sea_orm(column_type = "Text", nullable)]
    pub ip: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub user_agent: Option<String>,
    pub revoked_at: Option<i64>,
    /// Missing in sessions of earlier versions, whose opening was the proof.
    pub proved_at: Option<i64>,
    /// By whose single sign-on they came; it reaches that organization alone.
    pub sso_org_id: Option<Uuid>,
    /// The name of the session at Clerk that it was opened by.
    #[sea_orm(column_type = "Text", nullable)]
    pub clerk: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
