//! Moving an organization to a schema of its own and back, while the others work.
//!
//! A move is one transaction. It has a lock that every change of the organization shares, so nobody changes it meanwhile:
//! changes are refused until the move ends, and reading goes on where the organization is. It copies, counts and compares,
//! and only then says that the organization is in the other place. Killed anywhere, it was not: the lock goes with its
//! connection, so the organization works on where it is, and the same command does the move anew.

use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction};
use uuid::Uuid;

use super::{
    Cause, Copied, Error, State, begin, connect, copy, execute, freeze_sql, lock, migrate, schema, select,
};
use crate::{POOLED, Roles};

/// How many days what a move leaves behind is kept.
pub const KEPT_DAYS: i64 = 7;

/// How long changes of the organization that were begun are waited for.
const WAIT: &str = "60s";

/// Moves an organization from among the others to a schema of its own, which is made. `now` is in milliseconds since 1970.
///
/// `end` writes down what was done, in the move's own transaction, which has entered the organization where it is from now
/// on, and commits it.
///
/// # Errors
/// [`Error`] says why it is where it was.
pub async fn to_silo(
    owner_url: &str,
    roles: &Roles<'_>,
    org: Uuid,
    now: i64,
    end: impl AsyncFnOnce(DatabaseTransaction, Copied) -> Result<(), Cause>,
) -> Result<Copied, Error> {
    let connection = connect(owner_url, 1).await?;
    prepare(&connection, roles, org, now).await?;
    let silo = schema(org);
    let transaction = begin(&connection).await?;
    match lock(&transaction, org).await? {
        Some(State::Prepared) => {}
        Some(State::Live) => return Err(Error::AlreadyThere),
        Some(State::Left) | None => return Err(Error::NoSilo),
    }
    let copied = copy_frozen(&transaction, org, POOLED, &silo).await?;
    // Plans are made for what is there, and nobody has looked yet.
    analyze(&transaction, &silo).await?;
    settle(&transaction, org, State::Live, now).await?;
    end(transaction, copied).await.map_err(Error::Unrecorded)?;
    Ok(copied)
}

/// Moves an organization from its schema back among the others. `now` is in milliseconds since 1970; `end` is as for
/// [`to_silo`].
///
/// # Errors
/// [`Error`] says why it is where it was.
pub async fn to_pooled(
    owner_url: &str,
    org: Uuid,
    now: i64,
    end: impl AsyncFnOnce(DatabaseTransaction, Copied) -> Result<(), Cause>,
) -> Result<Copied, Error> {
    let connection = connect(owner_url, 1).await?;
    let transaction = begin(&connection).await?;
    in_use(lock(&transaction, org).await?)?;
    // The move before left them behind.
    copy::clear(&transaction, org, POOLED).await?;
    keep_until(&transaction, org, None).await?;
    transaction.commit().await?;

    let transaction = begin(&connection).await?;
    in_use(lock(&transaction, org).await?)?;
    let copied = copy_frozen(&transaction, org, &schema(org), POOLED).await?;
    settle(&transaction, org, State::Left, now).await?;
    end(transaction, copied).await.map_err(Error::Unrecorded)?;
    Ok(copied)
}

/// What was removed of an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Removed {
    pub org: Uuid,
    /// Its schema; otherwise its rows among the others'.
    pub schema: bool,
}

/// Removes what moves have left behind, once it was kept for [`KEPT_DAYS`], and whatever is left of organizations that are
/// gone. `now` is in milliseconds since 1970.
///
/// # Errors
/// When the database refuses; what was removed before is.
pub async fn remove_left_behind(owner_url: &str, now: i64) -> Result<Vec<Removed>, Error> {
    let connection = connect(owner_url, 1).await?;
    let due = select(
        &connection,
        "SELECT t.id, NOT EXISTS (SELECT 1 FROM platform.organization o WHERE o.id = t.id) AS gone
         FROM platform.tenant_schema t
         WHERE t.remove_at <= $1 OR NOT EXISTS (SELECT 1 FROM platform.organization o WHERE o.id = t.id) ORDER BY t.id",
        [now.into()],
    )
    .await?;
    let mut removed = Vec::new();
    for row in due {
        let (org, gone): (Uuid, bool) = (row.try_get("", "id")?, row.try_get("", "gone")?);
        let transaction = begin(&connection).await?;
        let Some(state) = lock(&transaction, org).await? else { continue };
        if state == State::Live {
            copy::clear(&transaction, org, POOLED).await?;
            keep_until(&transaction, org, None).await?;
        }
        let schema = gone || state == State::Left;
        if schema {
            drop_schema(&transaction, org).await?;
            execute(&transaction, "DELETE FROM platform.tenant_schema WHERE id = $1", [org.into()]).await?;
        }
        transaction.commit().await?;
        removed.push(Removed { org, schema });
    }
    Ok(removed)
}

