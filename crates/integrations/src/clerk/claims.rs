//! What the token of a session says, and what has to be so before it is believed.

use serde::Deserialize;
use serde_json::Value;
use types::Timestamp;

use super::organization::{Compact, Plain};
use super::{ActiveOrganization, ClerkSession};
use crate::ProviderError;

/// How far Clerk's clock and this one may differ, in seconds: half the life of a token.
const LEEWAY: i64 = 30;
/// The most characters of an id.
const LONGEST_ID: usize = 100;

/// The claims of both versions. Those of the first say nothing of a version.
#[derive(Debug, Deserialize)]
pub(super) struct Claims {
    iss: String,
    sub: String,
    sid: String,
    exp: i64,
    iat: i64,
    nbf: i64,
    /// The origin of the page that asked for it.
    #[serde(default)]
    azp: Option<String>,
    /// `pending` while the person has something left to do at Clerk, such as choosing an organization.
    #[serde(default)]
    sts: Option<String>,
    /// Who acts as this person.
    #[serde(default)]
    act: Option<Value>,
    /// How many minutes ago the first and the second factor were given; -1 for one that was not.
    #[serde(default)]
    fva: Option<[i64; 2]>,
    #[serde(default)]
    v: Option<u32>,
    #[serde(default)]
    o: Option<Compact>,
    #[serde(default)]
    fea: Option<String>,
    #[serde(flatten)]
    plain: Plain,
}

impl Claims {
    /// The session, if the token is of this issuer, was asked for by one of these pages, and holds now.
    pub(super) fn session(
        self,
        issuer: &str,
        parties: &[String],
        now: Timestamp,
    ) -> Result<ClerkSession, ProviderError> {
        let seconds = now.millis().div_euclid(1000);
        let is_id = |text: &str| !text.is_empty() && text.chars().count() <= LONGEST_ID;
        let why = if self.iss != issuer {
            "its token is another issuer's"
        } else if !self.azp.as_ref().is_some_and(|origin| parties.contains(origin)) {
            // One that does not say is refused as well: a page of a neighbouring host may have asked for it.
            "its token was asked for by another page"
        } else if self.exp.saturating_add(LEEWAY) <= seconds {
            "its token has expired"
        } else if self.iat.max(self.nbf) > seconds.saturating_add(LEEWAY) {
            "its token is of the future; look whether the clock of this server is right"
        } else if self.sts.as_deref().is_some_and(|status| status != "active") {
            "its session is not complete"
        } else if self.act.is_some() {
            "somebody else acts as this person"
        } else if !is_id(&self.sub) || !is_id(&self.sid) {
            "its token does not say whose it is"
        } else {
            return self.believed();
        };
        Err(ProviderError::invalid(why))
    }

    fn believed(self) -> Result<ClerkSession, ProviderError> {
        let minutes = self.fva.map(|[first, _]| first);
        let second_factor = self.fva.is_some_and(|[_, second]| second >= 0);
        let proved_at = minutes.map(|minutes| match minutes {
            // Never: longer ago than anything.
            ..0 => 0,
            minutes => self.iat.saturating_sub(minutes.saturating_mul(60)).max(0),
        });
        let organization = self.organization()?;
        Ok(ClerkSession {
            proved_at: proved_at.and_then(|seconds| Timestamp::from_millis(seconds.saturating_mul(1000))),
            second_factor,
            organization,
            id: self.sid,
            subject: self.sub,
        })
    }

    fn organization(&self) -> Result<Option<ActiveOrganization>, ProviderError> {
        match self.v {
            None | Some(1) => Ok(self.plain.organization()),
            Some(2) => self.o.as_ref().map(|compact| compact.organization(self.fea.as_deref())).transpose(),
            Some(_) => Err(ProviderError::invalid("its token is of a version that is not known here")),
        }
    }
}
