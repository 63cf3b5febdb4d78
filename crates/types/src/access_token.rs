//! Access tokens: what an API key or a session is exchanged for, for a few minutes, and the keys that verify them.

use serde::{Deserialize, Serialize};

use crate::permission::Permission;
use crate::{SourceId, Timestamp};

/// Body of `POST /api/auth/token`. Without one, the token may do whatever a token may of what its maker may.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateAccessToken {
    /// Only these of the maker's permissions.
    #[serde(default)]
    pub permissions: Option<Vec<Permission>>,
    /// Only these sources. Such a token has only permissions that concern sources.
    #[serde(default)]
    pub sources: Option<Vec<SourceId>>,
    /// For how many seconds it holds, 1 to 900; 300 if missing.
    #[serde(default = "CreateAccessToken::usual_ttl")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 900))]
    pub ttl_seconds: u32,
    /// Whom it is for, if not this API: a word or an address that its receiver knows itself by, of 1 to 200 characters. Such
    /// a token tells the receiver who asks, and opens nothing here.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 200))]
    pub audience: Option<String>,
}

impl CreateAccessToken {
    /// The most seconds that a token holds: a quarter of an hour.
    pub const LONGEST_TTL: u32 = 900;

    /// Five minutes.
    #[must_use]
    pub fn usual_ttl() -> u32 {
        300
    }
}

impl Default for CreateAccessToken {
    fn default() -> Self {
        Self { permissions: None, sources: None, ttl_seconds: Self::usual_ttl(), audience: None }
    }
}

/// An access token, and what it says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AccessToken {
    /// A signed JSON Web Token (RFC 9068). It is not kept.
    pub access_token: String,
    /// `Bearer`: it is sent as `Authorization: Bearer …`.
    pub token_type: String,
    /// For how many seconds it holds.
    pub expires_in: u32,
    pub expires_at: Timestamp,
    pub permissions: Vec<Permission>,
    /// Only these sources; all when it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sources: Option<Vec<SourceId>>,
}

/// A set of public keys (RFC 7517).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KeySet {
    /// None before the first token was made; several while one takes another's place.
    pub keys: Vec<Jwk>,
}

/// A public key of Ed25519 (RFC 8037).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Jwk {
    /// `OKP`.
    pub kty: String,
    /// `Ed25519`.
    pub crv: String,
    /// The key, in base64url.
    pub x: String,
    /// What a token's header calls it: its thumbprint (RFC 7638).
    pub kid: String,
    /// `sig`.
    #[serde(rename = "use")]
    pub purpose: String,
    /// `EdDSA`.
    pub alg: String,
}
