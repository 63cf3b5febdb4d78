//! Reads a snapshot from a file that somebody hands in.

use std::collections::HashSet;

use serde::Deserialize;
use types::snapshot::{FORMAT_VERSION, Snapshot};

use crate::canonical::canonicalize;

/// Why a file is no snapshot that we can read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The text is no JSON, or lacks something.
    #[error("not a snapshot: {message} (line {line}, column {column})")]
    Malformed { message: String, line: usize, column: usize },
    /// A newer Bastion wrote it.
    #[error(
        "the snapshot has format version {found}, and this program reads up to {FORMAT_VERSION}: use a newer one"
    )]
    TooNew { found: u64 },
    /// Two objects share an address.
    #[error("not a snapshot: {kind} {path} is in it twice")]
    Duplicate { kind: &'static str, path: String },
}

impl ReadError {
    /// A stable word for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "snapshot_malformed",
            Self::TooNew { .. } => "snapshot_too_new",
            Self::Duplicate { .. } => "snapshot_duplicate",
        }
    }
}

impl From<serde_json::Error> for ReadError {
    fn from(error: serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        let text = error.to_string();
        let place = format!(" at line {line} column {column}");
        Self::Malformed {
            // The text may quote the file: enough of it to find the place, no more.
            message: text.replace(&place, "").chars().take(200).collect(),
            line,
            column,
        }
    }
}

#[derive(Deserialize)]
struct Version {
    format_version: u64,
}

/// Reads a snapshot and brings it into canonical form, whatever form it was in.
///
/// # Errors
/// [`ReadError`] when the text is no JSON, is no snapshot, is of a newer format or holds an object twice.
pub fn read_snapshot(json: &[u8]) -> Result<Snapshot, ReadError> {
    // The version first: a newer format need not have the members that this one expects.
    let version: Version = serde_json::from_slice(json)?;
    if version.format_version > u64::from(FORMAT_VERSION) {
        return Err(ReadError::TooNew { found: version.format_version });
    }
    let snapshot: Snapshot = serde_json::from_slice(json)?;
    let mut seen = HashSet::new();
    for object in &snapshot.objects {
        if !seen.insert((object.body.kind(), object.path.as_str())) {
            return Err(ReadError::Duplicate { kind: object.body.kind(), path: object.path.clone() });
        }
    }
    Ok(canonicalize(snapshot))
}
