//! Events that Svix delivers, as it does for Clerk: signed with a secret that both sides have (Standard Webhooks).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use secrecy::{ExposeSecret as _, SecretString};
use types::Timestamp;

/// How far the sender's clock and this one may differ, in seconds. What was sent before that is not taken again.
const TOLERANCE: i64 = 5 * 60;
/// The most characters of an event's id.
const LONGEST_ID: usize = 100;
/// How many signatures are looked at: while a secret is replaced there are two.
const SIGNATURES: usize = 10;
/// What a secret begins with.
const PREFIX: &str = "whsec_";

/// The secret of an endpoint.
#[derive(Clone, Debug)]
pub struct WebhookSecret(hmac::Key);

/// What came with an event.
#[derive(Clone, Copy, Debug)]
pub struct Signed<'a> {
    /// `svix-id`: the same however often the event is sent.
    pub id: &'a str,
    /// `svix-timestamp`: seconds since 1970.
    pub timestamp: &'a str,
    /// `svix-signature`: signatures with spaces between them.
    pub signature: &'a str,
}

impl WebhookSecret {
    /// Reads `whsec_` and base64; nothing when it is not such a secret.
    #[must_use]
    pub fn parse(text: &SecretString) -> Option<Self> {
        let bytes = STANDARD.decode(text.expose_secret().trim().strip_prefix(PREFIX)?).ok()?;
        // Standard Webhooks asks for 24 to 64.
        (24..=64).contains(&bytes.len()).then(|| Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }

    /// Whether whoever has the secret sent this body, as this event, just now.
    #[must_use]
    pub fn is_sender(&self, signed: Signed<'_>, body: &[u8], now: Timestamp) -> bool {
        let Signed { id, timestamp, signature } = signed;
        let is_id = !id.is_empty()
            && id.len() <= LONGEST_ID
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
        let Ok(sent) = timestamp.parse::<i64>() else { return false };
        if !is_id || now.millis().div_euclid(1000).abs_diff(sent) > TOLERANCE.unsigned_abs() {
            return false;
        }
        let message = [format!("{id}.{timestamp}.").as_bytes(), body].concat();
        signature
            .split(' ')
            .take(SIGNATURES)
            .filter_map(|one| STANDARD.decode(one.strip_prefix("v1,")?).ok())
            .any(|one| hmac::verify(&self.0, &message, &one).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vector of Svix.
    const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    const ID: &str = "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk";
    const AT: i64 = 1_649_367_553;
    const BODY: &str = r#"{"email":"test@example.com","username":"test_user"}"#;
    const SIGNATURE: &str = "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=";

    fn is_sender(id: &str, timestamp: &str, signature: &str, body: &str, later: i64) -> bool {
        let secret = WebhookSecret::parse(&SecretString::from(SECRET)).unwrap();
        let now = Timestamp::from_millis((AT + later) * 1000).unwrap();
        secret.is_sender(Signed { id, timestamp, signature }, body.as_bytes(), now)
    }

    #[test]
    fn the_vector_of_svix_holds_and_nothing_near_it() {
        let at = AT.to_string();
        let other = "v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
        let two = format!("{other} {SIGNATURE}");
        let many = format!("{}{SIGNATURE}", format!("{other} ").repeat(10));
        let asymmetric = SIGNATURE.replace("v1,", "v1a,");
        let bare = &SIGNATURE[3..];
        for (id, timestamp, signature, body, later, holds) in [
            (ID, at.as_str(), SIGNATURE, BODY, 0, true),
            (ID, &at, &two, BODY, 0, true),
            (ID, &at, SIGNATURE, BODY, 300, true),
            (ID, &at, SIGNATURE, BODY, -300, true),
            (ID, &at, SIGNATURE, BODY, 301, false),
            (ID, &at, SIGNATURE, BODY, -301, false),
            (ID, &at, SIGNATURE, r#"{"email":"test@example.com"}"#, 0, false),
            (ID, "1649367554", SIGNATURE, BODY, 0, false),
            (ID, "", SIGNATURE, BODY, 0, false),
            (ID, "soon", SIGNATURE, BODY, 0, false),
            ("msg_2", &at, SIGNATURE, BODY, 0, false),
            ("", &at, SIGNATURE, BODY, 0, false),
            // A point in an id would let a signature mean another event.
            ("msg_27UH4WbU6Z5A5EzD8u03UvzRbpk.1649367553", &at, SIGNATURE, BODY, 0, false),
            (ID, &at, other, BODY, 0, false),
            (ID, &at, &asymmetric, BODY, 0, false),
            (ID, &at, bare, BODY, 0, false),
            (ID, &at, "v1,", BODY, 0, false),
            (ID, &at, "", BODY, 0, false),
            (ID, &at, &many, BODY, 0, false),
        ] {
            assert_eq!(
                is_sender(id, timestamp, signature, body, later),
                holds,
                "{id} {timestamp} {signature} {later}"
            );
        }
    }

    #[test]
    fn what_is_no_secret_is_not_read_and_none_is_shown() {
        for text in ["", "whsec_", "C2FVsBQIhrscChlQIMV+b5sSYspob7oD", "whsec_c2hvcnQ=", "whsec_not base64"] {
            assert!(WebhookSecret::parse(&SecretString::from(text)).is_none(), "{text}");
        }
        let shown = format!("{:?}", WebhookSecret::parse(&SecretString::from(SECRET)).unwrap());
        assert!(!shown.contains("C2FV"), "{shown}");
    }
}
