//! Organizations, their members and their settings.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::permission::Role;
use crate::{InvitationId, OrgId, SourceId, Timestamp, UserId};

/// Body of `POST /api/orgs`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateOrganization {
    /// 1 to 80 characters.
    pub name: String,
}

/// Body of `PATCH /api/org`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PatchOrganization {
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention: Option<Retention>,
}

/// How long versions of schemas are kept whole. A version goes when neither of the two keeps it, unless something still
/// needs it: an incident that has not ended, drift that nobody has decided about, a check that takes it as its baseline.
/// The newest version of a source never goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// So many of the newest versions of each source are kept; 1 to 10,000.
    pub versions: u32,
    /// Whatever held within so many days is kept; 1 to 36,500, which is a hundred years.
    pub days: u32,
}

impl Retention {
    /// What `versions` may be.
    pub const VERSIONS: RangeInclusive<u32> = 1..=10_000;
    /// What `days` may be.
    pub const DAYS: RangeInclusive<u32> = 1..=36_500;
}

impl Default for Retention {
    /// A year to compare with and a month more, as the statistics of days are kept.
    fn default() -> Self {
        Self { versions: 50, days: 400 }
    }
}

/// The most that an organization may have or do, as whoever runs the server says; missing: as many as it likes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlanLimits {
    pub members: Option<u32>,
    pub sources: Option<u32>,
    /// Of those that neither ended nor were revoked.
    pub api_keys: Option<u32>,
    /// Of all its people and programs together.
    pub requests_per_minute: Option<u32>,
}

/// Where an organization's rows are in the database, which whoever runs the server decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Placement {
    /// In tables that organizations share.
    #[default]
    Pooled,
    /// In a schema of its own, in tables of the same form.
    Silo,
}

/// Body of `POST /api/orgs/join`: exactly one of the three.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct JoinOrganization {
    /// Ask to join; an administrator approves.
    #[serde(default)]
    pub org_id: Option<OrgId>,
    /// The token of an invitation: joins at once.
    #[serde(default)]
    pub invitation: Option<String>,
    /// One of the invitations that `GET /api/auth/invitations` shows: joins at once.
    #[serde(default)]
    pub invitation_id: Option<InvitationId>,
}

/// Answer of `POST /api/orgs/join`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JoinAnswer {
    /// `joined` or `requested`.
    pub status: String,
    /// Present once joined.
    pub organization: Option<Organization>,
}

/// An organization and its settings, secrets shown only as `{set, last4}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Organization {
    pub id: OrgId,
    pub slug: String,
    pub name: String,
    pub created_at: Timestamp,
    pub settings: OrganizationSettings,
    #[serde(default)]
    pub retention: Retention,
    #[serde(default)]
    pub limits: PlanLimits,
    /// For how many days its owners could restore it once it were deleted.
    #[serde(default)]
    pub deletion_grace_days: u32,
    #[serde(default)]
    pub placement: Placement,
}

/// What `POST /api/org/setup` keeps.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrganizationSettings {
    pub archestra_url: Option<String>,
    pub api_key: SecretView,
    /// Id or slug of the MCP gateway.
    pub gateway: Option<String>,
    pub gateway_token: SecretView,
    pub llm_key: SecretView,
    pub bastion_mcp_url: Option<String>,
    pub bastion_mcp_token: SecretView,
    /// Whether what is kept suffices to scan.
    pub ready: bool,
    /// The version of the organization's data key; grows with each rotation.
    pub data_key_version: u32,
    /// How many secrets are stored.
    #[serde(default)]
    pub secrets: u32,
    /// How many of them still use an older data key.
    pub secrets_on_old_key: u32,
    /// Whether they are being moved to the newest one.
    #[serde(default)]
    pub re_encrypting: bool,
}

/// All that is ever shown of a secret.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SecretView {
    pub set: bool,
    pub last4: Option<String>,
}

