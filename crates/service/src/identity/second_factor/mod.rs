//! A second factor: codes of an authenticator app beside the password, and recovery codes for whoever has lost it.
//!
//! Turning it on or off ends the person's other sessions, as a new password does: they were opened under other rules, and
//! whoever turns it on does so because a password alone is not trusted any more.

mod pending;
mod proof;
mod recovery;
mod totp;

use qrcode::QrCode;
use qrcode::render::svg;
use store::{recovery_code, second_factor, session, user};
use types::second_factor::{ConfirmSecondFactor, RecoveryCodes, SecondFactor, SecondFactorSetup};
use types::session::User;
use zeroize::Zeroizing;

use crate::{Context, Error, SignedIn, token};

pub use pending::{PENDING_LASTS, verify};

pub(super) use pending::begin;
pub(super) use proof::{Outcome, Proof};

/// Whether the person has one, and how many recovery codes are left.
///
/// # Errors
/// When the store fails.
pub async fn status(context: &Context, signed_in: &SignedIn) -> Result<SecondFactor, Error> {
    let user = signed_in.user.id;
    let tx = context.store.platform_read().await?;
    Ok(SecondFactor {
        enabled_at: second_factor::enabled_at(&tx, user).await?,
        recovery_codes_left: recovery_code::left(&tx, user).await?,
    })
}

/// Makes a secret for an authenticator app, in place of one that was not confirmed.
///
/// # Errors
/// [`Error::StepUpRequired`]; [`Error::Conflict`] when it is on.
pub async fn set_up(context: &Context, signed_in: &SignedIn) -> Result<SecondFactorSetup, Error> {
    let now = context.now();
    signed_in.require_own_proof()?;
    super::require_recent(signed_in.proved_at, now)?;
    let secret = Zeroizing::new(token::bytes::<{ totp::SECRET }>()?);
    let tx = context.store.platform_write().await?;
    if !second_factor::set_up(&tx, signed_in.user.id, secret.as_slice(), now).await? {
        return Err(Error::Conflict(
            "Your second factor is on already. To change to another app, turn it off first.".to_owned(),
        ));
    }
    tx.commit().await?;
    let (text, uri) = totp::for_app(secret.as_slice(), &signed_in.user.email)?;
    let code = QrCode::new(&uri)
        .map_err(|error| Error::Internal(format!("a second factor has no QR code: {error}")))?;
    let picture = code.render::<svg::Color<'_>>().min_dimensions(200, 200).build();
    Ok(SecondFactorSetup { secret: text, uri, qr_code: picture })
}

/// Turns it on by the first code, which shows that the app has the secret; ends the person's other sessions.
///
/// # Errors
/// [`Error::StepUpRequired`]; [`Error::Invalid`] for a wrong code; [`Error::Conflict`] when nothing waits for one.
pub async fn enable(
    context: &Context,
    signed_in: &SignedIn,
    input: ConfirmSecondFactor,
) -> Result<RecoveryCodes, Error> {
    let (user, now) = (signed_in.user.id, context.now());
    signed_in.require_own_proof()?;
    super::require_recent(signed_in.proved_at, now)?;
    let nothing_waits = || {
        Error::Conflict(
            "No authenticator app waits for its first code. Begin again with a new QR code.".to_owned(),
        )
    };
    let (codes, hashes) = recovery::generate()?;
    let tx = context.store.platform_write().await?;
    let found = second_factor::find(&tx, user).await?.filter(|found| found.enabled_at.is_none());
    let Some(found) = found else { return Err(nothing_waits()) };
    let Some(step) = totp::step_of(&found.secret, &input.code, now)? else {
        return Err(proof::wrong_code());
    };
    if !second_factor::enable(&tx, user, &found, step, now).await? {
        return Err(nothing_waits());
    }
    recovery_code::replace(&tx, user, &hashes, now).await?;
    session::revoke_all(&tx, user, Some(&signed_in.session), now).await?;
    tx.commit().await?;
    tracing::info!(%user, "second factor turned on");
    Ok(RecoveryCodes { recovery_codes: codes })
}

/// Makes new recovery codes; the earlier ones open nothing any more.
///
/// # Errors
/// [`Error::StepUpRequired`]; [`Error::Conflict`] when the second factor is off.
pub async fn replace_recovery_codes(context: &Context, signed_in: &SignedIn) -> Result<RecoveryCodes, Error> {
    let (user, now) = (signed_in.user.id, context.now());
    signed_in.require_own_proof()?;
    super::require_recent(signed_in.proved_at, now)?;
    let (codes, hashes) = recovery::generate()?;
    let tx = context.store.platform_write().await?;
    if second_factor::enabled_at(&tx, user).await?.is_none() {
        return Err(Error::Conflict(
            "Recovery codes come with a second factor. Turn it on first.".to_owned(),
        ));
    }
    recovery_code::replace(&tx, user, &hashes, now).await?;
    tx.commit().await?;
    tracing::info!(%user, "recovery codes replaced");
    Ok(RecoveryCodes { recovery_codes: codes })
}

/// Turns it off, and ends the person's other sessions; fine when it is off.
///
/// # Errors
/// [`Error::StepUpRequired`].
pub async fn disable(context: &Context, signed_in: &SignedIn) -> Result<(), Error> {
    let (user, now) = (signed_in.user.id, context.now());
    signed_in.require_own_proof()?;
    super::require_recent(signed_in.proved_at, now)?;
    let tx = context.store.platform_write().await?;
    if second_factor::remove(&tx, user).await? {
        session::revoke_all(&tx, user, Some(&signed_in.session), now).await?;
        tracing::info!(%user, "second factor turned off");
    }
    Ok(tx.commit().await?)
}

/// Turns it off for whoever has lost their app and their recovery codes, for the operator's command line. All of their
/// sessions end: what they have lost may be signed in.
///
/// # Errors
/// [`Error::NotFound`] without such an account; [`Error::Conflict`] when it is off.
pub async fn disable_for(context: &Context, email: &str) -> Result<User, Error> {
    let email = email.trim().to_lowercase();
    let tx = context.store.platform_write().await?;
    let account = user::find_by_email(&tx, &email).await?;
    let Some(account) = account else { return Err(Error::NotFound("account")) };
    if !second_factor::remove(&tx, account.user.id).await? {
        return Err(Error::Conflict(format!("{email} has no second factor.")));
    }
    session::revoke_all(&tx, account.user.id, None, context.now()).await?;
    tx.commit().await?;
    tracing::info!(user = %account.user.id, "second factor turned off by the operator");
    Ok(account.user)
}
