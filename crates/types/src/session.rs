//! Who is signed in.

use serde::{Deserialize, Serialize};

use crate::permission::{Permission, Role};
use crate::{OrgId, Timestamp, UserId};

/// Body of `POST /api/auth/sign-up`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SignUp {
    pub email: String,
    /// 12 to 128 bytes.
    pub password: String,
    pub name: String,
}

/// Body of `POST /api/auth/sign-in`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    pub email: String,
    pub password: String,
}

/// Body of `POST /api/auth/switch-org`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SwitchOrganization {
    /// Slug or id.
    pub org: String,
}

/// A person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct User {
    pub id: UserId,
    pub email: String,
    pub name: String,
    pub created_at: Timestamp,
    /// When it was proved that mail to the address reaches them.
    pub email_confirmed_at: Option<Timestamp>,
}

/// An organization that the signed-in person belongs to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Membership {
    pub org_id: OrgId,
    pub slug: String,
    pub name: String,
    pub role: Role,
    pub permissions: Vec<Permission>,
}

/// Body of `POST /api/auth/clerk`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SignInWithClerk {
    /// The token of a session at Clerk, which the page has just got there.
    pub token: String,
}

/// Answer of `GET /api/auth/methods`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignInMethods {
    /// Where pages sign in by Clerk; missing where they do not.
    pub clerk: Option<ClerkInstance>,
}

/// An instance of Clerk, as its library in the browser needs it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ClerkInstance {
    /// Which instance it is; no secret.
    pub publishable_key: String,
    /// The origin of its front-end API, from which its library comes, such as `https://clerk.example.org`.
    pub frontend_api: String,
}

/// An organization that an owner deleted: nobody reaches it, and its owners may restore it until it is purged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeletedOrganization {
    pub org_id: OrgId,
    pub slug: String,
    pub name: String,
    pub deleted_at: Timestamp,
    /// When it is purged, at the earliest. Missing where an earlier release deleted it: then it is not yet decided.
    pub purge_at: Option<Timestamp>,
}

/// Answer of `GET /api/auth/me`, of sign-up and of sign-in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Me {
    pub user: User,
    /// The hash of the person's picture, if they have one: `GET /api/people/{user_id}/avatar?hash=`.
    #[serde(default)]
    pub avatar: Option<String>,
    /// In the order of joining.
    pub memberships: Vec<Membership>,
    /// Those that the person owned when they were deleted and may restore, the last deleted first.
    #[serde(default)]
    pub deleted_organizations: Vec<DeletedOrganization>,
    /// Whether the person has no password: they come in by their organization's provider alone.
    #[serde(default)]
    pub without_password: bool,
    /// Whether this session was opened by an organization's single sign-on: it reaches that organization alone, and what
    /// concerns the whole account (address, second factor, export, end) is refused to it.
    #[serde(default)]
    pub by_single_sign_on: bool,
    /// The slug of the session's default organization.
    pub default_org: Option<String>,
    /// Shown in the interface, such as `demo`: then everything is simulated but the scans.
    pub notice: Option<String>,
}
