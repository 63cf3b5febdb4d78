//! Organizations.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Condition;
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select, TryInsertResult,
};
use types::organization::{PlanLimits, Retention};
use types::permission::Role;
use types::session::DeletedOrganization;
use types::{OrgId, Timestamp, UserId};
use uuid::Uuid;

use crate::entity::organization::{ActiveModel, Column, Entity, Model};
use crate::entity::{membership, purge};
use crate::row::{number, number_option, time, time_option};
use crate::transaction::{Connected, Owned};
use crate::{Error, PlatformReads, PlatformWrites, WriteTx};

/// An organization that is not deleted.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub id: OrgId,
    pub slug: String,
    pub name: String,
    pub created_at: Timestamp,
    /// How long versions of its schemas are kept.
    pub retention: Retention,
    /// Why the operator has suspended it, if that is so.
    pub suspended: Option<String>,
    /// The most that it may have or do.
    pub limits: PlanLimits,
}

/// The organization of an id.
///
/// # Errors
/// When the database fails.
pub async fn find(tx: &impl PlatformReads, id: OrgId) -> Result<Option<Row>, Error> {
    let row = Entity::find_by_id(id.0).filter(Column::DeletedAt.is_null()).one(tx.connection()).await?;
    row.map(converted).transpose()
}

/// Those of the ids that are not deleted.
///
/// # Errors
/// When the database fails.
pub async fn find_all(tx: &impl PlatformReads, ids: &[OrgId]) -> Result<Vec<Row>, Error> {
    let query = Entity::find().filter(Column::Id.is_in(ids.iter().map(|id| id.0)));
    let found = query.filter(Column::DeletedAt.is_null()).all(tx.connection()).await?;
    found.into_iter().map(converted).collect()
}

/// At most `rows` ids after one, of organizations that are not deleted.
///
/// # Errors
/// When the database fails.
pub async fn ids(tx: &impl PlatformReads, after: Option<OrgId>, rows: u64) -> Result<Vec<OrgId>, Error> {
    some_ids(tx, Entity::find().filter(Column::DeletedAt.is_null()), after, rows).await
}

/// The same, deleted ones included.
///
/// # Errors
/// When the database fails.
pub async fn all_ids(tx: &impl PlatformReads, after: Option<OrgId>, rows: u64) -> Result<Vec<OrgId>, Error> {
    some_ids(tx, Entity::find(), after, rows).await
}

async fn some_ids(
    tx: &impl PlatformReads,
    of: Select<Entity>,
    after: Option<OrgId>,
    rows: u64,
) -> Result<Vec<OrgId>, Error> {
    let mut query = of.select_only().column(Column::Id);
    if let Some(after) = after {
        query = query.filter(Column::Id.gt(after.0));
    }
    let found: Vec<Uuid> =
        query.order_by_asc(Column::Id).limit(rows).into_tuple().all(tx.connection()).await?;
    Ok(found.into_iter().map(OrgId).collect())
}

/// The organization of a slug or of an id's text.
///
/// # Errors
/// When the database fails.
pub async fn find_by_name(tx: &impl PlatformReads, slug_or_id: &str) -> Result<Option<Row>, Error> {
    let query = Entity::find().filter(named(slug_or_id)).filter(Column::DeletedAt.is_null());
    query.one(tx.connection()).await?.map(converted).transpose()
}

/// What has the slug or is of the id.
pub(crate) fn named(slug_or_id: &str) -> Condition {
    match slug_or_id.parse::<OrgId>() {
        Ok(id) => Condition::any().add(Column::Id.eq(id.0)).add(Column::Slug.eq(slug_or_id)),
        Err(_) => Condition::all().add(Column::Slug.eq(slug_or_id)),
    }
}

/// Adds one; `false` when its slug is taken, also by one that is deleted. One that somebody else adds at this moment is waited
/// for.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &impl PlatformWrites, organization: &Row) -> Result<bool, Error> {
    let row = ActiveModel {
        id: Set(organization.id.0),
        slug: Set(organization.slug.clone()),
        name: Set(organization.name.clone()),
        placement: Set("pooled".to_owned()),
        created_at: Set(organization.created_at.millis()),
        versions_kept: Set(Some(number(organization.retention.versions)?)),
        days_kept: Set(Some(number(organization.retention.days)?)),
        deleted_at: Set(None),
        purge_at: Set(None),
        suspended_at: Set(None),
        suspension_reason: Set(None),
        most_members: Set(number_option(organization.limits.members)?),
        most_sources: Set(number_option(organization.limits.sources)?),
        most_api_keys: Set(number_option(organization.limits.api_keys)?),
        most_requests_per_minute: Set(number_option(organization.limits.requests_per_minute)?),
    };
    let inserted = Entity::insert(row)
        .on_conflict_do_nothing_on([Column::Slug])
        .exec_without_returning(tx.connection())
        .await?;
    Ok(matches!(inserted, TryInsertResult::Inserted(1)))
}

/// Makes changes of its members wait for each other until the transaction ends. On SQLite they do so anyway.
///
/// # Errors
/// When the database fails.
pub async fn lock(tx: &WriteTx) -> Result<(), Error> {
    Entity::find_by_id(tx.org_id()).lock_exclusive().one(tx.connection()).await?;
    Ok(())
}

