//! Clerk, which keeps people and organizations elsewhere: the session tokens that it signs, and what its backend tells of
//! whom a token is about.
//!
//! A token is believed by one of the keys that the configured instance publishes, and by nothing that it says of itself: where
//! the keys are is never taken from it. All instances of Clerk sign in the same way, so the issuer is compared as well.

mod backend;
mod claims;
mod organization;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use secrecy::SecretString;
use tokio::sync::Mutex as AsyncMutex;
use types::Timestamp;
use url::Url;

use self::claims::Claims;
use crate::cached::Cached;
use crate::oidc::http::Http;
use crate::oidc::signature::{Key, KeySet, Token};
use crate::svix::WebhookSecret;
use crate::{Egress, ProviderError};

pub use backend::Backend;
pub use organization::ActiveOrganization;

/// The one way in which Clerk signs.
const ALGORITHM: &str = "RS256";
/// The most bytes of a token: what a cookie can hold.
const LONGEST: usize = 8 * 1024;
/// The kinds of tokens that may stand for a session. Those of templates and of machines are signed by the same key.
const SESSION: [&str; 2] = ["cl_B7d4PD111AAA", "cl_I7d4PD111III"];

/// Which instance of Clerk is used, and how.
#[derive(Clone)]
pub struct ClerkSettings {
    /// The address of its front-end API, which is the `iss` of its tokens; without a trailing slash.
    pub issuer: String,
    /// Tells its library in the browser which instance it is; without it pages do not sign in by it.
    pub publishable_key: Option<String>,
    /// The origins whose pages may have asked for a token.
    pub authorized_parties: Vec<String>,
    /// Where its backend API is.
    pub backend: Url,
    /// What opens the backend API; without it nobody is asked for.
    pub secret_key: Option<SecretString>,
    /// What its events are signed with; without it none is taken.
    pub webhook_secret: Option<WebhookSecret>,
}

impl ClerkSettings {
    /// Where the backend API of all instances is.
    pub const BACKEND: &str = "https://api.clerk.com/";
}

/// A session at Clerk, by a token that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClerkSession {
    pub id: String,
    /// Whose it is.
    pub subject: String,
    /// The organization that the person has chosen there.
    pub organization: Option<ActiveOrganization>,
    /// When they last gave their first factor, if it says so.
    pub proved_at: Option<Timestamp>,
    /// Whether they gave a second factor as well.
    pub second_factor: bool,
}

/// When somebody was last asked for, held by whoever asks.
pub type Turn = Arc<AsyncMutex<Option<Timestamp>>>;

/// Beyond this many people all may be asked for again.
const MOST: usize = 10_000;

/// An instance of Clerk.
pub struct Clerk {
    settings: ClerkSettings,
    http: Http,
    keys: Cached<Vec<Key>>,
    backend: Option<Backend>,
    turns: Mutex<HashMap<String, Turn>>,
}

impl Clerk {
    /// One that is asked through `egress`.
    #[must_use]
    pub fn new(settings: ClerkSettings, egress: Egress) -> Self {
        let http = Http::new(egress);
        let key = settings.secret_key.clone();
        let backend = key.map(|key| Backend::new(http.clone(), settings.backend.clone(), key));
        Self { settings, http, keys: Cached::default(), backend, turns: Mutex::default() }
    }

    /// The issuer of its tokens.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.settings.issuer
    }

    /// Which instance it is, for its library in the browser, if pages sign in by it.
    #[must_use]
    pub fn publishable_key(&self) -> Option<&str> {
        self.settings.publishable_key.as_deref()
    }

    /// What its events are signed with, if any are taken.
    #[must_use]
    pub fn webhook_secret(&self) -> Option<&WebhookSecret> {
        self.settings.webhook_secret.as_ref()
    }

    /// What its backend tells; nothing without the key to it.
    #[must_use]
    pub fn backend(&self) -> Option<&Backend> {
        self.backend.as_ref()
    }

    /// What those wait for who would ask who the same person is.
    #[must_use]
    pub fn turn(&self, person: &str) -> Turn {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        if turns.len() >= MOST && !turns.contains_key(person) {
            turns.clear();
        }
        turns.entry(person.to_owned()).or_default().clone()
    }

    /// The session of a token. A key that is not known yet is asked for: Clerk changes its keys.
    ///
    /// # Errors
    /// [`ProviderError::Invalid`] for what is no token of a session here and now, [`ProviderError::Unreachable`] when the keys cannot
    /// be had.
    pub async fn verify(&self, token: &str, now: Timestamp) -> Result<ClerkSession, ProviderError> {
        if token.len() > LONGEST {
            return Err(ProviderError::invalid("its token is too long"));
        }
        let token = Token::read(token)?;
        if token.algorithm() != ALGORITHM {
            return Err(ProviderError::invalid("its token is signed in a way that does not hold"));
        }
        if token.category().is_some_and(|category| !SESSION.contains(&category)) {
            return Err(ProviderError::invalid("its token is not that of a session"));
        }
        let keys = self.keys.at_hand(now, || self.ask()).await?;
        let keys = match token.key(&keys) {
            Some(_) => keys,
            None => self.keys.newer(&keys, now, || self.ask()).await?,
        };
        let key = token
            .key(&keys)
            .ok_or_else(|| ProviderError::invalid("its token names a key that it has not"))?;
        token.verify::<Claims>(key)?.session(self.issuer(), &self.settings.authorized_parties, now)
    }

    fn ask(&self) -> impl Future<Output = Result<Vec<Key>, ProviderError>> + Send + 'static + use<> {
        let (http, issuer) = (self.http.clone(), self.settings.issuer.clone());
        async move {
            let address = Url::parse(&format!("{issuer}/.well-known/jwks.json")).map_err(|_| {
                ProviderError::Unreachable("The issuer of Clerk is not an address.".to_owned())
            })?;
            match http.get::<KeySet>(&address, None).await {
                Ok(set) => Ok(set.keys),
                // Whatever is wrong there, it is not the token that is.
                Err(
                    ProviderError::Invalid(why)
                    | ProviderError::Unreachable(why)
                    | ProviderError::Refused(why),
                ) => Err(ProviderError::Unreachable(why)),
            }
        }
    }
}

#[cfg(test)]
mod tests;
