//! Which Redis is used.

use std::fmt;

use ::redis::{Client, ConnectionAddr, IntoConnectionInfo as _};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

/// A Redis, and what lets us in.
#[derive(Clone)]
pub struct RedisServer(Client);

impl RedisServer {
    /// Reads `redis://USER:PASSWORD@HOST:PORT/DATABASE`, `rediss://…` with TLS, or `redis+unix:///SOCKET?db=…&user=…&pass=…`;
    /// user, password, port and database may be missing, and what is not a letter or a digit in user and password is
    /// percent-encoded.
    ///
    /// # Errors
    /// What is wrong with it, without anything of it.
    pub fn parse(text: &SecretString) -> Result<Self, &'static str> {
        const FORM: &str =
            "write redis://USER:PASSWORD@HOST:PORT/DATABASE, rediss://… for TLS, or redis+unix:///SOCKET";
        let url = Url::parse(text.expose_secret()).map_err(|_| FORM)?;
        let known: &[&str] = match url.scheme() {
            "redis" | "rediss" if url.host_str().is_some_and(|host| !host.is_empty()) => &[],
            "redis+unix" if !matches!(url.path(), "" | "/") => &["db", "user", "pass"],
            _ => return Err(FORM),
        };
        // A misspelt setting must not be passed over, nor a certificate that fits nothing.
        if url.fragment().is_some() || url.query_pairs().any(|(name, _)| !known.contains(&&*name)) {
            return Err(FORM);
        }
        let info = url.into_connection_info().map_err(|_| FORM)?;
        if info.redis_settings().db() < 0 {
            return Err(FORM);
        }
        Client::open(info).map(Self).map_err(|_| FORM)
    }

    pub(super) fn client(&self) -> &Client {
        &self.0
    }
}

impl fmt::Debug for RedisServer {
    /// Where it is, without user and password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let info = self.0.get_connection_info();
        let tls = if matches!(info.addr(), ConnectionAddr::TcpTls { .. }) { ", TLS" } else { "" };
        write!(f, "{} (database {}{tls})", info.addr(), info.redis_settings().db())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_shown_without_user_and_password() {
        for (url, shown) in [
            ("redis://localhost", Some("localhost:6379 (database 0)")),
            ("redis://ada:hunter2@redis.example:7000/3", Some("redis.example:7000 (database 3)")),
            ("rediss://:hunter2@redis.example", Some("redis.example:6379 (database 0, TLS)")),
            ("redis://[::1]:7000", Some("::1:7000 (database 0)")),
            ("redis+unix:///run/redis.sock?db=2&pass=hunter2", Some("/run/redis.sock (database 2)")),
            ("redis://redis.example/hunter2", None),
            ("redis://redis.example/-1", None),
            ("rediss://redis.example#insecure", None),
            ("redis://redis.example?password=hunter2", None),
            ("redis+unix:///run/redis.sock?password=hunter2", None),
            ("redis+unix://", None),
            ("redis://", None),
            ("http://hunter2@redis.example", None),
            ("hunter2", None),
        ] {
            let read = RedisServer::parse(&SecretString::from(url));
            if let Err(fault) = &read {
                assert!(!fault.contains("hunter2"), "{fault}");
            }
            assert_eq!(read.ok().map(|server| format!("{server:?}")).as_deref(), shown, "{url}");
        }
    }
}
