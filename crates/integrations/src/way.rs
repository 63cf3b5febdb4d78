//! The way to an agent.

use secrecy::SecretString;
use url::Url;

/// How an agent is reached. `Debug` shows no secret.
#[derive(Clone, Debug)]
pub enum Way {
    /// Straight to a `bastion-mcp`.
    Direct {
        /// Its MCP endpoint, such as `http://127.0.0.1:7800/mcp`.
        url: Url,
        token: Option<SecretString>,
    },
    /// Through an Archestra MCP gateway: `POST {base}/v1/mcp/{gateway}`.
    Gateway {
        /// Archestra's API, without a path: `https://archestra.example:9000`.
        base: Url,
        /// Id or slug; asked of Archestra with the API key when missing.
        gateway: Option<String>,
        /// A platform token; asked of Archestra with the API key when missing.
        token: Option<SecretString>,
        /// A key for Archestra's REST interface.
        api_key: Option<SecretString>,
        /// What stands before `__` in the names of the agent's tools; found by itself when missing.
        tool_prefix: Option<String>,
    },
}
