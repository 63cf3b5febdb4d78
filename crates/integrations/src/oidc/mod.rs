//! OpenID Connect, as a relying party: the authorization code flow with PKCE.
//!
//! What a provider says of itself (where its pages and its keys are) is asked at its issuer's address and nowhere else, and
//! whom it vouches for is believed only by an ID token that one of those keys has signed for this client and this sign-in.
//! Every call goes through the egress guard and is bounded in size and time.

mod claims;
pub(crate) mod http;
mod provider;
pub(crate) mod signature;

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use types::Timestamp;
use url::Url;
use url::form_urlencoded::{Serializer, byte_serialize};

use self::claims::Claims;
use self::http::Http;
use self::provider::{Provider, Providers};
use crate::{Egress, ProviderError};

/// What this server is to a provider.
#[derive(Clone, Debug)]
pub struct Registration {
    /// As the provider's own description writes it.
    pub issuer: String,
    pub client_id: String,
    /// Missing for a public client.
    pub client_secret: Option<SecretString>,
    pub redirect_uri: String,
}

/// What binds a sign-in to the browser that began it; nobody else can guess it.
#[derive(Clone)]
pub struct Binding {
    pub state: String,
    pub nonce: String,
    /// The verifier of PKCE.
    pub verifier: String,
    /// Its SHA-256, in base64url.
    pub challenge: String,
}

/// What a provider sent the browser back with.
#[derive(Clone, Debug)]
pub struct Answer {
    pub code: String,
    /// Who says that they answer (RFC 9207).
    pub issuer: Option<String>,
}

/// Whom a provider vouches for. The texts are foreign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    pub subject: String,
    pub email: Option<String>,
    pub email_verified: bool,
    pub name: Option<String>,
}

/// This server as a client of providers; what they say of themselves is kept for a while.
pub struct RelyingParty {
    http: Http,
    providers: Providers,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
    #[serde(default)]
    access_token: Option<String>,
}

impl RelyingParty {
    /// One that goes out through `egress`.
    #[must_use]
    pub fn new(egress: Egress) -> Self {
        let http = Http::new(egress);
        Self { providers: Providers::new(http.clone()), http }
    }

    /// Asks a provider what it is, so that one that does not fit is known before anybody signs in.
    ///
    /// # Errors
    /// When it does not answer, or not as a provider does.
    pub async fn check(&self, issuer: &str, now: Timestamp) -> Result<(), ProviderError> {
        self.providers.get(issuer, now).await.map(drop)
    }

    /// The page of the provider where the person signs in.
    ///
    /// # Errors
    /// As [`Self::check`].
    pub async fn authorization_url(
        &self,
        registration: &Registration,
        binding: &Binding,
        login_hint: &str,
        now: Timestamp,
    ) -> Result<Url, ProviderError> {
        let provider = self.providers.get(&registration.issuer, now).await?;
        let mut url = provider.described.authorization_endpoint.clone();
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("scope", "openid email profile")
            .append_pair("client_id", &registration.client_id)
            .append_pair("redirect_uri", &registration.redirect_uri)
            .append_pair("state", &binding.state)
            .append_pair("nonce", &binding.nonce)
            .append_pair("code_challenge", &binding.challenge)
            .append_pair("code_challenge_method", "S256")
            .append_pair("login_hint", login_hint);
        Ok(url)
    }

    /// Whom the provider vouches for by its answer.
    ///
    /// # Errors
    /// [`ProviderError::Invalid`] for an answer that is not this provider's for this sign-in, [`ProviderError::Refused`] when the
    /// provider does not take its code or this client.
    pub async fn redeem(
        &self,
        registration: &Registration,
        answer: &Answer,
        binding: &Binding,
        now: Timestamp,
    ) -> Result<Identity, ProviderError> {
        let provider = self.providers.get(&registration.issuer, now).await?;
        provider.check_answer(answer.issuer.as_deref())?;
        let tokens = self.exchange(&provider, registration, &answer.code, &binding.verifier).await?;
        let claims = self.verify(provider.clone(), registration, &tokens.id_token, now).await?;
        claims.check(&registration.issuer, &registration.client_id, &binding.nonce, now)?;
        match (&claims.email, &provider.described.userinfo_endpoint, &tokens.access_token) {
            // Many providers keep the address out of the ID token.
            (None, Some(endpoint), Some(token)) => {
                let info: Claims = self.http.get(endpoint, Some(token)).await?;
                if info.sub != claims.sub {
                    return Err(ProviderError::invalid("its user info is about somebody else"));
                }
                Ok(info.identity())
            }
            _ => Ok(claims.identity()),
        }
    }

    async fn exchange(
        &self,
        provider: &Provider,
        registration: &Registration,
        code: &str,
        verifier: &str,
    ) -> Result<Tokens, ProviderError> {
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("redirect_uri", &registration.redirect_uri)
            .append_pair("code_verifier", verifier);
        let secret = registration.client_secret.as_ref().map(|secret| secret.expose_secret());
        let basic = match secret {
            Some(secret) if provider.takes_basic() => {
                let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
                Some((encoded(&registration.client_id), encoded(secret)))
            }
            Some(secret) => {
                form.append_pair("client_id", &registration.client_id).append_pair("client_secret", secret);
                None
            }
            None => {
                form.append_pair("client_id", &registration.client_id);
                None
            }
        };
        self.http.post(&provider.described.token_endpoint, form.finish(), basic).await
    }

    /// The claims of a token that one of the provider's keys has signed. One that is not known yet is asked for: providers
    /// change their keys.
    async fn verify(
        &self,
        provider: std::sync::Arc<Provider>,
        registration: &Registration,
        token: &str,
        now: Timestamp,
    ) -> Result<Claims, ProviderError> {
        let token = signature::Token::read(token)?;
        let provider = match token.key(&provider.keys) {
            Some(_) => provider,
            None => self.providers.newer(&registration.issuer, &provider, now).await?,
        };
        let key = token.key(&provider.keys);
        token.verify(
            key.ok_or_else(|| ProviderError::invalid("its ID token names a key that it does not have"))?,
        )
    }
}
