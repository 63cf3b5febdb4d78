//! Keys for programs.

use serde::{Deserialize, Serialize};

use crate::permission::{Permission, Role};
use crate::{ApiKeyId, SourceId, Timestamp};

/// What a key is limited to beyond its role; what is missing does not limit it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ApiKeyLimits {
    /// Of its role's permissions only these.
    #[serde(default)]
    pub permissions: Option<Vec<Permission>>,
    /// Only these sources. Such a key has only permissions that concern sources; without `permissions`, those of its role.
    #[serde(default)]
    pub sources: Option<Vec<SourceId>>,
    /// Only calls from these addresses or networks, such as `192.0.2.7` or `10.0.0.0/8`.
    #[serde(default)]
    pub addresses: Option<Vec<String>>,
}

/// Body of `POST /api/org/api-keys`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateApiKey {
    pub name: String,
    /// At most the maker's own role.
    pub role: Role,
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
    #[serde(default)]
    pub limits: ApiKeyLimits,
}

/// Body of `POST /api/org/api-keys/{id}/rotate`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RotateApiKey {
    /// For how long the old key works beside the new one, so that programs can change over; 0 to 720 hours, 24 if missing.
    #[serde(default = "RotateApiKey::usual_overlap")]
    pub overlap_hours: u32,
}

impl RotateApiKey {
    /// The most hours of overlap: thirty days.
    pub const LONGEST_OVERLAP: u32 = 720;

    /// A day.
    #[must_use]
    pub fn usual_overlap() -> u32 {
        24
    }
}

impl Default for RotateApiKey {
    fn default() -> Self {
        Self { overlap_hours: Self::usual_overlap() }
    }
}

/// A key for programs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApiKey {
    pub id: ApiKeyId,
    pub name: String,
    /// The first characters, for recognising it.
    pub prefix: String,
    pub role: Role,
    #[serde(default)]
    pub limits: ApiKeyLimits,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub last_used_at: Option<Timestamp>,
    /// The key that took its place; it works beside that one until `expires_at`.
    #[serde(default)]
    pub replaced_by: Option<ApiKeyId>,
    /// The key itself: only in the answer that made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}
