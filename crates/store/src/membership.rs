//! Who belongs to which organization, and who asks to.

use std::collections::HashMap;

use sea_orm::ActiveValue::Set;
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, JoinType, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, RelationDef,
};
use types::organization::{JoinRequest, Member};
use types::permission::{Permission, Role};
use types::session::Membership;
use types::{OrgId, Timestamp, UserId};

use crate::entity::membership::{ActiveModel, Column, Entity, Model};
use crate::entity::{organization, sso_connection, user};
use crate::row::{time, time_option, word};
use crate::transaction::{Connected, Owned};
use crate::{Error, PlatformReads, PlatformWrites, WriteTx};

/// Whether somebody belongs or only asks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Active,
    Requested,
}

impl Status {
    /// The word used in tables and in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Requested => "requested",
        }
    }

    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        match text {
            "active" => Ok(Self::Active),
            "requested" => Ok(Self::Requested),
            other => Err(Error::Corrupt(format!("{other} is not a membership's status"))),
        }
    }
}

/// What a member is in an organization.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    pub role: Role,
    pub last_seen_at: Option<Timestamp>,
    /// Whether the organization requires its single sign-on of those at its domains.
    pub sso_required: bool,
}

/// The active membership.
///
/// # Errors
/// When the database fails.
pub async fn find(tx: &impl PlatformReads, org: OrgId, user: UserId) -> Result<Option<Standing>, Error> {
    let connection: RelationDef = Entity::belongs_to(sso_connection::Entity)
        .from(Column::OrgId)
        .to(sso_connection::Column::OrgId)
        .into();
    let found = Entity::find_by_id((org.0, user.0))
        .select_also(sso_connection::Entity)
        .join(JoinType::LeftJoin, connection)
        .filter(Column::Status.eq(Status::Active.as_str()))
        .one(tx.connection())
        .await?;
    found
        .map(|(row, connection)| {
            Ok(Standing {
                role: word(&row.role)?,
                last_seen_at: time_option(row.last_seen_at)?,
                sso_required: connection.is_some_and(|connection| connection.required),
            })
        })
        .transpose()
}

/// Whether somebody belongs, asks to, or neither.
///
/// # Errors
/// When the database fails.
pub async fn status(tx: &impl PlatformReads, org: OrgId, user: UserId) -> Result<Option<Status>, Error> {
    let row = Entity::find_by_id((org.0, user.0)).one(tx.connection()).await?;
    row.map(|row| Status::parse(&row.status)).transpose()
}

/// Whether somebody is an active member of one of some organizations.
///
/// # Errors
/// When the database fails.
pub async fn is_in_any(
    tx: &impl PlatformReads,
    orgs: impl IntoIterator<Item = OrgId>,
    user: UserId,
) -> Result<bool, Error> {
    let query = Entity::find()
        .filter(Column::UserId.eq(user.0))
        .filter(Column::Status.eq(Status::Active.as_str()))
        .filter(Column::OrgId.is_in(orgs.into_iter().map(|org| org.0)));
    Ok(query.one(tx.connection()).await?.is_some())
}

/// The organizations that somebody belongs to, in the order of joining.
///
/// # Errors
/// When the database fails.
pub async fn of_user(tx: &impl PlatformReads, user: UserId) -> Result<Vec<Membership>, Error> {
    let rows = Entity::find()
        .filter(Column::UserId.eq(user.0))
        .filter(Column::Status.eq(Status::Active.as_str()))
        .order_by_asc(Column::JoinedAt)
        .order_by_asc(Column::OrgId)
        .all(tx.connection())
        .await?;
    let organizations = organization::Entity::find()
        .filter(organization::Column::Id.is_in(rows.iter().map(|row| row.org_id)))
        .filter(organization::Column::DeletedAt.is_null())
        .all(tx.connection())
        .await?;
    let mut memberships = Vec::with_capacity(rows.len());
    for row in rows {
        let Some(organization) = organizations.iter().find(|organization| organization.id == row.org_id)
        else {
            continue;
        };
        let role: Role = word(&row.role)?;
        memberships.push(Membership {
            org_id: OrgId(row.org_id),
            slug: organization.slug.clone(),
            name: organization.name.clone(),
            role,
            permissions: Permission::ALL.iter().copied().filter(|permission| role.may(*permission)).collect(),
        });
    }
    Ok(memberships)
}

