//! How the control plane reaches an agent.

use serde::{Deserialize, Serialize};

/// The way to a source's agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// Straight to a `bastion-mcp`, by address and token.
    Direct,
    /// Through the organization's Archestra MCP gateway.
    Gateway,
}

impl Transport {
    /// The word used in JSON and in tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Gateway => "gateway",
        }
    }
}
