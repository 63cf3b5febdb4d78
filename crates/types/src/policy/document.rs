//! A policy as the server keeps it: versions, what holds for a source, and what a change of it would do.

use serde::{Deserialize, Serialize};

use super::{KindPattern, Policy};
use crate::change::{Quieting, Severity};
use crate::{DriftId, Timestamp};

/// Answer of `GET /api/drift/policy`: the organization's policy, or a source's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PolicyDocument {
    /// The source's name; missing for the organization's policy.
    pub source: Option<String>,
    /// Counts from 1; 0 while nothing was decided.
    pub version: u32,
    pub policy: Policy,
    /// The same as YAML, with its author's comments.
    pub text: String,
    /// Who wrote this version, when and why; missing while nothing was decided.
    pub author: Option<String>,
    pub at: Option<Timestamp>,
    pub reason: Option<String>,
}

/// Body of `PUT /api/drift/policy`: the whole policy, either as YAML or as JSON.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetPolicy {
    /// The version that was changed. Refused with `conflict` when there is a newer one.
    pub version: u32,
    /// The policy as YAML, kept as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The policy as JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Policy>))]
    pub policy: Option<serde_json::Value>,
    /// Why; shown beside the version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// One version: an item of `GET /api/drift/policy/versions`, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PolicyVersion {
    pub version: u32,
    pub author: String,
    pub at: Timestamp,
    pub reason: Option<String>,
    /// The policy as YAML.
    pub text: String,
}

/// Answer of `GET /api/drift/policy/effective`: what a source's changes are judged with. The organization's policy comes
/// first; the source's own sees what that left, and may bring back what it ignores.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EffectivePolicy {
    pub source: String,
    pub organization: Policy,
    pub own: Policy,
}

/// Body of `POST /api/drift/policy/preview`: a policy that is not in force.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PreviewPolicy {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Policy>))]
    pub policy: Option<serde_json::Value>,
    /// How many of the newest events are judged; 50 if missing, 200 at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<u32>,
}

/// What a policy would make of the newest events, against what the policy in force makes of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PolicyPreview {
    /// How many events were judged.
    pub judged: u32,
    /// Those that come out otherwise, newest first.
    pub different: Vec<PreviewedEvent>,
}

/// An event that a policy would judge otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PreviewedEvent {
    pub id: DriftId,
    pub source: String,
    pub detected_at: Timestamp,
    pub sentence: String,
    /// By the policy in force, and by the other one.
    pub before: Severity,
    pub after: Severity,
    /// How many of its changes come out otherwise.
    pub different: u32,
    /// The first of them, at most 20.
    pub changes: Vec<PreviewedChange>,
}

/// A change that a policy would judge otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PreviewedChange {
    pub kind: String,
    pub path: String,
    pub before: Severity,
    pub after: Severity,
    /// Why it would raise no alarm.
    pub quiet: Option<Quieting>,
    /// The decisions that would hold, one sentence each.
    pub why: Vec<String>,
}

/// Body of `POST /api/drift/policy/migrations`: a migration, announced beforehand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AnnounceMigration {
    pub from: Timestamp,
    pub until: Timestamp,
    /// `*` within a part, `**` across dots; everything where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// All kinds where it is empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<KindPattern>,
    pub reason: String,
}
