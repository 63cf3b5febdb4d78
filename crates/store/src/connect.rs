//! Opening the database: pools, and what is checked before anything is served.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use log::LevelFilter;
use sea_orm::sqlx::postgres::PgConnectOptions;
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sea_orm::sqlx::{ConnectOptions as _, Connection as _};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, SqliteTransactionMode,
    Statement, TransactionOptions,
};

use crate::begin::begin;
use crate::executor::Executor;
use crate::glance::Glance;
use crate::keyring::Keyring;
use crate::moment::{Moment, Watch};
use crate::patience::patiently;
use crate::skew::Skew;
use crate::statement::{self, SLOW};
use crate::wrapper::KeyWrappers;
use crate::{Error, PlatformRead, PlatformWrite, ReadTx, Tenant, WriteTx, metric, wall};

/// How long a writer waits for SQLite's one write lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a request waits for a free connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
/// A connection to PostgreSQL that nobody used for this long is asked whether it is still there; each is as it is given back.
pub(crate) const IDLE: Duration = Duration::from_secs(1);
/// PostgreSQL ends a statement that takes longer: nothing the control plane asks should.
const TIMEOUT: &str = "SET LOCAL statement_timeout = '30s'";
/// The migration that an organization's schema must have: what is asked of its tables needs it.
const OLDEST_TENANT: &str = "tenant_0023_moved";

/// Where the database is.
#[derive(Clone)]
pub struct Settings {
    /// `sqlite://PATH?mode=rwc` or `postgres://…`, as the runtime role.
    pub url: String,
    /// The same database as the role that owns the tables; for migrations only.
    pub owner_url: Option<String>,
    /// The most connections, of which one writes when it is SQLite.
    pub max_connections: u32,
    /// Development: a role that could bypass row-level security is let through, with a warning.
    pub dev: bool,
}

/// The control plane's database. Clones share its pools.
#[derive(Clone)]
pub struct Store {
    inside: Arc<Inside>,
}

struct Inside {
    reader: DatabaseConnection,
    writer: DatabaseConnection,
    watch: Watch,
    keyring: Keyring,
    skew: Skew,
}

impl Store {
    /// Opens the database and checks the role, the tables and the master key.
    ///
    /// # Errors
    /// [`Error::Settings`], [`Error::Unavailable`], [`Error::UnsafeRole`], [`Error::NotMigrated`], [`Error::WrongMasterKey`],
    /// [`Error::Wrapper`].
    pub async fn connect(settings: &Settings, wrappers: impl Into<KeyWrappers>) -> Result<Self, Error> {
        let store = Self::open(settings, wrappers.into()).await?;
        patiently(is_busy, BUSY_TIMEOUT, || store.open_keys()).await?;
        Ok(store)
    }

    /// Opens the database for somebody who looks at what needs no key: the wrappers are not asked for one, so that a role
    /// that cannot read keys can be used. Its role is checked like every other.
    ///
    /// # Errors
    /// [`Error::Settings`], [`Error::Unavailable`], [`Error::UnsafeRole`].
    pub async fn connect_to_look(
        settings: &Settings,
        wrappers: impl Into<KeyWrappers>,
    ) -> Result<Self, Error> {
        Self::open(settings, wrappers.into()).await
    }

    async fn open(settings: &Settings, wrappers: KeyWrappers) -> Result<Self, Error> {
        let (reader, writer, watch) = if settings.url.starts_with("sqlite:") {
            patiently(is_busy, BUSY_TIMEOUT, || sqlite_pools(settings)).await?
        } else if settings.url.starts_with("postgres://") || settings.url.starts_with("postgresql://") {
            let pool = postgres_pool(settings).await?;
            wall::check(&pool, settings.dev).await?;
            let watch = Watch::of_server(pool.clone(), TIMEOUT.to_owned());
            (pool.clone(), pool, watch)
        } else {
            return Err(Error::Settings(
                "the database address is neither `sqlite://…` nor `postgres://…`".into(),
            ));
        };
        let keyring = Keyring::new(wrappers);
        Ok(Self { inside: Arc::new(Inside { reader, writer, watch, keyring, skew: Skew::default() }) })
    }

