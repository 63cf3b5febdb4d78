//! Signing up. With a mail server, an account is made once its address is confirmed, and nobody learns whether an address has
//! one already; without, it is made at once, and an address that is taken cannot be kept from whoever asks for it.

use std::time::Duration;

use secrecy::SecretString;
use store::{PlatformReads, user};
use types::email::LinkSent;
use types::session::{SignUp, User};
use types::{Timestamp, UserId};
use uuid::Uuid;

use super::throttle::{Attempt, Kind};
use super::validate::{self, Checked};
use super::{By, NewSession, Standing, session, view};
use crate::mail::{Letter, link_sent};
use crate::{Context, Credentials, Error, SignUpRule};

/// How long the address can be confirmed.
const WAITS: Duration = Duration::from_secs(24 * 60 * 60);

/// What becomes of signing up.
#[derive(Debug)]
pub enum SignedUp {
    /// The account is made and signed in.
    Session(Box<NewSession>),
    /// If the address is free, the link that makes the account was mailed to it; if not, its owner was told.
    LinkSent(LinkSent),
}

/// Makes an account and signs it in, or has its address confirmed first.
///
/// # Errors
/// As [`sign_up_at_once`]; with a mail server never [`Error::EmailTaken`].
pub async fn sign_up(context: &Context, credentials: &Credentials, input: SignUp) -> Result<SignedUp, Error> {
    if context.mailer.is_none() {
        let session = sign_up_at_once(context, credentials, input).await?;
        return Ok(SignedUp::Session(Box::new(session)));
    }
    let now = context.now();
    let (Checked { email, name, .. }, password_hash) = admit(context, credentials, input, now).await?;
    let tx = context.store.platform_write().await?;
    require_open(context, &tx, &email, now).await?;
    let waiting = store::sign_up::SignUp { email: email.clone(), name, password_hash };
    store::sign_up::put(&tx, waiting, now, Timestamp(now.0 + WAITS)).await?;
    Letter::SignUp { email }.put(&tx, now).await?;
    tx.commit().await?;
    Ok(SignedUp::LinkSent(link_sent(context)))
}

/// Makes an account and signs it in; its address is not confirmed.
///
/// # Errors
/// [`Error::Invalid`], [`Error::EmailTaken`], [`Error::SignUpClosed`], [`Error::TooManyRequests`].
pub async fn sign_up_at_once(
    context: &Context,
    credentials: &Credentials,
    input: SignUp,
) -> Result<NewSession, Error> {
    let now = context.now();
    let (Checked { email, name, .. }, hash) = admit(context, credentials, input, now).await?;
    let tx = context.store.platform_write().await?;
    // First: where sign-up is closed, nobody learns who has an account.
    require_open(context, &tx, &email, now).await?;
    let user = User { id: UserId(Uuid::now_v7()), email, name, created_at: now, email_confirmed_at: None };
    make(&tx, &user, &hash).await?;
    let token = session::open(&tx, credentials, &user, None, &By::Password, now).await?;
    tx.commit().await?;
    Ok(NewSession { token, me: view(context, user, Standing::default(), None) })
}

/// Checks the form, counts the attempt, and hashes the password: the costly part, whoever the address belongs to.
async fn admit(
    context: &Context,
    credentials: &Credentials,
    input: SignUp,
    now: Timestamp,
) -> Result<(Checked, String), Error> {
    let checked = validate::sign_up(input)?;
    let attempt = Attempt::new(Kind::SignUp, &checked.email, credentials.ip, now);
    context.gate.throttle.attempt(&attempt).await?;
    let hash = context.gate.passwords.hash(checked.password.clone()).await?;
    Ok((checked, hash))
}

/// Makes the account of whoever signed up and opened the link that was mailed to them, and signs it in.
///
/// They give the password again: opening a link that somebody else had mailed to them, who signed up with their address,
/// must not make an account that the other can open.
///
/// # Errors
/// [`Error::Invalid`] without the password or with another one, [`Error::LinkExpired`], also when somebody else has the
/// address by now, [`Error::SignUpClosed`], [`Error::TooManyRequests`].
pub(super) async fn complete(
    context: &Context,
    credentials: &Credentials,
    hash: &store::session::TokenHash,
    waiting: store::sign_up::SignUp,
    password: Option<String>,
) -> Result<NewSession, Error> {
    let now = context.now();
    let Some(password) = password.filter(|password| !password.is_empty()) else {
        return Err(Error::field("/password", "required", "Give the password that you signed up with."));
    };
    let attempt = Attempt::new(Kind::SignIn, &waiting.email, credentials.ip, now);
    context.gate.throttle.attempt(&attempt).await?;
    let chosen = Some(waiting.password_hash);
    if !context.gate.passwords.verify(SecretString::from(password), chosen).await? {
        let detail =
            "This is not the password of this sign-up. If you forgot it, or did not sign up, sign up anew.";
        return Err(Error::field("/password", "wrong", detail));
    }
    context.gate.throttle.succeeded(&attempt).await;
    let tx = context.store.platform_write().await?;
    let taken = store::sign_up::take(&tx, hash, now).await?.ok_or(Error::LinkExpired)?;
    require_open(context, &tx, &taken.email, now).await?;
    let (id, email) = (UserId(Uuid::now_v7()), taken.email);
    let user = User { id, email, name: taken.name, created_at: now, email_confirmed_at: Some(now) };
    make(&tx, &user, &taken.password_hash).await.map_err(|error| match error {
        // Somebody else was faster: the link is of no use.
        Error::EmailTaken => Error::LinkExpired,
        error => error,
    })?;
    let token = session::open(&tx, credentials, &user, None, &By::Password, now).await?;
    tx.commit().await?;
    Ok(NewSession { token, me: view(context, user, Standing::default(), None) })
}

/// Refuses whom the operator does not let in.
pub(super) async fn require_open(
    context: &Context,
    tx: &impl PlatformReads,
    email: &str,
    now: Timestamp,
) -> Result<(), Error> {
    let open = match context.settings.sign_up {
        SignUpRule::Open => true,
        SignUpRule::First => !user::any(tx).await? || store::invitation::awaits(tx, email, now).await?,
        SignUpRule::Invite => store::invitation::awaits(tx, email, now).await?,
    };
    if open { Ok(()) } else { Err(Error::SignUpClosed) }
}

/// Adds the account, unless its address has one.
///
/// # Errors
/// [`Error::EmailTaken`].
pub(super) async fn make(tx: &store::PlatformWrite, user: &User, password_hash: &str) -> Result<(), Error> {
    if user::find_by_email(tx, &user.email).await?.is_some() {
        return Err(Error::EmailTaken);
    }
    user::insert(tx, user, password_hash).await.map_err(|error| match error {
        store::Error::Conflict { .. } => Error::EmailTaken,
        error => error.into(),
    })
}
