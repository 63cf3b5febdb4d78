//! Access tokens as texts: signed tokens in the compact form (RFC 7515), by Ed25519 (RFC 8037) and nothing else.
//!
//! A token says in its header how it would like to be verified. Here that is not asked: the header is compared with the one
//! that our own tokens have, and whatever has another is refused before a key is looked up.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{ED25519, UnparsedPublicKey};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::key::{self, Pair};
use crate::Error;

/// The most bytes of a token: enough for one that names a hundred sources.
pub(super) const LONGEST: usize = 8 * 1024;
/// How it is signed.
pub(super) const ALGORITHM: &str = "EdDSA";
/// What it is (RFC 9068): no other kind of token that the same key might sign is taken for one.
const TYPE: &str = "at+jwt";

/// What ours have, and nothing beside it: no key, no address of one, and nothing that would have to be understood.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header<'a> {
    alg: &'a str,
    typ: &'a str,
    kid: &'a str,
}

/// A token whose signature is not verified yet.
pub(super) struct Unverified<'a> {
    pub(super) kid: String,
    /// What is signed.
    message: &'a str,
    payload: &'a str,
    signature: Vec<u8>,
}

impl<'a> Unverified<'a> {
    /// Reads the three parts; of what it says only the header is looked at. Nothing when it cannot be one of ours.
    pub(super) fn read(text: &'a str) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let (message, signature) = text.rsplit_once('.')?;
        let (header, payload) = message.split_once('.')?;
        let header = decoded(header)?;
        let Header { alg, typ, kid } = serde_json::from_slice(&header).ok()?;
        let is_ours = alg == ALGORITHM && typ == TYPE && key::is_name(kid) && !payload.contains('.');
        if !is_ours {
            return None;
        }
        Some(Self { kid: kid.to_owned(), message, payload, signature: decoded(signature)? })
    }

    /// What it says, if the key has signed it.
    pub(super) fn verified<T: DeserializeOwned>(&self, public_key: &[u8]) -> Option<T> {
        let key = UnparsedPublicKey::new(&ED25519, public_key);
        key.verify(self.message.as_bytes(), &self.signature).ok()?;
        serde_json::from_slice(&decoded(self.payload)?).ok()
    }
}

