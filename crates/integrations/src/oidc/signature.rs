//! Signed tokens (RFC 7515, compact) and the keys that they are verified by (RFC 7517).
//!
//! The cryptography is ring's, as that of TLS is. Which algorithms hold is decided here: a token that names another, or none,
//! is refused, and so is one that would use a key in another way than the key says.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256, RsaParameters,
    RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::ProviderError;

/// A key of a provider, of whatever kind.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Key {
    kty: String,
    #[serde(default)]
    kid: Option<String>,
    #[serde(default)]
    alg: Option<String>,
    #[serde(default, rename = "use")]
    purpose: Option<String>,
    #[serde(default)]
    crv: Option<String>,
    #[serde(default)]
    n: Option<String>,
    #[serde(default)]
    e: Option<String>,
    #[serde(default)]
    x: Option<String>,
    #[serde(default)]
    y: Option<String>,
}

/// The keys of a provider.
#[derive(Deserialize)]
pub(crate) struct KeySet {
    pub(crate) keys: Vec<Key>,
}

/// How a signature is verified.
#[derive(Clone, Copy)]
enum Algorithm {
    Rsa(&'static RsaParameters),
    Curve { kty: &'static str, crv: &'static str, with: &'static dyn VerificationAlgorithm },
}

impl Algorithm {
    /// The ones that hold. None of them uses a secret: a provider's keys are public.
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "RS256" => Self::Rsa(&RSA_PKCS1_2048_8192_SHA256),
            "RS384" => Self::Rsa(&RSA_PKCS1_2048_8192_SHA384),
            "RS512" => Self::Rsa(&RSA_PKCS1_2048_8192_SHA512),
            "PS256" => Self::Rsa(&RSA_PSS_2048_8192_SHA256),
            "ES256" => Self::Curve { kty: "EC", crv: "P-256", with: &ECDSA_P256_SHA256_FIXED },
            "ES384" => Self::Curve { kty: "EC", crv: "P-384", with: &ECDSA_P384_SHA384_FIXED },
            "EdDSA" => Self::Curve { kty: "OKP", crv: "Ed25519", with: &ED25519 },
            _ => return None,
        })
    }

    fn fits(self, key: &Key) -> bool {
        match self {
            Self::Rsa(_) => key.kty == "RSA",
            Self::Curve { kty, crv, .. } => key.kty == kty && key.crv.as_deref() == Some(crv),
        }
    }
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    kid: Option<String>,
    /// Which of the kinds of tokens that it signs with one key this is; Clerk says so.
    #[serde(default)]
    cat: Option<String>,
    /// Extensions that must be understood; none is.
    #[serde(default)]
    crit: Option<serde_json::Value>,
}

/// A token whose signature is not verified yet.
pub(crate) struct Token<'a> {
    header: Header,
    algorithm: Algorithm,
    /// What is signed.
    message: &'a str,
    payload: &'a str,
    signature: Vec<u8>,
}

impl<'a> Token<'a> {
    /// Reads the three parts; of what it says only the header is looked at.
    pub(crate) fn read(text: &'a str) -> Result<Self, ProviderError> {
        let malformed = || ProviderError::invalid("its ID token is not a signed token");
        let (message, signature) = text.rsplit_once('.').ok_or_else(malformed)?;
        let (header, payload) = message.split_once('.').ok_or_else(malformed)?;
        if payload.contains('.') {
            return Err(malformed());
        }
        let header: Header = json(header).ok_or_else(malformed)?;
        if header.crit.is_some() {
            return Err(ProviderError::invalid("its ID token asks for what is not understood here"));
        }
        let algorithm = Algorithm::named(&header.alg)
            .ok_or_else(|| ProviderError::invalid("its ID token is signed in a way that does not hold"))?;
        let signature = decoded(signature).ok_or_else(malformed)?;
        Ok(Self { header, algorithm, message, payload, signature })
    }

    /// The name of the algorithm that it is signed with.
    pub(crate) fn algorithm(&self) -> &str {
        &self.header.alg
    }

    /// Which kind of token it is among those of its issuer, if it says so.
    pub(crate) fn category(&self) -> Option<&str> {
        self.header.cat.as_deref()
    }