/// Gives it another name.
///
/// # Errors
/// When the database fails.
pub async fn rename(tx: &WriteTx, name: &str) -> Result<(), Error> {
    change(tx, ActiveModel { name: Set(name.to_owned()), ..Default::default() }).await
}

/// Says how long versions of its schemas are kept.
///
/// # Errors
/// When the database fails.
pub async fn set_retention(tx: &WriteTx, retention: Retention) -> Result<(), Error> {
    let row = ActiveModel {
        versions_kept: Set(Some(number(retention.versions)?)),
        days_kept: Set(Some(number(retention.days)?)),
        ..Default::default()
    };
    change(tx, row).await
}

/// Says how much it may have and do.
///
/// # Errors
/// When the database fails.
pub async fn set_limits(tx: &WriteTx, limits: PlanLimits) -> Result<(), Error> {
    let row = ActiveModel {
        most_members: Set(number_option(limits.members)?),
        most_sources: Set(number_option(limits.sources)?),
        most_api_keys: Set(number_option(limits.api_keys)?),
        most_requests_per_minute: Set(number_option(limits.requests_per_minute)?),
        ..Default::default()
    };
    change(tx, row).await
}

/// Hides it until it is restored or, at the earliest at `purge_at`, purged; its slug stays taken until then.
///
/// # Errors
/// When the database fails.
pub async fn delete(tx: &WriteTx, now: Timestamp, purge_at: Timestamp) -> Result<(), Error> {
    let row = ActiveModel {
        deleted_at: Set(Some(now.millis())),
        purge_at: Set(Some(purge_at.millis())),
        ..Default::default()
    };
    change(tx, row).await
}

/// Shows it again; `false` when it is not deleted, or is being purged.
///
/// # Errors
/// When the database fails.
pub async fn restore(tx: &WriteTx) -> Result<bool, Error> {
    let row = ActiveModel { deleted_at: Set(None), purge_at: Set(None), ..Default::default() };
    let restored = Entity::update_many()
        .set(row)
        .filter(Column::Id.eq(tx.org_id()))
        .filter(restorable())
        .exec(tx.connection())
        .await?;
    Ok(restored.rows_affected > 0)
}

/// Has its jobs wait until it is reactivated.
///
/// # Errors
/// When the database fails.
pub async fn suspend(tx: &WriteTx, now: Timestamp, reason: &str) -> Result<(), Error> {
    let row = ActiveModel {
        suspended_at: Set(Some(now.millis())),
        suspension_reason: Set(Some(reason.to_owned())),
        ..Default::default()
    };
    change(tx, row).await
}

/// Ends a suspension.
///
/// # Errors
/// When the database fails.
pub async fn reactivate(tx: &WriteTx) -> Result<(), Error> {
    let row = ActiveModel { suspended_at: Set(None), suspension_reason: Set(None), ..Default::default() };
    change(tx, row).await
}

/// What is deleted and not being purged.
pub(crate) fn restorable() -> Condition {
    let purged = purge::Entity::find().select_only().column(purge::Column::Id).into_query();
    Condition::all().add(Column::DeletedAt.is_not_null()).add(Column::Id.not_in_subquery(purged))
}

/// The organizations that a person owns and may restore, the last deleted first.
///
/// # Errors
/// When the database fails.
pub async fn deleted_of(tx: &impl PlatformReads, owner: UserId) -> Result<Vec<DeletedOrganization>, Error> {
    use membership::Column::{OrgId as Org, Role as Held, Status, UserId as Person};
    let owned = membership::Entity::find()
        .select_only()
        .column(Org)
        .filter(Person.eq(owner.0))
        .filter(Status.eq(crate::membership::Status::Active.as_str()))
        .filter(Held.eq(Role::Owner.as_str()))
        .into_query();
    let rows = Entity::find()
        .filter(restorable())
        .filter(Column::Id.in_subquery(owned))
        .order_by_desc(Column::DeletedAt)
        .order_by_asc(Column::Id)
        .all(tx.connection())
        .await?;
    let deleted = |row: Model| {
        Ok(DeletedOrganization {
            org_id: OrgId(row.id),
            slug: row.slug,
            name: row.name,
            deleted_at: time(row.deleted_at.unwrap_or_default())?,
            purge_at: time_option(row.purge_at)?,
        })
    };
    rows.into_iter().map(deleted).collect()
}

async fn change(tx: &WriteTx, row: ActiveModel) -> Result<(), Error> {
    Entity::update_many().set(row).filter(Column::Id.eq(tx.org_id())).exec(tx.connection()).await?;
    Ok(())
}

fn converted(row: Model) -> Result<Row, Error> {
    let retention = match (row.versions_kept, row.days_kept) {
        (Some(versions), Some(days)) => Retention { versions: number(versions)?, days: number(days)? },
        _ => Retention::default(),
    };
    let created_at = time(row.created_at)?;
    let suspended = row.suspended_at.map(|_| row.suspension_reason.unwrap_or_default());
    let limits = PlanLimits {
        members: number_option(row.most_members)?,
        sources: number_option(row.most_sources)?,
        api_keys: number_option(row.most_api_keys)?,
        requests_per_minute: number_option(row.most_requests_per_minute)?,
    };
    Ok(Row { id: OrgId(row.id), slug: row.slug, name: row.name, created_at, retention, suspended, limits })
}
