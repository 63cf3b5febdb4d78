//! Each row of the audit log follows the last one: the database itself lets none be forked, skipped or put in place of
//! another.

use sea_orm_migration::prelude::*;

use crate::audit::{drop_follows, follows};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "tenant_0017_audit_chain"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        follows(manager, "audit").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_follows(manager, "audit").await
    }
}
