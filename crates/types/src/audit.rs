//! What is found of the audit log's chain of hashes.

use serde::{Deserialize, Serialize};

use crate::organization::AuditEntry;

/// One row of the audit log with its place in the chain; a line of an export.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditLink {
    #[serde(flatten)]
    pub entry: AuditEntry,
    /// The hash of the row before; empty in the first one.
    pub previous_hash: String,
    /// SHA-256 of `previous_hash` and this row's JSON without the two hashes, in hexadecimal digits.
    pub hash: String,
}

/// Answer of `GET /api/org/audit/verify`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditVerification {
    /// Whether each row is there, as it was written, and follows the one before.
    pub intact: bool,
    /// How many rows were read, up to the first broken one.
    pub rows: u64,
    /// The hash of the last row that fits. Kept elsewhere, it shows later that nothing before it was written anew.
    pub head: Option<String>,
    /// The first row that does not fit.
    pub broken: Option<BrokenLink>,
}

/// Where the chain breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BrokenLink {
    pub seq: i64,
    pub fault: AuditFault,
}

/// What is wrong with a row of the audit log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AuditFault {
    /// It is not there, although one after it is, or its number was given out.
    Missing,
    /// Its content is not what its hash was made of.
    Altered,
    /// It does not hold the hash of the row before.
    Unlinked,
}

impl AuditFault {
    /// What to say of the row.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Missing => "was removed",
            Self::Altered => "was changed after it was written",
            Self::Unlinked => "does not follow the row before it",
        }
    }
}

/// What the audit log is exported as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum AuditFormat {
    /// With a line of column names; fit for a spreadsheet, which takes no cell of it for a formula.
    Csv,
    /// An [`AuditLink`] a line.
    Jsonl,
}

impl AuditFormat {
    /// The word in JSON, which is the file's suffix as well.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
        }
    }
}
