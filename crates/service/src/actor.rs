//! Who does something.

use std::borrow::Cow;

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

    /// The name that identifies the actor in the audit log. A key of any name is told apart from a person: no e-mail
    /// address has a space in it.
    #[must_use]
    pub fn audit_name(&self) -> Cow<'_, str> {
        match self {
            Self::User { email, .. } => email.into(),
            Self::ApiKey { name, .. } => format!("API key {name}").into(),
            Self::Job => "job".into(),
            Self::System => "system".into(),
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