    /// The key that it is signed with: the one that it names, or the only one that it can mean.
    pub(crate) fn key<'k>(&self, keys: &'k [Key]) -> Option<&'k Key> {
        let mut fitting = keys.iter().filter(|key| {
            self.algorithm.fits(key)
                && key.purpose.as_deref().is_none_or(|purpose| purpose == "sig")
                && key.alg.as_ref().is_none_or(|alg| *alg == self.header.alg)
        });
        match &self.header.kid {
            Some(kid) => fitting.find(|key| key.kid.as_ref() == Some(kid)),
            None => fitting.next().filter(|_| fitting.next().is_none()),
        }
    }

    /// What it says, once the key has shown that the provider said it.
    pub(crate) fn verify<T: DeserializeOwned>(&self, key: &Key) -> Result<T, ProviderError> {
        if self.is_signed_by(key) != Some(true) {
            return Err(ProviderError::invalid("its ID token's signature is wrong"));
        }
        json(self.payload).ok_or_else(|| ProviderError::invalid("its ID token lacks what one has to say"))
    }

    fn is_signed_by(&self, key: &Key) -> Option<bool> {
        let part = |part: &Option<String>| part.as_deref().and_then(decoded);
        let (message, signature) = (self.message.as_bytes(), self.signature.as_slice());
        Some(match self.algorithm {
            Algorithm::Rsa(parameters) => {
                let (n, e) = (part(&key.n)?, part(&key.e)?);
                RsaPublicKeyComponents { n, e }.verify(parameters, message, signature).is_ok()
            }
            Algorithm::Curve { kty, with, .. } => {
                let point = match kty {
                    // An uncompressed point (SEC 1, 2.3.3).
                    "EC" => [vec![4], part(&key.x)?, part(&key.y)?].concat(),
                    _ => part(&key.x)?,
                };
                UnparsedPublicKey::new(with, point).verify(message, signature).is_ok()
            }
        })
    }
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

fn json<T: DeserializeOwned>(part: &str) -> Option<T> {
    serde_json::from_slice(&decoded(part)?).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// RFC 7515, A.2.
    const RS256: [&str; 3] = [
        "eyJhbGciOiJSUzI1NiJ9",
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ",
        "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUA\
         r7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--\
         xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_Io\
         ypGlUPQGe77Rw",
    ];

    fn rsa_key() -> Value {
        json!({"kty": "RSA", "e": "AQAB", "n": "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPC\
            JrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5\
            rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NA\
            co9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"})
    }

    fn key(with: Value) -> Key {
        let mut key = rsa_key();
        key.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
        serde_json::from_value(key).unwrap()
    }

    fn verified(parts: [&str; 3], keys: &[Key]) -> Option<Value> {
        let text = parts.join(".");
        let token = Token::read(&text).ok()?;
        token.verify(token.key(keys)?).ok()
    }

    #[test]
    fn the_vector_of_the_standard_holds_and_nothing_near_it() {
        let good = [key(json!({"use": "sig", "alg": "RS256"}))];
        assert_eq!(verified(RS256, &good).unwrap()["iss"], "joe");
        let [header, payload, signature] = RS256;
        let encoded = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let says_more = encoded(json!({"iss": "joe", "exp": 2_000_000_000}));
        for (parts, keys) in [
            ([header, says_more.as_str(), signature], &good),
            ([header, payload, &signature[4..]], &good),
            ([header, payload, ""], &good),
            ([&encoded(json!({"alg": "none"})), payload, ""], &good),
            ([&encoded(json!({"alg": "HS256"})), payload, signature], &good),
            ([&encoded(json!({"alg": "RS384"})), payload, signature], &good),
            ([&encoded(json!({"alg": "RS256", "crit": ["exp"]})), payload, signature], &good),
            ([&encoded(json!({"alg": "RS256", "kid": "other"})), payload, signature], &good),
            (RS256, &[key(json!({"use": "enc"}))]),
            (RS256, &[key(json!({"alg": "PS256"}))]),
            (RS256, &[key(json!({"kty": "EC", "crv": "P-256"}))]),
        ] {
            assert!(verified(parts, keys).is_none(), "{parts:?}");
        }
        // Which of two keys is meant is not guessed.
        assert!(verified(RS256, &[key(json!({})), key(json!({}))]).is_none());
        assert!(Token::read("a.b").is_err() && Token::read("a.b.c.d").is_err() && Token::read("").is_err());
    }
}
