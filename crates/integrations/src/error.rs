//! How a call of an agent fails.

use std::fmt;

/// The kinds that a caller tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AgentErrorKind {
    /// Nothing answers at the address.
    Unreachable,
    /// The agent or the gateway refused the token.
    Unauthorized,
    /// Whatever answers there does not speak MCP.
    NotMcp,
    /// It speaks MCP, but the answer breaks the contract: too large, of another shape, without our tools.
    Protocol,
    /// No answer in time.
    Timeout,
    /// The address is one that this server may not call.
    EgressRefused,
    /// The agent does not know the job: it restarted, or the job expired.
    JobUnknown,
    /// A job of that kind runs already.
    Busy,
    /// The agent said that it failed.
    Failed,
}

impl AgentErrorKind {
    /// Whether the same call may succeed a little later.
    #[must_use]
    pub fn is_transient(self) -> bool {
        matches!(self, Self::Unreachable | Self::Timeout | Self::Busy)
    }
}

/// A failed call: what happened and what to do, in one text for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentError {
    pub kind: AgentErrorKind,
    pub message: String,
}

/// The most characters of foreign text in a message.
const FOREIGN_TEXT: usize = 300;

impl AgentError {
    /// An error with our own words.
    #[must_use]
    pub fn new(kind: AgentErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    /// An error that quotes an agent or a gateway: cut, and without control characters.
    #[must_use]
    pub fn quoting(kind: AgentErrorKind, intro: &str, foreign: &str) -> Self {
        let text: String =
            foreign.chars().map(|c| if c.is_control() { ' ' } else { c }).take(FOREIGN_TEXT).collect();
        Self { kind, message: format!("{intro}{text}") }
    }
}

impl fmt::Display for AgentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for AgentError {}
