//! Sending a mail: first its token is kept, then it is sent, then the job ends. A mail that is sent again has another token,
//! and only the last one opens anything.

use secrecy::SecretString;
use store::email_token::Purpose;
use store::job::{self, Leased};
use store::{membership, organization, sign_up, user};
use types::session::User;

use crate::mail::{Letter, Wording, open};
use crate::{Context, Error, Mail, token};

/// Sends a letter, if there is anybody to send it to.
///
/// # Errors
/// When the store fails; the job is then done again.
pub(super) async fn perform(context: &Context, leased: &Leased) -> Result<(), Error> {
    let letter: Letter = serde_json::from_value(leased.payload.clone())
        .map_err(|error| Error::Internal(format!("a letter cannot be read: {error}")))?;
    if let Some((to, wording)) = write(context, letter).await? {
        match &context.mailer {
            Some(mailer) => {
                let mail = Mail {
                    id: format!("{}.{}", leased.id, leased.attempts),
                    to,
                    subject: wording.subject.to_owned(),
                    text: wording.text,
                    at: context.now(),
                };
                if let Err(error) = mailer.send(&mail).await {
                    tracing::warn!(job = %leased.id, %error, again = error.again, "a mail was not sent");
                    job::fail(&context.store, leased, context.now(), &error.message, error.again).await?;
                    return Ok(());
                }
                tracing::info!(job = %leased.id, subject = wording.subject, "a mail was sent");
            }
            None => {
                if let Some(link) = wording.link {
                    let why = "there is no mail server (BASTION_SMTP_URL): hand this link to its owner";
                    tracing::info!(subject = wording.subject, to, link, "{why}");
                }
            }
        }
    }
    let tx = context.store.platform_write().await?;
    job::complete(&tx, leased).await?;
    Ok(tx.commit().await?)
}

/// The address and what it is told; nothing where nobody is to hear of it. What its link needs is kept.
async fn write(context: &Context, letter: Letter) -> Result<Option<(String, Wording)>, Error> {
    let (now, site) = (context.now(), context.settings.public_url.as_str());
    let tx = context.store.platform_write().await?;
    let written = match letter {
        Letter::ResetPassword { email } => {
            let account = user::find_by_email(&tx, &email).await?;
            match account.filter(|account| !account.disabled && account.password_hash.is_some()) {
                Some(account) => {
                    let secret = open(&tx, account.user.id, Purpose::ResetPassword, &email, now).await?;
                    Some((email, Wording::reset_password(site, &secret)))
                }
                None => None,
            }
        }
        Letter::SignUp { email } => match user::find_by_email(&tx, &email).await? {
            Some(_) => {
                sign_up::remove(&tx, &email).await?;
                Some((email, Wording::has_account(site)))
            }
            None => {
                let secret = token::random()?;
                let hash = token::hash(&SecretString::from(secret.clone()));
                let waits = sign_up::set_token(&tx, &email, &hash, now).await?;
                waits.then(|| (email, Wording::sign_up(site, &secret)))
            }
        },
        Letter::ConfirmEmail { user } => {
            let person = user::find_active(&tx, user).await?;
            match person.filter(|person| person.email_confirmed_at.is_none()) {
                Some(User { email, .. }) => {
                    let secret = open(&tx, user, Purpose::ConfirmEmail, &email, now).await?;
                    Some((email, Wording::confirm_email(site, &secret)))
                }
                None => None,
            }
        }
        Letter::ChangeEmail { user, email } => match user::find_active(&tx, user).await? {
            Some(_) if user::find_by_email(&tx, &email).await?.is_some() => {
                Some((email, Wording::has_account(site)))
            }
            Some(_) => {
                let secret = open(&tx, user, Purpose::ChangeEmail, &email, now).await?;
                Some((email, Wording::change_email(site, &secret)))
            }
            None => None,
        },
        Letter::Invited { email } => Some((email, Wording::invited(site))),
        Letter::Incidents { org, user, run: _, found } => {
            let organization = organization::find(&tx, org).await?;
            let is_member = membership::find(&tx, org, user).await?.is_some();
            // What is wrong with an organization's data goes to no address that may be a stranger's.
            let person = user::find_active(&tx, user).await?;
            let person = person.filter(|person| is_member && person.email_confirmed_at.is_some());
            organization.zip(person).map(|(organization, person)| {
                (person.email, Wording::incidents(site, &organization.slug, &found))
            })
        }
        Letter::PasswordChanged { email } => Some((email, Wording::password_changed(site))),
        Letter::EmailChanged { email } => Some((email, Wording::email_changed())),
    };
    tx.commit().await?;
    Ok(written)
}
