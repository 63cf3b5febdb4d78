//! The resolver that the guarded client dials with: it returns no address that the policy refuses.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use async_trait::async_trait;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::EgressPolicy;

/// Asks for a name's addresses.
#[async_trait]
pub trait Lookup: Send + Sync {
    /// The addresses of a host; the port is of no matter.
    async fn lookup(&self, host: &str) -> io::Result<Vec<SocketAddr>>;
}

/// The system's resolver.
pub struct SystemLookup;

#[async_trait]
impl Lookup for SystemLookup {
    async fn lookup(&self, host: &str) -> io::Result<Vec<SocketAddr>> {
        Ok(tokio::net::lookup_host((host, 0)).await?.collect())
    }
}

pub(super) struct GuardedResolver {
    policy: Arc<EgressPolicy>,
    lookup: Arc<dyn Lookup>,
}

impl GuardedResolver {
    pub(super) fn new(policy: Arc<EgressPolicy>, lookup: Arc<dyn Lookup>) -> Self {
        Self { policy, lookup }
    }
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (policy, lookup) = (self.policy.clone(), self.lookup.clone());
        Box::pin(async move {
            let addresses = lookup.lookup(name.as_str()).await?;
            // One forbidden answer refuses the name: a mixed answer is how rebinding begins.
            for address in &addresses {
                policy.permits(address.ip(), name.as_str(), None)?;
            }
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}
