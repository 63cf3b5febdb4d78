//! What is counted and measured here, for whoever watches over the server. Nothing is, unless the program says where to.
//! No label says whose: there are too many organizations, and who they are is nobody's business there.

use std::time::Duration;

use sea_orm::{DatabaseConnection, DbBackend};

use crate::Store;

/// A histogram of seconds from asking for a transaction to having one, by `for`, which is `read` or `write`.
pub const WAIT: &str = "bastion_database_wait_seconds";
/// A counter of statements that were sent to the database, beside those that begin and end transactions.
pub const STATEMENTS: &str = "bastion_database_statements_total";
/// A counter of attempts to do a job, by `kind` and `outcome`: `done`, `retried`, `dead`, `released`, or `lost`, whose worker
/// stopped without a word.
pub const JOBS: &str = "bastion_jobs_total";

pub(crate) fn waited(write: bool, elapsed: Duration) {
    let purpose = if write { "write" } else { "read" };
    metrics::histogram!(WAIT, "for" => purpose).record(elapsed.as_secs_f64());
}

pub(crate) fn asked() {
    metrics::counter!(STATEMENTS).increment(1);
}

pub(crate) fn job_ended(kind: &str, outcome: &'static str) {
    metrics::counter!(JOBS, "kind" => kind.to_owned(), "outcome" => outcome).increment(1);
}

/// Connections to the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    /// `all`, or `read` and `write` where these are apart.
    pub name: &'static str,
    /// The most that there may be.
    pub most: u32,
    /// In use now.
    pub used: u32,
    /// Open, and in nobody's use.
    pub idle: u32,
}

impl Store {
    /// How many connections there are.
    #[must_use]
    pub fn pools(&self) -> Vec<Pool> {
        let (reader, writer) = self.connections();
        match self.is_shared() {
            true => vec![pool("all", writer)],
            false => vec![pool("read", reader), pool("write", writer)],
        }
    }
}

fn pool(name: &'static str, connections: &DatabaseConnection) -> Pool {
    let (most, open, idle) = match connections.get_database_backend() {
        DbBackend::Postgres => {
            let pool = connections.get_postgres_connection_pool();
            (pool.options().get_max_connections(), pool.size(), pool.num_idle())
        }
        _ => {
            let pool = connections.get_sqlite_connection_pool();
            (pool.options().get_max_connections(), pool.size(), pool.num_idle())
        }
    };
    let idle = u32::try_from(idle).unwrap_or(u32::MAX);
    Pool { name, most, used: open.saturating_sub(idle), idle }
}
