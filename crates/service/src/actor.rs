//! Who does something.

use types::{ApiKeyId, UserId};

/// Whoever acts: written into every audit row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A signed-in person.
    User { id: UserId, name: String, email: String },
    /// A program with a key of the organization.
    ApiKey { id: ApiKeyId, name: String },
    /// Background work.
    Job,
    /// The operator, through the command line.
    System,
}

impl Actor {
    /// The name that other members read in the activity.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::User { name, .. } | Self::ApiKey { name, .. } => name,
            Self::Job | Self::System => "Bastion",
        }
    }

    /// The name that identifies the actor in the audit log.
    #[must_use]
    pub fn audit_name(&self) -> &str {
        match self {
            Self::User { email, .. } => email,
            Self::ApiKey { name, .. } => name,
            Self::Job => "job",
            Self::System => "system",
        }
    }

    /// The person, when it is one.
    #[must_use]
    pub fn user_id(&self) -> Option<UserId> {
        match self {
            Self::User { id, .. } => Some(*id),
            Self::ApiKey { .. } | Self::Job | Self::System => None,
        }
    }
}
