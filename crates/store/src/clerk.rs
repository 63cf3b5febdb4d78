//! What is known of the objects of Clerk. Nothing of a person is in here but ids.

use std::collections::HashMap;

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect, RelationDef};
use types::permission::Role;
use types::{OrgId, UserId};

use crate::entity::clerk_object::{ActiveModel, Column, Entity, Model};
use crate::entity::{identity_link, user};
use crate::row::word;
use crate::transaction::Connected;
use crate::{Error, PlatformReads, PlatformWrites};

/// The kinds of objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    User,
    Organization,
    Membership,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Organization => "organization",
            Self::Membership => "membership",
        }
    }

    fn parse(text: &str) -> Result<Self, Error> {
        [Self::User, Self::Organization, Self::Membership]
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| Error::Corrupt(format!("{text} is no kind of Clerk's objects")))
    }
}

/// An object as it was when it was last heard of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Clerk's own, such as `user_…`, of one object for ever.
    pub id: String,
    pub kind: Kind,
    /// By Clerk's clock, in milliseconds.
    pub changed_at: i64,
    pub deleted: bool,
    /// Of all that matters here: tells two changes of one moment apart.
    pub digest: String,
    /// Of a membership: where.
    pub organization: Option<String>,
    /// Of a membership: whose. Of an organization: who made it.
    pub person: Option<String>,
    /// Of a membership.
    pub role: Option<Role>,
    /// Of a membership: since when, in milliseconds.
    pub since: Option<i64>,
    /// Of an organization that is not there here yet.
    pub name: Option<String>,
    /// Of an organization: the one here that stands for it.
    pub local: Option<OrgId>,
}

/// The id of no object.
const LOCK: &str = "";

/// Makes whoever else applies what Clerk says wait until the transaction ends. On SQLite they do so anyway.
///
/// # Errors
/// When the database fails.
pub async fn lock(tx: &impl PlatformWrites) -> Result<(), Error> {
    let row = ActiveModel {
        id: Set(LOCK.to_owned()),
        kind: Set("lock".to_owned()),
        changed_at: Set(0),
        deleted: Set(false),
        digest: Set(String::new()),
        ..Default::default()
    };
    Entity::insert(row)
        .on_conflict_do_nothing_on([Column::Id])
        .exec_without_returning(tx.connection())
        .await?;
    Entity::find_by_id(LOCK.to_owned()).lock_exclusive().one(tx.connection()).await?;
    Ok(())
}

/// The object of an id.
///
/// # Errors
/// When the database fails.
pub async fn find(tx: &impl PlatformReads, id: &str) -> Result<Option<Object>, Error> {
    if id == LOCK {
        return Ok(None);
    }
    let row = Entity::find_by_id(id.to_owned()).one(tx.connection()).await?;
    row.map(object).transpose()
}

/// Keeps an object, in place of what was known of it.
///
/// # Errors
/// When the database fails.
pub async fn put(tx: &impl PlatformWrites, object: &Object) -> Result<(), Error> {
    let row = ActiveModel {
        id: Set(object.id.clone()),
        kind: Set(object.kind.as_str().to_owned()),
        changed_at: Set(object.changed_at),
        deleted: Set(object.deleted),
        digest: Set(object.digest.clone()),
        organization: Set(object.organization.clone()),
        person: Set(object.person.clone()),
        role: Set(object.role.map(|role| role.as_str().to_owned())),
        since: Set(object.since),
        name: Set(object.name.clone()),
        local_id: Set(object.local.map(|org| org.0)),
    };
    let replaced = [
        Column::ChangedAt,
        Column::Deleted,
        Column::Digest,
        Column::Organization,
        Column::Person,
        Column::Role,
        Column::Since,
        Column::Name,
        Column::LocalId,
    ];
    Entity::insert(row)
        .on_conflict(OnConflict::column(Column::Id).update_columns(replaced).to_owned())
        .exec_without_returning(tx.connection())
        .await?;
    Ok(())
}

/// The memberships that were ever heard of in an organization, deleted ones included.
///
/// # Errors
/// When the database fails.
pub async fn memberships_in(tx: &impl PlatformReads, organization: &str) -> Result<Vec<Object>, Error> {
    memberships(tx, Column::Organization, organization).await
}

/// The same of a person.
///
/// # Errors
/// When the database fails.
pub async fn memberships_of(tx: &impl PlatformReads, person: &str) -> Result<Vec<Object>, Error> {
    memberships(tx, Column::Person, person).await
}

async fn memberships(tx: &impl PlatformReads, whose: Column, id: &str) -> Result<Vec<Object>, Error> {
    let rows = Entity::find()
        .filter(whose.eq(id))
        .filter(Column::Kind.eq(Kind::Membership.as_str()))
        .order_by_asc(Column::Id)
        .all(tx.connection())
        .await?;
    rows.into_iter().map(object).collect()
}

/// Objects of a kind after an id, deleted ones left out.
///
/// # Errors
/// When the database fails.
pub async fn present(
    tx: &impl PlatformReads,
    kind: Kind,
    after: &str,
    rows: u64,
) -> Result<Vec<Object>, Error> {
    let rows = Entity::find()
        .filter(Column::Kind.eq(kind.as_str()))
        .filter(Column::Deleted.eq(false))
        .filter(Column::Id.gt(after))
        .order_by_asc(Column::Id)
        .limit(rows)
        .all(tx.connection())
        .await?;
    rows.into_iter().map(object).collect()
}

/// Somebody here whom Clerk knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    pub user: UserId,
    pub email: String,
    pub name: String,
    /// Whether the account here is disabled.
    pub disabled: bool,
    /// Whether the person is deleted at Clerk.
    pub gone: bool,
}

/// Those of some of Clerk's people who have an account here, by Clerk's id.
///
/// # Errors
/// When the database fails.
pub async fn known(
    tx: &impl PlatformReads,
    issuer: &str,
    people: &[&str],
) -> Result<HashMap<String, Known>, Error> {
    use identity_link::Column::{Issuer, Subject, UserId as Person};
    let account: RelationDef =
        identity_link::Entity::belongs_to(user::Entity).from(Person).to(user::Column::Id).into();
    let mut known = HashMap::new();
    for some in people.chunks(500) {
        let found = identity_link::Entity::find()
            .select_also(user::Entity)
            .join(JoinType::InnerJoin, account.clone())
            .filter(Issuer.eq(issuer))
            .filter(Subject.is_in(some.iter().copied()))
            .all(tx.connection())
            .await?;
        let gone: Vec<String> = Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(Column::Id.is_in(some.iter().copied()))
            .filter(Column::Deleted.eq(true))
            .into_tuple()
            .all(tx.connection())
            .await?;
        known.extend(found.into_iter().filter_map(|(link, account)| {
            let account = account?;
            let known = Known {
                user: UserId(account.id),
                email: account.email,
                name: account.name,
                disabled: account.disabled_at.is_some(),
                gone: gone.contains(&link.subject),
            };
            Some((link.subject, known))
        }));
    }
    Ok(known)
}

fn object(row: Model) -> Result<Object, Error> {
    Ok(Object {
        id: row.id,
        kind: Kind::parse(&row.kind)?,
        changed_at: row.changed_at,
        deleted: row.deleted,
        digest: row.digest,
        organization: row.organization,
        person: row.person,
        role: row.role.as_deref().map(word).transpose()?,
        since: row.since,
        name: row.name,
        local: row.local_id.map(OrgId),
    })
}
