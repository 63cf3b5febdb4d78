//! Who holds a session and where they belong, as a function whose plan PostgreSQL keeps: every request asks. SQLite plans faster
//! than it is asked.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "platform_0021_caller"
    }
}

/// It has the rights of whoever calls it. `places` is `none`, `named` or `any`: in which organizations the person is looked for,
/// and `named` and `identified` are the named one's slug or the id that it is written as. Where there is none, one row says so by its
/// empty `place`.
const FIND_CALLER: &str = r#"
    CREATE FUNCTION platform.find_caller(token text, places text, named text, identified uuid)
    RETURNS TABLE (
      user_id uuid, org_id uuid, created_at bigint, last_seen_at bigint, expires_at bigint, revoked_at bigint,
      proved_at bigint, sso_org_id uuid, email text, name text, signed_up_at bigint, email_confirmed_at bigint,
      place uuid, suspended_at bigint, suspension_reason text, requests_per_minute integer, role text, there_at bigint,
      sso_required boolean
    ) LANGUAGE plpgsql STABLE AS
    $$
    BEGIN
      RETURN QUERY
      SELECT s.user_id, s.org_id, s.created_at, s.last_seen_at, s.expires_at, s.revoked_at,
             s.proved_at, s.sso_org_id, u.email, u.name, u.created_at, u.email_confirmed_at,
             b.id, b.suspended_at, b.suspension_reason, b.most_requests_per_minute, b.role, b.last_seen_at,
             b.required
      FROM platform.session s
      JOIN platform."user" u ON u.id = s.user_id AND u.disabled_at IS NULL
      LEFT JOIN (
        SELECT m.user_id, m.role, m.last_seen_at, o.id, o.slug, o.suspended_at, o.suspension_reason,
               o.most_requests_per_minute, c.required
        FROM platform.membership m
        JOIN platform.organization o ON o.id = m.org_id AND o.deleted_at IS NULL
        LEFT JOIN platform.sso_connection c ON c.org_id = m.org_id
        WHERE m.status = 'active'
      ) b ON b.user_id = s.user_id
         AND (places = 'any' OR (places = 'named' AND (b.slug = named OR b.id = identified)))
      WHERE s.id = token;
    END $$"#;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Postgres {
            manager.get_connection().execute_unprepared(FIND_CALLER).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Postgres {
            let drop = "DROP FUNCTION platform.find_caller(text, text, text, uuid)";
            manager.get_connection().execute_unprepared(drop).await?;
        }
        Ok(())
    }
}
