//! The last of an organization: its data keys first, so that no secret of it opens any more, then every row of it, a few
//! in each transaction, and itself at the end. Stopped anywhere, it goes on where it was when it is done again.
//!
//! Its audit log goes as well: it names people. What stays is that there was a purge, of which id, and when, with the
//! number of rows of that log and its last hash: an export that somebody kept can still be shown to be whole.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Statement,
    Value,
};
use types::{OrgId, Timestamp};
use uuid::Uuid;

use crate::entity::{audit, organization, purge};
use crate::transaction::{Connected, Owned};
use crate::{Error, PlatformReads, PlatformWrite, WriteTx, scoped};

/// How many rows of a table go in one transaction.
pub const BATCH: u64 = 500;

/// Every table with rows of organizations, and what becomes of them. Whatever refers to another table comes before that
/// one: rows that go by themselves, because what they belong to goes, would be more than a batch.
pub const TABLES: &[(&str, Fate)] = &[
    ("data_key", Fate::Deleted),
    ("credential", Fate::Deleted),
    ("effect", Fate::Deleted),
    ("run_log", Fate::Deleted),
    ("staged_object", Fate::Deleted),
    ("staged_profile", Fate::Deleted),
    ("expectation_result", Fate::Deleted),
    ("expectation", Fate::Deleted),
    ("incident_event", Fate::Deleted),
    ("incident", Fate::Deleted),
    ("anomaly", Fate::Deleted),
    ("anomaly_bounds", Fate::Deleted),
    ("anomaly_model", Fate::Deleted),
    ("detection", Fate::Deleted),
    ("ownership", Fate::Deleted),
    ("sensitivity", Fate::Deleted),
    ("backfill", Fate::Deleted),
    ("column_rollup", Fate::Deleted),
    ("table_rollup", Fate::Deleted),
    ("column_stats", Fate::Deleted),
    ("table_stats", Fate::Deleted),
    ("table_facets", Fate::Deleted),
    ("source_score", Fate::Deleted),
    ("description", Fate::Deleted),
    ("drift", Fate::Deleted),
    ("schema_version", Fate::Deleted),
    ("run_step", Fate::Deleted),
    ("run", Fate::Deleted),
    ("policy_version", Fate::DeletedByOwner),
    ("source", Fate::Deleted),
    ("schema_object", Fate::Deleted),
    ("connection", Fate::Deleted),
    ("usage_event", Fate::Deleted),
    ("activity", Fate::Deleted),
    ("job", Fate::Deleted),
    ("inbound_event", Fate::Deleted),
    ("idempotency", Fate::Deleted),
    ("oidc_login", Fate::Deleted),
    ("sso_domain", Fate::Deleted),
    ("sso_connection", Fate::Deleted),
    ("api_key", Fate::Deleted),
    ("invitation", Fate::Deleted),
    ("membership", Fate::Deleted),
    ("session", Fate::Unset),
    ("audit", Fate::DeletedByOwner),
    ("sequence", Fate::Deleted),
];

/// What becomes of a table's rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Deleted,
    /// Deleted by the tables' owner, where that is another role: the server's can only add rows.
    DeletedByOwner,
    /// Somebody's own: it only does not name the organization any more.
    Unset,
}

/// At most `rows` organizations after one whose time to be purged has come.
///
/// # Errors
/// When the database fails.
pub async fn due(
    tx: &impl PlatformReads,
    now: Timestamp,
    after: Option<OrgId>,
    rows: u64,
) -> Result<Vec<OrgId>, Error> {
    use organization::Column::{DeletedAt, Id, PurgeAt};
    let mut query = organization::Entity::find()
        .select_only()
        .column(Id)
        .filter(DeletedAt.is_not_null())
        .filter(PurgeAt.lte(now.millis()));
    if let Some(after) = after {
        query = query.filter(Id.gt(after.0));
    }
    let found: Vec<Uuid> = query.order_by_asc(Id).limit(rows).into_tuple().all(tx.connection()).await?;
    Ok(found.into_iter().map(OrgId).collect())
}

/// Says when those are purged that an earlier release deleted, which did not say; answers how many.
///
/// # Errors
/// When the database fails.
pub async fn set_missing(tx: &PlatformWrite, purge_at: Timestamp) -> Result<u64, Error> {
    use organization::Column::{DeletedAt, PurgeAt};
    let done = organization::Entity::update_many()
        .col_expr(PurgeAt, Expr::value(purge_at.millis()))
        .filter(DeletedAt.is_not_null())
        .filter(PurgeAt.is_null())
        .exec(tx.connection())
        .await?;
    Ok(done.rows_affected)
}

