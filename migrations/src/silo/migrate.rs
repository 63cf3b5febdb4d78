//! Migrations of the schemas of organizations: each in a transaction of its own, so that one that was stopped goes on with
//! those that are left.

use std::collections::VecDeque;

use futures_util::stream::{self, TryStreamExt as _};
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction};
use uuid::Uuid;

use super::{Error, begin, connect, execute, lock, names, newest, schema, select};
use crate::roles::{grant_tenant, grant_tenants};
use crate::{Entry, Roles, Set, enter, search_in, tenant};

/// How many schemas are migrated at once: each needs a connection, and the server's work goes on meanwhile.
const AT_ONCE: u32 = 4;

/// What of a migration of all was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Platform,
    /// The first schema of an organization, which shows whether the migration works.
    Canary(Uuid),
    /// The tables of the organizations that have no schema of their own.
    Pooled,
    Silo(Uuid),
}

/// What a migration of all stopped at. What was migrated before stays so; the next time it goes on from here.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// Before any schema, or in the tables that organizations share.
    #[error(transparent)]
    Shared(#[from] Error),
    /// The schema of one organization, which is as it was.
    #[error("the schema of the organization {org} could not be migrated, and is as it was: {error}")]
    Silo { org: Uuid, error: Error },
}

impl From<DbErr> for Failed {
    fn from(error: DbErr) -> Self {
        Self::Shared(error.into())
    }
}

/// Applies what is pending in one organization's schema: everything or, when a migration fails, nothing.
///
/// # Errors
/// [`Error::NoSilo`], or when the database refuses.
pub async fn up(owner_url: &str, roles: &Roles<'_>, org: Uuid) -> Result<(), Error> {
    up_in(&connect(owner_url, 1).await?, roles, org).await
}

/// Undoes the last `steps` migrations of one organization's schema, with the data in their tables.
///
/// # Errors
/// [`Error::NoSilo`], or when the database refuses.
pub async fn down(owner_url: &str, org: Uuid, steps: u32) -> Result<(), Error> {
    down_in(&connect(owner_url, 1).await?, org, steps).await
}

/// All migrations of one organization's schema in order.
///
/// # Errors
/// [`Error::NoSilo`], or when the database cannot be reached or has a migration that this version does not know.
pub async fn status(url: &str, org: Uuid) -> Result<Vec<Entry>, Error> {
    let transaction = begin(&connect(url, 1).await?).await?;
    let found =
        select(&transaction, "SELECT 1 FROM platform.tenant_schema WHERE id = $1", [org.into()]).await?;
    if found.is_empty() {
        return Err(Error::NoSilo);
    }
    search_in(&transaction, &schema(org)).await?;
    let migrations = tenant::Migrator::get_migration_with_status_read_only(&transaction).await?;
    transaction.rollback().await?;
    Ok(migrations.iter().map(|migration| Entry::of(Set::Tenant, migration)).collect())
}

/// Applies what is pending everywhere: to the platform's tables, to one organization's schema (`canary`, or the first that
/// is behind), to the tables that organizations share, and to the other schemas. It stops at the first failure; done again,
/// it goes on with those that are behind.
///
/// # Errors
/// [`Failed`] says where it stopped.
pub async fn up_all(
    owner_url: &str,
    roles: &Roles<'_>,
    canary: Option<Uuid>,
    done: &(impl Fn(Stage) + Sync),
) -> Result<(), Failed> {
    if owner_url.starts_with("sqlite:") {
        return Ok(crate::up(owner_url, None).await?);
    }
    crate::up_set(owner_url, Set::Platform, roles).await?;
    done(Stage::Platform);
    let connection = connect(owner_url, AT_ONCE).await?;
    let mut behind = apart(&connection, "t.version < $1", newest()).await?;
    if let Some(place) = behind.iter().position(|org| Some(*org) == canary) {
        behind.swap(0, place);
    }
    if let Some(org) = behind.pop_front() {
        up_in(&connection, roles, org).await.map_err(|error| Failed::Silo { org, error })?;
        done(Stage::Canary(org));
    }
    crate::up_set(owner_url, Set::Tenant, roles).await?;
    done(Stage::Pooled);
    each(behind, async |org| {
        up_in(&connection, roles, org).await?;
        done(Stage::Silo(org));
        Ok(())
    })
    .await?;
    // A role that is new has no rights yet in those that were not behind.
    let transaction = begin(&connection).await?;
    grant_tenants(&transaction, roles).await?;
    Ok(transaction.commit().await?)
}

