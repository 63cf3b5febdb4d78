//! What an organization decided, as one file: sources without secrets, policies, expectations, owners and tags, and who is
//! mailed.
//!
//! The same shape is written and read. Unknown fields are refused: what was misspelt would silently not hold.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::connection::Transport;
use crate::expectation::ExpectationDefinition;
use crate::notification::IncidentMails;
use crate::policy::Policy;
use crate::sensitivity::SensitivityRule;

/// The version of [`Configuration`] that is written.
pub const CONFIGURATION_VERSION: u32 = 1;

/// The file. What it does not mention stays as it is; a list that it has is the whole list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Configuration {
    /// 1.
    pub version: u32,
    /// The drift policy of all sources.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<Policy>,
    /// Who is mailed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notifications: Option<NotificationsConfiguration>,
    /// A source that is there and not here stays: with it would go its history.
    #[serde(default)]
    pub sources: Vec<SourceConfiguration>,
}

/// What members are told by mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NotificationsConfiguration {
    pub incidents: IncidentMails,
}

/// A source with what was decided about it. Its agent's token is no part of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SourceConfiguration {
    pub name: String,
    /// `gateway` needs the organization's gateway to be set up.
    pub transport: Transport,
    /// Needed for `direct`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_source: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_prefix: Option<String>,
    /// Only scanned by hand where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every_minutes: Option<u32>,
    /// Its own drift policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<Policy>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expectations: Option<Vec<ExpectationDefinition>>,
    /// Owners and tags of the source, where a path is missing, and of patterns in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ownership: Option<Vec<OwnershipEntry>>,
    /// Owners and tags of single objects; `path` is theirs and no pattern.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objects: Option<Vec<OwnershipEntry>>,
    /// How far out values have to be before they are odd: of the source, where a table is missing, and of parts of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sensitivity: Option<Vec<SensitivityRule>>,
}

/// Who answers for something, and how it is tagged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct OwnershipEntry {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// A member's e-mail address; their id once they have left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// A team's name, in the place of a member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
}

/// Answer of `POST /api/configuration`: what applying a file does, or would do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConfigurationPlan {
    /// Whether it was done.
    pub applied: bool,
    /// Equal as long as the file and what is there are: `?plan=` of the request that applies it.
    pub fingerprint: String,
    /// Those that the file mentions.
    pub sections: Vec<PlannedSection>,
    /// What has to be set up before it can be applied, in sentences.
    pub missing: Vec<String>,
    /// What is left to do by hand afterwards, such as tokens, in sentences.
    pub left: Vec<String>,
    /// Sources that are there and not in the file: they stay as they are.
    pub unmentioned: Vec<String>,
}

/// A part of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Section {
    Sources,
    Policy,
    Expectations,
    Ownership,
    Objects,
    Sensitivity,
    Notifications,
}

/// What becomes of one part of the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlannedSection {
    pub section: Section,
    /// The source's name; missing for what concerns the organization.
    pub source: Option<String>,
    pub added: Vec<PlannedItem>,
    pub changed: Vec<PlannedItem>,
    pub removed: Vec<PlannedItem>,
    pub unchanged: u32,
}

/// One thing that is added, changed or removed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlannedItem {
    /// What it is, in words.
    pub name: String,
    /// Missing for what is added.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// Missing for what is removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
}
