//! What an access token says (RFC 9068), and what has to be so before it is believed.

use serde::{Deserialize, Serialize};
use store::session::TokenHash;
use types::access_token::CreateAccessToken;
use types::permission::{Permission, Role};
use types::{ApiKeyId, OrgId, SourceId, Timestamp, UserId};
use uuid::Uuid;

use crate::Error;

/// How far the clocks of two servers may differ, in seconds.
pub(super) const LEEWAY: i64 = 30;

/// The claims. Times are in seconds since 1970.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Claims {
    /// Where people reach this server.
    pub(super) iss: String,
    pub(super) aud: String,
    /// `api_key:` or `user:`, and the id.
    pub(super) sub: String,
    /// The program that asked for it: the API key, or the interface.
    pub(super) client_id: String,
    pub(super) org: OrgId,
    pub(super) iat: i64,
    pub(super) nbf: i64,
    pub(super) exp: i64,
    pub(super) jti: Uuid,
    pub(super) role: Role,
    /// Permissions, with spaces between them.
    pub(super) scope: String,
    /// Only these sources; all when it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) sources: Option<Vec<SourceId>>,
    /// The session that it was exchanged for: the hash of its token, which opens nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) sid: Option<String>,
}

/// What a token was exchanged for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    ApiKey(ApiKeyId),
    Session(UserId, TokenHash),
}

const API_KEY: &str = "api_key:";
const USER: &str = "user:";
/// The `client_id` of a person who asks.
const INTERFACE: &str = "interface";

impl Subject {
    /// `sub`, `client_id` and `sid`.
    pub(super) fn claims(&self) -> (String, String, Option<String>) {
        match self {
            Self::ApiKey(id) => {
                let name = format!("{API_KEY}{id}");
                (name.clone(), name, None)
            }
            Self::Session(user, session) => {
                (format!("{USER}{user}"), INTERFACE.to_owned(), Some(session.as_str().to_owned()))
            }
        }
    }
}

/// Whom a token is for that opens this API.
pub(super) fn api(issuer: &str) -> String {
    format!("{issuer}/api")
}

impl Claims {
    /// Whether it was made by this server for its API, and holds now.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`], and [`Error::AccessTokenExpired`] for one that did hold.
    pub(super) fn check(&self, issuer: &str, now: Timestamp) -> Result<(), Error> {
        let now = now.millis().div_euclid(1000);
        let is_ours = self.iss == issuer && self.aud == api(issuer);
        let has_begun = self.iat.max(self.nbf) <= now.saturating_add(LEEWAY);
        let is_short =
            (0..=i64::from(CreateAccessToken::LONGEST_TTL)).contains(&self.exp.saturating_sub(self.iat));
        if !(is_ours && has_begun && is_short) {
            return Err(Error::Unauthenticated);
        }
        if self.exp.saturating_add(LEEWAY) <= now {
            return Err(Error::AccessTokenExpired);
        }
        Ok(())
    }

    /// What it was exchanged for; nothing when it does not say.
    pub(super) fn subject(&self) -> Option<Subject> {
        if let Some(id) = self.sub.strip_prefix(API_KEY) {
            return Some(Subject::ApiKey(id.parse().ok()?));
        }
        let user = self.sub.strip_prefix(USER)?.parse().ok()?;
        Some(Subject::Session(user, TokenHash::parse(self.sid.as_deref()?)?))
    }

    /// The permissions. One that this release does not know is none.
    pub(super) fn permissions(&self) -> Vec<Permission> {
        let named = |word: &str| Permission::ALL.iter().copied().find(|one| one.as_str() == word);
        self.scope.split(' ').filter_map(named).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const NOW: i64 = 1_800_000_000;
    const ISSUER: &str = "https://bastion.example";
    const ID: &str = "019a20b4-76b7-7477-8f26-683c4b76cebe";

    fn claims(with: &Value) -> Claims {
        let mut claims = json!({"iss": ISSUER, "aud": "https://bastion.example/api", "sub": format!("api_key:{ID}"),
            "client_id": format!("api_key:{ID}"), "org": ID, "jti": ID, "iat": NOW, "nbf": NOW, "exp": NOW + 300,
            "role": "member", "scope": "source.read scan.run"});
        claims.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
        serde_json::from_value(claims).unwrap()
    }

    /// What is answered to a token with other claims, so many seconds later.
    fn answer(with: &Value, later: i64) -> &'static str {
        let now = Timestamp::from_millis((NOW + later) * 1000 + 999).unwrap();
        match claims(with).check(ISSUER, now) {
            Ok(()) => "holds",
            Err(error) => error.code().as_str(),
        }
    }

    #[test]
    fn a_token_holds_for_its_server_and_its_time_alone() {
        for (with, later, expected) in [
            (json!({}), 0, "holds"),
            (json!({}), -30, "holds"),
            (json!({}), -31, "unauthenticated"),
            (json!({}), 329, "holds"),
            (json!({}), 330, "access_token_expired"),
            (json!({"exp": NOW + 900}), 0, "holds"),
            (json!({"exp": NOW + 901}), 0, "unauthenticated"),
            (json!({"exp": NOW - 1}), 0, "unauthenticated"),
            (json!({"exp": i64::MAX}), 0, "unauthenticated"),
            (json!({"iat": i64::MIN, "nbf": i64::MIN}), 0, "unauthenticated"),
            (json!({"iat": NOW + 31}), 0, "unauthenticated"),
            (json!({"nbf": NOW + 31}), 0, "unauthenticated"),
            (json!({"nbf": NOW + 30}), 0, "holds"),
            (json!({"iss": "https://bastion.example/"}), 0, "unauthenticated"),
            (json!({"iss": "https://evil.example"}), 0, "unauthenticated"),
            (json!({"iss": ""}), 0, "unauthenticated"),
            (json!({"aud": ISSUER}), 0, "unauthenticated"),
            (json!({"aud": "https://reports.example"}), 0, "unauthenticated"),
            // A token that was for another server does not tell that it has ended.
            (json!({"aud": "https://reports.example"}), 9_000, "unauthenticated"),
        ] {
            assert_eq!(answer(&with, later), expected, "{with} {later} s later");
        }
    }

    #[test]
    fn a_token_says_what_it_was_exchanged_for() {
        let session = TokenHash::of([7; 32]);
        for subject in
            [Subject::ApiKey(ID.parse().unwrap()), Subject::Session(ID.parse().unwrap(), session.clone())]
        {
            let (sub, client_id, sid) = subject.claims();
            assert_eq!(Claims { sub, client_id, sid, ..claims(&json!({})) }.subject(), Some(subject));
        }
        for with in [
            json!({"sub": ID}),
            json!({"sub": "api_key:"}),
            json!({"sub": "api_key:all"}),
            json!({"sub": format!("user:{ID}")}),
            json!({"sub": format!("user:{ID}"), "sid": ""}),
            json!({"sub": format!("user:{ID}"), "sid": &session.as_str()[..32]}),
            json!({"sub": format!("user:{ID}"), "sid": session.as_str().to_uppercase().replace('0', "G")}),
            json!({"sub": format!("job:{ID}")}),
        ] {
            assert_eq!(claims(&with).subject(), None, "{with}");
        }
    }

    #[test]
    fn what_is_no_permission_is_left_out() {
        let permissions = claims(&json!({"scope": "scan.run  data.read source.read"})).permissions();
        assert_eq!(permissions, [Permission::ScanRun, Permission::SourceRead]);
        assert!(claims(&json!({"scope": ""})).permissions().is_empty());
    }
}
