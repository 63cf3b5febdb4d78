//! Whether a code is right: it is taken by who asks first, and attempts are counted.

use std::time::Duration;

use store::session::TokenHash;
use store::{PlatformWrite, recovery_code, second_factor};
use types::second_factor::SecondFactorProof;
use types::{Timestamp, UserId};

use super::{recovery, totp};
use crate::Error;

/// The most attempts at a person's codes in [`WINDOW`] without a right one, wherever they come from. They are counted in
/// the database: neither another server nor a new start gives more. Three codes in a million are right at a time, so
/// whoever knows the password guesses one with a chance of less than 0.1 % a day.
const ATTEMPTS: i32 = 10;
/// See [`ATTEMPTS`].
const WINDOW: Duration = Duration::from_secs(60 * 60);

/// What somebody proves themselves by.
pub(in crate::identity) enum Proof {
    Code(String),
    RecoveryCode(TokenHash),
}

/// What became of an attempt.
pub(in crate::identity) enum Outcome {
    Right,
    /// Why not; the attempt was counted, which must be kept.
    Wrong(Error),
}

impl Proof {
    /// The one of the two that was sent.
    pub(in crate::identity) fn read(input: SecondFactorProof) -> Result<Self, Error> {
        let SecondFactorProof { code, recovery_code } = input;
        let filled = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        match (filled(code), filled(recovery_code)) {
            (Some(code), None) => Ok(Self::Code(code)),
            (None, Some(code)) => Ok(Self::RecoveryCode(recovery::hash(&code))),
            (None, None) => {
                let detail = "Enter the code that your authenticator app shows, or a recovery code.";
                Err(Error::field("/code", "required", detail))
            }
            (Some(_), Some(_)) => {
                Err(Error::field("/recovery_code", "conflict", "Send either a code or a recovery code."))
            }
        }
    }

    /// Takes it, if it is right. Nothing when the person has no second factor.
    pub(in crate::identity) async fn take(
        &self,
        tx: &PlatformWrite,
        user: UserId,
        now: Timestamp,
    ) -> Result<Option<Outcome>, Error> {
        let Some(found) = second_factor::find(tx, user).await?.filter(|found| found.enabled_at.is_some())
        else {
            return Ok(None);
        };
        let start = Timestamp(now.0 - WINDOW);
        if let Some(since) = second_factor::count_attempt(tx, user, ATTEMPTS, start, now).await? {
            let wait = (since.0 + WINDOW - now.0).num_seconds().max(1).unsigned_abs();
            return Ok(Some(Outcome::Wrong(Error::TooManyRequests { retry_after_seconds: wait })));
        }
        let taken = match self {
            Self::Code(code) => match totp::step_of(&found.secret, code, now)? {
                Some(step) => second_factor::take_step(tx, user, &found, step).await?,
                None => false,
            },
            Self::RecoveryCode(hash) => recovery_code::take(tx, user, hash, now).await?,
        };
        if !taken {
            return Ok(Some(Outcome::Wrong(self.wrong())));
        }
        second_factor::forget_attempts(tx, user).await?;
        Ok(Some(Outcome::Right))
    }

    /// A used code is not told from a wrong one.
    fn wrong(&self) -> Error {
        match self {
            Self::Code(_) => wrong_code(),
            Self::RecoveryCode(_) => {
                Error::field("/recovery_code", "wrong", "This recovery code is wrong or was used.")
            }
        }
    }
}

/// What is answered to a code that is none, or that was taken before.
pub(super) fn wrong_code() -> Error {
    let detail =
        "This code is wrong or was used. Wait until the app shows the next one; its clock must be right.";
    Error::field("/code", "wrong", detail)
}