/// The token that says `claims`, signed.
pub(super) fn signed(pair: &Pair, claims: &impl Serialize) -> Result<String, Error> {
    let header = Header { alg: ALGORITHM, typ: TYPE, kid: pair.kid() };
    let message = format!("{}.{}", encoded(&header)?, encoded(claims)?);
    let signature = URL_SAFE_NO_PAD.encode(pair.sign(message.as_bytes()));
    Ok(format!("{message}.{signature}"))
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

fn encoded(part: &impl Serialize) -> Result<String, Error> {
    let json = serde_json::to_vec(part).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(URL_SAFE_NO_PAD.encode(json))
}

#[cfg(test)]
mod tests {
    use ring::hmac;
    use serde_json::{Value, json};

    use super::*;

    fn parts(text: &str) -> [&str; 3] {
        text.split('.').collect::<Vec<_>>().try_into().unwrap()
    }

    fn encode(value: &Value) -> String {
        URL_SAFE_NO_PAD.encode(value.to_string())
    }

    /// What the key says of a token, looked up by its name as the server does.
    fn verified(text: &str, pair: &Pair) -> Option<Value> {
        let token = Unverified::read(text)?;
        (token.kid == pair.kid()).then(|| token.verified(&pair.public().public_key)).flatten()
    }

    /// The text of a token with another header, signed by the key all the same.
    fn with_header(pair: &Pair, header: &Value, payload: &str) -> String {
        let message = format!("{}.{payload}", encode(header));
        let signature = URL_SAFE_NO_PAD.encode(pair.sign(message.as_bytes()));
        format!("{message}.{signature}")
    }

    #[test]
    fn a_token_that_the_key_has_signed_is_read_and_nothing_near_it() {
        let (pair, other) = (Pair::fresh().unwrap(), Pair::fresh().unwrap());
        let claims = json!({"sub": "user:1", "exp": 5});
        let good = signed(&pair, &claims).unwrap();
        assert_eq!(verified(&good, &pair), Some(claims.clone()));
        let [header, payload, signature] = parts(&good);
        let says_more = encode(&json!({"sub": "user:1", "exp": 5_000_000_000_i64}));
        let of_another = signed(&other, &claims).unwrap();
        let its_name = json!({"alg": "EdDSA", "typ": "at+jwt", "kid": other.kid()});
        let mut flipped = URL_SAFE_NO_PAD.decode(signature).unwrap();
        flipped[0] ^= 1;
        for (bad, why) in [
            (format!("{header}.{says_more}.{signature}"), "another payload"),
            (format!("{header}.{payload}.{}", URL_SAFE_NO_PAD.encode(&flipped)), "another signature"),
            (format!("{header}.{payload}."), "no signature"),
            (format!("{header}.{payload}.{}", &signature[..80]), "half a signature"),
            (format!("{header}.{payload}.{signature}="), "padding"),
            (format!("{header}.{payload}"), "two parts"),
            (format!("{good}.{signature}"), "four parts"),
            (format!(" {good}"), "a space"),
            (format!("{}.{signature}", of_another.rsplit_once('.').unwrap().0), "another key's signature"),
            (of_another, "another key"),
            (with_header(&pair, &its_name, payload), "another's name"),
            (String::new(), "nothing"),
            ("..".to_owned(), "dots"),
        ] {
            assert_eq!(verified(&bad, &pair), None, "{why}");
        }
    }

    #[test]
    fn the_header_decides_nothing() {
        let pair = Pair::fresh().unwrap();
        let public = pair.public().public_key;
        let good = signed(&pair, &json!({"sub": "user:1"})).unwrap();
        let [_, payload, _] = parts(&good);
        let kid = pair.kid();
        let ours = json!({"alg": "EdDSA", "typ": "at+jwt", "kid": kid});
        assert!(verified(&with_header(&pair, &ours, payload), &pair).is_some());
        for (name, value) in [
            ("alg", json!("none")),
            ("alg", json!("HS256")),
            ("alg", json!("RS256")),
            ("alg", json!("ES256")),
            ("alg", json!("Ed25519")),
            ("alg", json!("eddsa")),
            ("alg", Value::Null),
            ("typ", json!("JWT")),
            ("typ", json!("application/at+jwt")),
            ("typ", Value::Null),
            ("kid", json!("")),
            ("kid", json!("../../etc/passwd")),
            ("kid", json!("x".repeat(43))),
            ("kid", json!(format!("{kid}\0"))),
            ("kid", json!(7)),
            ("crit", json!(["exp"])),
            ("jwk", json!({"kty": "OKP"})),
            ("jku", json!("https://evil.example/jwks.json")),
            ("x5c", json!([])),
            ("b64", json!(false)),
        ] {
            let mut header = ours.clone();
            header[name] = value;
            assert_eq!(verified(&with_header(&pair, &header, payload), &pair), None, "{header}");
        }
        // The public key as the secret of another algorithm, and no signature at all.
        for alg in ["HS256", "none"] {
            let message = format!("{}.{payload}", encode(&json!({"alg": alg, "typ": "at+jwt", "kid": kid})));
            let by_public = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &public), message.as_bytes());
            for signature in [URL_SAFE_NO_PAD.encode(by_public.as_ref()), String::new()] {
                assert_eq!(verified(&format!("{message}.{signature}"), &pair), None, "{alg}");
            }
        }
        // A name that is said twice.
        let twice = format!(r#"{{"alg":"none","alg":"EdDSA","typ":"at+jwt","kid":"{kid}"}}"#);
        let message = format!("{}.{payload}", URL_SAFE_NO_PAD.encode(twice));
        let signature = URL_SAFE_NO_PAD.encode(pair.sign(message.as_bytes()));
        assert_eq!(verified(&format!("{message}.{signature}"), &pair), None);
    }

    #[test]
    fn a_token_that_is_too_long_is_not_read() {
        let pair = Pair::fresh().unwrap();
        let of = |length: usize| signed(&pair, &json!({"sub": "x".repeat(length)})).unwrap();
        let (fits, too_long) = (of(5_800), of(6_200));
        assert!(fits.len() <= LONGEST && LONGEST < too_long.len(), "{} {}", fits.len(), too_long.len());
        assert!(verified(&fits, &pair).is_some());
        assert!(verified(&too_long, &pair).is_none());
    }
}