fn in_use(state: Option<State>) -> Result<(), Error> {
    match state {
        Some(State::Live) => Ok(()),
        _ => Err(Error::NoSilo),
    }
}

/// Makes an organization's schema, empty and up to date. What an earlier move left there goes.
async fn prepare(
    connection: &DatabaseConnection,
    roles: &Roles<'_>,
    org: Uuid,
    now: i64,
) -> Result<(), Error> {
    let transaction = begin(connection).await?;
    execute(
        &transaction,
        "INSERT INTO platform.tenant_schema (id, state, version, changed_at) VALUES ($1, 'prepared', '', $2)
         ON CONFLICT DO NOTHING",
        [org.into(), now.into()],
    )
    .await?;
    match lock(&transaction, org).await? {
        Some(State::Live) => return Err(Error::AlreadyThere),
        Some(State::Left) => {
            drop_schema(&transaction, org).await?;
            settle(&transaction, org, State::Prepared, now).await?;
        }
        Some(State::Prepared) | None => {}
    }
    migrate::apply(&transaction, roles, org).await?;
    Ok(transaction.commit().await?)
}

/// Copies while nobody changes the organization.
async fn copy_frozen(
    transaction: &DatabaseTransaction,
    org: Uuid,
    from: &str,
    to: &str,
) -> Result<Copied, Error> {
    let versions = (migrate::version(transaction, from).await?, migrate::version(transaction, to).await?);
    if versions.0 != versions.1 {
        return Err(Error::Versions { from: versions.0, to: versions.1 });
    }
    transaction.execute_unprepared(&format!("SET LOCAL lock_timeout = '{WAIT}'")).await?;
    // Every statement from here on sees what those have done who had to be waited for.
    transaction.execute_unprepared(&format!("SELECT {}", freeze_sql(org))).await?;
    copy::all(transaction, org, from, to).await
}

/// Says what an organization's schema is from now on, and how long what a move leaves behind is kept.
async fn settle(transaction: &DatabaseTransaction, org: Uuid, state: State, now: i64) -> Result<(), Error> {
    execute(
        transaction,
        "UPDATE platform.tenant_schema SET state = $2, changed_at = $3 WHERE id = $1",
        [org.into(), state.as_str().into(), now.into()],
    )
    .await?;
    // Before the first move there is only one place.
    let remove_at = (state != State::Prepared).then_some(now + KEPT_DAYS * 24 * 60 * 60 * 1000);
    keep_until(transaction, org, remove_at).await
}

async fn keep_until(transaction: &DatabaseTransaction, org: Uuid, at: Option<i64>) -> Result<(), Error> {
    let sql = "UPDATE platform.tenant_schema SET remove_at = $2 WHERE id = $1";
    execute(transaction, sql, [org.into(), at.into()]).await?;
    Ok(())
}

async fn drop_schema(transaction: &DatabaseTransaction, org: Uuid) -> Result<(), Error> {
    transaction.execute_unprepared(&format!("DROP SCHEMA IF EXISTS {} CASCADE", schema(org))).await?;
    Ok(())
}

async fn analyze(transaction: &DatabaseTransaction, schema: &str) -> Result<(), Error> {
    let sql = "SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = $1";
    for row in select(transaction, sql, [schema.into()]).await? {
        let name: String = row.try_get("", "name")?;
        transaction.execute_unprepared(&format!("ANALYZE {schema}.{name}")).await?;
    }
    Ok(())
}
