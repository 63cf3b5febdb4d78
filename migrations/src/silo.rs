//! Organizations in schemas of their own, on PostgreSQL. Such a schema has the tables of `pooled`, under the same forced
//! row-level security, and is migrated by itself. Where an organization's tables are says `platform.tenant_schema`, which the
//! function `platform.enter_tenant` asks as each transaction of an organization begins.

mod copy;
mod migrate;
mod place;

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{
    ConnectionTrait, Database, DatabaseConnection, DbBackend, QueryResult, RuntimeErr, Statement,
    TransactionTrait, Value,
};
use uuid::Uuid;

use crate::{LOCK, quiet};

pub use copy::Copied;
pub use migrate::{Failed, Stage, behind, down, down_all, status, up, up_all};
pub use place::{KEPT_DAYS, Removed, remove_left_behind, to_pooled, to_silo};
pub use sea_orm_migration::sea_orm::DatabaseTransaction;

/// Why a move could not be written down.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why something about an organization's schema was not done. Nothing was changed then, but for what the text says.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// SQLite.
    #[error("only on PostgreSQL can an organization have a schema of its own")]
    Embedded,
    /// Nobody has the slug or id.
    #[error("there is no organization {0}")]
    NoOrganization(String),
    /// The organization's tables are among the others'.
    #[error("the organization has no schema of its own")]
    NoSilo,
    /// It is where it was to go.
    #[error("the organization is there already")]
    AlreadyThere,
    /// The tables of the two places are not alike.
    #[error("the tables are at {from} where the organization is and at {to} where it goes: migrate first")]
    Versions { from: String, to: String },
    /// Somebody has not ended a change of the organization.
    #[error("somebody has been changing the organization for too long; it is where it was, try again")]
    Busy,
    /// What was copied is not what was there.
    #[error(
        "the table {table} was not copied as it is ({from} there, {to} here); the organization is where it was"
    )]
    Differs { table: String, from: String, to: String },
    /// The tables refer to each other in a circle.
    #[error("no order was found in which tables can be copied: {0}")]
    Circle(String),
    /// It was copied, and then it could not be written down that it was moved.
    #[error("the move was not ended: {0}")]
    Unrecorded(Cause),
    /// The database refused.
    #[error(transparent)]
    Database(DbErr),
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        match code_of(&error).as_deref() {
            // `lock_not_available`: the time for which it was waited is over.
            Some("55P03") => Self::Busy,
            _ => Self::Database(error),
        }
    }
}

fn code_of(error: &DbErr) -> Option<String> {
    match error {
        DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error)) => {
            Some(error.as_database_error()?.code()?.into_owned())
        }
        _ => None,
    }
}

/// What an organization's schema is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is empty; the organization's tables are among the others'.
    Prepared,
    /// It has the organization's tables.
    Live,
    /// The organization has moved back; what it had here is kept for a while.
    Left,
}

impl State {
    /// The word in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Prepared => "prepared",
            Self::Live => "live",
            Self::Left => "left",
        }
    }

    fn of(word: &str) -> Result<Self, DbErr> {
        [Self::Prepared, Self::Live, Self::Left]
            .into_iter()
            .find(|state| state.as_str() == word)
            .ok_or_else(|| DbErr::Custom(format!("no schema is {word}")))
    }
}

/// An organization's schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Silo {
    pub org: Uuid,
    /// Missing when the organization is gone.
    pub slug: Option<String>,
    pub state: State,
    /// The last migration of its tables.
    pub version: String,
    /// When that goes which a move left behind, in milliseconds since 1970.
    pub remove_at: Option<i64>,
}

