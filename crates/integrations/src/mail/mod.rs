//! Mail to people.

mod server;
mod smtp;

use async_trait::async_trait;
use types::Timestamp;

pub use server::{Encryption, SmtpServer};
pub use smtp::{Sender, Smtp};

/// A mail of plain text to one person.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Unique: what stands before the `@` of the message's id.
    pub id: String,
    /// The address alone. No name: whoever signs up chooses one, and it would be in our mail.
    pub to: String,
    pub subject: String,
    /// ASCII; lines have at most 998 bytes and end with `\n`.
    pub text: String,
    pub at: Timestamp,
}

/// Why a mail was not sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct MailError {
    /// Whether it may go better later.
    pub again: bool,
    /// What happened; what the mail server said is in it, cut. No password.
    pub message: String,
}

/// Sends mail.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Hands a mail to the server that delivers it. A mail may arrive although this fails.
    ///
    /// # Errors
    /// When the server does not take it.
    async fn send(&self, mail: &Mail) -> Result<(), MailError>;
}
