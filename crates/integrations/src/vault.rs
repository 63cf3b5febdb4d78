//! HashiCorp Vault's Transit engine, by its HTTP API: it encrypts and decrypts, and its key never leaves it.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;
use zeroize::Zeroizing;

use crate::Egress;
use crate::egress::bounded;

const TIMEOUT: Duration = Duration::from_secs(10);
/// No answer that is read here is anywhere near as large.
const LARGEST_ANSWER: usize = 64 * 1024;

/// What Vault knows a caller by.
#[derive(Clone)]
pub enum VaultToken {
    Given(SecretString),
    /// Read for each call, as an agent of Vault renews it.
    File(PathBuf),
}

/// Which key of a Transit engine, and how it is reached.
#[derive(Clone)]
pub struct TransitKey {
    /// Of Vault, such as `https://vault.example:8200`.
    pub address: Url,
    pub token: VaultToken,
    pub namespace: Option<String>,
    /// The path of the engine, such as `transit`.
    pub mount: String,
    /// Its name.
    pub key: String,
}

/// Encrypts and decrypts with a key that stays in Vault.
#[derive(Clone)]
pub struct Transit {
    egress: Egress,
    at: TransitKey,
}

/// Why Vault did not do it, as a sentence that says what to do. Holds no token and no text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct VaultError(String);

#[derive(Deserialize)]
struct Answer {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    #[serde(default)]
    ciphertext: String,
    #[serde(default)]
    plaintext: String,
}

impl Transit {
    #[must_use]
    pub fn new(egress: Egress, at: TransitKey) -> Self {
        Self { egress, at }
    }

    /// Where the key is, without the address: a Vault that has moved is the same.
    #[must_use]
    pub fn name(&self) -> String {
        let namespace = self.at.namespace.as_ref().map(|name| format!("{name}/")).unwrap_or_default();
        format!("vault:{namespace}{}/{}", self.at.mount, self.at.key)
    }

    /// Encrypts with the newest version of the key; the ciphertext names it.
    ///
    /// # Errors
    /// When Vault cannot be reached or refuses.
    pub async fn encrypt(&self, plain: &[u8], associated: &[u8]) -> Result<String, VaultError> {
        let plain = Zeroizing::new(STANDARD.encode(plain));
        let body = json!({"plaintext": plain.as_str(), "associated_data": STANDARD.encode(associated)});
        let answer = self.call("encrypt", &body).await?;
        if answer.data.ciphertext.starts_with("vault:v") {
            Ok(answer.data.ciphertext)
        } else {
            Err(unexpected())
        }
    }

    /// Decrypts what was encrypted with any version of the key that Vault still allows, for the same associated data.
    ///
    /// # Errors
    /// When Vault cannot be reached or refuses.
    pub async fn decrypt(
        &self,
        ciphertext: &str,
        associated: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let body = json!({"ciphertext": ciphertext, "associated_data": STANDARD.encode(associated)});
        let answer = self.call("decrypt", &body).await?;
        let plaintext = Zeroizing::new(answer.data.plaintext);
        STANDARD.decode(plaintext.as_bytes()).map(Zeroizing::new).map_err(|_| unexpected())
    }

    async fn call(&self, act: &str, body: &Value) -> Result<Answer, VaultError> {
        let mut url = self.at.address.clone();
        url.path_segments_mut()
            .map_err(|()| {
                VaultError("BASTION_VAULT_ADDR is not an address that can have a path.".to_owned())
            })?
            .pop_if_empty()
            .push("v1")
            .extend(self.at.mount.split('/'))
            .extend([act, &self.at.key]);
        let client = self.egress.client(&url).map_err(|error| VaultError(error.message))?;
        let mut request = client
            .post(url)
            .timeout(TIMEOUT)
            .header(CONTENT_TYPE, "application/json")
            .header("X-Vault-Request", "true")
            .header("X-Vault-Token", self.token()?);
        if let Some(namespace) = &self.at.namespace {
            request = request.header("X-Vault-Namespace", namespace);
        }
        let body = Zeroizing::new(body.to_string());
        let response =
            request.body(body.as_bytes().to_vec()).send().await.map_err(|error| unreached(&error))?;
        let status = response.status();
        if status != StatusCode::OK {
            return Err(self.refusal(status));
        }
        let body = bounded(response, LARGEST_ANSWER).await.map_err(|error| unreached(&error))?;
        let body = body.ok_or_else(unexpected)?;
        serde_json::from_slice(&body).map_err(|_| unexpected())
    }

    fn token(&self) -> Result<HeaderValue, VaultError> {
        let token = match &self.at.token {
            VaultToken::Given(token) => token.clone(),
            VaultToken::File(path) => {
                let text = fs::read_to_string(path).map_err(|error| {
                    VaultError(format!(
                        "The file {} with Vault's token cannot be read: {error}.",
                        path.display()
                    ))
                })?;
                SecretString::from(text.trim().to_owned())
            }
        };
        let mut value = HeaderValue::from_str(token.expose_secret())
            .map_err(|_| VaultError("Vault's token holds characters that no token can have.".to_owned()))?;
        value.set_sensitive(true);
        Ok(value)
    }

    /// Vault's codes: <https://developer.hashicorp.com/vault/api-docs#http-status-codes>.
    fn refusal(&self, status: StatusCode) -> VaultError {
        let TransitKey { mount, key, .. } = &self.at;
        VaultError(match status.as_u16() {
            400 => format!(
                "Vault refused the request. See that {mount} has the key {key}, that it is of a type with associated \
                 data, such as aes256-gcm96, and that the version that wrapped the master key may still decrypt."
            ),
            403 => format!(
                "Vault refused the token. It may have ended; its policy has to allow `update` on {mount}/encrypt/{key} \
                 and {mount}/decrypt/{key}, in the namespace."
            ),
            404 => format!("Vault has no Transit engine at {mount}, or not in this namespace."),
            307 => "This Vault hands on to another: give the address of the active one.".to_owned(),
            503 => "Vault is sealed or under maintenance. Unseal it.".to_owned(),
            other => format!("Vault answered status {other}. See its own log."),
        })
    }
}

/// Why nothing was answered. Its words speak of Vault, and of nothing that a caller of it sent.
fn unreached(error: &reqwest::Error) -> VaultError {
    VaultError(Egress::refusal(error).map_or_else(
        || {
            "Nothing answers at BASTION_VAULT_ADDR, or not in time. Check the address and that Vault runs."
                .to_owned()
        },
        |refused| refused.message,
    ))
}

fn unexpected() -> VaultError {
    VaultError("What answers at BASTION_VAULT_ADDR does not answer as Vault does.".to_owned())
}
