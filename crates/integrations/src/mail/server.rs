//! Which mail server is used, and how it is spoken to.

use std::fmt;

use percent_encoding::percent_decode_str;
use secrecy::SecretString;
use url::{Host, Url};

/// How the way to the mail server is kept from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// TLS from the first byte.
    Tls,
    /// `STARTTLS`, without which nothing is sent.
    StartTls,
    /// None, which only a server on this machine is spoken to with.
    None,
}

/// A mail server and what lets us in.
#[derive(Clone)]
pub struct SmtpServer {
    pub host: String,
    pub port: u16,
    pub encryption: Encryption,
    /// User and password.
    pub credentials: Option<(String, SecretString)>,
}

impl SmtpServer {
    /// Reads `smtps://USER:PASSWORD@HOST:PORT` or `smtp://…`; user, password and port may be missing, and what is not a
    /// letter or a digit in user and password is percent-encoded.
    ///
    /// # Errors
    /// What is wrong with it, without anything of it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        const FORM: &str = "write smtps://USER:PASSWORD@HOST or smtp://USER:PASSWORD@HOST:PORT";
        let url = Url::parse(text).map_err(|_| FORM)?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(FORM)?;
        let loopback = match Host::parse(host) {
            Ok(Host::Domain(name)) => name == "localhost",
            Ok(Host::Ipv4(address)) => address.is_loopback(),
            Ok(Host::Ipv6(address)) => address.is_loopback(),
            Err(_) => return Err(FORM),
        };
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err(FORM);
        }
        let (encryption, port) = match url.scheme() {
            "smtps" => (Encryption::Tls, 465),
            "smtp" if loopback => (Encryption::None, 25),
            "smtp" => (Encryption::StartTls, 587),
            _ => return Err(FORM),
        };
        let decoded = |text: &str| match percent_decode_str(text).decode_utf8() {
            Ok(text) => Ok(text.into_owned()),
            Err(_) => Err("user or password is not UTF-8 once it is percent-decoded"),
        };
        let credentials = match (url.username(), url.password()) {
            ("", None) => None,
            ("", Some(_)) | (_, None) => return Err("write both user and password, or neither"),
            (user, Some(password)) => Some((decoded(user)?, SecretString::from(decoded(password)?))),
        };
        let host = host.trim_matches(['[', ']']).to_owned();
        Ok(Self { host, port: url.port().unwrap_or(port), encryption, credentials })
    }
}

impl fmt::Debug for SmtpServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{} ({:?})", self.host, self.port, self.encryption)
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn only_a_server_on_this_machine_is_spoken_to_openly() {
        for (url, expected) in [
            ("smtps://mail.example", Some(("mail.example", 465, Encryption::Tls))),
            ("smtps://mail.example:2465", Some(("mail.example", 2465, Encryption::Tls))),
            ("smtp://mail.example", Some(("mail.example", 587, Encryption::StartTls))),
            ("smtp://10.0.0.7:25", Some(("10.0.0.7", 25, Encryption::StartTls))),
            ("smtp://127.0.0.1:1025", Some(("127.0.0.1", 1025, Encryption::None))),
            ("smtp://localhost/", Some(("localhost", 25, Encryption::None))),
            ("smtp://[::1]:1025", Some(("::1", 1025, Encryption::None))),
            ("smtp://localhost.example", Some(("localhost.example", 587, Encryption::StartTls))),
            ("smtp://mail.example?tls=none", None),
            ("smtp://mail.example/path", None),
            ("https://mail.example", None),
            ("mail.example:587", None),
            ("smtp://", None),
        ] {
            let found = SmtpServer::parse(url).ok();
            let found = found.as_ref().map(|server| (server.host.as_str(), server.port, server.encryption));
            assert_eq!(found, expected, "{url}");
        }
    }

    #[test]
    fn user_and_password_are_decoded_and_never_shown() {
        let server = SmtpServer::parse("smtps://ada%40example.org:p%2Bss%20word@mail.example").unwrap();
        let (user, password) = server.credentials.clone().unwrap();
        assert_eq!((user.as_str(), password.expose_secret()), ("ada@example.org", "p+ss word"));
        assert_eq!(format!("{server:?}"), "mail.example:465 (Tls)");
        for half in ["smtps://ada@mail.example", "smtps://:secret@mail.example", "smtps://a:%ff@mail.example"]
        {
            let fault = SmtpServer::parse(half).unwrap_err();
            assert!(!fault.contains("secret"), "{fault}");
        }
    }
}
