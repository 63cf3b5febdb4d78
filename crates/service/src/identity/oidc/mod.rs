//! Signing in by the provider of one's organization.
//!
//! The browser keeps one random token, and this server its hash. State, nonce and PKCE's verifier are made of the token, so
//! that nothing here could complete somebody's sign-in, and only the browser that began it can.

mod person;

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use integrations::oidc::{Answer, Binding, Registration, RelyingParty};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use store::oidc_login::{self, Login};
use store::sso::{self, Connection};
use store::{Tenant, secret};
use types::sso::{FinishSso, SsoStarted, StartSso};
use types::{OrgId, Timestamp};

use super::reach::domain;
use super::{Admission, validate};
use crate::{Context, Credentials, Error, token};

/// How long a browser may be away at a provider.
pub const LOGIN_LASTS: Duration = Duration::from_secs(10 * 60);
/// The page that providers send browsers back to.
const CALLBACK: &str = "/sign-in/callback";

/// A sign-in that was begun.
#[derive(Debug)]
pub struct Begun {
    pub started: SsoStarted,
    /// For the cookie; only its hash is stored.
    pub token: SecretString,
}

/// Begins to sign in by the provider of the organization that the address's domain is known to be of.
///
/// # Errors
/// [`Error::Invalid`], [`Error::SsoUnavailable`], [`Error::Provider`].
pub async fn start_sso(context: &Context, input: StartSso) -> Result<Begun, Error> {
    let now = context.now();
    let email = validate::email("/email", &input.email).map_err(|fault| Error::Invalid(vec![fault]))?;
    let tx = context.store.platform_read().await?;
    let connection = sso::of_domain(&tx, domain(&email)).await?.ok_or(Error::SsoUnavailable)?;
    drop(tx);
    let registration = registration(context, &connection).await?;
    let token = SecretString::from(token::random()?);
    let party = relying_party(context)?;
    let page = party.authorization_url(&registration, &binding(&token), &email, now).await?;
    let tx = context.store.platform_write().await?;
    let login = Login { org: connection.org, issuer: connection.issuer };
    let expires_at = Timestamp(now.0 + LOGIN_LASTS);
    oidc_login::insert(&tx, &token::hash(&token), login, now, expires_at).await?;
    tx.commit().await?;
    Ok(Begun { started: SsoStarted { authorization_url: page.into() }, token })
}

/// Signs in whom the provider vouches for, or waits for the second factor of whoever has one here.
///
/// # Errors
/// [`Error::SsoExpired`] in another browser than the one that began, a second time and too late; [`Error::SsoDenied`] when
/// the provider or a rule of the organization does not let the person in; [`Error::Provider`].
pub async fn finish_sso(
    context: &Context,
    credentials: &Credentials,
    begun: Option<&SecretString>,
    input: FinishSso,
) -> Result<Admission, Error> {
    let FinishSso { state, code, iss, error } = input;
    let now = context.now();
    let begun = begun.ok_or(Error::SsoExpired)?;
    let binding = binding(begun);
    // Hashes: how far they agree tells nothing.
    if Sha256::digest(&state) != Sha256::digest(&binding.state) {
        return Err(Error::SsoExpired);
    }
    let tx = context.store.platform_write().await?;
    let login = oidc_login::take(&tx, &token::hash(begun), now).await?;
    tx.commit().await?;
    let Login { org, issuer } = login.ok_or(Error::SsoExpired)?;
    if let Some(error) = error {
        return Err(refusal(&error));
    }
    let code = code.filter(|code| !code.is_empty());
    let code = code.ok_or_else(|| Error::field("/code", "required", "The provider sent no code."))?;
    let connection = current(context, org).await?;
    // An answer of the provider that there was before would be taken to the one that is there now.
    if connection.issuer != issuer {
        return Err(Error::SsoExpired);
    }
    let registration = registration(context, &connection).await?;
    let answer = Answer { code, issuer: iss };
    let identity = relying_party(context)?.redeem(&registration, &answer, &binding, now).await?;
    person::admit(context, credentials, org, &issuer, identity, now).await
}

/// The redirect URI that a provider has to allow.
pub(crate) fn redirect_uri(context: &Context) -> String {
    format!("{}{CALLBACK}", context.settings.public_url)
}

pub(crate) fn relying_party(context: &Context) -> Result<&RelyingParty, Error> {
    context.relying_party.as_deref().ok_or(Error::SsoUnavailable)
}

async fn current(context: &Context, org: OrgId) -> Result<Connection, Error> {
    let tx = context.store.platform_read().await?;
    sso::find(&tx, org).await?.ok_or(Error::SsoExpired)
}

/// With the client's secret, for calling the provider and for nothing else.
async fn registration(context: &Context, connection: &Connection) -> Result<Registration, Error> {
    let tx = context.store.read(&Tenant::of(connection.org)).await?;
    let opened = secret::open(&tx, crate::sso::SUBJECT, connection.org.0, crate::sso::PURPOSE).await?;
    Ok(Registration {
        issuer: connection.issuer.clone(),
        client_id: connection.client_id.clone(),
        client_secret: opened.map(|text| SecretString::from(text.as_str().to_owned())),
        redirect_uri: redirect_uri(context),
    })
}

/// Of the provider's words only those are told that people can do something about.
fn refusal(error: &str) -> Error {
    let sentence = match error {
        "access_denied" => "Your provider did not let you in. Ask whoever runs it for access to Bastion.",
        "temporarily_unavailable" | "server_error" => {
            "Your provider has trouble of its own. Try again later."
        }
        _ => {
            "Your provider refused the sign-in. Begin again; if it stays, tell an owner of the organization."
        }
    };
    Error::SsoDenied(sentence.to_owned())
}

fn binding(token: &SecretString) -> Binding {
    let made = |what: &str| {
        let digest =
            Sha256::new().chain_update(format!("bastion/oidc/1 {what} ")).chain_update(token.expose_secret());
        URL_SAFE_NO_PAD.encode(digest.finalize())
    };
    let verifier = made("verifier");
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&verifier));
    Binding { state: made("state"), nonce: made("nonce"), verifier, challenge }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_binds_a_sign_in_differs_from_each_other_and_from_that_of_another() {
        let [one, other] = ["one", "other"].map(|token| binding(&SecretString::from(token)));
        let all = [&one.state, &one.nonce, &one.verifier, &one.challenge, &other.state, &other.verifier];
        for (index, first) in all.iter().enumerate() {
            // PKCE asks for 43 characters at least (RFC 7636, 4.1).
            assert_eq!(first.len(), 43);
            assert!(all[index + 1..].iter().all(|second| second != first));
        }
    }
}