/// Takes the tables of all organizations back to what they were `steps` migrations before this version's last: first the
/// schemas of organizations, then the tables that they share. It stops at the first failure; done again, it goes on.
///
/// # Errors
/// [`Failed`] says where it stopped.
pub async fn down_all(owner_url: &str, steps: u32, done: &(impl Fn(Stage) + Sync)) -> Result<(), Failed> {
    let names = names();
    let undone = &names[names.len().saturating_sub(steps as usize)..];
    let Some(first) = undone.first() else { return Ok(()) };
    if !owner_url.starts_with("sqlite:") {
        let connection = connect(owner_url, AT_ONCE).await?;
        let ahead = apart(&connection, "t.version >= $1", first.clone()).await?;
        each(ahead, async |org| {
            let applied = status_in(&connection, org).await?;
            let steps = applied.iter().filter(|name| undone.contains(name)).count();
            down_in(&connection, org, steps as u32).await?;
            done(Stage::Silo(org));
            Ok(())
        })
        .await?;
    }
    let pooled = crate::status(owner_url).await?;
    let applied = pooled.iter().filter(|entry| entry.applied && undone.contains(&entry.name)).count();
    crate::down(owner_url, Set::Tenant, applied as u32).await?;
    done(Stage::Pooled);
    Ok(())
}

/// How many organizations have a schema in use that lacks a migration of this version.
///
/// # Errors
/// When the database cannot be reached or has not been migrated.
pub async fn behind(url: &str) -> Result<usize, Error> {
    Ok(apart(&connect(url, 1).await?, "t.version < $1", newest()).await?.len())
}

/// Does it for a few organizations at a time, until it fails for one.
async fn each(orgs: VecDeque<Uuid>, act: impl AsyncFn(Uuid) -> Result<(), Error>) -> Result<(), Failed> {
    let act = &act;
    stream::iter(orgs.into_iter().map(Ok))
        .try_for_each_concurrent(AT_ONCE as usize, |org| async move {
            act(org).await.map_err(|error| Failed::Silo { org, error })
        })
        .await
}

/// The organizations whose schema has tables in use, and a version for which the condition holds.
async fn apart(
    connection: &DatabaseConnection,
    condition: &str,
    version: String,
) -> Result<VecDeque<Uuid>, Error> {
    let sql = format!(
        "SELECT t.id FROM platform.tenant_schema t WHERE t.state <> 'left' AND {condition} COLLATE \"C\" ORDER BY t.id"
    );
    let rows = select(connection, &sql, [version.into()]).await?;
    Ok(rows.iter().map(|row| row.try_get("", "id")).collect::<Result<_, _>>()?)
}

async fn up_in(connection: &DatabaseConnection, roles: &Roles<'_>, org: Uuid) -> Result<(), Error> {
    let transaction = begin(connection).await?;
    lock(&transaction, org).await?.ok_or(Error::NoSilo)?;
    apply(&transaction, roles, org).await?;
    Ok(transaction.commit().await?)
}

async fn down_in(connection: &DatabaseConnection, org: Uuid, steps: u32) -> Result<(), Error> {
    let transaction = begin(connection).await?;
    lock(&transaction, org).await?.ok_or(Error::NoSilo)?;
    search_in(&transaction, &schema(org)).await?;
    tenant::Migrator::down(&transaction, Some(steps)).await?;
    note_version(&transaction, org).await?;
    Ok(transaction.commit().await?)
}

/// Applies what is pending in an organization's schema, which is made if need be, and gives the server its rights.
pub(super) async fn apply(
    transaction: &DatabaseTransaction,
    roles: &Roles<'_>,
    org: Uuid,
) -> Result<(), Error> {
    let schema = schema(org);
    enter(transaction, &schema).await?;
    tenant::Migrator::up(transaction, None).await?;
    grant_tenant(transaction, roles, &schema).await?;
    note_version(transaction, org).await
}

/// Writes down what an organization's schema is at: servers refuse one that is behind.
async fn note_version(transaction: &DatabaseTransaction, org: Uuid) -> Result<(), Error> {
    let version = version(transaction, &schema(org)).await?;
    execute(
        transaction,
        "UPDATE platform.tenant_schema SET version = $2 WHERE id = $1",
        [org.into(), version.into()],
    )
    .await?;
    Ok(())
}

/// The last migration of a schema's tables; empty when there is none.
pub(super) async fn version(connection: &impl ConnectionTrait, schema: &str) -> Result<String, Error> {
    let sql =
        format!("SELECT coalesce(max(version COLLATE \"C\"), '') AS version FROM {schema}.tenant_migration");
    let rows = select(connection, &sql, []).await?;
    Ok(rows.first().map(|row| row.try_get("", "version")).transpose()?.unwrap_or_default())
}

async fn status_in(connection: &DatabaseConnection, org: Uuid) -> Result<Vec<String>, Error> {
    let rows =
        select(connection, &format!("SELECT version FROM {}.tenant_migration", schema(org)), []).await?;
    Ok(rows.iter().map(|row| row.try_get("", "version")).collect::<Result<_, _>>()?)
}
