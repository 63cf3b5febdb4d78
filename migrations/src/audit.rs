//! The audit log cannot be rewritten, not even by the role that writes it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

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
