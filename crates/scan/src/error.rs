//! Why a database could not be read.

use types::protocol::ToolError;

/// A failure while reading a database, with a code that stays the same.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ScanError {
    #[error("the database of source {source_name} could not be reached: {reason}")]
    Unreachable { source_name: String, reason: String },
    #[error("the database refused the sign-in of source {source_name}: {reason}")]
    SignIn { source_name: String, reason: String },
    #[error("source {source_name}: {reason}")]
    Plaintext { source_name: String, reason: String },
    #[error("the role of source {source_name} can do more than read: {findings}. {advice}")]
    UnsafeRole { source_name: String, findings: String, advice: String },
    #[error("the role has no permission for that: {0}")]
    NoPermission(String),
    #[error("the database took too long: {0}")]
    Timeout(String),
    /// It is worth another try: schema changes end.
    #[error("another session holds a lock for longer than this program waits for one: {0}")]
    Locked(String),
    #[error("cancelled")]
    Cancelled,
    #[error("there is no table {0} in the database, or the role cannot see it")]
    TableUnknown(String),
    #[error("{0} is not a pattern over paths: {1}")]
    Pattern(String, String),
    #[error("at most {most} {what}")]
    TooMany { what: String, most: usize },
    /// It was there when it was connected to.
    #[error(
        "the connection to the database broke: {0}. See that the database runs and keeps its connections, and try again"
    )]
    Lost(String),
    /// It is worth another try: the next statement stands in the way of something else, or of nothing.
    #[error("the server is a standby and gave up what stood in the way of what it replays: {0}")]
    Conflict(String),
    #[error("the database answered with an error: {0}")]
    Database(String),
    #[error("bastion-mcp failed: {0}")]
    Internal(String),
}

impl ScanError {
    /// The stable word for it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreachable { .. } | Self::Lost(_) => "unreachable",
            Self::SignIn { .. } => "sign_in_refused",
            Self::Plaintext { .. } => "plaintext",
            Self::UnsafeRole { .. } => "unsafe_role",
            Self::NoPermission(_) => "no_permission",
            Self::Timeout(_) | Self::Locked(_) => "timeout",
            Self::Cancelled => "cancelled",
            Self::TableUnknown(_) => "table_unknown",
            Self::Pattern(..) => "pattern",
            Self::TooMany { .. } => "too_many",
            Self::Conflict(_) | Self::Database(_) => "database",
            Self::Internal(_) => "internal",
        }
    }
}

impl ScanError {
    /// Of a table that is not there, or may not be read: a caller's own words for it, fit to be shown.
    #[must_use]
    pub fn table_unknown(path: &str) -> Self {
        Self::TableUnknown(quoted(path))
    }
}

impl From<&ScanError> for ToolError {
    fn from(error: &ScanError) -> Self {
        Self { code: error.code().into(), message: error.to_string() }
    }
}

/// A database's own words, fit to be shown: one line, no control characters, at most 300 characters.
pub(crate) fn quoted(text: &str) -> String {
    const MOST: usize = 300;
    let mut short: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MOST).collect();
    if text.chars().nth(MOST).is_some() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_cannot_forge_lines_or_flood_a_log() {
        assert_eq!(quoted("a\nb\u{1b}[2J"), "a b [2J");
        assert_eq!(quoted(&"x".repeat(1000)).chars().count(), 301);
    }
}
