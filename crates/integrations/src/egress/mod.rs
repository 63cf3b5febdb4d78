//! The guard on everything that leaves.
//!
//! Literal addresses are checked before a call, resolved ones in the resolver that the client dials with (so that what
//! was checked is what is dialled), and redirects are not followed. Private ranges are refused unless the operator
//! names them (`BASTION_EGRESS_ALLOW`). The rules follow the OWASP guidance on server-side request forgery.

mod address;
mod body;
mod policy;
mod resolver;

use std::sync::Arc;
use std::time::Duration;

use reqwest::redirect;
use url::{Host, Url};

pub(crate) use body::bounded;
pub use policy::{EgressPolicy, InvalidAllowance};
pub use resolver::{Lookup, SystemLookup};

use crate::{AgentError, AgentErrorKind};

/// How long dialling may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The one maker of HTTP clients.
#[derive(Clone)]
pub struct Egress {
    policy: Arc<EgressPolicy>,
    client: reqwest::Client,
}

impl Egress {
    /// A guard with the system's resolver.
    ///
    /// # Errors
    /// When the TLS set-up of the process is broken.
    pub fn new(policy: EgressPolicy) -> Result<Self, AgentError> {
        Self::with_lookup(policy, Arc::new(SystemLookup))
    }

    /// A guard with a resolver of one's own, for tests.
    ///
    /// # Errors
    /// As `new`.
    pub fn with_lookup(policy: EgressPolicy, lookup: Arc<dyn Lookup>) -> Result<Self, AgentError> {
        // Only the first installation counts; another part of the process may have done it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let policy = Arc::new(policy);
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .user_agent(concat!("bastion/", env!("CARGO_PKG_VERSION")))
            .dns_resolver(Arc::new(resolver::GuardedResolver::new(policy.clone(), lookup)))
            .build()
            .map_err(|_| AgentError::new(AgentErrorKind::Failed, "The HTTP client could not be set up."))?;
        Ok(Self { policy, client })
    }

    /// Checks an address as far as it can be without asking the name server.
    ///
    /// # Errors
    /// `EgressRefused`, naming the entry that would allow it.
    pub fn check(&self, url: &Url) -> Result<(), AgentError> {
        let refused = |message: String| AgentError::new(AgentErrorKind::EgressRefused, message);
        if !matches!(url.scheme(), "http" | "https") {
            return Err(refused("Only http and https addresses can be called.".into()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refused(
                "The address must not hold a user name or a password; give the token in its own field."
                    .into(),
            ));
        }
        let port = url.port_or_known_default().unwrap_or(443);
        match url.host() {
            None => Err(refused("The address names no host.".into())),
            Some(Host::Ipv4(ip)) => {
                self.policy.permits(ip.into(), url.host_str().unwrap_or_default(), Some(port))
            }
            Some(Host::Ipv6(ip)) => {
                self.policy.permits(ip.into(), url.host_str().unwrap_or_default(), Some(port))
            }
            Some(Host::Domain(_)) => Ok(()),
        }
    }

    /// The guarded client, for an address that passes `check`.
    ///
    /// # Errors
    /// As `check`.
    pub fn client(&self, url: &Url) -> Result<&reqwest::Client, AgentError> {
        self.check(url)?;
        Ok(&self.client)
    }

    /// The refusal in a failed call's chain of causes, if that was why it failed.
    pub(crate) fn refusal(error: &(dyn std::error::Error + 'static)) -> Option<AgentError> {
        let mut next = Some(error);
        while let Some(current) = next {
            if let Some(refused) = current.downcast_ref::<AgentError>() {
                return Some(refused.clone());
            }
            next = current.source();
        }
        None
    }
}

#[cfg(test)]
mod tests;
