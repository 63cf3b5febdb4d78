//! Sign-ins whose password was right and whose second factor is awaited.

use std::time::Duration;

use secrecy::SecretString;
use store::pending_sign_in::{self, Pending};
use store::{PlatformWrites, user};
use types::Timestamp;
use types::second_factor::SecondFactorProof;

use super::proof::{Outcome, Proof};
use crate::identity::NewSession;
use crate::{Context, Credentials, Error, token};

/// How long a sign-in waits for the second factor.
pub const PENDING_LASTS: Duration = Duration::from_secs(10 * 60);
/// How many codes may be tried before the password is asked for again.
const ATTEMPTS: i32 = 5;

/// Begins to wait; the token is for the browser, and only its hash is stored.
pub(in crate::identity) async fn begin(
    tx: &impl PlatformWrites,
    pending: Pending,
    now: Timestamp,
) -> Result<SecretString, Error> {
    let token = SecretString::from(token::random()?);
    pending_sign_in::insert(tx, &token::hash(&token), pending, now, Timestamp(now.0 + PENDING_LASTS)).await?;
    Ok(token)
}

/// Completes the sign-in that `pending`, the token in the browser's cookie, names.
///
/// # Errors
/// [`Error::SignInExpired`] when there is none, it took too long or had too many attempts; [`Error::Invalid`] for a code
/// that is wrong or was used; [`Error::TooManyRequests`].
pub async fn verify(
    context: &Context,
    credentials: &Credentials,
    pending: Option<&SecretString>,
    input: SecondFactorProof,
) -> Result<NewSession, Error> {
    let proof = Proof::read(input)?;
    let Some(pending) = pending.map(token::hash) else { return Err(Error::SignInExpired) };
    let now = context.now();
    let tx = context.store.platform_write().await?;
    let waiting = pending_sign_in::count_attempt(&tx, &pending, ATTEMPTS, now).await?;
    let Some(Pending { user, sso }) = waiting else { return Err(Error::SignInExpired) };
    match proof.take(&tx, user, now).await? {
        Some(Outcome::Right) => {}
        Some(Outcome::Wrong(error)) => {
            tx.commit().await?;
            return Err(error);
        }
        None => return Err(Error::SignInExpired),
    }
    let Some(person) = user::find_active(&tx, user).await? else { return Err(Error::SignInExpired) };
    if !pending_sign_in::remove(&tx, &pending).await? {
        return Err(Error::SignInExpired);
    }
    crate::identity::admit(context, tx, credentials, person, sso.into(), now).await
}
