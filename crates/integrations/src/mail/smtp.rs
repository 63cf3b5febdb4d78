//! Mail by SMTP.

use std::time::Duration;

use async_trait::async_trait;
use lettre::message::header::{
    ContentTransferEncoding, ContentType, Header, HeaderName, HeaderValue, MIME_VERSION_1_0,
};
use lettre::message::{Body, Mailbox, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use secrecy::ExposeSecret as _;

use super::{Encryption, Mail, MailError, Mailer, SmtpServer};

/// How long one command may take.
const COMMAND: Duration = Duration::from_secs(20);
/// How long a mail may take: less than the lease of the job that sends it.
const MAIL: Duration = Duration::from_secs(45);
/// The longest line that RFC 5322 allows, without its end.
const LINE: usize = 998;
/// The most characters of what a mail server said.
const SAID: usize = 200;
/// Permanent by their number, but about what lets us in: the operator can put that right.
const ABOUT_CREDENTIALS: [u16; 4] = [530, 534, 535, 538];

/// Whom mails are from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender(Mailbox);

impl Sender {
    /// Reads `Bastion <bastion@example.org>` or the address alone.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }

    fn domain(&self) -> &str {
        self.0.email.domain()
    }
}

/// Sends by a mail server; a connection for each mail.
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    sender: Sender,
}

impl Smtp {
    /// Nothing is dialled before the first mail.
    ///
    /// # Errors
    /// When there is no TLS to be had for this host.
    pub fn new(server: SmtpServer, sender: Sender) -> Result<Self, MailError> {
        let SmtpServer { host, port, encryption, credentials } = server;
        let tls = || TlsParameters::new(host.clone()).map_err(|error| refused(&error));
        let tls = match encryption {
            Encryption::Tls => Tls::Wrapper(tls()?),
            Encryption::StartTls => Tls::Required(tls()?),
            Encryption::None => Tls::None,
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
            .port(port)
            .tls(tls)
            .hello_name(ClientId::Domain(sender.domain().to_owned()))
            .timeout(Some(COMMAND));
        if let Some((user, password)) = credentials {
            builder = builder.credentials(Credentials::new(user, password.expose_secret().to_owned()));
        }
        Ok(Self { transport: builder.build(), sender })
    }

    fn message(&self, mail: &Mail) -> Result<Message, MailError> {
        let to = mail.to.parse().map_err(|_| unfit("the address is none that mail can be sent to"))?;
        Message::builder()
            .from(self.sender.0.clone())
            .to(Mailbox::new(None, to))
            .subject(&mail.subject)
            .date(mail.at.0.into())
            .message_id(Some(format!("<{}@{}>", mail.id, self.sender.domain())))
            .header(AutoSubmitted)
            .header(MIME_VERSION_1_0)
            .header(ContentType::TEXT_PLAIN)
            .body(seven_bit(&mail.text)?)
            .map_err(|error| unfit(&error.to_string()))
    }
}

#[async_trait]
impl Mailer for Smtp {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let message = self.message(mail)?;
        match tokio::time::timeout(MAIL, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(refused(&error)),
            Err(_) => Err(MailError { again: true, message: "the mail server took too long".to_owned() }),
        }
    }
}

/// Tells programs that answer mail by themselves not to answer this one.
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// The text as it is, so that a link is whole in whatever shows it: the library would break lines of more than 76
/// characters by quoted-printable. The end of the last line is that which the transport sends before the final dot.
fn seven_bit(text: &str) -> Result<Body, MailError> {
    let lines: Vec<&str> = text.lines().collect();
    if !text.is_ascii() || lines.iter().any(|line| line.len() > LINE || line.contains('\r')) {
        return Err(unfit("its text is not ASCII in lines of at most 998 bytes"));
    }
    Ok(Body::dangerous_pre_encoded(lines.join("\r\n").into_bytes(), ContentTransferEncoding::SevenBit))
}

fn unfit(what: &str) -> MailError {
    MailError { again: false, message: format!("the mail cannot be written: {what}") }
}

fn refused(error: &lettre::transport::smtp::Error) -> MailError {
    let about_credentials = error.status().is_some_and(|code| ABOUT_CREDENTIALS.contains(&u16::from(code)));
    let said = error.to_string();
    let said: String = said
        .chars()
        .map(|character| if character.is_control() { ' ' } else { character })
        .take(SAID)
        .collect();
    MailError {
        again: !error.is_permanent() || about_credentials,
        message: format!("the mail server did not take it: {said}"),
    }
}
