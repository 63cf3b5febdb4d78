//! Calls of providers: bounded in size and time, and no further than the egress guard lets them.

use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{RequestBuilder, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;
use zeroize::Zeroizing;

use crate::egress::bounded;
use crate::{Egress, ProviderError};

const TIMEOUT: Duration = Duration::from_secs(10);
/// Descriptions and sets of keys of the largest providers have a few tens of KiB.
const LARGEST_ANSWER: usize = 256 * 1024;

#[derive(Clone)]
pub(crate) struct Http {
    egress: Egress,
}

/// How a token endpoint refuses (RFC 6749, 5.2).
#[derive(Deserialize)]
struct Refusal {
    error: String,
}

impl Http {
    pub(crate) fn new(egress: Egress) -> Self {
        Self { egress }
    }

    /// What a provider answers, as JSON.
    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        url: &Url,
        bearer: Option<&str>,
    ) -> Result<T, ProviderError> {
        let (status, body) = self.ask(url, bearer).await?;
        if status != StatusCode::OK {
            return Err(ProviderError::unusable(&format!(
                "{} answers status {}",
                url.path(),
                status.as_u16()
            )));
        }
        serde_json::from_slice(&body)
            .map_err(|_| ProviderError::unusable(&format!("{} does not answer the JSON of one", url.path())))
    }

    /// The status and the body of what is answered at an address.
    pub(crate) async fn ask(
        &self,
        url: &Url,
        bearer: Option<&str>,
    ) -> Result<(StatusCode, Zeroizing<Vec<u8>>), ProviderError> {
        let client = self.egress.client(url).map_err(|error| ProviderError::Unreachable(error.message))?;
        let mut request = client.get(url.clone());
        if let Some(token) = bearer {
            request = request.bearer_auth(token);
        }
        send(request).await
    }

    /// What a token endpoint answers to a form, sent with the client's name and secret where they go into the header.
    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        url: &Url,
        form: String,
        basic: Option<(String, String)>,
    ) -> Result<T, ProviderError> {
        let client = self.egress.client(url).map_err(|error| ProviderError::Unreachable(error.message))?;
        let mut request = client.post(url.clone()).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        if let Some((name, secret)) = basic {
            request = request.basic_auth(name, Some(secret));
        }
        let (status, body) = send(request.body(form)).await?;
        if status == StatusCode::OK {
            return serde_json::from_slice(&body)
                .map_err(|_| ProviderError::invalid("there is no ID token in it"));
        }
        let said = serde_json::from_slice::<Refusal>(&body).map(|refusal| refusal.error).unwrap_or_default();
        Err(ProviderError::Refused(match said.as_str() {
            "invalid_client" | "unauthorized_client" => {
                "The provider does not know this client, or not with this secret. An owner of the organization can set \
                 both again in the settings."
            }
            "invalid_grant" => "The provider does not take its own answer any more. Begin again.",
            _ => "The provider refused to complete the sign-in. Begin again; if it stays, tell an owner of the organization.",
        }
        .to_owned()))
    }
}

async fn send(request: RequestBuilder) -> Result<(StatusCode, Zeroizing<Vec<u8>>), ProviderError> {
    let response = request.timeout(TIMEOUT).header(ACCEPT, "application/json").send().await;
    let response = response.map_err(|error| unreachable(&error))?;
    let status = response.status();
    let body = bounded(response, LARGEST_ANSWER).await.map_err(|error| unreachable(&error))?;
    Ok((status, body.ok_or_else(|| ProviderError::unusable("its answer is too large"))?))
}

fn unreachable(error: &reqwest::Error) -> ProviderError {
    ProviderError::Unreachable(match Egress::refusal(error) {
        Some(refused) => refused.message,
        None if error.is_timeout() => "The provider did not answer in time. Try again.".to_owned(),
        None => "The provider cannot be reached. Try again; if it stays, tell an owner of the organization."
            .to_owned(),
    })
}
