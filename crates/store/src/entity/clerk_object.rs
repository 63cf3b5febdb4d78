//! A person, an organization or a membership at Clerk, as far as it matters here.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "clerk_object")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub id: String,
    #[sea_orm(column_type = "Text")]
    pub kind: String,
    pub changed_at: i64,
    pub deleted: bool,
    #[sea_orm(column_type = "Text")]
    pub digest: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub organization: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub person: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub role: Option<String>,
    pub since: Option<i64>,
    #[sea_orm(column_type = "Text", nullable)]
    pub name: Option<String>,
    pub local_id: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
