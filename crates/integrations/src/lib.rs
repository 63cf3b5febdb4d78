//! Outbound clients behind traits, all through one egress-guarded HTTP client.
//!
//! What an agent, a gateway or a model sends back is untrusted: sizes are capped, shapes are checked, texts are cut and
//! never followed. No error text holds a token, a header or a body.

mod agent;
pub mod archestra;
mod cached;
pub mod clerk;
pub mod dns;
pub mod egress;
mod error;
pub mod mail;
mod mcp;
pub mod oidc;
mod outbound;
mod probe;
mod provider;
pub mod redis;
pub mod svix;
pub mod vault;
mod way;

pub use agent::Agent;
pub use dns::{Dns, DnsError};
pub use egress::{Egress, EgressPolicy};
pub use error::{AgentError, AgentErrorKind};
pub use mail::{Mail, MailError, Mailer, Sender, Smtp, SmtpServer};
pub use outbound::{Connector, Outbound};
pub use probe::Probe;
pub use provider::ProviderError;
pub use secrecy::SecretString;
pub use url::Url;
pub use way::Way;
