//! What statements are sent to.

use async_trait::async_trait;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult,
    Statement,
};

use crate::glance::Glance;

/// A transaction, or what single statements are asked of, each of which is as of one moment without: the pool of an embedded
/// database, where to begin and to end a transaction are two more ways to its thread and back, or a server's.
pub enum Executor {
    Transaction(DatabaseTransaction),
    Alone(DatabaseConnection),
    Glance(Glance),
}

impl Executor {
    /// Commits; what stood alone did so by itself.
    pub(crate) async fn commit(self) -> Result<(), DbErr> {
        match self {
            Self::Transaction(transaction) => transaction.commit().await,
            Self::Alone(_) | Self::Glance(_) => Ok(()),
        }
    }
}

impl std::fmt::Debug for Executor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Transaction(_) => "Transaction",
            Self::Alone(_) => "Alone",
            Self::Glance(_) => "Glance",
        })
    }
}

#[async_trait]
impl ConnectionTrait for Executor {
    fn get_database_backend(&self) -> DbBackend {
        match self {
            Self::Transaction(transaction) => transaction.get_database_backend(),
            Self::Alone(pool) => pool.get_database_backend(),
            Self::Glance(_) => DbBackend::Postgres,
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        match self {
            Self::Transaction(transaction) => transaction.execute_raw(statement).await,
            Self::Alone(pool) => pool.execute_raw(statement).await,
            Self::Glance(_) => Err(only_reads()),
        }
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        match self {
            Self::Transaction(transaction) => transaction.execute_unprepared(sql).await,
            Self::Alone(pool) => pool.execute_unprepared(sql).await,
            Self::Glance(_) => Err(only_reads()),
        }
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        match self {
            Self::Transaction(transaction) => transaction.query_one_raw(statement).await,
            Self::Alone(pool) => pool.query_one_raw(statement).await,
            Self::Glance(glance) => Ok(glance.ask(statement).await?.into_iter().next()),
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match self {
            Self::Transaction(transaction) => transaction.query_all_raw(statement).await,
            Self::Alone(pool) => pool.query_all_raw(statement).await,
            Self::Glance(glance) => glance.ask(statement).await,
        }
    }
}

/// No function of this crate comes here: those that change something take a transaction that may.
fn only_reads() -> DbErr {
    DbErr::Custom("a glance only reads".to_owned())
}
