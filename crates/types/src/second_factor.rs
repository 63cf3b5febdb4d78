//! What a person proves themselves by beside their password: codes of an authenticator app (TOTP, RFC 6238).

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// Whether a person has a second factor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SecondFactor {
    /// Since when; missing while it is off.
    pub enabled_at: Option<Timestamp>,
    /// How many recovery codes have not been used.
    pub recovery_codes_left: u32,
}

/// What an authenticator app needs, shown once. It counts for nothing before a code was confirmed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SecondFactorSetup {
    /// 160 random bits in base32, for typing it in.
    pub secret: String,
    /// The same with whose it is, as `otpauth://totp/…`: codes of six digits, a new one every 30 seconds, SHA-1.
    pub uri: String,
    /// The address as a QR code: an SVG image, black on white.
    pub qr_code: String,
}

/// Body of `POST /api/auth/second-factor/confirm`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ConfirmSecondFactor {
    /// The first code that the app shows.
    pub code: String,
}

/// Codes that each stand in for the app once, shown once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecoveryCodes {
    /// Ten, such as `abcd-efgh-2345-mnop`.
    pub recovery_codes: Vec<String>,
}

/// Body of `POST /api/auth/second-factor/verify`: one of the two.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SecondFactorProof {
    /// What the app shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Or a recovery code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery_code: Option<String>,
}
