//! Addresses, and the links that are mailed to them. The token in a link is used once.

use serde::{Deserialize, Serialize};

/// Body of `POST /api/auth/password/forgot`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ForgotPassword {
    pub email: String,
}

/// Body of `POST /api/auth/password/reset`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ResetPassword {
    /// From the link.
    pub token: String,
    /// 12 to 128 bytes.
    pub new: String,
}

/// Body of `POST /api/auth/email`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ChangeEmail {
    pub email: String,
}

/// Body of `POST /api/auth/email/confirm`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ConfirmEmail {
    /// From the link.
    pub token: String,
    /// Of whoever signed up, as they chose it then: whoever else signed up with their address gets no account by their
    /// opening the link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
}

/// How a link reaches whom it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    Mail,
    /// This server has no mail server: whoever runs it finds the link in its log.
    Log,
}

/// Answer to whoever asked for a link: the same whether there is an account or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LinkSent {
    pub delivery: Delivery,
}

/// Answer of `POST /api/auth/email/confirm`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EmailConfirmed {
    /// The address.
    pub email: String,
    /// Whether this made the account, and signed it in by a cookie.
    pub signed_up: bool,
}
