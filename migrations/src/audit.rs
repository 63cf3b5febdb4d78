//! The audit log cannot be rewritten, not even by the role that writes it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

use crate::purge::is_purged;

const REFUSAL: &str = "the audit log is append-only";

/// Makes a table refuse UPDATE and DELETE, and TRUNCATE where there is one.
pub(crate) async fn append_only(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    let sql = match manager.get_database_backend() {
        DbBackend::Postgres => format!(
            r#"CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS
                 $$ BEGIN RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'restrict_violation'; END $$;
               CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON "{table}"
                 FOR EACH ROW EXECUTE FUNCTION append_only();
               CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON "{table}"
                 FOR EACH STATEMENT EXECUTE FUNCTION append_only();"#
        ),
        _ => format!(
            r#"CREATE TRIGGER "{table}_no_update" BEFORE UPDATE ON "{table}"
                 BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END;
               CREATE TRIGGER "{table}_no_delete" BEFORE DELETE ON "{table}"
                 BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END;"#
        ),
    };
    manager.get_connection().execute_unprepared(&sql).await?;
    Ok(())
}

/// Undoes [`append_only`]; the triggers themselves go with the table.
pub(crate) async fn drop_append_only(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    if manager.get_database_backend() == DbBackend::Postgres {
        manager.get_connection().execute_unprepared("DROP FUNCTION append_only() CASCADE").await?;
    }
    Ok(())
}

/// Lets rows be deleted while their organization is being purged, and still none be changed.
pub(crate) async fn goes_with_its_organization(
    manager: &SchemaManager<'_>,
    table: &str,
) -> Result<(), DbErr> {
    let sql = match manager.get_database_backend() {
        DbBackend::Postgres => append_only_unless(&is_purged("OLD.org_id", "platform.")),
        _ => {
            let purged = is_purged(r#"OLD."org_id""#, "");
            format!(
                r#"DROP TRIGGER "{table}_no_delete";
                   CREATE TRIGGER "{table}_no_delete" BEFORE DELETE ON "{table}" WHEN NOT {purged}
                     BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END;"#
            )
        }
    };
    manager.get_connection().execute_unprepared(&sql).await?;
    Ok(())
}

/// Lets rows be deleted from among the others' also once their organization has its own schema: they are that one's copies.
/// SQLite has no other place. [`goes_with_its_organization`] undoes it.
pub(crate) async fn goes_when_moved(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    if manager.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let purged = is_purged("OLD.org_id", "platform.");
    let moved = "TG_TABLE_SCHEMA = 'pooled' AND EXISTS (SELECT 1 FROM platform.tenant_schema s
                   WHERE s.id = OLD.org_id AND s.state = 'live')";
    let sql = append_only_unless(&format!("{purged} OR {moved}"));
    manager.get_connection().execute_unprepared(&sql).await?;
    Ok(())
}

/// PostgreSQL's function, which lets a row be deleted for which the condition holds.
fn append_only_unless(condition: &str) -> String {
    // A trigger of a statement has no row, hence the two questions.
    format!(
        r#"CREATE OR REPLACE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN
                  IF TG_OP = 'DELETE' THEN
                    IF {condition} THEN RETURN OLD; END IF;
                  END IF;
                  RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'restrict_violation';
                END $$;"#
    )
}

/// Undoes [`goes_with_its_organization`].
pub(crate) async fn stays(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    let sql = match manager.get_database_backend() {
        DbBackend::Postgres => format!(
            r#"CREATE OR REPLACE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS
                 $$ BEGIN RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'restrict_violation'; END $$;"#
        ),
        _ => format!(
            r#"DROP TRIGGER "{table}_no_delete";
               CREATE TRIGGER "{table}_no_delete" BEFORE DELETE ON "{table}"
                 BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END;"#
        ),
    };
    manager.get_connection().execute_unprepared(&sql).await?;
    Ok(())
}

const FORK: &str = "a row of the audit log must follow the last one";

/// Makes a table refuse a row that is not the next of its organization, or does not hold the hash of the one before. SQLite
/// would otherwise let `REPLACE` take a row's place without a deletion that a trigger sees.
pub(crate) async fn follows(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    let last = |column: &str| {
        format!(
            r#"(SELECT "{column}" FROM "{table}" WHERE "org_id" = NEW."org_id" ORDER BY "seq" DESC LIMIT 1)"#
        )
    };
    let (seq, hash) = (last("seq"), last("hash"));
    let breaks =
        format!(r#"NEW."seq" <> coalesce({seq}, 0) + 1 OR NEW."previous_hash" <> coalesce({hash}, '')"#);
    let sql = match manager.get_database_backend() {
        DbBackend::Postgres => format!(
            r#"CREATE FUNCTION audit_follows() RETURNS trigger LANGUAGE plpgsql AS
                 $$ BEGIN
                      IF {breaks} THEN RAISE EXCEPTION '{FORK}' USING ERRCODE = 'restrict_violation'; END IF;
                      RETURN NEW;
                    END $$;
               CREATE TRIGGER audit_follows BEFORE INSERT ON "{table}"
                 FOR EACH ROW EXECUTE FUNCTION audit_follows();"#
        ),
        _ => format!(
            r#"CREATE TRIGGER "{table}_follows" BEFORE INSERT ON "{table}" WHEN {breaks}
                 BEGIN SELECT RAISE(ABORT, '{FORK}'); END;"#
        ),
    };
    manager.get_connection().execute_unprepared(&sql).await?;
    Ok(())
}

/// Undoes [`follows`].
pub(crate) async fn drop_follows(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    let sql = match manager.get_database_backend() {
        DbBackend::Postgres => "DROP FUNCTION audit_follows() CASCADE".to_owned(),
        _ => format!(r#"DROP TRIGGER "{table}_follows""#),
    };
    manager.get_connection().execute_unprepared(&sql).await?;
    Ok(())
}
