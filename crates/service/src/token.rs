//! Random tokens, of which only the hash is kept.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use store::session::TokenHash;

use crate::Error;

/// 256 random bits as text. A fast hash suffices for what nobody can guess.
pub(crate) fn random() -> Result<String, Error> {
    Ok(URL_SAFE_NO_PAD.encode(bytes::<32>()?))
}

/// Random bytes of the operating system.
pub(crate) fn bytes<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| Error::Internal(format!("no randomness: {error}")))?;
    Ok(bytes)
}

/// What every key starts with, so that scanners for leaked secrets know it.
const PREFIX: &str = "bst_";
/// How many characters [`random`] has.
const RANDOM: usize = 43;

/// A key for programs: a slip in typing it shows without asking the database, as its end is a checksum of the rest.
pub(crate) fn api_key() -> Result<String, Error> {
    let random = random()?;
    let checksum = checksum(&random);
    Ok(format!("{PREFIX}{random}{checksum}"))
}

/// Whether this may be a key that was made here. The first keys had no checksum.
pub(crate) fn is_api_key(key: &SecretString) -> bool {
    let Some(rest) = key.expose_secret().strip_prefix(PREFIX) else { return false };
    match rest.split_at_checked(RANDOM) {
        Some((random, end)) => end.is_empty() || end == checksum(random),
        None => false,
    }
}

/// 32 bits, as six characters. It keeps out slips, not people: what a key opens is decided by the hash of all of it.
fn checksum(random: &str) -> String {
    let digest: [u8; 32] = Sha256::digest(random).into();
    URL_SAFE_NO_PAD.encode(&digest[..4])
}

/// What is kept of a token.
pub(crate) fn hash(token: &SecretString) -> TokenHash {
    TokenHash::of(Sha256::digest(token.expose_secret().as_bytes()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_in_a_key_is_noticed() {
        let key = api_key().unwrap();
        let is_key = |text: &str| is_api_key(&SecretString::from(text.to_owned()));
        assert_eq!(key.len(), 53);
        assert!(is_key(&key));
        for (index, character) in key.char_indices() {
            let other = if character == 'x' { 'y' } else { 'x' };
            let mut slip = key.clone();
            slip.replace_range(index..=index, &other.to_string());
            assert!(!is_key(&slip), "{slip}");
        }
        let mut swapped = key.clone().into_bytes();
        let place = (4..46).find(|place| swapped[*place] != swapped[place + 1]).unwrap();
        swapped.swap(place, place + 1);
        assert!(!is_key(&String::from_utf8(swapped).unwrap()));
        // One of the first keys, and what is none.
        assert!(is_key(&key[..47]));
        for none in ["", "bst_", "bst_guessed", &key[..52], &format!("{key}x"), "bst_ä"] {
            assert!(!is_key(none), "{none}");
        }
    }
}
