//! Links by mail: another password for who forgot theirs, and proof that an address is a person's.
//!
//! Asking for a link only puts the wish down. Whether there is an account is looked up by the worker that writes the mail,
//! so an answer is the same, after the same work, for an address that nobody has.

use secrecy::SecretString;
use store::email_token::{self, Purpose};
use store::{PlatformWrite, session, sign_up, user};
use types::email::{ChangeEmail, ConfirmEmail, EmailConfirmed, ForgotPassword, LinkSent, ResetPassword};
use types::session::User;
use types::{Timestamp, UserId};

use super::sign_up::complete;
use super::throttle::{Attempt, Kind};
use super::{NewSession, account, validate};
use crate::mail::{self, Letter, link_sent};
use crate::{Context, Credentials, Error, SignedIn, token};

/// Has a link mailed by which the owner of the account with this address, if there is one, sets another password.
///
/// # Errors
/// [`Error::Invalid`] for what is no address, [`Error::TooManyRequests`].
pub async fn forgot_password(
    context: &Context,
    credentials: &Credentials,
    input: ForgotPassword,
) -> Result<LinkSent, Error> {
    let now = context.now();
    let email = address(&input.email)?;
    let attempt = Attempt::new(Kind::Link, &email, credentials.ip, now);
    context.gate.throttle.attempt(&attempt).await?;
    send(context, Letter::ResetPassword { email }, now).await
}

/// Sets another password by a link, signs the person out everywhere and tells them. Their other links end as well.
///
/// # Errors
/// [`Error::Invalid`] for a password that may not be, [`Error::LinkExpired`], [`Error::TooManyRequests`].
pub async fn reset_password(
    context: &Context,
    credentials: &Credentials,
    input: ResetPassword,
) -> Result<(), Error> {
    let now = context.now();
    let new = validate::password("/new", input.new).map_err(|fault| Error::Invalid(vec![fault]))?;
    let hash = used(context, credentials, input.token, now).await?;
    // A guess costs no hash of a password.
    let tx = context.store.platform_read().await?;
    if email_token::find(&tx, Purpose::ResetPassword, &hash, now).await?.is_none() {
        return Err(Error::LinkExpired);
    }
    drop(tx);
    let password_hash = context.gate.passwords.hash(new).await?;
    let tx = context.store.platform_write().await?;
    let token =
        email_token::take(&tx, Purpose::ResetPassword, &hash, now).await?.ok_or(Error::LinkExpired)?;
    let owner = user::find_active(&tx, token.user).await?.filter(|owner| owner.email == token.email);
    let Some(User { id, email, .. }) = owner else { return Err(Error::LinkExpired) };
    user::set_password(&tx, id, &password_hash).await?;
    session::revoke_all(&tx, id, None, now).await?;
    email_token::revoke_all(&tx, id).await?;
    Letter::PasswordChanged { email: email.clone() }.put_if_mailed(context, &tx, now).await?;
    tx.commit().await?;
    // Whoever forgot it has tried others before.
    let tried = Attempt::new(Kind::SignIn, &email, credentials.ip, now);
    context.gate.throttle.succeeded(&tried).await;
    tracing::info!(user = %id, "password reset; signed out everywhere");
    Ok(())
}

/// A link by which the owner of an account sets another password, for the operator's command line: what a mail would hold.
/// It takes the place of the last one. A second factor is asked for after it as before.
///
/// # Errors
/// [`Error::NotFound`] without such an account; [`Error::Conflict`] when it is disabled. One without a
/// password gets one.
pub async fn reset_link(context: &Context, email: &str) -> Result<(User, String), Error> {
    let (now, email) = (context.now(), email.trim().to_lowercase());
    let tx = context.store.platform_write().await?;
    let Some(account) = user::find_by_email(&tx, &email).await? else {
        return Err(Error::NotFound("account"));
    };
    if account.disabled {
        return Err(Error::Conflict(format!("The account of {email} is disabled.")));
    }
    let token = mail::open(&tx, account.user.id, Purpose::ResetPassword, &email, now).await?;
    tx.commit().await?;
    tracing::info!(user = %account.user.id, "a link to set another password was made by the operator");
    Ok((account.user, mail::reset_link(&context.settings.public_url, &token)))
}

/// Has the person's address confirmed, by a link that is mailed to it.
///
/// # Errors
/// [`Error::Conflict`] when it is, [`Error::TooManyRequests`].
pub async fn send_confirmation(context: &Context, signed_in: &SignedIn) -> Result<LinkSent, Error> {
    let now = context.now();
    if signed_in.user.email_confirmed_at.is_some() {
        return Err(Error::Conflict("Your address is confirmed already.".to_owned()));
    }
    limit(context, signed_in, now).await?;
    send(context, Letter::ConfirmEmail { user: signed_in.user.id }, now).await
}

