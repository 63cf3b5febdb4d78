//! What an organization's members are told by mail.

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::incident::IncidentSeverity;
use crate::permission::Role;

/// Answer of `GET` and `PUT /api/org/notifications`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Notifications {
    /// Counts the changes; 0 while nothing was ever chosen, and then nobody gets a mail.
    pub version: u32,
    pub incidents: IncidentMails,
    /// Whether this server sends mail at all: its operator decides.
    pub mail: bool,
    /// Who changed it last.
    pub author: Option<String>,
    pub at: Option<Timestamp>,
}

/// Who gets a mail when a scan opens an incident, opens one again or finds it worse, by how bad it is. Breaking drift opens
/// incidents.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct IncidentMails {
    /// The roles of members who get one; none for no mail.
    pub critical: Vec<Role>,
    /// The roles of members who get one; none for no mail.
    pub warning: Vec<Role>,
}

impl IncidentMails {
    /// The roles that are told of incidents this bad.
    #[must_use]
    pub fn of(&self, severity: IncidentSeverity) -> &[Role] {
        match severity {
            IncidentSeverity::Critical => &self.critical,
            IncidentSeverity::Warning => &self.warning,
        }
    }
}

/// Body of `PUT /api/org/notifications`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetNotifications {
    /// The one that was read and changed; when there is a newer one, nothing is changed.
    pub version: u32,
    pub incidents: IncidentMails,
}
