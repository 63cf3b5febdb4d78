//! The end of an organization, of which nothing else is left. `id` is its id.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "purge")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub deleted_at: i64,
    pub began_at: i64,
    /// Missing while there may be rows left.
    pub ended_at: Option<i64>,
    /// How many rows its audit log had, and the last one's hash: whoever kept an export can show that it is whole.
    pub audit_rows: i64,
    #[sea_orm(column_type = "Text")]
    pub audit_head: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
