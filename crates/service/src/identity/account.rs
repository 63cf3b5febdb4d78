//! What a person changes of their own account, and how they prove that it is them.

use std::time::Duration;

use secrecy::SecretString;
use store::{email_token, second_factor, session, user};
use types::Timestamp;
use types::account::{ChangePassword, Confirm, PatchUser};
use types::second_factor::SecondFactorProof;
use types::session::Me;

use super::second_factor::{Outcome, Proof};
use super::throttle::{Attempt, Kind};
use super::validate;
use crate::mail::Letter;
use crate::{Context, Error, SignedIn};

/// For how long a proof allows what is dangerous.
pub const PROOF_LASTS: Duration = Duration::from_secs(10 * 60);

/// Refuses what is dangerous to whoever last gave their password too long ago.
///
/// # Errors
/// [`Error::StepUpRequired`].
pub(crate) fn require_recent(proved_at: Timestamp, now: Timestamp) -> Result<(), Error> {
    if now.0 < proved_at.0 + PROOF_LASTS { Ok(()) } else { Err(Error::StepUpRequired) }
}

/// Changes the name that others read.
///
/// # Errors
/// [`Error::Invalid`].
pub async fn rename(context: &Context, signed_in: &SignedIn, input: PatchUser) -> Result<Me, Error> {
    let name = validate::name("/name", &input.name).map_err(|fault| Error::Invalid(vec![fault]))?;
    let tx = context.store.platform_write().await?;
    user::rename(&tx, signed_in.user.id, &name).await?;
    tx.commit().await?;
    let mut renamed = signed_in.clone();
    renamed.user.name = name;
    super::me(context, &renamed).await
}

/// Proves again that it is them who signed in: by the password, and by a code where they have a second factor.
///
/// # Errors
/// [`Error::Invalid`] for a wrong password, a wrong code and a missing one; [`Error::TooManyRequests`].
pub async fn confirm(context: &Context, signed_in: &SignedIn, input: Confirm) -> Result<(), Error> {
    let Confirm { password, code, recovery_code } = input;
    let proof = match has_second_factor(context, signed_in).await? {
        true => Some(Proof::read(SecondFactorProof { code, recovery_code })?),
        false => None,
    };
    check_password(context, signed_in, "/password", password).await?;
    let now = context.now();
    let tx = context.store.platform_write().await?;
    if let Some(proof) = proof
        && let Some(Outcome::Wrong(error)) = proof.take(&tx, signed_in.user.id, now).await?
    {
        tx.commit().await?;
        return Err(error);
    }
    session::prove(&tx, &signed_in.session, now).await?;
    Ok(tx.commit().await?)
}

async fn has_second_factor(context: &Context, signed_in: &SignedIn) -> Result<bool, Error> {
    let tx = context.store.platform_read().await?;
    Ok(second_factor::enabled_at(&tx, signed_in.user.id).await?.is_some())
}

/// Changes the password, ends the person's other sessions and their open links, and tells them by mail. The present
/// password is asked for, which is the proof; whoever has a second factor must have proved themselves by that as well.
///
/// # Errors
/// [`Error::Invalid`] for a wrong password or one that may not be, [`Error::StepUpRequired`], [`Error::TooManyRequests`].
pub async fn change_password(
    context: &Context,
    signed_in: &SignedIn,
    input: ChangePassword,
) -> Result<(), Error> {
    let new = validate::password("/new", input.new).map_err(|fault| Error::Invalid(vec![fault]))?;
    if has_second_factor(context, signed_in).await? {
        require_recent(signed_in.proved_at, context.now())?;
    }
    check_password(context, signed_in, "/current", input.current).await?;
    let hash = context.gate.passwords.hash(new).await?;
    let now = context.now();
    let tx = context.store.platform_write().await?;
    user::set_password(&tx, signed_in.user.id, &hash).await?;
    session::revoke_all(&tx, signed_in.user.id, Some(&signed_in.session), now).await?;
    session::prove(&tx, &signed_in.session, now).await?;
    email_token::revoke_all(&tx, signed_in.user.id).await?;
    let letter = Letter::PasswordChanged { email: signed_in.user.email.clone() };
    letter.put_if_mailed(context, &tx, now).await?;
    tx.commit().await?;
    tracing::info!(user = %signed_in.user.id, "password changed");
    Ok(())
}

/// Guesses count with those of signing in, so that a browser that was left open is no way around them.
async fn check_password(
    context: &Context,
    signed_in: &SignedIn,
    pointer: &'static str,
    password: String,
) -> Result<(), Error> {
    let email = &signed_in.user.email;
    let attempt = Attempt::new(Kind::SignIn, email, signed_in.address, context.now());
    context.gate.throttle.attempt(&attempt).await?;
    let tx = context.store.platform_read().await?;
    let known = user::password_hash(&tx, signed_in.user.id).await?;
    drop(tx);
    if known.is_none() {
        let detail =
            "You have no password. Sign out, sign in again as you did, and do this within ten minutes.";
        return Err(Error::field(pointer, "none", detail));
    }
    if !context.gate.passwords.verify(SecretString::from(password), known).await? {
        return Err(Error::field(pointer, "wrong", "This is not your password."));
    }
    context.gate.throttle.succeeded(&attempt).await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_lasts_ten_minutes() {
        let at = |seconds: i64| Timestamp::from_millis(seconds * 1000).unwrap();
        for (age, holds) in [(0, true), (599, true), (600, false), (86_400, false)] {
            assert_eq!(require_recent(at(0), at(age)).is_ok(), holds, "{age} s");
        }
    }
}
