//! Beginning a transaction.

use sea_orm::{
    DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, TransactionOptions, TransactionTrait as _,
};

/// Begins a transaction, also when whoever wants one leaves meanwhile, as a browser does that closes its connection: then it
/// is ended at once. The driver (sqlx 0.9.0) forgets one that it has begun and was not told of yet: it would give the connection
/// back with a transaction open, which the next who gets it would be in.
pub(crate) async fn begin(
    pool: &DatabaseConnection,
    options: TransactionOptions,
) -> Result<DatabaseTransaction, DbErr> {
    if pool.get_database_backend() != DbBackend::Postgres {
        return pool.begin_with_options(options).await;
    }
    let pool = pool.clone();
    let begun = tokio::spawn(async move { pool.begin_with_options(options).await });
    begun.await.map_err(|error| DbErr::Custom(error.to_string()))?
}
