//! Single sign-on: the provider of an organization, its domains, whom a provider knows as whom, and sign-ins under way.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, boolean, text, uuid, uuid_null};

use crate::table::{drop_tables, index, key, owned_by, platform_table};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "platform_0011_sso"
    }
}

/// What remembers by whose single sign-on somebody came.
const COMERS: [&str; 2] = ["session", "pending_sign_in"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        platform_table(
            manager,
            Table::create()
                .table("sso_connection")
                .col(uuid("org_id"))
                .col(text("issuer"))
                .col(text("client_id"))
                .col(text("default_role"))
                .col(boolean("required"))
                .col(big_integer("created_at"))
                .col(big_integer("updated_at"))
                .primary_key(&mut key(&["org_id"]))
                .foreign_key(&mut owned_by("sso_connection", &["org_id"], "organization", &["id"]))
                .take(),
        )
        .await?;
        platform_table(
            manager,
            Table::create()
                .table("sso_domain")
                .col(uuid("org_id"))
                .col(text("domain"))
                .col(big_integer("created_at"))
                .col(big_integer_null("verified_at"))
                .primary_key(&mut key(&["org_id", "domain"]))
                .foreign_key(&mut owned_by("sso_domain", &["org_id"], "sso_connection", &["org_id"]))
                .take(),
        )
        .await?;
        // Anybody may name a domain; it is known to be of one organization at most.
        manager
            .get_connection()
            .execute_unprepared(
                r#"CREATE UNIQUE INDEX "sso_domain_domain_key" ON "sso_domain" ("domain")
                     WHERE "verified_at" IS NOT NULL"#,
            )
            .await?;
        platform_table(
            manager,
            Table::create()
                .table("identity_link")
                .col(text("issuer"))
                .col(text("subject"))
                .col(uuid("user_id"))
                .col(big_integer("created_at"))
                .primary_key(&mut key(&["issuer", "subject"]))
                .foreign_key(&mut owned_by("identity_link", &["user_id"], "user", &["id"]))
                .take(),
        )
        .await?;
        manager.create_index(index("identity_link", &["user_id"])).await?;
        platform_table(
            manager,
            Table::create()
                .table("oidc_login")
                .col(text("id"))
                .col(uuid("org_id"))
                .col(text("issuer"))
                .col(big_integer("created_at"))
                .col(big_integer("expires_at"))
                .primary_key(&mut key(&["id"]))
                .foreign_key(&mut owned_by("oidc_login", &["org_id"], "sso_connection", &["org_id"]))
                .take(),
        )
        .await?;
        manager.create_index(index("oidc_login", &["org_id"])).await?;
        manager.create_index(index("oidc_login", &["expires_at"])).await?;
        // Refers to nothing: once the organization is gone, the session still reaches no other.
        for table in COMERS {
            let mut column = uuid_null("sso_org_id");
            manager.alter_table(Table::alter().table(table).add_column(column.take()).take()).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Without the column a session would reach every organization of its person.
        for table in COMERS {
            let sql = format!(r#"DELETE FROM "{table}" WHERE "sso_org_id" IS NOT NULL"#);
            manager.get_connection().execute_unprepared(&sql).await?;
            manager.alter_table(Table::alter().table(table).drop_column("sso_org_id").take()).await?;
        }
        drop_tables(manager, &["oidc_login", "identity_link", "sso_domain", "sso_connection"]).await
    }
}
