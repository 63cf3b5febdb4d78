//! The key that signs access tokens, and what everybody may see of it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use sha2::{Digest, Sha256};
use store::signing_key::{NewKey, Public, Signer};
use types::access_token::Jwk;
use zeroize::Zeroizing;

use super::signature::ALGORITHM;
use crate::{Error, token};

/// Bytes of a thumbprint, by which a key is named.
const NAME_BYTES: usize = 32;

/// A secret key with its public one.
pub(super) struct Pair {
    kid: String,
    pair: Ed25519KeyPair,
    seed: Zeroizing<Vec<u8>>,
}

impl Pair {
    /// One that nobody has had before, from random bytes of the operating system.
    pub(super) fn fresh() -> Result<Self, Error> {
        Self::of(Zeroizing::new(token::bytes::<32>()?.to_vec()))
    }

    fn of(seed: Zeroizing<Vec<u8>>) -> Result<Self, Error> {
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed)
            .map_err(|error| Error::Internal(format!("a seed makes no key: {error}")))?;
        Ok(Self { kid: name(pair.public_key().as_ref()), pair, seed })
    }

    /// The one that the store keeps; its halves have to belong together, or nobody could verify what it signs.
    pub(super) fn kept(signer: Signer) -> Result<Self, Error> {
        let pair = Self::of(signer.seed)?;
        if pair.kid != signer.kid || pair.pair.public_key().as_ref() != signer.public_key {
            return Err(Error::Internal(format!("the halves of the signing key {} do not fit", signer.kid)));
        }
        Ok(pair)
    }

    pub(super) fn kid(&self) -> &str {
        &self.kid
    }

    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.pair.sign(message).as_ref().to_vec()
    }

    /// As the store keeps a new one.
    pub(super) fn to_keep(&self) -> Result<NewKey, Error> {
        let seed = <[u8; 32]>::try_from(self.seed.as_slice())
            .map_err(|_| Error::Internal("a seed has not 32 bytes".to_owned()))?;
        let public_key = self.pair.public_key().as_ref().to_vec();
        Ok(NewKey { kid: self.kid.clone(), public_key, seed: Zeroizing::new(seed) })
    }

    #[cfg(test)]
    pub(super) fn public(&self) -> Public {
        let public_key = self.pair.public_key().as_ref().to_vec();
        Public { kid: self.kid.clone(), public_key, retires_at: None }
    }
}

/// A public key as the set of keys shows it.
pub(super) fn shown(key: Public) -> Jwk {
    Jwk {
        kty: "OKP".to_owned(),
        crv: "Ed25519".to_owned(),
        x: URL_SAFE_NO_PAD.encode(key.public_key),
        kid: key.kid,
        purpose: "sig".to_owned(),
        alg: ALGORITHM.to_owned(),
    }
}

/// Whether a key may be named so.
pub(super) fn is_name(text: &str) -> bool {
    URL_SAFE_NO_PAD.decode(text).is_ok_and(|bytes| bytes.len() == NAME_BYTES)
}

/// The thumbprint of a public key (RFC 7638): of what it must have, in the order of the names, without spaces.
fn name(public_key: &[u8]) -> String {
    let x = URL_SAFE_NO_PAD.encode(public_key);
    let required = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
    URL_SAFE_NO_PAD.encode(Sha256::digest(required))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8037, A.1 to A.4.
    #[test]
    fn the_vectors_of_the_standard_hold() {
        let seed = URL_SAFE_NO_PAD.decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").unwrap();
        let pair = Pair::of(Zeroizing::new(seed)).unwrap();
        assert_eq!(pair.kid(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
        let shown = shown(pair.public());
        assert_eq!(shown.x, "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
        let message = b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
        assert_eq!(
            URL_SAFE_NO_PAD.encode(pair.sign(message)),
            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
        );
    }

    #[test]
    fn a_kept_key_whose_halves_do_not_fit_signs_nothing() {
        let (one, other) =
            (Pair::fresh().unwrap().to_keep().unwrap(), Pair::fresh().unwrap().to_keep().unwrap());
        assert_ne!(one.kid, other.kid);
        let kept = |kid: &str, public_key: &[u8]| {
            let seed = Zeroizing::new(one.seed.to_vec());
            Pair::kept(Signer { kid: kid.to_owned(), public_key: public_key.to_vec(), seed })
        };
        assert_eq!(kept(&one.kid, &one.public_key).unwrap().kid(), one.kid);
        assert!(kept(&other.kid, &one.public_key).is_err());
        assert!(kept(&one.kid, &other.public_key).is_err());
    }
}
