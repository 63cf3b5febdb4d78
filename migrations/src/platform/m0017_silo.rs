//! Organizations in schemas of their own, and the way into an organization's tables, wherever they are. PostgreSQL's alone:
//! SQLite has one file and no schemas.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

use crate::silo;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "platform_0017_silo"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() != DbBackend::Postgres {
            return Ok(());
        }
        // An id is an organization's. `version` is the last migration of the schema's tables; `remove_at` is when that goes
        // which a move left behind, in milliseconds since 1970.
        //
        // The function takes a fresh look at the table once it has the lock: a statement's own view may be older than the
        // move that it had to give way to. It never waits for a move, which holds the lock as long as it copies.
        let moving = silo::lock_key("org");
        let schema = silo::schema_sql("org");
        manager
            .get_connection()
            .execute_unprepared(&format!(
                r#"CREATE TABLE "tenant_schema" (
                     "id" uuid NOT NULL PRIMARY KEY,
                     "state" text NOT NULL CHECK ("state" IN ('prepared', 'live', 'left')),
                     "version" text NOT NULL,
                     "changed_at" bigint NOT NULL,
                     "remove_at" bigint
                   );
                   CREATE FUNCTION enter_tenant(org uuid, writes boolean, oldest text) RETURNS void LANGUAGE plpgsql AS
                   $$
                   DECLARE
                     applied text;
                     place text := 'pooled';
                   BEGIN
                     IF writes AND NOT pg_try_advisory_xact_lock_shared({moving}) THEN
                       RAISE EXCEPTION 'the organization is being moved' USING ERRCODE = 'BS002';
                     END IF;
                     SELECT s.version INTO applied FROM platform.tenant_schema s WHERE s.id = org AND s.state = 'live';
                     IF FOUND THEN
                       IF applied < oldest COLLATE "C" THEN
                         RAISE EXCEPTION 'the schema of the organization is behind' USING ERRCODE = 'BS003';
                       END IF;
                       place := {schema};
                     END IF;
                     PERFORM set_config('bastion.org_id', org::text, true),
                             set_config('search_path', place || ', platform', true);
                   END $$;"#
            ))
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() != DbBackend::Postgres {
            return Ok(());
        }
        let connection = manager.get_connection();
        connection.execute_unprepared("DROP FUNCTION enter_tenant(uuid, boolean, text)").await?;
        // What lies in schemas of its own would be lost to every server.
        connection
            .execute_unprepared(
                r#"DO $$ BEGIN
                     IF EXISTS (SELECT 1 FROM "tenant_schema" WHERE "state" = 'live') THEN
                       RAISE EXCEPTION 'there are organizations in schemas of their own: place them among the others first';
                     END IF;
                   END $$;
                   DROP TABLE "tenant_schema""#,
            )
            .await?;
        Ok(())
    }
}