/// A place in a list of people: when they joined, in milliseconds, and who they are.
pub type Place = (i64, UserId);

/// At most `rows` members after a place, in the order of joining; which picture they have is not looked up.
///
/// # Errors
/// When the database fails.
pub async fn members(
    tx: &impl PlatformReads,
    org: OrgId,
    after: Option<Place>,
    rows: u64,
) -> Result<Vec<Member>, Error> {
    let people = people(tx, org, Status::Active, after, rows).await?;
    people.into_iter().map(|(row, user)| member_of(row, user)).collect()
}

/// One member.
///
/// # Errors
/// When the database fails.
pub async fn member(tx: &WriteTx, user: UserId) -> Result<Option<Member>, Error> {
    let row = Entity::find_by_id((tx.org_id(), user.0))
        .filter(Column::Status.eq(Status::Active.as_str()))
        .one(tx.connection())
        .await?;
    let person = user::Entity::find_by_id(user.0).one(tx.connection()).await?;
    row.zip(person).map(|(row, person)| member_of(row, person)).transpose()
}

/// At most `rows` of those who ask to join after a place, the oldest first.
///
/// # Errors
/// When the database fails.
pub async fn requests(
    tx: &impl PlatformReads,
    org: OrgId,
    after: Option<Place>,
    rows: u64,
) -> Result<Vec<JoinRequest>, Error> {
    let people = people(tx, org, Status::Requested, after, rows).await?;
    people
        .into_iter()
        .map(|(row, user)| {
            Ok(JoinRequest {
                user_id: UserId(user.id),
                email: user.email,
                name: user.name,
                requested_at: time(row.joined_at)?,
            })
        })
        .collect()
}

/// Everybody who belongs or asks to, and as what.
///
/// # Errors
/// When the database fails.
pub async fn everybody(
    tx: &impl PlatformReads,
    org: OrgId,
) -> Result<HashMap<UserId, (Role, Status)>, Error> {
    let rows = Entity::find().filter(Column::OrgId.eq(org.0)).all(tx.connection()).await?;
    let standing = |row: Model| Ok((UserId(row.user_id), (word(&row.role)?, Status::parse(&row.status)?)));
    rows.into_iter().map(standing).collect()
}

/// How many owners the organization has beside one person; whoever is deactivated owns nothing.
///
/// # Errors
/// When the database fails.
pub async fn owners_beside(tx: &WriteTx, person: UserId) -> Result<u64, Error> {
    let active = user::Entity::find()
        .select_only()
        .column(user::Column::Id)
        .filter(user::Column::DisabledAt.is_null())
        .into_query();
    let owners = Entity::find()
        .filter(Column::OrgId.eq(tx.org_id()))
        .filter(Column::Status.eq(Status::Active.as_str()))
        .filter(Column::Role.eq(Role::Owner.as_str()))
        .filter(Column::UserId.ne(person.0))
        .filter(Column::UserId.in_subquery(active));
    Ok(owners.count(tx.connection()).await?)
}

/// How many members the organization has.
///
/// # Errors
/// When the database fails.
pub async fn count(tx: &WriteTx) -> Result<u64, Error> {
    let members = Entity::find()
        .filter(Column::OrgId.eq(tx.org_id()))
        .filter(Column::Status.eq(Status::Active.as_str()));
    Ok(members.count(tx.connection()).await?)
}

