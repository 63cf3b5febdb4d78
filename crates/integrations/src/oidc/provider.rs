//! What providers say of themselves: where their pages are and which keys they sign with.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;
use types::Timestamp;
use url::Url;

use super::http::Http;
use super::signature::{Key, KeySet};
use crate::ProviderError;
use crate::cached::Cached;

/// Beyond this many providers all are asked anew.
const MOST: usize = 1_000;

/// OpenID Connect Discovery 1.0, section 3, as far as it is used.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Described {
    issuer: String,
    pub(super) authorization_endpoint: Url,
    pub(super) token_endpoint: Url,
    jwks_uri: Url,
    #[serde(default)]
    pub(super) userinfo_endpoint: Option<Url>,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

pub(super) struct Provider {
    pub(super) described: Described,
    pub(super) keys: Vec<Key>,
}

impl Provider {
    /// Whether an answer may be this provider's: one that another gave must not be taken here (RFC 9207).
    pub(super) fn check_answer(&self, issuer: Option<&str>) -> Result<(), ProviderError> {
        match issuer {
            Some(issuer) if issuer != self.described.issuer => {
                Err(ProviderError::invalid("it is another provider's"))
            }
            None if self.described.authorization_response_iss_parameter_supported => {
                Err(ProviderError::invalid("it does not say whose it is, although this provider's do"))
            }
            _ => Ok(()),
        }
    }

    /// Whether the client's secret goes into the header, which is what is meant where nothing is said.
    pub(super) fn takes_basic(&self) -> bool {
        let methods = self.described.token_endpoint_auth_methods_supported.as_ref();
        methods.is_none_or(|methods| methods.iter().any(|method| method == "client_secret_basic"))
    }
}

pub(super) struct Providers {
    http: Http,
    known: Mutex<HashMap<String, Arc<Cached<Provider>>>>,
}

impl Providers {
    pub(super) fn new(http: Http) -> Self {
        Self { http, known: Mutex::default() }
    }

    /// What is known of a provider, or what it says now.
    pub(super) async fn get(&self, issuer: &str, now: Timestamp) -> Result<Arc<Provider>, ProviderError> {
        self.known(issuer).get(now, || fetch(self.http.clone(), issuer.to_owned())).await
    }

    /// What a provider says of itself after `old`, which lacked a key.
    pub(super) async fn newer(
        &self,
        issuer: &str,
        old: &Arc<Provider>,
        now: Timestamp,
    ) -> Result<Arc<Provider>, ProviderError> {
        self.known(issuer).newer(old, now, || fetch(self.http.clone(), issuer.to_owned())).await
    }

    fn known(&self, issuer: &str) -> Arc<Cached<Provider>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST && !known.contains_key(issuer) {
            known.clear();
        }
        known.entry(issuer.to_owned()).or_default().clone()
    }
}

async fn fetch(http: Http, issuer: String) -> Result<Provider, ProviderError> {
    let address = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    let address =
        Url::parse(&address).map_err(|_| ProviderError::unusable("the issuer is not an address"))?;
    let described: Described = http.get(&address, None).await?;
    if described.issuer != issuer {
        return Err(ProviderError::unusable("it calls itself by another issuer"));
    }
    let endpoints = [&described.authorization_endpoint, &described.token_endpoint, &described.jwks_uri];
    for endpoint in endpoints.into_iter().chain(&described.userinfo_endpoint) {
        // Only a provider that is itself reached so, on this machine, may send elsewhere without TLS.
        if endpoint.scheme() != "https" && endpoint.scheme() != address.scheme() {
            return Err(ProviderError::unusable("one of its addresses is without TLS"));
        }
    }
    let set: KeySet = http.get(&described.jwks_uri, None).await?;
    Ok(Provider { described, keys: set.keys })
}

#[cfg(test)]
mod tests {
    use testkit::issuer::Issuer;

    use super::*;
    use crate::{Egress, EgressPolicy};

    #[tokio::test]
    async fn whoever_hangs_up_takes_the_answer_from_nobody() {
        let issuer = Issuer::start(|| 0).await;
        let egress = Egress::new(EgressPolicy::parse("", true).unwrap()).unwrap();
        let providers = Providers::new(Http::new(egress));
        let now = Timestamp::from_millis(1_800_000_000_000).unwrap();
        let asked = async {
            while issuer.descriptions() == 0 {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            biased;
            () = asked => {}
            _ = providers.get(&issuer.base, now) => panic!("it was answered before it could hang up"),
        }
        let next = providers.get(&issuer.base, now).await;
        assert!(next.is_ok(), "{:?}", next.err());
        assert_eq!(issuer.descriptions(), 1);
    }
}
