//! Random tokens, of which only the hash is kept.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use store::session::TokenHash;

use crate::Error;

/// 256 random bits as text. A fast hash suffices for what nobody can guess.
pub(crate) fn random() -> Result<String, Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| Error::Internal(format!("no randomness: {error}")))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// What is kept of a token.
pub(crate) fn hash(token: &SecretString) -> TokenHash {
    TokenHash::of(Sha256::digest(token.expose_secret().as_bytes()).into())
}
