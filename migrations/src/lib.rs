//! The schema of the control plane: a platform migrator and a tenant migrator, for SQLite and PostgreSQL alike.
//!
//! On SQLite all tables are in one file. On PostgreSQL they are in the schemas `platform` and `pooled`, the latter under
//! forced row-level security, and an organization's may be in a schema of its own ([`silo`]), in the same form. A migration
//! only adds (expand, then contract in a later release), because servers of the version before run on the same schema
//! during an upgrade.

mod audit;
mod platform;
mod purge;
mod roles;
pub mod silo;
mod table;
mod tenant;

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseTransaction, DbBackend, SqliteTransactionMode,
    TransactionOptions, TransactionTrait,
};
use sea_orm_migration::{Migration, MigrationStatus};

pub use roles::{Roles, roles_sql};
pub use sea_orm_migration::sea_orm::DbErr as Error;

/// Serialises migrations of one PostgreSQL database; any number would do, as long as it stays. Who holds it shared changes
/// one organization's schema alone.
const LOCK: i64 = 7_310_588_414_286_125;

/// The schema of the organizations that have none of their own.
const POOLED: &str = "pooled";

/// The two sets of tables, and the PostgreSQL schema each lives in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Set {
    Platform,
    Tenant,
}

impl Set {
    fn schema(self) -> &'static str {
        match self {
            Self::Platform => "platform",
            Self::Tenant => POOLED,
        }
    }
}

/// One migration, and whether it was applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub set: Set,
    pub name: String,
    pub applied: bool,
}

impl Entry {
    fn of(set: Set, migration: &Migration) -> Self {
        let applied = migration.status() == MigrationStatus::Applied;
        Self { set, name: migration.name().to_owned(), applied }
    }
}

/// Applies all that is pending: everything or, when one fails, nothing. Others that migrate the same database wait.
///
/// `runtime_role` is the PostgreSQL role of the server, which gets exactly the rights it needs; SQLite has no roles.
///
/// # Errors
/// When the database cannot be reached or refuses a statement.
pub async fn up(owner_url: &str, runtime_role: Option<&str>) -> Result<(), Error> {
    up_for(owner_url, &Roles { runtime: runtime_role, ..Roles::default() }).await
}

/// The same where other roles do jobs and look: each gets the rights it needs as well.
///
/// # Errors
/// When the database cannot be reached or refuses a statement.
pub async fn up_for(owner_url: &str, roles: &Roles<'_>) -> Result<(), Error> {
    let transaction = begin(owner_url).await?;
    for set in [Set::Platform, Set::Tenant] {
        apply(&transaction, set, roles).await?;
    }
    transaction.commit().await
}

/// Applies what is pending of one set.
async fn up_set(owner_url: &str, set: Set, roles: &Roles<'_>) -> Result<(), Error> {
    let transaction = begin(owner_url).await?;
    apply(&transaction, set, roles).await?;
    transaction.commit().await
}

async fn apply(transaction: &DatabaseTransaction, set: Set, roles: &Roles<'_>) -> Result<(), Error> {
    enter(transaction, set.schema()).await?;
    match set {
        Set::Platform => {
            platform::Migrator::up(transaction, None).await?;
            roles::grant_platform(transaction, roles).await
        }
        Set::Tenant => {
            tenant::Migrator::up(transaction, None).await?;
            roles::grant_tenant(transaction, roles, POOLED).await
        }
    }
}

/// Undoes the last `steps` migrations of a set, with the data in their tables.
///
/// # Errors
/// When the database cannot be reached or refuses a statement.
pub async fn down(owner_url: &str, set: Set, steps: u32) -> Result<(), Error> {
    let transaction = begin(owner_url).await?;
    enter(&transaction, set.schema()).await?;
    match set {
        Set::Platform => platform::Migrator::down(&transaction, Some(steps)).await?,
        Set::Tenant => tenant::Migrator::down(&transaction, Some(steps)).await?,
    }
    transaction.commit().await
}

/// All migrations in order, without changing anything.
///
/// # Errors
/// When the database cannot be reached, or has a migration that this version does not know.
pub async fn status(url: &str) -> Result<Vec<Entry>, Error> {
    let connection = Database::connect(quiet(url)).await?;
    let transaction = connection.begin().await?;
    let mut entries = Vec::new();
    for set in [Set::Platform, Set::Tenant] {
        search_in(&transaction, set.schema()).await?;
        let migrations = match set {
            Set::Platform => platform::Migrator::get_migration_with_status_read_only(&transaction).await?,
            Set::Tenant => tenant::Migrator::get_migration_with_status_read_only(&transaction).await?,
        };
        entries.extend(migrations.iter().map(|migration| Entry::of(set, migration)));
    }
    transaction.rollback().await?;
    Ok(entries)
}

/// Starts the one transaction that a whole migration is, and takes the lock.
async fn begin(url: &str) -> Result<DatabaseTransaction, Error> {
    let connection = Database::connect(quiet(url)).await?;
    let transaction = connection
        .begin_with_options(TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..Default::default()
        })
        .await?;
    if transaction.get_database_backend() == DbBackend::Postgres {
        transaction.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({LOCK})")).await?;
    }
    Ok(transaction)
}

/// Makes unqualified names mean those of a schema, which is created if need be.
async fn enter(transaction: &DatabaseTransaction, schema: &str) -> Result<(), Error> {
    if transaction.get_database_backend() == DbBackend::Postgres {
        transaction.execute_unprepared(&format!("CREATE SCHEMA IF NOT EXISTS {schema}")).await?;
    }
    search_in(transaction, schema).await
}

async fn search_in(transaction: &DatabaseTransaction, schema: &str) -> Result<(), Error> {
    if transaction.get_database_backend() == DbBackend::Postgres {
        transaction.execute_unprepared(&format!("SET LOCAL search_path TO {schema}")).await?;
    }
    Ok(())
}

fn quiet(url: &str) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false).record_stmt_in_spans(false);
    // A pooler in transaction mode refuses parameters of a session: whoever asks for the status may be behind one.
    options.map_sqlx_postgres_opts(|with| with.extra_float_digits(None));
    options
}
