//! Identifiers. Each is a UUIDv7 that the server made; a newtype keeps one from standing in for another.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )*};
}

id! {
    /// An organization: a tenant, a workspace.
    OrgId;
    /// A person who signs in.
    UserId;
    /// A signed-in browser.
    SessionId;
    /// A monitored database.
    SourceId;
    /// One configured instance of an outside system.
    ConnectionId;
    /// One execution of the scan graph for one source.
    RunId;
    /// One node of a run's graph.
    StepId;
    /// One unit of background work.
    JobId;
    /// A recorded difference between two versions of a source's schema.
    DriftId;
    /// What users say must hold in their data.
    ExpectationId;
    /// Something that is wrong and that somebody handles.
    IncidentId;
    /// An entry of an organization's activity.
    ActivityId;
    /// A line of a step's log.
    LogId;
    /// An invitation into an organization.
    InvitationId;
    /// A key for programs.
    ApiKeyId;
}

impl StepId {
    /// The id of a run's step at this place in its graph, from 0: the numbers after the run's own. So it need not be kept
    /// where the run is known, and steps stand in their order.
    #[must_use]
    pub fn of(run: RunId, place: u8) -> Self {
        Self(Uuid::from_u128(run.0.as_u128().wrapping_add(1 + u128::from(place))))
    }
}
