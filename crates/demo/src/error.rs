//! How the demo fails.

/// Why the demo cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the demo's database failed: {0}")]
    Database(#[from] rusqlite::Error),
    #[error(
        "the agent could not be started: {0}. Build it with `cargo build -p mcp`, or set BASTION_MCP_BIN"
    )]
    AgentStart(std::io::Error),
    #[error("the agent stopped before it listened; it said: {0}")]
    AgentSilent(String),
}
