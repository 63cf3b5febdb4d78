//! Clerk's backend API, as far as it is used: who somebody is, and where they belong.
//!
//! It answers with the same objects as its events are about; they are foreign, and not looked into here.

use reqwest::StatusCode;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use crate::ProviderError;
use crate::oidc::http::Http;

/// How many of a list are asked for at once.
const PAGE: usize = 50;
/// The most pages of a list: of what comes after them nothing is heard.
const PAGES: usize = 2_000;

/// Asks as the server that has the instance's secret key.
pub struct Backend {
    http: Http,
    base: Url,
    key: SecretString,
}

/// A list, which some addresses wrap and others do not.
#[derive(Deserialize)]
#[serde(untagged)]
enum List {
    Wrapped { data: Vec<Value> },
    Plain(Vec<Value>),
}

impl Backend {
    pub(super) fn new(http: Http, base: Url, key: SecretString) -> Self {
        Self { http, base, key }
    }

    /// A person; nothing when there is none of this id any more.
    ///
    /// # Errors
    /// When it does not answer, or not as Clerk does.
    pub async fn user(&self, id: &str) -> Result<Option<Value>, ProviderError> {
        self.get(self.address(&["users", id])?).await
    }

    /// An organization; nothing when there is none of this id any more.
    ///
    /// # Errors
    /// When it does not answer, or not as Clerk does.
    pub async fn organization(&self, id: &str) -> Result<Option<Value>, ProviderError> {
        self.get(self.address(&["organizations", id])?).await
    }

    /// Where a person belongs.
    ///
    /// # Errors
    /// When it does not answer, or not as Clerk does.
    pub async fn memberships_of_user(&self, id: &str) -> Result<Vec<Value>, ProviderError> {
        self.list(&["users", id, "organization_memberships"]).await
    }

    /// Who belongs to an organization.
    ///
    /// # Errors
    /// When it does not answer, or not as Clerk does.
    pub async fn memberships_of_organization(&self, id: &str) -> Result<Vec<Value>, ProviderError> {
        self.list(&["organizations", id, "memberships"]).await
    }

    /// Everybody.
    ///
    /// # Errors
    /// When it does not answer, or not as Clerk does.
    pub async fn users(&self) -> Result<Vec<Value>, ProviderError> {
        self.list(&["users"]).await
    }

    /// All organizations.
    ///
    /// # Errors
    /// When it does not answer, or not as Clerk does.
    pub async fn organizations(&self) -> Result<Vec<Value>, ProviderError> {
        self.list(&["organizations"]).await
    }

    async fn list(&self, parts: &[&str]) -> Result<Vec<Value>, ProviderError> {
        let mut all = Vec::new();
        for page in 0..PAGES {
            let mut address = self.address(parts)?;
            address
                .query_pairs_mut()
                .append_pair("limit", &PAGE.to_string())
                .append_pair("offset", &(page * PAGE).to_string());
            let some = match self.get::<List>(address).await? {
                Some(List::Wrapped { data } | List::Plain(data)) => data,
                None => Vec::new(),
            };
            let is_last = some.len() < PAGE;
            all.extend(some);
            if is_last {
                return Ok(all);
            }
        }
        Err(unusable("a list of it does not end"))
    }

    /// An id is one part of the path, whatever is in it.
    fn address(&self, parts: &[&str]) -> Result<Url, ProviderError> {
        let mut address = self.base.clone();
        let Ok(mut path) = address.path_segments_mut() else {
            return Err(unusable("its address is not one"));
        };
        path.pop_if_empty().push("v1").extend(parts);
        drop(path);
        Ok(address)
    }

    async fn get<T: serde::de::DeserializeOwned>(&self, address: Url) -> Result<Option<T>, ProviderError> {
        let (status, body) = self.http.ask(&address, Some(self.key.expose_secret())).await?;
        match status {
            StatusCode::OK => serde_json::from_slice(&body)
                .map(Some)
                .map_err(|_| unusable("it does not answer as it is described")),
            StatusCode::NOT_FOUND => Ok(None),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                Err(unusable("it refuses the key of BASTION_CLERK_SECRET_KEY"))
            }
            StatusCode::TOO_MANY_REQUESTS => Err(unusable("it is asked too often; try again in a moment")),
            status => Err(unusable(&format!("it answers status {}", status.as_u16()))),
        }
    }
}

/// `why` begins with a small letter.
fn unusable(why: &str) -> ProviderError {
    ProviderError::Unreachable(format!("Clerk's backend API cannot be used: {why}."))
}
