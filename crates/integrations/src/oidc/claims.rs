//! What an ID token says (OpenID Connect Core 1.0, section 2), and what has to be so before it is believed (3.1.3.7).

use serde::Deserialize;
use types::Timestamp;

use super::Identity;
use crate::ProviderError;

/// How far the provider's clock and this one may differ, in seconds.
const SKEW: i64 = 60;
/// A subject has at most this many characters.
const SUBJECT: usize = 255;

/// The claims of an ID token, or of a provider's user info, which has fewer.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Claims {
    pub(super) sub: String,
    #[serde(default)]
    iss: String,
    #[serde(default)]
    aud: Audience,
    #[serde(default)]
    azp: Option<String>,
    #[serde(default)]
    exp: Option<i64>,
    #[serde(default)]
    iat: Option<i64>,
    #[serde(default)]
    nonce: Option<String>,
    #[serde(default)]
    pub(super) email: Option<String>,
    #[serde(default)]
    email_verified: Verified,
    #[serde(default)]
    name: Option<String>,
}

/// One, or several.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Default for Audience {
    fn default() -> Self {
        Self::Several(Vec::new())
    }
}

/// Some providers write it as a text.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Verified {
    Known(bool),
    Text(String),
}

impl Default for Verified {
    fn default() -> Self {
        Self::Known(false)
    }
}

impl Claims {
    /// Whether the token was made by this issuer, for this client, for this sign-in, and holds now.
    pub(super) fn check(
        &self,
        issuer: &str,
        client: &str,
        nonce: &str,
        now: Timestamp,
    ) -> Result<(), ProviderError> {
        let now = now.millis() / 1000;
        let audience = match &self.aud {
            Audience::One(one) => std::slice::from_ref(one),
            Audience::Several(several) => several,
        };
        let why = if self.iss != issuer {
            "its ID token is another issuer's"
        } else if !audience.iter().any(|one| one == client) {
            "its ID token is for another client"
        } else if (audience.len() > 1 || self.azp.is_some()) && self.azp.as_deref() != Some(client) {
            "its ID token was made for another party"
        } else if self.nonce.as_deref() != Some(nonce) {
            "its ID token belongs to another sign-in"
        } else if self.exp.is_none_or(|end| end.saturating_add(SKEW) <= now) {
            "its ID token has expired; look whether the clocks of both servers are right"
        } else if self.iat.is_none_or(|made| made > now + SKEW) {
            "its ID token is of the future; look whether the clocks of both servers are right"
        } else if self.sub.is_empty() || self.sub.chars().count() > SUBJECT {
            "its ID token does not say who it is about"
        } else {
            return Ok(());
        };
        Err(ProviderError::invalid(why))
    }

    /// Whom they are about.
    pub(super) fn identity(self) -> Identity {
        let email_verified = match &self.email_verified {
            Verified::Known(known) => *known,
            Verified::Text(text) => text == "true",
        };
        Identity { subject: self.sub, email: self.email, email_verified, name: self.name }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn claims(with: Value) -> Claims {
        let mut claims = json!({"sub": "248289761001", "iss": "https://id.example", "aud": "bastion", "nonce": "n-0S6",
            "iat": NOW - 5, "exp": NOW + 300});
        claims.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
        serde_json::from_value(claims).unwrap()
    }

    fn holds(with: Value) -> bool {
        let now = Timestamp::from_millis(NOW * 1000).unwrap();
        claims(with).check("https://id.example", "bastion", "n-0S6", now).is_ok()
    }

    #[test]
    fn a_token_holds_for_its_issuer_its_client_its_sign_in_and_its_time_alone() {
        for good in [
            json!({}),
            json!({"aud": ["bastion"]}),
            json!({"aud": ["bastion", "other"], "azp": "bastion"}),
            json!({"azp": "bastion"}),
            json!({"exp": NOW - 59}),
            json!({"iat": NOW + 60}),
        ] {
            assert!(holds(good.clone()), "{good}");
        }
        for bad in [
            json!({"iss": "https://id.example/"}),
            json!({"iss": ""}),
            json!({"aud": "other"}),
            json!({"aud": []}),
            json!({"aud": ["bastion", "other"]}),
            json!({"azp": "other"}),
            json!({"nonce": "another"}),
            json!({"nonce": null}),
            json!({"exp": NOW - 60}),
            json!({"exp": null}),
            json!({"iat": NOW + 61}),
            json!({"iat": null}),
            json!({"sub": ""}),
            json!({"sub": "s".repeat(256)}),
        ] {
            assert!(!holds(bad.clone()), "{bad}");
        }
    }

    #[test]
    fn an_address_is_verified_only_where_the_provider_says_so() {
        for (said, verified) in
            [(json!(true), true), (json!("true"), true), (json!(false), false), (json!("yes"), false)]
        {
            assert_eq!(claims(json!({"email_verified": said})).identity().email_verified, verified);
        }
        assert!(!claims(json!({})).identity().email_verified);
    }
}
