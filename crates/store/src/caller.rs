//! Who holds a session, and where they belong. Nearly each request asks, so it is one statement.

use sea_orm::sea_query::{Condition, ExprTrait};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityName, EntityTrait, FromQueryResult, JoinType, QueryFilter,
    QuerySelect, QueryTrait, RelationDef, Select, Statement,
};
use types::session::User;
use types::{OrgId, UserId};
use uuid::Uuid;

use crate::entity::{membership, organization, session, sso_connection, user};
use crate::membership::{Standing, Status};
use crate::row::{number_option, time, time_option, word};
use crate::session::{Session, TokenHash};
use crate::transaction::Connected;
use crate::{Error, PlatformReads};

/// In which organizations the person is looked for.
#[derive(Clone, Copy, Debug)]
pub enum Within<'a> {
    /// In none.
    None,
    /// In the one of a slug or of an id's text.
    Named(&'a str),
    /// In all.
    Any,
}

/// A session, ended or not, and its person, whose account is not disabled.
#[derive(Clone, Debug)]
pub struct Caller {
    pub session: Session,
    pub user: User,
    /// In no order.
    pub belongings: Vec<Belonging>,
}

/// An organization, not deleted, that somebody is an active member of.
#[derive(Clone, Debug)]
pub struct Belonging {
    pub org: OrgId,
    pub standing: Standing,
    /// Why the operator has suspended the organization, if that is so.
    pub suspended: Option<String>,
    /// The most requests that it may make, if there is a limit.
    pub requests_per_minute: Option<u32>,
}

/// Who holds the session of a token; nobody when their account is disabled.
///
/// # Errors
/// When the database fails.
pub async fn find(
    tx: &impl PlatformReads,
    token: &TokenHash,
    within: Within<'_>,
) -> Result<Option<Caller>, Error> {
    let connection = tx.connection();
    let rows = match connection.get_database_backend() {
        DbBackend::Postgres => connection.query_all_raw(by_function(token, within)).await?,
        _ => connection.query_all(by_query(token, within).as_query()).await?,
    };
    let Some(first) = rows.first() else { return Ok(None) };
    let (session, user) = person(SessionRow::from_query_result(first, "")?)?;
    let mut belongings = Vec::new();
    if !matches!(within, Within::None) {
        for row in &rows {
            belongings.extend(place(PlaceRow::from_query_result(row, "")?)?);
        }
    }
    Ok(Some(Caller { session, user, belongings }))
}

/// A server plans a statement that stands alone each time, which takes longer than to answer this one; its function remembers.
/// The migration `platform_0021_caller` has the same joins as are here: whoever changes one changes both, and every test of
/// sessions is done on both databases.
fn by_function(token: &TokenHash, within: Within<'_>) -> Statement {
    let (places, name) = match within {
        Within::None => ("none", None),
        Within::Named(name) => ("named", Some(name)),
        Within::Any => ("any", None),
    };
    let id = name.and_then(|name| name.parse::<OrgId>().ok());
    let values =
        [token.as_str().into(), places.into(), name.map(str::to_owned).into(), id.map(|id| id.0).into()];
    Statement::from_sql_and_values(
        DbBackend::Postgres,
        "SELECT * FROM platform.find_caller($1, $2, $3, $4)",
        values,
    )
}

fn by_query(token: &TokenHash, within: Within<'_>) -> Select<session::Entity> {
    match within {
        Within::None => of_session(token),
        Within::Named(name) => belonging(of_session(token), Some(name)),
        Within::Any => belonging(of_session(token), None),
    }
}

fn of_session(token: &TokenHash) -> Select<session::Entity> {
    use session::Column;
    let account: RelationDef =
        session::Entity::belongs_to(user::Entity).from(Column::UserId).to(user::Column::Id).into();
    session::Entity::find()
        .select_only()
        .columns([Column::UserId, Column::OrgId, Column::CreatedAt, Column::LastSeenAt, Column::ExpiresAt])
        .columns([Column::RevokedAt, Column::ProvedAt, Column::SsoOrgId])
        .column_as(user::Column::Email, "email")
        .column_as(user::Column::Name, "name")
        .column_as(user::Column::CreatedAt, "signed_up_at")
        .column_as(user::Column::EmailConfirmedAt, "email_confirmed_at")
        .join(JoinType::InnerJoin, account)
        .filter(Column::Id.eq(token.as_str()))
        .filter(user::Column::DisabledAt.is_null())
}

