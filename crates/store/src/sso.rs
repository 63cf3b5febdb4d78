//! Single sign-on: the provider of an organization, and the domains whose people sign in by it.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Condition, OnConflict};
use sea_orm::{ColumnTrait, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect, RelationDef};
use types::permission::Role;
use types::sso::{DomainRecord, SsoDomain};
use types::{OrgId, Timestamp};

use crate::entity::sso_connection::{ActiveModel, Column, Entity, Model};
use crate::entity::sso_domain;
use crate::row::{time_option, word};
use crate::transaction::{Connected, Owned};
use crate::{Error, PlatformReads, WriteTx, key};

/// The provider of an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    pub org: OrgId,
    /// As the provider writes it.
    pub issuer: String,
    pub client_id: String,
    /// What somebody becomes who joins by signing in.
    pub default_role: Role,
    /// Whether a password opens the organization to nobody at its domains but its owners.
    pub required: bool,
}

/// The provider of an organization.
///
/// # Errors
/// When the database fails.
pub async fn find(tx: &impl PlatformReads, org: OrgId) -> Result<Option<Connection>, Error> {
    let row = Entity::find_by_id(org.0).one(tx.connection()).await?;
    row.map(connection).transpose()
}

/// The provider by which the people of a domain sign in: of the organization whose domain it is known to be.
///
/// # Errors
/// When the database fails.
pub async fn of_domain(tx: &impl PlatformReads, domain: &str) -> Result<Option<Connection>, Error> {
    let own: RelationDef =
        Entity::belongs_to(sso_domain::Entity).from(Column::OrgId).to(sso_domain::Column::OrgId).into();
    let query = Entity::find().join(JoinType::InnerJoin, own).filter(verified(domain));
    query.one(tx.connection()).await?.map(connection).transpose()
}

/// Whether a domain is known to be the organization's.
///
/// # Errors
/// When the database fails.
pub async fn is_own(tx: &impl PlatformReads, org: OrgId, domain: &str) -> Result<bool, Error> {
    let query =
        sso_domain::Entity::find().filter(sso_domain::Column::OrgId.eq(org.0)).filter(verified(domain));
    Ok(query.one(tx.connection()).await?.is_some())
}

/// A domain that is known to be somebody's: of one organization at most.
fn verified(domain: &str) -> Condition {
    use sso_domain::Column::{Domain, VerifiedAt};
    Condition::all().add(Domain.eq(domain)).add(VerifiedAt.is_not_null())
}

/// The domains of an organization, by name.
///
/// # Errors
/// When the database fails.
pub async fn domains(tx: &impl PlatformReads, org: OrgId) -> Result<Vec<SsoDomain>, Error> {
    let rows = sso_domain::Entity::find()
        .filter(sso_domain::Column::OrgId.eq(org.0))
        .order_by_asc(sso_domain::Column::Domain)
        .all(tx.connection())
        .await?;
    rows.into_iter()
        .map(|row| {
            let record = row.token.map(|token| DomainRecord::new(&row.domain, &token));
            Ok(SsoDomain { domain: row.domain, verified_at: time_option(row.verified_at)?, record })
        })
        .collect()
}

/// Keeps the provider of the transaction's organization, in place of the one that was there.
///
/// # Errors
/// When the database fails.
pub async fn put(tx: &WriteTx, connection: &Connection, now: Timestamp) -> Result<(), Error> {
    let row = ActiveModel {
        org_id: Set(tx.org_id()),
        issuer: Set(connection.issuer.clone()),
        client_id: Set(connection.client_id.clone()),
        default_role: Set(connection.default_role.as_str().to_owned()),
        required: Set(connection.required),
        created_at: Set(now.millis()),
        updated_at: Set(now.millis()),
    };
    let replaced =
        [Column::Issuer, Column::ClientId, Column::DefaultRole, Column::Required, Column::UpdatedAt];
    Entity::insert(row)
        .on_conflict(OnConflict::column(Column::OrgId).update_columns(replaced).to_owned())
        .exec_without_returning(tx.connection())
        .await?;
    Ok(())
}

/// Makes these the organization's domains, each with a token of its own to prove it by: what is known of those that stay
/// is kept.
///
/// # Errors
/// When the database fails.
pub async fn set_domains(tx: &WriteTx, wanted: &[String], now: Timestamp) -> Result<(), Error> {
    use sso_domain::Column::{Domain, OrgId, Token};
    sso_domain::Entity::delete_many()
        .filter(OrgId.eq(tx.org_id()))
        .filter(Domain.is_not_in(wanted.iter().map(String::as_str)))
        .exec(tx.connection())
        .await?;
    for domain in wanted {
        let row = sso_domain::ActiveModel {
            org_id: Set(tx.org_id()),
            domain: Set(domain.clone()),
            created_at: Set(now.millis()),
            verified_at: Set(None),
            token: Set(Some(token()?)),
        };
        sso_domain::Entity::insert(row)
            .on_conflict_do_nothing_on([OrgId, Domain])
            .exec_without_returning(tx.connection())
            .await?;
        sso_domain::Entity::update_many()
            .set(sso_domain::ActiveModel { token: Set(Some(token()?)), ..Default::default() })
            .filter(OrgId.eq(tx.org_id()))
            .filter(Domain.eq(domain.as_str()))
            .filter(Token.is_null())
            .exec(tx.connection())
            .await?;
    }
    Ok(())
}

/// Sixteen random bytes in hexadecimal: nobody can guess what another organization is to publish.
fn token() -> Result<String, Error> {
    Ok(hex::encode(key::random::<16>()?))
}

/// Notes that a domain is known to be the organization's; `false` when the organization does not name it.
///
/// # Errors
/// [`Error::Conflict`] when it is known to be another's.
pub async fn verify(tx: &WriteTx, domain: &str, now: Timestamp) -> Result<bool, Error> {
    let row = sso_domain::ActiveModel { verified_at: Set(Some(now.millis())), ..Default::default() };
    let done = sso_domain::Entity::update_many()
        .set(row)
        .filter(sso_domain::Column::OrgId.eq(tx.org_id()))
        .filter(sso_domain::Column::Domain.eq(domain))
        .exec(tx.connection())
        .await?;
    Ok(done.rows_affected == 1)
}

/// Forgets the provider, the domains and the sign-ins under way; `false` when there was none.
///
/// # Errors
/// When the database fails.
pub async fn remove(tx: &WriteTx) -> Result<bool, Error> {
    Ok(Entity::delete_by_id(tx.org_id()).exec(tx.connection()).await?.rows_affected == 1)
}

fn connection(row: Model) -> Result<Connection, Error> {
    Ok(Connection {
        org: OrgId(row.org_id),
        issuer: row.issuer,
        client_id: row.client_id,
        default_role: word(&row.default_role)?,
        required: row.required,
    })
}
