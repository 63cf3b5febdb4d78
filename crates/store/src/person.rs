//! All that is kept of a person, and doing away with it.
//!
//! Rows of organizations name people by the name or the address that they had. Two people of one name cannot be told apart
//! in them.

mod erasure;
mod record;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use types::permission::Role;
use types::person::{PersonAccount, PersonIdentity, PersonInvitation, PersonSession};
use types::{OrgId, Timestamp, UserId};

use crate::entity::{identity_link, invitation, membership, organization, session, user};
use crate::membership::Status;
use crate::row::{time, time_option, word};
use crate::transaction::Connected;
use crate::{Error, PlatformReads, recovery_code, second_factor};

pub use erasure::{ERASED, erase_account, erase_names, is_named, shares_name};
pub use record::{Records, records};

/// The most rows of one kind that are given.
pub const MOST: u64 = 10_000;

/// Somebody whose rows are looked for.
#[derive(Clone, Copy, Debug)]
pub struct Named<'a> {
    pub id: UserId,
    pub email: &'a str,
    pub name: &'a str,
}

/// The sentences of the activity that tell of a person, whoever is named as the one who did it.
fn told(name: &str) -> [String; 5] {
    let person = |did: &str| format!("{name} {did}");
    let operator = |did: &str| format!("The operator {did} the account of {name}");
    [
        person("joined"),
        person("left"),
        person("asks to join"),
        operator("deactivated"),
        operator("reactivated"),
    ]
}

/// The account, deactivated or not, but for what opens it.
///
/// # Errors
/// When the database fails.
pub async fn account(tx: &impl PlatformReads, id: UserId) -> Result<Option<PersonAccount>, Error> {
    let Some(row) = user::Entity::find_by_id(id.0).one(tx.connection()).await? else { return Ok(None) };
    let (password_set, deactivated_at) = (row.password_hash.is_some(), time_option(row.disabled_at)?);
    Ok(Some(PersonAccount {
        user: crate::user::user(row)?,
        password_set,
        second_factor_enabled_at: second_factor::enabled_at(tx, id).await?,
        recovery_codes_left: recovery_code::left(tx, id).await?,
        deactivated_at,
        avatar: crate::avatar::find(tx, id)
            .await?
            .map(|avatar| format!("data:{};base64,{}", avatar.media_type, STANDARD.encode(avatar.image))),
    }))
}

/// The person's sessions, ended or not, the last used first.
///
/// # Errors
/// When the database fails.
pub async fn sessions(tx: &impl PlatformReads, id: UserId) -> Result<Vec<PersonSession>, Error> {
    use session::Column::{LastSeenAt, UserId as Person};
    let query = session::Entity::find().filter(Person.eq(id.0)).order_by_desc(LastSeenAt).limit(MOST);
    let rows = query.all(tx.connection()).await?;
    let session = |row: session::Model| {
        Ok(PersonSession {
            created_at: time(row.created_at)?,
            last_seen_at: time(row.last_seen_at)?,
            expires_at: time(row.expires_at)?,
            ended_at: time_option(row.revoked_at)?,
            address: row.ip,
            user_agent: row.user_agent,
        })
    };
    rows.into_iter().map(session).collect()
}

/// What providers know the person by.
///
/// # Errors
/// When the database fails.
pub async fn identities(tx: &impl PlatformReads, id: UserId) -> Result<Vec<PersonIdentity>, Error> {
    use identity_link::Column::{Issuer, UserId as Person};
    let query = identity_link::Entity::find().filter(Person.eq(id.0)).order_by_asc(Issuer);
    let rows = query.all(tx.connection()).await?;
    let identity = |row: identity_link::Model| {
        let created_at = time(row.created_at)?;
        Ok(PersonIdentity { issuer: row.issuer, subject: row.subject, created_at })
    };
    rows.into_iter().map(identity).collect()
}

/// The invitations of an address, the newest first.
///
/// # Errors
/// When the database fails.
pub async fn invitations(tx: &impl PlatformReads, email: &str) -> Result<Vec<PersonInvitation>, Error> {
    use invitation::Column::{CreatedAt, Email};
    let query = invitation::Entity::find().filter(Email.eq(email)).order_by_desc(CreatedAt).limit(MOST);
    let rows = query.all(tx.connection()).await?;
    let invitation = |row: invitation::Model| {
        Ok(PersonInvitation {
            org_id: OrgId(row.org_id),
            role: word(&row.role)?,
            created_at: time(row.created_at)?,
            expires_at: time(row.expires_at)?,
            accepted_at: time_option(row.accepted_at)?,
            revoked_at: time_option(row.revoked_at)?,
        })
    };
    rows.into_iter().map(invitation).collect()
}

/// What a person is in an organization, which may be deleted.
#[derive(Clone, Debug)]
pub struct Belonging {
    pub org: OrgId,
    pub slug: String,
    pub name: String,
    pub role: Role,
    pub status: Status,
    pub joined_at: Timestamp,
    pub last_seen_at: Option<Timestamp>,
}

/// The organizations that a person belongs to or asks to join, deleted ones included, in the order of joining.
///
/// # Errors
/// When the database fails.
pub async fn belongings(tx: &impl PlatformReads, id: UserId) -> Result<Vec<Belonging>, Error> {
    use membership::Column::{JoinedAt, UserId as Person};
    let query = membership::Entity::find().filter(Person.eq(id.0)).order_by_asc(JoinedAt);
    let rows = query.all(tx.connection()).await?;
    let theirs = organization::Column::Id.is_in(rows.iter().map(|row| row.org_id));
    let organizations = organization::Entity::find().filter(theirs).all(tx.connection()).await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let Some(organization) = organizations.iter().find(|one| one.id == row.org_id) else { continue };
        found.push(Belonging {
            org: OrgId(row.org_id),
            slug: organization.slug.clone(),
            name: organization.name.clone(),
            role: word(&row.role)?,
            status: Status::parse(&row.status)?,
            joined_at: time(row.joined_at)?,
            last_seen_at: time_option(row.last_seen_at)?,
        });
    }
    Ok(found)
}