/// With a row for each organization, or for the named one; one row without any when there is none.
fn belonging(query: Select<session::Entity>, name: Option<&str>) -> Select<session::Entity> {
    use membership::Column;
    let mut theirs = Condition::all()
        .add(Column::UserId.into_expr().equals(session::Column::UserId.as_column_ref()))
        .add(Column::Status.eq(Status::Active.as_str()));
    if let Some(name) = name {
        let named = organization::Entity::find()
            .select_only()
            .column(organization::Column::Id)
            .filter(crate::organization::named(name))
            .into_query();
        theirs = theirs.add(Column::OrgId.in_subquery(named));
    }
    let there = Condition::all()
        .add(organization::Column::Id.into_expr().equals(Column::OrgId.as_column_ref()))
        .add(organization::Column::DeletedAt.is_null());
    let provider =
        Condition::all().add(sso_connection::Column::OrgId.into_expr().equals(Column::OrgId.as_column_ref()));
    let mut query = query
        .column_as(organization::Column::Id, "place")
        .column_as(organization::Column::SuspendedAt, "suspended_at")
        .column_as(organization::Column::SuspensionReason, "suspension_reason")
        .column_as(organization::Column::MostRequestsPerMinute, "requests_per_minute")
        .column_as(Column::Role, "role")
        .column_as(Column::LastSeenAt, "there_at")
        .column_as(sso_connection::Column::Required, "sso_required");
    QueryTrait::query(&mut query)
        .left_join(membership::Entity.table_ref(), theirs)
        .left_join(organization::Entity.table_ref(), there)
        .left_join(sso_connection::Entity.table_ref(), provider);
    query
}

#[derive(FromQueryResult)]
struct SessionRow {
    user_id: Uuid,
    org_id: Option<Uuid>,
    created_at: i64,
    last_seen_at: i64,
    expires_at: i64,
    revoked_at: Option<i64>,
    proved_at: Option<i64>,
    sso_org_id: Option<Uuid>,
    email: String,
    name: String,
    signed_up_at: i64,
    email_confirmed_at: Option<i64>,
}

fn person(row: SessionRow) -> Result<(Session, User), Error> {
    let session = Session {
        org: row.org_id.map(OrgId),
        last_seen_at: time(row.last_seen_at)?,
        expires_at: time(row.expires_at)?,
        proved_at: time(row.proved_at.unwrap_or(row.created_at))?,
        sso: row.sso_org_id.map(OrgId),
        revoked: row.revoked_at.is_some(),
    };
    let user = User {
        id: UserId(row.user_id),
        email: row.email,
        name: row.name,
        created_at: time(row.signed_up_at)?,
        email_confirmed_at: time_option(row.email_confirmed_at)?,
    };
    Ok((session, user))
}

#[derive(FromQueryResult)]
struct PlaceRow {
    place: Option<Uuid>,
    suspended_at: Option<i64>,
    suspension_reason: Option<String>,
    requests_per_minute: Option<i32>,
    role: Option<String>,
    there_at: Option<i64>,
    sso_required: Option<bool>,
}

fn place(row: PlaceRow) -> Result<Option<Belonging>, Error> {
    let (Some(org), Some(role)) = (row.place, row.role) else { return Ok(None) };
    Ok(Some(Belonging {
        org: OrgId(org),
        standing: Standing {
            role: word(&role)?,
            last_seen_at: time_option(row.there_at)?,
            sso_required: row.sso_required.unwrap_or_default(),
        },
        suspended: row.suspended_at.map(|_| row.suspension_reason.unwrap_or_default()),
        requests_per_minute: number_option(row.requests_per_minute)?,
    }))
}