/// Makes another address the person's, once it is confirmed by a link that is mailed to it. Until then nothing changes.
///
/// # Errors
/// [`Error::Invalid`] for what is no address, or is theirs, [`Error::StepUpRequired`], [`Error::TooManyRequests`].
pub async fn change_email(
    context: &Context,
    signed_in: &SignedIn,
    input: ChangeEmail,
) -> Result<LinkSent, Error> {
    let now = context.now();
    let email = address(&input.email)?;
    if email == signed_in.user.email {
        return Err(Error::field("/email", "same", "This is your address."));
    }
    signed_in.require_own_proof()?;
    account::require_recent(signed_in.proved_at, now)?;
    limit(context, signed_in, now).await?;
    send(context, Letter::ChangeEmail { user: signed_in.user.id, email }, now).await
}

/// Uses a link up that confirms an address: of a person, of whoever wants another one, or of whoever signed up, whose
/// account it makes and signs in.
///
/// # Errors
/// [`Error::LinkExpired`], also when somebody else has the address by now, [`Error::TooManyRequests`]; of whoever signed up
/// also [`Error::Invalid`] for a password that is missing or wrong, and [`Error::SignUpClosed`].
pub async fn confirm_email(
    context: &Context,
    credentials: &Credentials,
    input: ConfirmEmail,
) -> Result<(EmailConfirmed, Option<NewSession>), Error> {
    let now = context.now();
    let hash = used(context, credentials, input.token, now).await?;
    let waiting = sign_up::find(&context.store.platform_read().await?, &hash, now).await?;
    if let Some(waiting) = waiting {
        let session = complete(context, credentials, &hash, waiting, input.password).await?;
        let email = session.me.user.email.clone();
        return Ok((EmailConfirmed { email, signed_up: true }, Some(session)));
    }
    let tx = context.store.platform_write().await?;
    if let Some(token) = email_token::take(&tx, Purpose::ConfirmEmail, &hash, now).await? {
        let owner = user::find_active(&tx, token.user).await?.filter(|owner| owner.email == token.email);
        let Some(owner) = owner else { return Err(Error::LinkExpired) };
        user::confirm_email(&tx, owner.id, now).await?;
        tx.commit().await?;
        return Ok((EmailConfirmed { email: owner.email, signed_up: false }, None));
    }
    let token = email_token::take(&tx, Purpose::ChangeEmail, &hash, now).await?.ok_or(Error::LinkExpired)?;
    change(context, &tx, token.user, &token.email, now).await?;
    tx.commit().await?;
    Ok((EmailConfirmed { email: token.email, signed_up: false }, None))
}

/// Gives a person another address, and tells the old one. Links that were mailed there end.
async fn change(
    context: &Context,
    tx: &PlatformWrite,
    id: UserId,
    email: &str,
    now: Timestamp,
) -> Result<(), Error> {
    let Some(owner) = user::find_active(tx, id).await? else { return Err(Error::LinkExpired) };
    if user::find_by_email(tx, email).await?.is_some() {
        return Err(Error::LinkExpired);
    }
    user::set_email(tx, id, email, now).await.map_err(|error| match error {
        store::Error::Conflict { .. } => Error::LinkExpired,
        error => error.into(),
    })?;
    email_token::revoke_all(tx, id).await?;
    Letter::EmailChanged { email: owner.email }.put_if_mailed(context, tx, now).await?;
    tracing::info!(user = %id, "address changed");
    Ok(())
}

fn address(text: &str) -> Result<String, Error> {
    validate::email("/email", text).map_err(|fault| Error::Invalid(vec![fault]))
}

async fn send(context: &Context, letter: Letter, now: Timestamp) -> Result<LinkSent, Error> {
    let tx = context.store.platform_write().await?;
    letter.put(&tx, now).await?;
    tx.commit().await?;
    Ok(link_sent(context))
}

async fn limit(context: &Context, signed_in: &SignedIn, now: Timestamp) -> Result<(), Error> {
    let attempt = Attempt::new(Kind::Link, &signed_in.user.email, signed_in.address, now);
    context.gate.throttle.attempt(&attempt).await
}

/// Counts the use of a link, and answers what its token is found by.
async fn used(
    context: &Context,
    credentials: &Credentials,
    token: String,
    now: Timestamp,
) -> Result<session::TokenHash, Error> {
    let attempt = Attempt::new(Kind::Token, "", credentials.ip, now);
    context.gate.throttle.attempt(&attempt).await?;
    Ok(token::hash(&SecretString::from(token)))
}
