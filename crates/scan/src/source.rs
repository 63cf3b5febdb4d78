//! Where a database is. The connection string stays inside: neither `Debug` nor any error shows it.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use tokio_postgres::config::SslMode;
use types::snapshot::Engine;
use url::Url;

mod environment;
mod mysql;

pub(crate) use mysql::MysqlTarget;

/// A database to read, and the name it goes by.
#[derive(Clone)]
pub struct Source {
    name: String,
    target: Target,
}

#[derive(Clone)]
pub(crate) enum Target {
    Postgres(Box<PostgresTarget>),
    Mysql(Box<MysqlTarget>),
    Sqlite(PathBuf),
}

/// How to reach a PostgreSQL server.
#[derive(Clone)]
pub(crate) struct PostgresTarget {
    pub(crate) config: tokio_postgres::Config,
    /// A file with the certificate authority to trust instead of the system's.
    pub(crate) root_certificate: Option<PathBuf>,
}

/// Why a source's address is not understood. Says which source, never the address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    #[error("source {name}: {reason}")]
    Address { name: String, reason: String },
    #[error("{0:?} is not a name for a source: use letters, digits, `-` and `_`, at most 63")]
    Name(String),
    #[error("{0:?} is not NAME=URL")]
    NotAnAssignment(String),
    #[error("two sources are called {0}")]
    Twice(String),
    #[error("{variable}: {reason}")]
    Environment { variable: String, reason: String },
}

impl Source {
    /// From an address: `postgres://…`, `mysql://…` (MariaDB as well) or `sqlite:PATH`.
    ///
    /// # Errors
    /// When it is neither, or a part of it is wrong.
    pub fn parse(name: &str, url: &str) -> Result<Self, SourceError> {
        let good = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if name.is_empty() || name.len() > 63 || !name.chars().all(good) {
            return Err(SourceError::Name(crate::error::quoted(name)));
        }
        let fault = |reason: &str| SourceError::Address { name: name.into(), reason: reason.into() };
        let url = url.trim();
        let scheme = url.split(':').next().unwrap_or_default().to_ascii_lowercase();
        let target = match scheme.as_str() {
            "postgres" | "postgresql" => {
                Target::Postgres(Box::new(postgres(url).map_err(|why| fault(&why))?))
            }
            "sqlite" | "file" => {
                let path = url.get(scheme.len() + 1..).unwrap_or_default();
                let path = path.strip_prefix("//").unwrap_or(path);
                let path = path.split('?').next().unwrap_or_default();
                if path.is_empty() || path == ":memory:" {
                    return Err(fault("sqlite: needs the path of a file, such as sqlite:data/shop.db"));
                }
                Target::Sqlite(path.into())
            }
            "mysql" | "mariadb" => Target::Mysql(Box::new(mysql::mysql(url).map_err(|why| fault(&why))?)),
            _ => return Err(fault("the address must start with postgres://, mysql:// or sqlite:")),
        };
        Ok(Self { name: name.into(), target })
    }

    /// From `NAME=URL`.
    ///
    /// # Errors
    /// As [`Source::parse`], and when there is no `=`.
    pub fn parse_assignment(text: &str) -> Result<Self, SourceError> {
        // The whole text may be an address with a password in it: it is not repeated.
        match text.split_once('=') {
            Some((name, url)) if !name.contains([':', '/']) => Self::parse(name, url),
            _ => Err(SourceError::NotAnAssignment("--source".into())),
        }
    }

    /// From the environment: `BASTION_SOURCE_<NAME>_URL[_FILE]` for each source, or `DB_ENGINE`, `DB_HOST` and so on
    /// for one called `default`.
    ///
    /// # Errors
    /// When a variable is there and wrong.
    pub fn from_environment(
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Vec<Self>, SourceError> {
        environment::sources(variables)
    }

    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    #[must_use]
    pub fn engine(&self) -> Engine {
        match &self.target {
            Target::Postgres(_) => Engine::Postgres,
            // Which of the two answers is known once it does.
            Target::Mysql(_) => Engine::Mysql,
            Target::Sqlite(_) => Engine::Sqlite,
        }
    }

    pub(crate) fn target(&self) -> &Target {
        &self.target
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source")
            .field("name", &self.name)
            .field("engine", &self.engine())
            .finish_non_exhaustive()
    }
}

/// libpq knows more words than the driver: those that decide about TLS are taken out and judged here.
fn postgres(text: &str) -> Result<PostgresTarget, String> {
    let mut url = Url::parse(text).map_err(|error| format!("the address is not a URL: {error}"))?;
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let mut ssl_mode = None;
    let mut root_certificate = None;
    let mut rest = Vec::new();
    for (key, value) in pairs {
        match key.as_str() {
            "sslmode" => ssl_mode = Some(value),
            "sslrootcert" if value == "system" => {}
            "sslrootcert" => root_certificate = Some(PathBuf::from(value)),
            _ => rest.push((key, value)),
        }
    }
    url.set_query(None);
    if !rest.is_empty() {
        url.query_pairs_mut().extend_pairs(rest);
    }
    let mut config: tokio_postgres::Config =
        url.as_str().parse().map_err(|error| format!("the address is not understood: {error}"))?;
    let mode = match ssl_mode.as_deref() {
        Some("disable") => SslMode::Disable,
        // libpq's `prefer` accepts any certificate, which protects nothing; on loopback nothing needs protecting.
        None | Some("allow" | "prefer") if is_local(&config) => SslMode::Disable,
        // Whatever is asked for across a network, the certificate is checked in full.
        None | Some("allow" | "prefer" | "require" | "verify-ca" | "verify-full") => SslMode::Require,
        Some(_) => return Err("sslmode must be disable, prefer, require, verify-ca or verify-full".into()),
    };
    config.ssl_mode(mode);
    if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
        return Err("the address names no host".into());
    }
    if config.get_user().is_none() {
        return Err("the address names no user".into());
    }
    if config.get_application_name().is_none() {
        config.application_name("bastion-mcp");
    }
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(Duration::from_secs(10));
    }
    Ok(PostgresTarget { config, root_certificate })
}

/// Whether every host is this machine: loopback by number or name, or a Unix socket.
pub(crate) fn is_local(config: &tokio_postgres::Config) -> bool {
    use tokio_postgres::config::Host;
    let hosts = config.get_hosts().iter().all(|host| match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        Host::Unix(_) => true,
    });
    hosts && config.get_hostaddrs().iter().all(std::net::IpAddr::is_loopback)
}

#[cfg(test)]
mod tests;
