//! Use cases: the only place where permission, transaction, store, rules and integrations meet.
//!
//! A use case is a free function of its noun's module that takes a [`Context`] and, where it concerns an
//! organization, a [`Scope`] which only [`authorize`] hands out: a forgotten permission check does not compile.
//! A change writes its audit row, its activity row and its jobs in its own transaction; nobody waits for the network
//! while a transaction is open.

mod actor;
mod authorize;
mod callers;
mod clock;
mod context;
mod error;
mod foreign_text;
mod hub;
mod letter_case;
mod mail;
mod network;
mod scope;
mod series;
mod token;

pub mod access_token;
pub mod activity;
pub mod agent;
pub mod ai;
pub mod api_key;
pub mod audit;
pub mod clerk;
pub mod configuration;
pub mod connection;
pub mod drift;
pub mod expectation;
pub mod idempotency;
pub mod identity;
pub mod incident;
pub mod invitation;
pub mod key;
pub mod log;
pub mod member;
pub mod notification;
pub mod organization;
pub mod overview;
pub mod ownership;
pub mod page;
pub mod permission;
pub mod person;
pub mod policy;
pub mod precondition;
pub mod quality;
pub mod scan;
pub mod schema;
pub mod sensitivity;
pub mod source;
pub mod sso;
pub mod worker;

pub use actor::Actor;
pub use authorize::{Credentials, SignedIn, authenticate, authorize};
pub use clock::{Clock, ManualClock, SimulatedClock, SystemClock};
pub use context::{Context, Settings, SignUpRule};
pub use error::Error;
pub use hub::{Hint, Hub, Topic};
pub use integrations::clerk::{Clerk, ClerkSettings};
pub use integrations::oidc::RelyingParty;
pub use integrations::redis::{self, Redis, RedisServer};
pub use integrations::svix::{Signed, WebhookSecret};
pub use integrations::vault::{Transit, TransitKey, VaultToken};
pub use integrations::{
    Connector, Dns, Egress, EgressPolicy, Mail, MailError, Mailer, Outbound, Sender, Smtp, SmtpServer,
};
pub use network::Network;
pub use permission::Requires;
pub use scope::Scope;
