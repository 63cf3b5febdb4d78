//! Why a step stops before its end.

use integrations::AgentError;

use crate::Error;

/// Why a step stops before its end.
#[derive(Debug)]
pub(super) enum Halt {
    /// Somebody asked the run to end.
    Cancelled,
    /// The server stops; another worker goes on from the checkpoint.
    Stopping,
    /// Another worker has the step; whatever this one does would be wrong.
    LeaseLost,
    Failed(Error),
}

impl Halt {
    /// Whether the same attempt may succeed a little later.
    pub(super) fn is_transient(&self) -> bool {
        match self {
            Self::Failed(Error::Agent(error)) => error.kind.is_transient(),
            Self::Failed(Error::Store(error)) => {
                use store::Error::{
                    Busy, CommitUnknown, MasterKeyReplaced, OrganizationBehind, OrganizationMoving,
                    Unavailable,
                };
                matches!(
                    error,
                    Busy | Unavailable
                        | CommitUnknown
                        | MasterKeyReplaced
                        | OrganizationMoving
                        | OrganizationBehind
                )
            }
            Self::Failed(_) | Self::Cancelled | Self::Stopping | Self::LeaseLost => false,
        }
    }
}

impl From<Error> for Halt {
    fn from(error: Error) -> Self {
        match error {
            Error::Store(store::Error::LeaseLost) => Self::LeaseLost,
            error => Self::Failed(error),
        }
    }
}

impl From<store::Error> for Halt {
    fn from(error: store::Error) -> Self {
        Error::from(error).into()
    }
}

impl From<AgentError> for Halt {
    fn from(error: AgentError) -> Self {
        Self::Failed(error.into())
    }
}