/// Adds somebody, as a member or as one who asks.
///
/// # Errors
/// [`Error::Conflict`] when they are there already.
pub async fn insert(
    tx: &impl PlatformWrites,
    org: OrgId,
    user: UserId,
    role: Role,
    status: Status,
    now: Timestamp,
) -> Result<(), Error> {
    let row = ActiveModel {
        org_id: Set(org.0),
        user_id: Set(user.0),
        role: Set(role.as_str().to_owned()),
        status: Set(status.as_str().to_owned()),
        joined_at: Set(now.millis()),
        last_seen_at: Set(None),
    };
    Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Gives a member another role.
///
/// # Errors
/// When the database fails.
pub async fn set_role(tx: &WriteTx, user: UserId, role: Role) -> Result<(), Error> {
    change(
        tx,
        OrgId(tx.org_id()),
        user,
        ActiveModel { role: Set(role.as_str().to_owned()), ..Default::default() },
    )
    .await
}

/// Notes that a member was there.
///
/// # Errors
/// When the database fails.
pub async fn touch(tx: &impl PlatformWrites, org: OrgId, user: UserId, now: Timestamp) -> Result<(), Error> {
    change(tx, org, user, ActiveModel { last_seen_at: Set(Some(now.millis())), ..Default::default() }).await
}

/// Removes somebody, member or not.
///
/// # Errors
/// When the database fails.
pub async fn remove(tx: &WriteTx, user: UserId) -> Result<(), Error> {
    Entity::delete_by_id((tx.org_id(), user.0)).exec(tx.connection()).await?;
    Ok(())
}

async fn change(tx: &impl PlatformWrites, org: OrgId, user: UserId, row: ActiveModel) -> Result<(), Error> {
    Entity::update_many()
        .set(row)
        .filter(Column::OrgId.eq(org.0))
        .filter(Column::UserId.eq(user.0))
        .exec(tx.connection())
        .await?;
    Ok(())
}

async fn people(
    tx: &impl PlatformReads,
    org: OrgId,
    status: Status,
    after: Option<Place>,
    rows: u64,
) -> Result<Vec<(Model, user::Model)>, Error> {
    let account: RelationDef =
        Entity::belongs_to(user::Entity).from(Column::UserId).to(user::Column::Id).into();
    let mut query = Entity::find()
        .select_also(user::Entity)
        .join(JoinType::InnerJoin, account)
        .filter(Column::OrgId.eq(org.0))
        .filter(Column::Status.eq(status.as_str()));
    if let Some((at, user)) = after {
        let same = Condition::all().add(Column::JoinedAt.eq(at)).add(Column::UserId.gt(user.0));
        query = query.filter(Condition::any().add(Column::JoinedAt.gt(at)).add(same));
    }
    let found = query
        .order_by_asc(Column::JoinedAt)
        .order_by_asc(Column::UserId)
        .limit(rows)
        .all(tx.connection())
        .await?;
    Ok(found.into_iter().filter_map(|(row, user)| Some((row, user?))).collect())
}

fn member_of(row: Model, user: user::Model) -> Result<Member, Error> {
    Ok(Member {
        user_id: UserId(user.id),
        email: user.email,
        name: user.name,
        role: word(&row.role)?,
        joined_at: time(row.joined_at)?,
        last_seen_at: time_option(row.last_seen_at)?,
        deactivated: user.disabled_at.is_some(),
        avatar: None,
    })
}

/// The names of those of some users who are members, by id.
///
/// # Errors
/// When the database fails.
pub async fn names(
    tx: &impl PlatformReads,
    org: OrgId,
    users: &[UserId],
) -> Result<HashMap<UserId, String>, Error> {
    let ids = || users.iter().map(|user| user.0);
    let members = Entity::find()
        .filter(Column::OrgId.eq(org.0))
        .filter(Column::UserId.is_in(ids()))
        .filter(Column::Status.eq(Status::Active.as_str()))
        .all(tx.connection())
        .await?;
    let people = user::Entity::find().filter(user::Column::Id.is_in(ids())).all(tx.connection()).await?;
    let is_member = |id: uuid::Uuid| members.iter().any(|row| row.user_id == id);
    Ok(people
        .into_iter()
        .filter(|person| is_member(person.id))
        .map(|person| (UserId(person.id), person.name))
        .collect())
}

/// The members of some e-mail addresses, by the address as it was asked for; its case does not matter.
///
/// # Errors
/// When the database fails.
pub async fn by_email(
    tx: &impl PlatformReads,
    org: OrgId,
    emails: &[&str],
) -> Result<HashMap<String, UserId>, Error> {
    let mut found = HashMap::new();
    for some in emails.chunks(500) {
        let wanted: Vec<String> = some.iter().map(|email| email.to_lowercase()).collect();
        let people =
            user::Entity::find().filter(user::Column::Email.is_in(&wanted)).all(tx.connection()).await?;
        let members = Entity::find()
            .filter(Column::OrgId.eq(org.0))
            .filter(Column::UserId.is_in(people.iter().map(|person| person.id)))
            .filter(Column::Status.eq(Status::Active.as_str()))
            .all(tx.connection())
            .await?;
        for (asked, email) in some.iter().zip(&wanted) {
            let person = people.iter().find(|person| person.email == *email);
            let member = person.filter(|person| members.iter().any(|row| row.user_id == person.id));
            found.extend(member.map(|person| ((*asked).to_owned(), UserId(person.id))));
        }
    }
    Ok(found)
}
