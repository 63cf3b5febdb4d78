//! Which state the database is in.
//!
//! Decision: whoever keeps what was read asks before each use whether anything was committed since, and so never uses what no
//! longer holds. That is one small question, whatever was kept, and the same for everybody: on a server it is asked once for all
//! requests that come at the same time.
//!
//! An embedded database knows it by what it shares with every process that has the file open. It is asked in a few microseconds
//! where one stands; a statement to a connection's thread and back takes a hundred times as long.
//! <https://www.sqlite.org/pragma.html#pragma_data_version>
//!
//! Of a server it is the snapshot: which transactions are over. What two equal ones see is equal, for nothing else decides what
//! a statement sees. <https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-PG-SNAPSHOT>

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, Statement};

use crate::Error;
use crate::executor::Executor;
use crate::glance::Glance;
use crate::together::Together;

/// A state of the database. As long as it is equal, nobody has committed anything, in this process or in another.
///
/// A server that takes another's place may have lost what that had told, and come to an equal one by another way: what is kept
/// is not to be kept for long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment(Told);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Told {
    /// By which connection, too: two do not count alike.
    File {
        watch: u64,
        version: i64,
    },
    Server(Arc<str>),
}

/// What tells the moment.
pub(crate) enum Watch {
    File(File),
    Server(Server),
    /// A file that cannot be watched.
    Nothing,
}

impl Watch {
    /// Watches a file that is there and has its journal in the form in which it stays.
    pub(crate) fn of_file(file: &Path) -> Self {
        match File::open(file) {
            Ok(file) => Self::File(file),
            Err(error) => {
                tracing::warn!(%error, "what is read cannot be kept: each time it is asked for anew");
                Self::Nothing
            }
        }
    }

    /// Asks a server, after statements that it is asked by.
    pub(crate) fn of_server(pool: DatabaseConnection, entering: String) -> Self {
        Self::Server(Server { glance: Executor::Glance(Glance::new(pool, entering)), asked: Together::new() })
    }

    /// The state now; nothing when it cannot be told at once.
    pub(crate) async fn moment(&self) -> Result<Option<Moment>, Error> {
        match self {
            Self::File(file) => Ok(file.moment()),
            Self::Server(server) => server.asked.ask(|| server.moment()).await.map(Some),
            Self::Nothing => Ok(None),
        }
    }

    /// Lets go of the file.
    pub(crate) fn close(&self) {
        if let Self::File(file) = self {
            file.connection().take();
        }
    }
}

/// A connection that changes nothing, and so is told of everybody's changes. It never waits for a writer.
pub(crate) struct File {
    number: u64,
    connection: Mutex<Option<Connection>>,
}

static WATCHES: AtomicU64 = AtomicU64::new(0);

impl File {
    fn open(file: &Path) -> rusqlite::Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(file, flags)?;
        connection.busy_timeout(Duration::ZERO)?;
        connection.pragma_update(None, "query_only", true)?;
        let number = WATCHES.fetch_add(1, Ordering::Relaxed);
        Ok(Self { number, connection: Mutex::new(Some(connection)) })
    }

    fn moment(&self) -> Option<Moment> {
        let connection = self.connection();
        let mut asked = connection.as_ref()?.prepare_cached("PRAGMA data_version").ok()?;
        let version = asked.query_row([], |row| row.get(0)).ok()?;
        Some(Moment(Told::File { watch: self.number, version }))
    }

    fn connection(&self) -> MutexGuard<'_, Option<Connection>> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A server, and who waits for what it tells.
pub(crate) struct Server {
    glance: Executor,
    asked: Together<Result<Moment, Error>>,
}

impl Server {
    async fn moment(&self) -> Result<Moment, Error> {
        let question =
            Statement::from_string(DbBackend::Postgres, "SELECT pg_current_snapshot()::text AS told");
        let row = self.glance.query_one_raw(question).await?.ok_or(Error::Database)?;
        let told: String = row.try_get("", "told")?;
        Ok(Moment(Told::Server(told.into())))
    }
}