    /// Starts reading the platform's tables.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn platform_read(&self) -> Result<PlatformRead, Error> {
        Ok(PlatformRead::new(self.begin(false, None).await?, self.inside.keyring.keys()))
    }

    /// Reads the platform's tables by a single statement, or by several that need not be as of one moment.
    pub async fn platform_glance(&self) -> PlatformRead {
        PlatformRead::new(self.glance_as(None).await, self.inside.keyring.keys())
    }

    /// Reads one organization's tables by a single statement, or by several that need not be as of one moment.
    pub async fn glance(&self, tenant: &Tenant) -> ReadTx {
        ReadTx::new(self.glance_as(Some(tenant)).await, self.inside.keyring.keys(), tenant.clone())
    }

    /// The state that the database is in; nothing when it cannot be told at once.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn moment(&self) -> Result<Option<Moment>, Error> {
        self.inside.watch.moment().await
    }

    /// Starts changing the platform's tables. On SQLite there is one writer at a time.
    ///
    /// # Errors
    /// [`Error::Busy`] when others write for too long.
    pub async fn platform_write(&self) -> Result<PlatformWrite, Error> {
        Ok(PlatformWrite::new(self.begin(true, None).await?, self.inside.keyring.keys(), Instant::now()))
    }

    /// Starts reading one organization's tables, all as of one moment.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn read(&self, tenant: &Tenant) -> Result<ReadTx, Error> {
        Ok(ReadTx::new(self.begin(false, Some(tenant)).await?, self.inside.keyring.keys(), tenant.clone()))
    }

    /// Starts changing one organization's tables. On SQLite there is one writer at a time: keep it short.
    ///
    /// # Errors
    /// [`Error::Busy`] when others write for too long.
    pub async fn write(&self, tenant: &Tenant) -> Result<WriteTx, Error> {
        Ok(WriteTx::new(
            self.begin(true, Some(tenant)).await?,
            self.inside.keyring.keys(),
            tenant.clone(),
            Instant::now(),
        ))
    }

    /// Asks the database whether it is there.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn ping(&self) -> Result<(), Error> {
        self.inside.reader.ping().await.map_err(|_| Error::Unavailable)
    }

    /// Copies an embedded database, as of one moment and while it is in use, into a file that does not exist yet.
    ///
    /// # Errors
    /// When the database is not SQLite, the file cannot be written or the disk is full.
    pub async fn backup(&self, file: &Path) -> Result<(), Error> {
        let writer = &self.inside.writer;
        let (DbBackend::Sqlite, Some(file)) = (writer.get_database_backend(), file.to_str()) else {
            return Err(Error::Settings("only an embedded database is copied into a file".into()));
        };
        writer
            .execute_raw(Statement::from_sql_and_values(DbBackend::Sqlite, "VACUUM INTO ?", [file.into()]))
            .await?;
        Ok(())
    }

    /// Closes all connections, waiting for those in use; SQLite then folds its write-ahead log into the file.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn close(&self) -> Result<(), Error> {
        self.inside.watch.close();
        self.inside.reader.close_by_ref().await?;
        Ok(self.inside.writer.close_by_ref().await?)
    }

    /// What reads and what writes; on PostgreSQL they are one pool.
    pub(crate) fn connections(&self) -> (&DatabaseConnection, &DatabaseConnection) {
        (&self.inside.reader, &self.inside.writer)
    }

    pub(crate) fn keyring(&self) -> &Keyring {
        &self.inside.keyring
    }

    /// Whether several machines may use it: an embedded database has no clock of its own.
    pub(crate) fn is_shared(&self) -> bool {
        self.inside.writer.get_database_backend() == DbBackend::Postgres
    }

    pub(crate) fn skew(&self) -> &Skew {
        &self.inside.skew
    }

    /// Nobody else may have the store yet.
    #[cfg(test)]
    pub(crate) fn set_skew(&mut self, skew: Skew) {
        Arc::get_mut(&mut self.inside).unwrap().skew = skew;
    }

    async fn glance_as(&self, tenant: Option<&Tenant>) -> Executor {
        self.refresh_keys().await;
        let pool = self.inside.reader.clone();
        match pool.get_database_backend() {
            DbBackend::Postgres => {
                Executor::Glance(Glance::new(pool, format!("{ONLY_READING}{}", entering(tenant, false))))
            }
            _ => Executor::Alone(pool),
        }
    }

    async fn begin(&self, write: bool, tenant: Option<&Tenant>) -> Result<Executor, Error> {
        patiently(|error| *error == Error::Unavailable, IDLE, || self.begin_on_one(write, tenant)).await
    }

    async fn begin_on_one(&self, write: bool, tenant: Option<&Tenant>) -> Result<Executor, Error> {
        self.refresh_keys().await;
        let pool = if write { &self.inside.writer } else { &self.inside.reader };
        // A deferred transaction of SQLite that reads and then writes fails at once when another wrote in between.
        let mode = write.then_some(SqliteTransactionMode::Immediate);
        let options = TransactionOptions { sqlite_transaction_mode: mode, ..Default::default() };
        let asked = Instant::now();
        let transaction = begin(pool, options).await?;
        metric::waited(write, asked.elapsed());
        statement::log_slow("BEGIN", asked.elapsed(), SLOW);
        if transaction.get_database_backend() == DbBackend::Postgres {
            let kind = if write { "" } else { READING };
            transaction.execute_unprepared(&format!("{kind}{}", entering(tenant, write))).await?;
        }
        Ok(Executor::Transaction(transaction))
    }
}

