//! What is known of the objects of Clerk: when each was last changed there, and what here stands for it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, boolean, text, text_null, uuid_null};

use crate::table::{drop_tables, index, key, platform_table};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "platform_0019_clerk"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Refers to nothing: what is gone here must not come back by an event that was late.
        platform_table(
            manager,
            Table::create()
                .table("clerk_object")
                .col(text("id"))
                .col(text("kind"))
                .col(big_integer("changed_at"))
                .col(boolean("deleted"))
                .col(text("digest"))
                .col(text_null("organization"))
                .col(text_null("person"))
                .col(text_null("role"))
                .col(big_integer_null("since"))
                .col(text_null("name"))
                .col(uuid_null("local_id"))
                .primary_key(&mut key(&["id"]))
                .take(),
        )
        .await?;
        manager.create_index(index("clerk_object", &["organization"])).await?;
        manager.create_index(index("clerk_object", &["person"])).await?;
        manager.create_index(index("inbound_event", &["processed_at"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let known = Index::drop().name("inbound_event_processed_at_index").table("inbound_event").to_owned();
        manager.drop_index(known).await?;
        drop_tables(manager, &["clerk_object"]).await
    }
}
