//! A change: one difference between two snapshots, whom it affects, and why.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How much a change hurts one audience. Ordered from least to most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    Info,
    Safe,
    PotentiallyBreaking,
    Breaking,
}

impl Severity {
    /// The word used in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Safe => "safe",
            Self::PotentiallyBreaking => "potentially_breaking",
            Self::Breaking => "breaking",
        }
    }
}

/// Whose eyes a change is judged with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Those who query: SQL, reports, pipelines, change data capture.
    Readers,
    /// Those who insert and update: applications, loaders.
    Writers,
    #[default]
    Both,
}

/// A property of a change besides its severity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    /// Rows or values were dropped.
    DataLost,
    /// It could only succeed because the data allowed it, or new writes may now be refused.
    DependsOnData,
    /// Making it takes a lock or rewrites the table.
    Locks,
    /// It changes who may see or do what.
    Authorization,
}

/// Why a change raises no alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Quieting {
    /// Accepted as it is, until it changes again.
    Expected,
    /// Part of a migration that was announced.
    Announced,
    /// Left out by a rule.
    Ignored,
}

impl Quieting {
    /// The word used in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Expected => "expected",
            Self::Announced => "announced",
            Self::Ignored => "ignored",
        }
    }
}

/// What a policy made of a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Ruling {
    /// The severity for readers as the change was found.
    pub readers: Severity,
    /// The severity for writers as the change was found.
    pub writers: Severity,
    /// Missing while it still counts, at the severity that was decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiet: Option<Quieting>,
    /// The decisions that held, one sentence each: what, by whom and why.
    pub why: Vec<String>,
}

/// One difference between two snapshots.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Change {
    /// `<object>.<verb>`, such as `column.type_changed`.
    pub kind: String,
    /// The object's address; for a rename the new one.
    pub path: String,
    /// For a rename: the old address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old_path: Option<String>,
    /// What stood there; null when the object is new. A text, a list or an object, as the kind asks for.
    pub before: Value,
    /// What stands there now; null when it is gone.
    pub after: Value,
    pub readers: Severity,
    pub writers: Severity,
    #[serde(default)]
    pub flags: Vec<Flag>,
    /// Matching Atlas lint codes, such as `DS103`.
    #[serde(default)]
    pub codes: Vec<String>,
    /// One sentence: why it matters.
    pub reason: String,
    /// What the last profile and the catalog add, one sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
    /// What a policy made of it; then `readers` and `writers` are as decided, and `info` where it is quiet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<Ruling>,
}

impl Change {
    /// Why it raises no alarm, if a policy said so.
    #[must_use]
    pub fn quiet(&self) -> Option<Quieting> {
        self.policy.as_ref().and_then(|ruling| ruling.quiet)
    }

    /// What is said beside the reason, one sentence each: the evidence, then what a policy decided.
    pub fn notes(&self) -> impl Iterator<Item = &str> {
        let decided = self.policy.iter().flat_map(|ruling| &ruling.why);
        self.evidence.iter().chain(decided).map(String::as_str)
    }

    /// The severity as it was found, whatever a policy made of it.
    #[must_use]
    pub fn found_severity(&self) -> Severity {
        match &self.policy {
            Some(ruling) => ruling.readers.max(ruling.writers),
            None => self.readers.max(self.writers),
        }
    }

    /// The severity for an audience; for both, the higher.
    #[must_use]
    pub fn severity(&self, audience: Audience) -> Severity {
        match audience {
            Audience::Readers => self.readers,
            Audience::Writers => self.writers,
            Audience::Both => self.readers.max(self.writers),
        }
    }

    /// The part of `kind` before the dot.
    #[must_use]
    pub fn object(&self) -> &str {
        self.kind.split_once('.').map_or(self.kind.as_str(), |(object, _)| object)
    }

    /// The part of `kind` after the dot.
    #[must_use]
    pub fn verb(&self) -> &str {
        self.kind.split_once('.').map_or("", |(_, verb)| verb)
    }
}

/// Counts over a list of changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangeSummary {
    pub total: u32,
    pub breaking: u32,
    pub potentially_breaking: u32,
    pub safe: u32,
    pub info: u32,
    pub tables_added: u32,
    pub tables_removed: u32,
    pub columns_modified: u32,
    pub type_changes: u32,
    /// Those that a policy keeps quiet; they are among `info`.
    #[serde(default)]
    pub quiet: u32,
    /// Number of changes by kind.
    pub by_kind: BTreeMap<String, u32>,
}

/// What `bastion diff --format json` prints.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DiffReport {
    pub breaking: bool,
    pub changes: Vec<Change>,
    pub summary: ChangeSummary,
}
