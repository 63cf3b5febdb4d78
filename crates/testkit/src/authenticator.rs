//! An authenticator app: whoever scanned the address that a person is shown has the same codes as they.

use totp_rs::Totp;
use types::Timestamp;

/// An app with one account.
pub struct Authenticator(Totp);

impl Authenticator {
    /// Reads an `otpauth://` address as apps do; one that breaks a rule of the format fails the test.
    #[must_use]
    pub fn scan(uri: &str) -> Self {
        Self(Totp::from_url(uri).unwrap_or_else(|error| panic!("an app cannot read {uri}: {error}")))
    }

    /// What the app shows.
    #[must_use]
    pub fn code(&self, now: Timestamp) -> String {
        self.0.generate(u64::try_from(now.millis() / 1000).unwrap()).to_string()
    }
}
