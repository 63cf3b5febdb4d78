//! What can only be added to goes from where its organization was, once that has moved to a schema of its own.

use sea_orm_migration::prelude::*;

use crate::audit::{goes_when_moved, goes_with_its_organization};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "tenant_0023_moved"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        goes_when_moved(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        goes_with_its_organization(manager, "audit").await
    }
}
