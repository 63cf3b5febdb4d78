//! How the server deletes what it may otherwise only add to, on PostgreSQL: it has no right to, but may call a function of
//! the tables' owner, which deletes nothing but of the transaction's own organization, and only while that is being purged.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, Statement};

/// The tables that the server's role can only add to.
const JOURNALS: [&str; 2] = ["policy_version", "audit"];

/// A condition: the organization of that id is being purged. `platform` goes before the names of the platform's tables.
pub(crate) fn is_purged(org: &str, platform: &str) -> String {
    format!(
        r#"EXISTS (SELECT 1 FROM {platform}"purge" p JOIN {platform}"organization" o ON o."id" = p."id"
             WHERE p."id" = {org} AND p."ended_at" IS NULL AND o."deleted_at" IS NOT NULL)"#
    )
}

/// Makes the function: it deletes at most so many rows of each table, and answers how many.
pub(crate) async fn purge_journals(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    if manager.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let connection = manager.get_connection();
    let current = Statement::from_string(DbBackend::Postgres, "SELECT current_schema()::text AS name");
    let row = connection.query_one_raw(current).await?;
    let row = row.ok_or_else(|| DbErr::Custom("PostgreSQL does not say which schema this is".into()))?;
    let schema: String = row.try_get("", "name")?;
    let deletions: String = JOURNALS
        .iter()
        .map(|table| {
            format!(
                r#"DELETE FROM "{table}" WHERE org_id = mine AND ctid = ANY
                     (ARRAY(SELECT ctid FROM "{table}" WHERE org_id = mine LIMIT most));
                   GET DIAGNOSTICS gone = ROW_COUNT;
                   deleted := deleted + gone;
                "#
            )
        })
        .collect();
    let purged = is_purged("mine", "");
    connection
        .execute_unprepared(&format!(
            r#"CREATE FUNCTION purge_journals(most integer) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
                 SET search_path = "{schema}", platform, pg_temp AS
               $$
               DECLARE
                 mine uuid := NULLIF(current_setting('bastion.org_id', true), '')::uuid;
                 deleted bigint := 0;
                 gone bigint;
               BEGIN
                 IF NOT {purged} THEN
                   RAISE EXCEPTION 'the organization is not being purged' USING ERRCODE = 'restrict_violation';
                 END IF;
                 {deletions}
                 RETURN deleted;
               END $$;
               REVOKE ALL ON FUNCTION purge_journals(integer) FROM PUBLIC;"#
        ))
        .await?;
    Ok(())
}

/// Undoes [`purge_journals`].
pub(crate) async fn drop_purge_journals(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    if manager.get_database_backend() == DbBackend::Postgres {
        manager.get_connection().execute_unprepared("DROP FUNCTION purge_journals(integer)").await?;
    }
    Ok(())
}