/// Body of `POST /api/org/setup`. A missing field stays as it is; an empty text clears it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Setup {
    #[serde(default)]
    pub archestra_url: Option<String>,
    #[serde(default)]
    pub api_key: Option<String>,
    #[serde(default)]
    pub gateway: Option<String>,
    #[serde(default)]
    pub gateway_token: Option<String>,
    #[serde(default)]
    pub llm_key: Option<String>,
    #[serde(default)]
    pub bastion_mcp_url: Option<String>,
    #[serde(default)]
    pub bastion_mcp_token: Option<String>,
}

/// A member of an organization.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Member {
    pub user_id: UserId,
    pub email: String,
    pub name: String,
    pub role: Role,
    pub joined_at: Timestamp,
    pub last_seen_at: Option<Timestamp>,
    /// Whether their account is deactivated: they cannot sign in, and own nothing meanwhile.
    #[serde(default)]
    pub deactivated: bool,
    /// The hash of their picture, if they have one: `GET /api/people/{user_id}/avatar?hash=`.
    #[serde(default)]
    pub avatar: Option<String>,
}

/// Body of `PATCH /api/org/members/{user_id}`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PatchMember {
    pub role: Role,
}

/// Body of `POST /api/org/invitations`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateInvitation {
    pub email: String,
    pub role: Role,
}

/// An open invitation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Invitation {
    pub id: InvitationId,
    pub email: String,
    pub role: Role,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    /// Only in the answer that made it: opens `/onboarding?new=1#invitation=` and it, for the person invited alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// In the answer that made it: whether the person is told by mail.
    #[serde(default)]
    pub mailed: bool,
}

/// An open invitation, as the person sees it whom it is for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReceivedInvitation {
    pub id: InvitationId,
    /// The organization's name.
    pub organization: String,
    pub role: Role,
    pub expires_at: Timestamp,
}

/// The invitations that await whoever is signed in, the newest first; at most 50.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReceivedInvitations {
    pub items: Vec<ReceivedInvitation>,
}

/// Somebody who asks to join.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JoinRequest {
    pub user_id: UserId,
    pub email: String,
    pub name: String,
    pub requested_at: Timestamp,
}

/// Body of `POST /api/org/join-requests/{user_id}`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DecideJoinRequest {
    pub approve: bool,
    /// Needed to approve.
    #[serde(default)]
    pub role: Option<Role>,
}

/// Body of `POST /api/org/test-connection`: what is missing is taken from what is kept.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TestConnection {
    /// Tries this instead of what is kept; nothing is stored.
    #[serde(default)]
    pub setup: Option<Setup>,
    /// Tries one source's way.
    #[serde(default)]
    pub source: Option<SourceId>,
}

/// Answer of `test-connection` and of a source's `test`: a ladder, climbed until a rung breaks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConnectionReport {
    pub ok: bool,
    pub steps: Vec<ConnectionStep>,
}

/// One rung.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConnectionStep {
    /// `address`, `health`, `api_key`, `gateway`, `tools`, `agent`, `database`, `read_only`.
    pub name: String,
    /// `ok`, `failed`, `skipped`, `warning`.
    pub status: String,
    /// What was found.
    pub detail: String,
    /// What to do, when it failed.
    #[serde(default)]
    pub remedy: Option<String>,
    pub elapsed_ms: u32,
}

/// Answer of `rotate-keys` and `re-encrypt`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KeyReport {
    pub data_key_version: u32,
    /// Secrets that there are.
    pub secrets: u32,
    /// Of these, secrets that still use an older data key.
    pub secrets_on_old_key: u32,
    /// Whether they are being rewritten.
    pub running: bool,
}

/// One row of the audit log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditEntry {
    /// Grows by one within an organization.
    pub seq: i64,
    pub at: Timestamp,
    /// A person's e-mail, `API key` and its name, `job`, `system`, or `person:` and the id of somebody who erased their account.
    pub actor: String,
    /// What was done, such as `source.created`.
    pub action: String,
    /// What it was done to, such as `source:shop-db`.
    pub subject: String,
    /// What changed, without secrets.
    pub detail: serde_json::Value,
    pub request_id: Option<String>,
}
