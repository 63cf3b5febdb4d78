//! Which mail server is used.

use secrecy::ExposeSecret as _;
use service::{Sender, SmtpServer};

use super::Variables;

/// How mail is sent.
#[derive(Clone, Debug)]
pub struct Mail {
    pub server: SmtpServer,
    pub sender: Sender,
}

const URL: &str = "BASTION_SMTP_URL";
const FROM: &str = "BASTION_MAIL_FROM";

/// Both or neither.
pub(super) fn mail(variables: &mut Variables) -> Option<Mail> {
    let url = variables.secret(URL);
    let server = url.as_ref().and_then(|url| match SmtpServer::parse(url.expose_secret()) {
        Ok(server) => Some(server),
        Err(problem) => {
            variables.fault(URL, problem);
            None
        }
    });
    let from = variables.text(None, FROM);
    let sender = variables.parsed(
        None,
        FROM,
        "an address such as bastion@example.org or Bastion <bastion@example.org>",
        Sender::parse,
    );
    match (&url, &from) {
        (Some(_), None) => variables.fault(FROM, "say from which address mail is sent"),
        (None, Some(_)) if !variables.faults.iter().any(|fault| fault.setting == URL) => {
            variables
                .fault(URL, "say by which server mail is sent, such as smtps://USER:PASSWORD@mail.example");
        }
        _ => {}
    }
    Some(Mail { server: server?, sender: sender? })
}
