//! What can only be added to goes with its organization, and only while that is being purged.

use sea_orm_migration::prelude::*;

use crate::audit::{goes_with_its_organization, stays};
use crate::purge::{drop_purge_journals, purge_journals};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "tenant_0018_purge"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        goes_with_its_organization(manager, "audit").await?;
        purge_journals(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_purge_journals(manager).await?;
        stays(manager, "audit").await
    }
}
