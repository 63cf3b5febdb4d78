//! The whole of a person: what is kept of them, and the end of their account.

use serde::{Deserialize, Serialize};

use crate::activity::Activity;
use crate::organization::AuditEntry;
use crate::permission::Role;
use crate::session::User;
use crate::{OrgId, Timestamp};

/// Body of `POST /api/auth/me/deactivate` and `POST /api/auth/me/erase`: the person's own address, so that neither is done
/// by mistake.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ConfirmEmailAddress {
    pub email: String,
}

/// Body of `PUT /api/auth/me/avatar`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetAvatar {
    /// A PNG, a JPEG or a WebP of at most 64 KiB, in base64.
    pub image: String,
}

/// Answer of `GET /api/auth/me/export`: every row that is a person's or names them, without secrets and their hashes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PersonExport {
    pub exported_at: Timestamp,
    pub account: PersonAccount,
    /// Where they are and were signed in, the last used first, as far as it is kept.
    pub sessions: Vec<PersonSession>,
    /// What providers of single sign-on know them by.
    pub identities: Vec<PersonIdentity>,
    /// Invitations of their address.
    pub invitations: Vec<PersonInvitation>,
    /// Those that they belong to, ask to join, or own deleted.
    pub organizations: Vec<PersonOrganization>,
}

/// The account itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PersonAccount {
    pub user: User,
    /// Whether they have a password.
    pub password_set: bool,
    pub second_factor_enabled_at: Option<Timestamp>,
    pub recovery_codes_left: u32,
    pub deactivated_at: Option<Timestamp>,
    /// Their picture, as an address of the kind `data:`.
    pub avatar: Option<String>,
}

/// A browser in which they are or were signed in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PersonSession {
    pub created_at: Timestamp,
    pub last_seen_at: Timestamp,
    pub expires_at: Timestamp,
    /// When it was ended before its time.
    pub ended_at: Option<Timestamp>,
    pub address: Option<String>,
    /// As the browser sent it.
    pub user_agent: Option<String>,
}

/// What a provider knows them by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PersonIdentity {
    pub issuer: String,
    pub subject: String,
    pub created_at: Timestamp,
}

/// An invitation of their address.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PersonInvitation {
    pub org_id: OrgId,
    pub role: Role,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub accepted_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
}

/// What an organization keeps of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PersonOrganization {
    pub org_id: OrgId,
    pub slug: String,
    pub name: String,
    pub role: Role,
    /// `active`, or `requested` of whoever asks to join.
    pub status: String,
    pub joined_at: Timestamp,
    pub last_seen_at: Option<Timestamp>,
    /// The names of the keys for programs that they made.
    pub api_keys: Vec<String>,
    /// Rows of the audit log that name their address, the newest first.
    pub audit: Vec<AuditEntry>,
    /// What they are told to have done, the newest first.
    pub activity: Vec<Activity>,
    /// What else is theirs or names them, by kind.
    pub records: Vec<PersonRecord>,
    /// Whether that is all of it: of each kind, at most the newest 10,000 are given.
    pub complete: bool,
}

/// Something that they wrote, decided or were given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PersonRecord {
    /// `incident_event`, `assigned_incident`, `expectation`, `description`, `drift_decision`, `sensitivity`, `ownership`,
    /// `policy`, or the kind of settings that they changed last, such as `mail`.
    pub kind: String,
    pub at: Timestamp,
    /// What it is about: an id or a path.
    pub subject: String,
    /// What they wrote, where they wrote something.
    pub text: Option<String>,
}
