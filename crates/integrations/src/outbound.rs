//! The connector that goes out for real.

use std::time::Duration;

use async_trait::async_trait;
use types::organization::ConnectionReport;

use crate::mcp::{DirectAgent, GatewayAgent};
use crate::{Agent, AgentError, Egress, Probe, Way};

/// Makes agents out of ways, and tries ways out.
#[async_trait]
pub trait Connector: Send + Sync {
    /// An agent at the end of a way. Nothing is dialled before its first call.
    ///
    /// # Errors
    /// `EgressRefused` when the address may not be called.
    fn agent(&self, way: &Way) -> Result<Box<dyn Agent>, AgentError>;

    /// Climbs the ladder of checks and says which rung broke and what to do.
    async fn test(&self, probe: Probe) -> ConnectionReport;
}

/// The connector over HTTP.
#[derive(Clone)]
pub struct Outbound {
    egress: Egress,
    call_timeout: Duration,
}

/// A gateway waits up to 60 s for a tool; a caller must wait longer than that to hear why it failed.
const CALL_TIMEOUT: Duration = Duration::from_secs(90);

impl Outbound {
    /// A connector that goes out through `egress`.
    #[must_use]
    pub fn new(egress: Egress) -> Self {
        Self { egress, call_timeout: CALL_TIMEOUT }
    }

    /// The same with another patience, for tests.
    #[must_use]
    pub fn with_call_timeout(self, call_timeout: Duration) -> Self {
        Self { call_timeout, ..self }
    }
}

#[async_trait]
impl Connector for Outbound {
    fn agent(&self, way: &Way) -> Result<Box<dyn Agent>, AgentError> {
        match way {
            Way::Direct { url, token } => {
                self.egress.check(url)?;
                Ok(Box::new(DirectAgent::new(
                    self.egress.clone(),
                    url.clone(),
                    token.clone(),
                    self.call_timeout,
                )))
            }
            Way::Gateway { base, gateway, token, api_key, tool_prefix } => {
                self.egress.check(base)?;
                let archestra =
                    crate::archestra::Archestra::new(self.egress.clone(), base.clone(), api_key.clone());
                Ok(Box::new(GatewayAgent::new(
                    archestra,
                    gateway.clone(),
                    token.clone(),
                    tool_prefix.clone(),
                    self.call_timeout,
                )))
            }
        }
    }

    async fn test(&self, probe: Probe) -> ConnectionReport {
        crate::probe::climb(&self.egress, probe, self.call_timeout).await
    }
}