/// All that a transaction reads is as of one moment.
const READING: &str = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; ";

/// The same of a message that is a transaction of its own: of a single statement that asks for rows, nothing else is promised.
const ONLY_READING: &str = "SET TRANSACTION READ ONLY; ";

/// Goes on with the tables of an organization, to change them.
pub(crate) async fn enter(transaction: &Executor, tenant: &Tenant) -> Result<(), Error> {
    transaction.execute_unprepared(&entering(Some(tenant), true)).await?;
    Ok(())
}

/// Tells PostgreSQL whose rows this transaction sees, until it ends: a pooled connection keeps nothing of it. In which schema
/// an organization's tables are it finds out by itself, and it keeps off, while it writes, whoever would move them.
///
/// Statements that go in one message and are hardly planned; nothing of a request's text is in them.
fn entering(tenant: Option<&Tenant>, write: bool) -> String {
    let place = match tenant {
        Some(tenant) => {
            format!("SELECT platform.enter_tenant('{}', {write}, '{OLDEST_TENANT}')", tenant.org())
        }
        None => "SET LOCAL bastion.org_id = ''; SET LOCAL search_path = platform".to_owned(),
    };
    format!("{place}; {TIMEOUT}")
}

/// While another process opens the same file for the first time, or is the last to close it, SQLite refuses at once instead of
/// waiting as a writer does.
fn is_busy(error: &Error) -> bool {
    *error == Error::Busy
}

/// What reads, what writes, and what watches.
async fn sqlite_pools(settings: &Settings) -> Result<(DatabaseConnection, DatabaseConnection, Watch), Error> {
    let parsed: SqliteConnectOptions = settings
        .url
        .parse()
        .map_err(|_| Error::Settings("the database address is not `sqlite://PATH?mode=rwc`".into()))?;
    if settings.url.contains(":memory:") || settings.url.contains("mode=memory") {
        return Err(Error::Settings(
            "SQLite needs a file: one writer and several readers cannot share a database in memory".into(),
        ));
    }
    let base = parsed
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("journal_size_limit", "67108864")
        .pragma("temp_store", "MEMORY")
        .pragma("cache_size", "-16000")
        .log_statements(LevelFilter::Trace)
        .log_slow_statements(LevelFilter::Off, SLOW);
    let reader = base.clone().pragma("query_only", "ON");
    let file = base.get_filename().to_owned();
    let readers = settings.max_connections.saturating_sub(1).max(1);
    // The writer first: it makes the file and switches it to WAL.
    let writer = sqlite_pool(1, base).await?;
    let reader = sqlite_pool(readers, reader).await?;
    Ok((reader, writer, Watch::of_file(&file)))
}

async fn sqlite_pool(connections: u32, with: SqliteConnectOptions) -> Result<DatabaseConnection, Error> {
    let mut options = pool_options("sqlite::memory:", connections);
    // A file does not go away as a server does: asking each time whether it is there only takes time.
    options.test_before_acquire(false).map_sqlx_sqlite_opts(move |_| with.clone());
    // SQLite ends a transaction by itself when the disk is full. The driver (sqlx 0.9.0) then goes on counting it: what is
    // begun next would be a savepoint, and what is written after one that is given up would never be committed.
    options.map_sqlx_sqlite_before_acquire(|connection, _| {
        let is_free = !connection.is_in_transaction();
        Box::pin(async move { Ok(is_free) })
    });
    open_pool(options, SLOW).await
}

async fn postgres_pool(settings: &Settings) -> Result<DatabaseConnection, Error> {
    let with: PgConnectOptions = settings.url.parse().map_err(|_| {
        Error::Settings("the database address is not `postgres://USER:PASSWORD@HOST/DATABASE`".into())
    })?;
    let with = with
        .application_name("bastion")
        // A pooler in transaction mode refuses parameters of a session; numbers are exact without it.
        .extra_float_digits(None)
        .log_statements(LevelFilter::Trace)
        .log_slow_statements(LevelFilter::Off, SLOW);
    let mut options = pool_options("postgres://", settings.max_connections.max(1));
    options
        .max_lifetime(Duration::from_secs(30 * 60))
        .test_before_acquire_if_idle_for(IDLE)
        .map_sqlx_postgres_opts(move |_| with.clone());
    open_pool(options, SLOW).await
}

/// Statements that take `slow` or longer are logged.
async fn open_pool(options: ConnectOptions, slow: Duration) -> Result<DatabaseConnection, Error> {
    let mut pool = Database::connect(options).await?;
    pool.set_metric_callback(move |info| {
        statement::sent(&info.statement.sql, info.elapsed, slow);
    });
    Ok(pool)
}

/// The address is a stand-in, replaced before connecting: sea-orm would write the real one, with its password, to traces.
fn pool_options(scheme: &str, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(scheme);
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .record_stmt_in_spans(false);
    options
}

#[cfg(test)]
mod tests;
