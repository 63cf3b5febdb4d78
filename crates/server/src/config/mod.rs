//! What the operator decided, by flags and environment; every fault is found at once.

mod address;
mod clerk;
mod database;
mod interface;
mod key;
mod log;
mod mail;
mod rate_limit;
mod redis;
mod settings;
mod variables;
mod vault;

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use ipnet::IpNet;
use service::{ClerkSettings, EgressPolicy, RedisServer, SignUpRule};
use url::Url;

use crate::rate_limit::Limits;
use crate::ui::Ui;

pub use key::MasterKeySource;
pub use mail::Mail;
pub use settings::{Flags, load};
pub use variables::Variables;

/// Which part of the work a process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    All,
    Api,
    Worker,
}

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

/// A checked configuration.
#[derive(Clone)]
pub struct Config {
    pub role: Role,
    pub data_dir: PathBuf,
    pub database: store::Settings,
    /// The same database as the role that does jobs, where that is another.
    pub job_url: Option<String>,
    /// The same database as the role that looks, where that is another.
    pub staff_url: Option<String>,
    pub master_key: MasterKeySource,
    pub listen: SocketAddr,
    /// Where whoever watches over the server asks for its figures; nowhere if missing.
    pub metrics_listen: Option<SocketAddr>,
    /// Where people reach the server.
    pub public_url: Url,
    pub trusted_proxies: Vec<IpNet>,
    /// Says what domains publish; the name servers of this machine if missing.
    pub dns_server: Option<SocketAddr>,
    pub sign_up: SignUpRule,
    /// How many days a deleted organization can be restored.
    pub deletion_grace_days: u32,
    pub egress: EgressPolicy,
    pub ui: Ui,
    /// A filter of `tracing-subscriber`.
    pub log: String,
    pub log_format: LogFormat,
    /// Missing when there are none.
    pub rate_limits: Option<Limits>,
    /// Where all servers count together; missing when each counts for itself.
    pub redis: Option<RedisServer>,
    /// Missing when there is no mail server.
    pub mail: Option<Mail>,
    /// Missing when nobody comes by Clerk.
    pub clerk: Option<ClerkSettings>,
    /// What was set without effect, as sentences.
    pub warnings: Vec<String>,
}

impl Config {
    /// The database as a role that an address names.
    #[must_use]
    pub fn database_as(&self, url: &str) -> store::Settings {
        store::Settings { url: url.to_owned(), ..self.database.clone() }
    }

    /// Whether the database is a file of its own.
    #[must_use]
    pub fn is_embedded(&self) -> bool {
        database::is_sqlite(&self.database.url)
    }
}

/// One thing that is wrong with the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The environment variable.
    pub setting: &'static str,
    /// What is wrong and what to write instead; never the value of a secret.
    pub problem: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.setting, self.problem)
    }
}
