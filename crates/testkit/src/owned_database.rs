//! A database of its own for one test.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::program::answer;
use crate::session::Session;

/// What the databases of a server need of it.
pub trait Administer {
    /// A database that is always there, or none.
    const HOME: &str;

    /// The server's own client, as the administrator in `database`: it runs what comes on its input, each statement in its
    /// own transaction, ends at the first that fails, and prints answers without headings.
    fn client(&self, database: &str) -> Command;

    /// The statement that drops a database, with whoever is connected to it.
    fn drop_statement(name: &str) -> String;

    /// Runs statements in `database` as the administrator; answers what they print.
    ///
    /// # Errors
    /// With what the server says.
    fn try_sql(&self, database: &str, sql: &str) -> Result<String, String> {
        answer(&mut self.client(database), sql)
    }

    /// [`Administer::try_sql`] that a test cannot do without.
    ///
    /// # Panics
    /// With what the server says.
    fn sql(&self, database: &str, sql: &str) -> String {
        self.try_sql(database, sql).unwrap_or_else(|error| panic!("in database {database:?}: {error}"))
    }
}

/// A database of its own for one test; dropped, with whoever is connected to it, when this goes out of scope.
#[derive(Debug)]
pub struct Database<S: Administer + 'static> {
    pub(crate) server: &'static S,
    pub(crate) name: String,
    /// Makes it and drops it: to start a client takes as long as either.
    maker: Session,
}

impl<S: Administer + 'static> Database<S> {
    /// A new one, by the statement that makes one of its name.
    pub(crate) fn create(
        server: &'static S,
        hint: &str,
        statement: impl FnOnce(&mut Session, &str) -> String,
    ) -> Self {
        let name = unique(hint);
        let mut maker = Session::start(server.client(S::HOME));
        let statement = statement(&mut maker, &name);
        maker.run(&statement);
        Self { server, name, maker }
    }

    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A session of the administrator, for tests that run many statements one by one: starting a client for each takes
    /// longer than most statements do.
    ///
    /// # Panics
    /// When the client cannot be started.
    #[must_use]
    pub fn session(&self) -> Session {
        Session::start(self.server.client(&self.name))
    }
}

impl<S: Administer + 'static> Drop for Database<S> {
    fn drop(&mut self) {
        if let Err(error) = self.maker.try_run(&S::drop_statement(&self.name)) {
            // A panic here would hide the one that a failing test is unwinding from.
            eprintln!("the test database {} was left behind: {error}", self.name);
        }
    }
}

/// A name that no other test of this server has: the process, the clock and a counter.
pub(crate) fn unique(hint: &str) -> String {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    let mut hasher = DefaultHasher::new();
    std::process::id().hash(&mut hasher);
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos().hash(&mut hasher);
    COUNTER.fetch_add(1, Ordering::Relaxed).hash(&mut hasher);
    let hint: String = hint.chars().filter(char::is_ascii_alphanumeric).take(24).collect();
    format!("{}_{:016x}", hint.to_ascii_lowercase(), hasher.finish())
}
