//! What a person sets of their own account.

use serde::{Deserialize, Serialize};

use crate::{SessionId, Timestamp};

/// Body of `PATCH /api/auth/me`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PatchUser {
    pub name: String,
}

/// Body of `POST /api/auth/password`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ChangePassword {
    /// The present one.
    pub current: String,
    /// 12 to 128 bytes.
    pub new: String,
}

/// Body of `POST /api/auth/confirm`: the proof of signing in, given again. Where a second factor is on, with a code.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Confirm {
    pub password: String,
    /// What the authenticator app shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Or a recovery code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery_code: Option<String>,
}

/// A browser in which the person is signed in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Device {
    pub id: SessionId,
    /// Such as `Firefox on Linux`, as far as the browser tells.
    pub browser: String,
    /// The address that it signed in from.
    pub address: Option<String>,
    pub created_at: Timestamp,
    /// To the minute.
    pub last_seen_at: Timestamp,
    /// Whether it is the one that asks.
    pub current: bool,
}
