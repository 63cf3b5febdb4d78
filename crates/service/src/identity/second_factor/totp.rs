//! Codes that change with the time: TOTP (RFC 6238) as every authenticator app has it, six digits of HMAC-SHA-1 each 30
//! seconds.

use totp_rs::{Builder, Totp, TotpError};
use types::Timestamp;

use crate::Error;

/// Bytes of a secret, as RFC 4226 recommends.
pub(super) const SECRET: usize = 20;
/// Under which name an app shows the codes.
const ISSUER: &str = "Bastion";

/// The step of which `code` is, by a clock that is at most one step off. Compared in constant time. Whether the step was
/// taken before is not looked at.
pub(super) fn step_of(secret: &[u8], code: &str, now: Timestamp) -> Result<Option<i64>, Error> {
    let digits: String = code.chars().filter(|character| !character.is_whitespace()).collect();
    let seconds = u64::try_from(now.millis() / 1000).unwrap_or_default();
    let step = totp(secret)?.build().map_err(|error| unusable(&error))?.check(&digits, seconds);
    Ok(step.and_then(|step| i64::try_from(step).ok()))
}

/// The secret for typing it in, and as an address that says whose it is, for an app that reads a QR code.
pub(super) fn for_app(secret: &[u8], email: &str) -> Result<(String, String), Error> {
    // A colon ends the issuer's name there.
    let account = email.replace(':', "_");
    let totp: Totp = totp(secret)?
        .with_issuer(Some(ISSUER))
        .with_account_name(account)
        .build()
        .map_err(|error| unusable(&error))?;
    Ok((totp.secret().to_base32(), totp.to_url().map_err(|error| unusable(&error))?))
}

/// What the library takes unless told otherwise is what all apps know: SHA-1, six digits, 30 seconds, a skew of one step.
fn totp(secret: &[u8]) -> Result<Builder, Error> {
    match secret.len() {
        SECRET => Ok(Builder::new().with_secret(secret)),
        other => Err(Error::Internal(format!("a second factor's secret has {other} bytes"))),
    }
}

fn unusable(error: &TotpError) -> Error {
    Error::Internal(format!("a second factor's secret cannot be used: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of RFC 6238, appendix B: the secret of its SHA-1 rows.
    const RFC: &[u8] = b"12345678901234567890";

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000).unwrap()
    }

    #[test]
    fn codes_are_those_of_rfc_6238() {
        // The RFC's have eight digits, of which ours are the last six.
        for (seconds, eight_digits) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            let step = step_of(RFC, &eight_digits[2..], at(seconds)).unwrap();
            assert_eq!(step, Some(seconds / 30), "{seconds}");
        }
    }

    #[test]
    fn codes_are_those_of_rfc_4226() {
        let expected = ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583"];
        for (step, code) in (0..).zip(expected) {
            assert_eq!(step_of(RFC, code, at(step * 30)).unwrap(), Some(step));
        }
    }

    #[test]
    fn a_clock_may_be_one_step_off_and_not_more() {
        // The code of step 37037036, which begins 1111111080.
        for (seconds, holds) in [
            (1_111_111_049, false),
            (1_111_111_050, true),
            (1_111_111_080, true),
            (1_111_111_139, true),
            (1_111_111_140, false),
        ] {
            let expected = holds.then_some(37_037_036);
            assert_eq!(step_of(RFC, "081804", at(seconds)).unwrap(), expected, "{seconds}");
        }
    }

    #[test]
    fn a_code_may_have_spaces_and_nothing_else() {
        let now = at(1_111_111_109);
        assert!(step_of(RFC, " 081 804\n", now).unwrap().is_some());
        for other in ["", "081", "0081804", "081-804", "81804", "+81804", "٠٨١٨٠٤"] {
            assert_eq!(step_of(RFC, other, now).unwrap(), None, "{other}");
        }
    }

    #[test]
    fn an_app_reads_whose_the_secret_is() {
        let (text, uri) = for_app(RFC, "ada+shop:1@example.org").unwrap();
        assert_eq!(text, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        let app = Totp::from_url(&uri).unwrap();
        assert_eq!((app.issuer(), app.secret().as_bytes()), (Some("Bastion"), RFC));
        assert!(uri.starts_with("otpauth://totp/Bastion:ada") && uri.contains("_1"), "{uri}");
        assert_eq!(app.generate(1_111_111_109).to_string(), "081804");
    }
}
