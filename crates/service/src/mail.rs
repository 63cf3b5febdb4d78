//! Mail to people: rows that the transaction of a change puts in, which workers send.
//!
//! Whoever asks for a link is answered before it is looked whether there is an account: the worker does that, so the answer
//! and its time tell nothing. A link's token is made by the worker as well, for each attempt to send it: it is in the mail
//! alone, and no row of a job holds it.

mod wording;

use std::time::Duration;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use store::email_token::{self, EmailToken, Purpose};
use store::job::{self, NewJob};
use store::{PlatformWrite, PlatformWrites};
use types::email::{Delivery, LinkSent};
use types::{OrgId, RunId, Timestamp, UserId};

use crate::notification::Found;
use crate::{Context, Error, token};

pub(crate) use wording::{Wording, reset_link};

/// How often a mail is tried: for three quarters of an hour.
const ATTEMPTS: u32 = 10;

/// How long a link can be used that opens an account.
const RESET_LASTS: Duration = Duration::from_secs(30 * 60);
/// How long a link can be used that tells that mail arrives.
const CONFIRMATION_LASTS: Duration = Duration::from_secs(24 * 60 * 60);

/// What is to be written, and to whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "letter", rename_all = "snake_case")]
pub(crate) enum Letter {
    /// Somebody asked to set another password for the account of this address, if there is one.
    ResetPassword { email: String },
    /// Somebody signed up with this address, which may have an account.
    SignUp { email: String },
    /// A person asked to have the address that they have confirmed.
    ConfirmEmail { user: UserId },
    /// A person wants this address, which may have an account.
    ChangeEmail { user: UserId, email: String },
    /// An organization waits for whoever has this address.
    Invited { email: String },
    /// A run found something wrong in an organization, which a member of it wants to be told of.
    Incidents { org: OrgId, user: UserId, run: RunId, found: Found },
    /// To the owner of an account.
    PasswordChanged { email: String },
    /// To the address that was a person's until now.
    EmailChanged { email: String },
}

impl Letter {
    pub(crate) const KIND: &'static str = "mail";

    /// Has it sent once the transaction commits. While the same one waits, it is not put in a second time.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn put(&self, tx: &impl PlatformWrites, now: Timestamp) -> Result<(), Error> {
        let payload = serde_json::to_value(self)
            .map_err(|error| Error::Internal(format!("a letter cannot be put down: {error}")))?;
        let new = NewJob {
            org: self.org(),
            kind: Self::KIND,
            idempotency_key: Some(token::hash(&payload.to_string().into()).as_str().to_owned()),
            payload,
            run_at: now,
            max_attempts: ATTEMPTS,
        };
        job::enqueue(tx, new).await?;
        Ok(())
    }

    /// Whose matter it is, if an organization's: while that one is deleted, the letter waits.
    fn org(&self) -> Option<OrgId> {
        match self {
            Self::Incidents { org, .. } => Some(*org),
            _ => None,
        }
    }

    /// The same for what has no link: without a mail server, nobody would hear of it.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn put_if_mailed(
        &self,
        context: &Context,
        tx: &impl PlatformWrites,
        now: Timestamp,
    ) -> Result<(), Error> {
        if context.mailer.is_some() { self.put(tx, now).await } else { Ok(()) }
    }
}

/// How links reach people here.
pub(crate) fn link_sent(context: &Context) -> LinkSent {
    let delivery = if context.mailer.is_some() { Delivery::Mail } else { Delivery::Log };
    LinkSent { delivery }
}

/// The token of a new link for a person, which takes the place of their last one for this purpose. Only its hash is kept.
///
/// # Errors
/// When the store fails.
pub(crate) async fn open(
    tx: &PlatformWrite,
    user: UserId,
    purpose: Purpose,
    email: &str,
    now: Timestamp,
) -> Result<String, Error> {
    let secret = token::random()?;
    let lasts = if purpose == Purpose::ResetPassword { RESET_LASTS } else { CONFIRMATION_LASTS };
    let token = EmailToken { user, purpose, email: email.to_owned(), expires_at: Timestamp(now.0 + lasts) };
    email_token::put(tx, &token, &token::hash(&SecretString::from(secret.clone())), now).await?;
    Ok(secret)
}
