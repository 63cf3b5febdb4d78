//! Where an organization's tables are.

use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use types::organization::Placement;

use crate::transaction::Connected;
use crate::{Error, Reads};

/// The schema of the organizations that have none of their own.
const POOLED: &str = "pooled";

/// Where those are that this transaction sees. An embedded database has one place for all.
///
/// # Errors
/// When the database fails.
pub async fn of(tx: &impl Reads) -> Result<Placement, Error> {
    let connection = tx.connection();
    if connection.get_database_backend() != DbBackend::Postgres {
        return Ok(Placement::Pooled);
    }
    let asked = Statement::from_string(DbBackend::Postgres, "SELECT current_schema()::text AS name");
    let row = connection.query_one_raw(asked).await?.ok_or(Error::Database)?;
    let name: String = row.try_get("", "name")?;
    Ok(if name == POOLED { Placement::Pooled } else { Placement::Silo })
}
