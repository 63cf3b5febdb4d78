//! Single sign-on of an organization, by OpenID Connect.

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::organization::SecretView;
use crate::permission::Role;

/// Body of `POST /api/auth/oidc/start`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct StartSso {
    /// Its domain says whose provider the browser is sent to.
    pub email: String,
}

/// Answer of `POST /api/auth/oidc/start`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SsoStarted {
    /// The page of the provider that the browser goes to.
    pub authorization_url: String,
}

/// Body of `POST /api/auth/oidc/callback`: what the provider sent the browser back with.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct FinishSso {
    pub state: String,
    /// Present unless the provider refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The issuer, where the provider says it (RFC 9207).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iss: Option<String>,
    /// Why the provider refused, such as `access_denied`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Body of `PUT /api/org/sso`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetSso {
    /// The address of the provider, exactly as its own description writes it.
    pub issuer: String,
    pub client_id: String,
    /// Missing: the one that is kept stays, unless the issuer changes. Empty: none, for a public client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<String>,
    /// What somebody becomes who joins by signing in: any role but `owner`.
    pub default_role: Role,
    /// Whether a password opens the organization to nobody at its verified domains but its owners.
    #[serde(default)]
    pub required: bool,
    /// Those whose people sign in by the provider, once each is verified; at most 20.
    pub domains: Vec<String>,
}

/// How an organization's people sign in by its own provider.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SsoSettings {
    /// Missing while there is no single sign-on.
    pub issuer: Option<String>,
    pub client_id: Option<String>,
    pub client_secret: SecretView,
    pub default_role: Role,
    pub required: bool,
    pub domains: Vec<SsoDomain>,
    /// What the provider has to allow as redirect URI.
    pub redirect_uri: String,
}

/// A domain of e-mail addresses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SsoDomain {
    pub domain: String,
    /// When it was found to be the organization's. Until then nobody signs in by it.
    pub verified_at: Option<Timestamp>,
    /// What proves that it is; missing until the settings are saved by this version.
    pub record: Option<DomainRecord>,
}

/// A TXT record that whoever runs a domain publishes to prove that it is theirs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DomainRecord {
    /// Such as `_bastion-challenge.example.com`.
    pub name: String,
    /// Such as `bastion-verification=0b5f…`; it is of this organization and domain alone, and no secret.
    pub value: String,
}

impl DomainRecord {
    /// The record that proves a domain by a token.
    #[must_use]
    pub fn new(domain: &str, token: &str) -> Self {
        Self { name: format!("_bastion-challenge.{domain}"), value: format!("bastion-verification={token}") }
    }
}