/// Begins, or goes on: from here on nobody restores the organization, and none of its secrets opens. `false` when it is not
/// to be purged: it was restored, its time has not come, or nothing is left of it.
///
/// # Errors
/// When the database fails.
pub async fn begin(tx: &WriteTx, now: Timestamp) -> Result<bool, Error> {
    crate::organization::lock(tx).await?;
    let row = organization::Entity::find_by_id(tx.org_id()).one(tx.connection()).await?;
    let Some((deleted_at, purge_at)) = row.and_then(|row| row.deleted_at.zip(row.purge_at)) else {
        return Ok(false);
    };
    if now.millis() < purge_at {
        return Ok(false);
    }
    let last =
        scoped::find::<audit::Entity>(tx).order_by_desc(audit::Column::Seq).one(tx.connection()).await?;
    let (audit_rows, audit_head) = last.map(|row| (row.seq, row.hash)).unwrap_or_default();
    let row = purge::ActiveModel {
        id: Set(tx.org_id()),
        deleted_at: Set(deleted_at),
        began_at: Set(now.millis()),
        ended_at: Set(None),
        audit_rows: Set(audit_rows),
        audit_head: Set(audit_head),
    };
    purge::Entity::insert(row)
        .on_conflict_do_nothing_on([purge::Column::Id])
        .exec_without_returning(tx.connection())
        .await?;
    clear_some(tx, "data_key", Fate::Deleted).await?;
    Ok(true)
}

/// Does away with at most [`BATCH`] of the organization's rows of one of [`TABLES`]; answers how many.
///
/// # Errors
/// When the database refuses, as it does where the organization is not being purged.
pub async fn clear_some(tx: &WriteTx, table: &str, fate: Fate) -> Result<u64, Error> {
    let backend = tx.connection().get_database_backend();
    if fate == Fate::DeletedByOwner && backend == DbBackend::Postgres {
        return journals(tx).await;
    }
    // What every row has on this database, whatever the table's key.
    let places = |place: &str| format!(r#"SELECT {place} FROM "{table}" WHERE "org_id" = $1 LIMIT $2"#);
    let batch = match backend {
        DbBackend::Postgres => format!("ctid = ANY (ARRAY({}))", places("ctid")),
        _ => format!("rowid IN ({})", places("rowid")),
    };
    let change = match fate {
        Fate::Unset => format!(r#"UPDATE "{table}" SET "org_id" = NULL"#),
        Fate::Deleted | Fate::DeletedByOwner => format!(r#"DELETE FROM "{table}""#),
    };
    let sql = format!(r#"{change} WHERE "org_id" = $1 AND {batch}"#);
    let values: [Value; 2] = [tx.org_id().into(), BATCH.cast_signed().into()];
    let done = tx.connection().execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    Ok(done.rows_affected())
}

/// Both tables at once: the function deletes a batch of each.
async fn journals(tx: &WriteTx) -> Result<u64, Error> {
    let most = i32::try_from(BATCH).unwrap_or(i32::MAX);
    let call = Statement::from_sql_and_values(
        DbBackend::Postgres,
        "SELECT purge_journals($1) AS deleted",
        [most.into()],
    );
    let row = tx.connection().query_one_raw(call).await?.ok_or(Error::Database)?;
    Ok(row.try_get::<i64>("", "deleted")?.unsigned_abs())
}

/// Ends: the organization itself goes, and that it was purged is noted. `false` when rows of it were there again, which
/// somebody wrote meanwhile: then begin anew with the first table.
///
/// # Errors
/// When the database fails.
pub async fn finish(tx: &WriteTx, now: Timestamp) -> Result<bool, Error> {
    for (table, fate) in TABLES {
        if clear_some(tx, table, *fate).await? > 0 {
            return Ok(false);
        }
    }
    purge::Entity::update_many()
        .col_expr(purge::Column::EndedAt, Expr::value(now.millis()))
        .filter(purge::Column::Id.eq(tx.org_id()))
        .exec(tx.connection())
        .await?;
    organization::Entity::delete_by_id(tx.org_id()).exec(tx.connection()).await?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entity::TENANT_TABLES;

    #[test]
    fn every_table_of_an_organization_is_emptied() {
        for table in TENANT_TABLES {
            assert!(TABLES.iter().any(|(name, _)| name == table), "{table} is not among them");
        }
    }
}
