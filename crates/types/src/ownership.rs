//! Whose data is whose: owners and tags of a source, of what a pattern of paths names, and of one object.
//!
//! Both are inherited downwards. An answer says where each comes from.

use serde::{Deserialize, Serialize};

use crate::{Timestamp, UserId};

/// Who answers for data.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Owner {
    /// Somebody of the organization.
    Member { id: UserId },
    /// A group of people that Bastion knows by its name only.
    Team { name: String },
}

/// What holds for a source, or for what a pattern names in it. At least one of owner and tags is there.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct OwnershipRule {
    /// A pattern as in a policy, such as `public.pay_*`: it covers what it names and what lies in that. The whole source
    /// where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Owner>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
}

/// Answer of `GET /api/ownership`: the rules of one source. Their order means nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OwnershipDocument {
    /// The source's name.
    pub source: String,
    /// Counts from 1; 0 while nothing was written.
    pub version: u32,
    pub rules: Vec<OwnershipRule>,
    /// Who wrote this version, and when; missing while nothing was written.
    pub author: Option<String>,
    pub at: Option<Timestamp>,
}

/// Body of `PUT /api/ownership`: all rules of one source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetOwnership {
    /// The version that was changed. Refused with `conflict` when there is a newer one.
    pub version: u32,
    #[serde(default)]
    pub rules: Vec<OwnershipRule>,
}

/// How near to an object something was said of it. Ordered from near to far, but for a schema and patterns, of which the
/// most specific is nearer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum OwnershipLevel {
    /// Of the object itself.
    Object,
    /// Of the table or view that it lies in.
    Table,
    /// Of the schema that it lies in.
    Schema,
    /// By a rule about a pattern.
    Pattern,
    /// By a rule about the whole source.
    Source,
}

/// Where an owner or a tag comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OwnershipOrigin {
    pub level: OwnershipLevel,
    /// An object's path, a pattern, or the source's name.
    pub place: String,
}

/// An object's owner, and where that comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ResolvedOwner {
    pub owner: Owner,
    /// The member's or the team's; missing when the person has left the organization.
    pub name: Option<String>,
    pub from: OwnershipOrigin,
}

/// A tag of an object, and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ResolvedTag {
    pub tag: String,
    pub from: OwnershipOrigin,
}

/// Who answers for an object, and how it is tagged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Ownership {
    /// The nearest.
    pub owner: Option<ResolvedOwner>,
    /// All that were said of it and of what it lies in, by name.
    pub tags: Vec<ResolvedTag>,
}

impl Ownership {
    /// The member who answers for it, unless that is nobody, a team, or somebody who has left.
    #[must_use]
    pub fn member(&self) -> Option<(UserId, &str)> {
        match self.owner.as_ref()? {
            ResolvedOwner { owner: Owner::Member { id }, name: Some(name), .. } => Some((*id, name)),
            _ => None,
        }
    }

    /// The team that answers for it.
    #[must_use]
    pub fn team(&self) -> Option<&str> {
        match &self.owner.as_ref()?.owner {
            Owner::Team { name } => Some(name),
            Owner::Member { .. } => None,
        }
    }

    /// Whether it has a tag, in any case.
    #[must_use]
    pub fn has_tag(&self, tag: &str) -> bool {
        self.tags.iter().any(|own| own.tag.to_lowercase() == tag.to_lowercase())
    }
}