/// All schemas of organizations.
///
/// # Errors
/// When the database cannot be reached or has not been migrated.
pub async fn list(url: &str) -> Result<Vec<Silo>, Error> {
    let connection = connect(url, 1).await?;
    let rows = select(
        &connection,
        "SELECT t.id, o.slug, t.state, t.version, t.remove_at FROM platform.tenant_schema t \
         LEFT JOIN platform.organization o ON o.id = t.id ORDER BY t.id",
        [],
    )
    .await?;
    let silo = |row: &QueryResult| -> Result<Silo, DbErr> {
        Ok(Silo {
            org: row.try_get("", "id")?,
            slug: row.try_get("", "slug")?,
            state: State::of(&row.try_get::<String>("", "state")?)?,
            version: row.try_get("", "version")?,
            remove_at: row.try_get("", "remove_at")?,
        })
    };
    Ok(rows.iter().map(silo).collect::<Result<_, _>>()?)
}

/// The organization of a slug or an id's text, unless it is deleted.
///
/// # Errors
/// [`Error::NoOrganization`], or when the database cannot be reached.
pub async fn organization(url: &str, slug_or_id: &str) -> Result<Uuid, Error> {
    let connection = connect(url, 1).await?;
    let found = select(
        &connection,
        "SELECT id FROM platform.organization WHERE (slug = $1 OR id::text = lower($1)) AND deleted_at IS NULL",
        [slug_or_id.into()],
    )
    .await?;
    match found.first() {
        Some(row) => Ok(row.try_get("", "id")?),
        None => Err(Error::NoOrganization(slug_or_id.to_owned())),
    }
}

/// The last migration of the tables of organizations that this version knows.
#[must_use]
pub fn newest() -> String {
    names().pop().unwrap_or_default()
}

/// The name of an organization's schema, which needs no quotes.
#[must_use]
pub fn schema(org: Uuid) -> String {
    format!("t_{}", org.simple())
}

/// The same as an expression of SQL, of one for the organization's id.
pub(crate) fn schema_sql(org: &str) -> String {
    format!("'t_' || replace({org}::text, '-', '')")
}

/// What a transaction that changes an organization's tables has a lock of, shared, and a move its own: an expression of SQL,
/// of one for the organization's id.
pub(crate) fn lock_key(org: &str) -> String {
    format!("hashtextextended({org}::text, {LOCK})")
}

/// The call, in SQL, that waits for changes of an organization and then keeps others from beginning until the transaction
/// ends.
#[must_use]
pub fn freeze_sql(org: Uuid) -> String {
    format!("pg_advisory_xact_lock({})", lock_key(&format!("'{org}'")))
}

/// The names of all migrations of the tables of organizations, in order.
fn names() -> Vec<String> {
    crate::tenant::Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect()
}

/// Connections as the tables' owner.
async fn connect(owner_url: &str, connections: u32) -> Result<DatabaseConnection, Error> {
    if owner_url.starts_with("sqlite:") {
        return Err(Error::Embedded);
    }
    let mut options = quiet(owner_url);
    options.max_connections(connections);
    Ok(Database::connect(options).await?)
}

/// Starts what concerns one organization's schema alone: whoever migrates all tables waits meanwhile, and others' schemas do
/// not.
async fn begin(connection: &DatabaseConnection) -> Result<DatabaseTransaction, Error> {
    let transaction = connection.begin().await?;
    transaction.execute_unprepared(&format!("SELECT pg_advisory_xact_lock_shared({LOCK})")).await?;
    Ok(transaction)
}

/// The state of an organization's schema, which nobody else changes until the transaction ends.
async fn lock(transaction: &DatabaseTransaction, org: Uuid) -> Result<Option<State>, Error> {
    let sql = "SELECT state FROM platform.tenant_schema WHERE id = $1 FOR UPDATE";
    let rows = select(transaction, sql, [org.into()]).await?;
    match rows.first() {
        Some(row) => Ok(Some(State::of(&row.try_get::<String>("", "state")?)?)),
        None => Ok(None),
    }
}

async fn select<const N: usize>(
    connection: &impl ConnectionTrait,
    sql: &str,
    values: [Value; N],
) -> Result<Vec<QueryResult>, DbErr> {
    connection.query_all_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, values)).await
}

async fn execute<const N: usize>(
    connection: &impl ConnectionTrait,
    sql: &str,
    values: [Value; N],
) -> Result<u64, DbErr> {
    let done =
        connection.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, values)).await?;
    Ok(done.rows_affected())
}
