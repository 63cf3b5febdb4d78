//! What ends a command early.

use scan::{ScanError, SourceError};

/// A failure of a command. Its text is the one line that the user sees.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    Scan(#[from] ScanError),
    #[error("{0}")]
    Usage(String),
    /// `check` found the role unsafe, or `serve` refuses it.
    #[error("{0}")]
    Unsafe(String),
    #[error("cannot write the result: {0}")]
    Output(std::io::Error),
    #[error("{0}")]
    Server(String),
}

impl Failure {
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Unsafe(_) => 1,
            _ => 2,
        }
    }
}
