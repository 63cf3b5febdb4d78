//! What can go wrong, told apart by what the caller can do about it.

use std::sync::Arc;

use sea_orm::sqlx::error::{DatabaseError, ErrorKind};
use sea_orm::{DbErr, RuntimeErr, SqlxError};

use crate::WrapperError;

/// A failure of the store. Its text names no statement, no value and no secret; what the database said is logged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There is no such row in this organization.
    #[error("not found")]
    NotFound,
    /// A row that must be unique exists, or one that is referred to does not. The constraint is named alike on both
    /// databases: `run_org_id_source_id_key`, `user_pkey`; `foreign_key` where SQLite does not tell which.
    #[error("this conflicts with what is stored ({constraint})")]
    Conflict { constraint: String },
    /// The disk, or the quota, is full. Reading still works.
    #[error("the database has no space left; free some, and try again")]
    StorageFull,
    /// Somebody else was faster, or holds a lock; trying again helps.
    #[error("the database is busy; try again")]
    Busy,
    /// The database cannot be reached.
    #[error("the database cannot be reached")]
    Unavailable,
    /// The connection broke while a change was being committed.
    #[error("the database went away as a change was committed, which may have been done")]
    CommitUnknown,
    /// The organization is being moved to another schema: what it has can be read, and not changed.
    #[error("the organization is being moved; try again in a moment")]
    OrganizationMoving,
    /// The organization's schema lacks a migration that this version needs.
    #[error("the organization's schema has not been migrated; run `bastion migrate up --all`")]
    OrganizationBehind,
    /// The job's lease went to another worker.
    #[error("the lease of this job was lost")]
    LeaseLost,
    /// A stored secret does not open with the keys at hand.
    #[error("a stored secret cannot be opened with this key; enter it again")]
    SecretUnreadable,
    /// The master key is another one than what the database was sealed with.
    #[error(
        "the master key is not the one that this database was sealed with: set BASTION_MASTER_KEY to that one, or, to \
         replace it, set that one as BASTION_MASTER_KEY_PREVIOUS and run `bastion rotate-keys`"
    )]
    WrongMasterKey,
    /// The master key was replaced by one that this process does not have, or not yet.
    #[error(
        "the master key was replaced; if that does not pass in a moment, restart this server with what the new one was \
         made with"
    )]
    MasterKeyReplaced,
    /// Whatever wraps the master key cannot be reached or refuses.
    #[error("the master key cannot be opened: {0}")]
    Wrapper(#[from] WrapperError),
    /// The tables are missing or old.
    #[error("the database has not been migrated; run `bastion migrate up`")]
    NotMigrated,
    /// The runtime role could bypass row-level security.
    #[error(
        "the database role of BASTION_DATABASE_URL {reason}, so row-level security would not hold; use a role as \
         `bastion migrate roles` prints it (only development may go without)"
    )]
    UnsafeRole { reason: &'static str },
    /// The settings cannot work.
    #[error("{0}")]
    Settings(String),
    /// What is stored is not what was stored.
    #[error("stored data is damaged: {0}")]
    Corrupt(String),
    /// Anything else that the database said; the log has it.
    #[error("the database refused a statement")]
    Database,
}

impl Error {
    fn of_database(error: &dyn DatabaseError) -> Self {
        let code = error.code().unwrap_or_default();
        match error.kind() {
            ErrorKind::UniqueViolation => {
                return Self::Conflict {
                    constraint: error
                        .constraint()
                        .map_or_else(|| sqlite_constraint(error.message(), &code), str::to_owned),
                };
            }
            ErrorKind::ForeignKeyViolation => {
                return Self::Conflict { constraint: error.constraint().unwrap_or("foreign_key").to_owned() };
            }
            _ => {}
        }
        match code.as_ref() {
            // PostgreSQL's classes: https://www.postgresql.org/docs/current/errcodes-appendix.html
            "53100" => Self::StorageFull,
            "BS001" => Self::MasterKeyReplaced,
            "BS002" => Self::OrganizationMoving,
            "BS003" => Self::OrganizationBehind,
            "40001" | "40P01" | "55P03" | "57014" => Self::Busy,
            "53300" | "57P01" | "57P02" | "57P03" => Self::Unavailable,
            // A table, a schema or a function that is not there.
            "42P01" | "3F000" | "42883" => Self::NotMigrated,
            // SQLite's: https://www.sqlite.org/rescode.html (5 busy, 6 locked, 13 full, and their extended forms)
            // A quota or a file's size limit is a failed write to SQLite (778, and 4874 for its shared memory).
            "13" | "778" | "4874" => Self::StorageFull,
            "5" | "6" | "261" | "262" | "517" | "773" => Self::Busy,
            // SQLITE_CONSTRAINT_TRIGGER
            "1811" if error.message() == "the master key was replaced" => Self::MasterKeyReplaced,
            "1" if error.message().starts_with("no such table") => Self::NotMigrated,
            _ => {
                tracing::error!(code = %code, message = error.message(), "the database refused a statement");
                Self::Database
            }
        }
    }

    fn of_sqlx(error: &Arc<SqlxError>) -> Self {
        match error.as_ref() {
            SqlxError::Database(error) => Self::of_database(error.as_ref()),
            // An answer that was cut off, as by a pooler whose database restarts, is one against the protocol.
            SqlxError::Io(_)
            | SqlxError::Tls(_)
            | SqlxError::Protocol(_)
            | SqlxError::PoolTimedOut
            | SqlxError::PoolClosed => {
                tracing::warn!(%error, "the database cannot be reached");
                Self::Unavailable
            }
            SqlxError::RowNotFound => Self::NotFound,
            other => {
                tracing::error!(error = %other, "a statement failed");
                Self::Database
            }
        }
    }
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        match &error {
            DbErr::Exec(RuntimeErr::SqlxError(error))
            | DbErr::Query(RuntimeErr::SqlxError(error))
            | DbErr::Conn(RuntimeErr::SqlxError(error)) => Self::of_sqlx(error),
            DbErr::ConnectionAcquire(_) => Self::Unavailable,
            DbErr::RecordNotFound(_) | DbErr::RecordNotUpdated => Self::NotFound,
            other => {
                tracing::error!(error = %other, "a statement failed");
                Self::Database
            }
        }
    }
}

/// PostgreSQL's name for the constraint that SQLite describes as `UNIQUE constraint failed: run.org_id, run.source_id`.
fn sqlite_constraint(message: &str, code: &str) -> String {
    let columns = message.rsplit(": ").next().unwrap_or_default();
    let mut table = "";
    let mut names = Vec::new();
    for column in columns.split(", ") {
        if let Some((of, name)) = column.split_once('.') {
            table = of;
            names.push(name);
        }
    }
    // 1555 is SQLITE_CONSTRAINT_PRIMARYKEY.
    if code == "1555" { format!("{table}_pkey") } else { format!("{table}_{}_key", names.join("_")) }
}

#[cfg(test)]
mod tests {
    use super::sqlite_constraint;

    #[test]
    fn a_constraint_of_sqlite_gets_the_name_that_postgresql_gives_it() {
        let message = "UNIQUE constraint failed: run.org_id, run.source_id";
        assert_eq!(sqlite_constraint(message, "2067"), "run_org_id_source_id_key");
        assert_eq!(sqlite_constraint("UNIQUE constraint failed: user.id", "1555"), "user_pkey");
    }
}
