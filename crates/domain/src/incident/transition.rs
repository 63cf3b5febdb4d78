//! What people do to an incident.

use serde::{Deserialize, Serialize};
use types::Timestamp;

use super::{Incident, Snooze, Status};

/// A decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Action {
    Acknowledge,
    Start,
    Resolve,
    Expected,
    FalsePositive,
    Reopen,
    SnoozeUntil {
        at: Timestamp,
    },
    SnoozeUntilChanged,
    Wake,
    /// Into the incident of that id.
    Merge {
        into: String,
    },
}

impl Action {
    fn word(&self) -> &'static str {
        match self {
            Self::Acknowledge => "acknowledge",
            Self::Start => "start",
            Self::Resolve => "resolve",
            Self::Expected => "expected",
            Self::FalsePositive => "false_positive",
            Self::Reopen => "reopen",
            Self::SnoozeUntil { .. } | Self::SnoozeUntilChanged => "snooze",
            Self::Wake => "wake",
            Self::Merge { .. } => "merge",
        }
    }
}

/// Why a decision cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("an incident that is {} cannot be changed by `{action}`", from.as_str())]
    NotFrom { from: Status, action: &'static str },
    #[error("the incident was merged into {into}: decide there")]
    Merged { into: String },
    #[error("a snooze has to end later than now")]
    SnoozeOver,
    #[error("an incident cannot be merged into itself")]
    IntoItself,
}

impl Refusal {
    /// The stable code of a problem.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFrom { .. } => "incident_state",
            Self::Merged { .. } => "incident_merged",
            Self::SnoozeOver => "snooze_over",
            Self::IntoItself => "merge_into_itself",
        }
    }
}

impl Incident {
    /// Takes a decision about the incident `own`.
    ///
    /// # Errors
    /// A [`Refusal`] where its state does not allow it; the incident is as it was.
    pub fn decide(&self, own: &str, action: &Action, now: Timestamp) -> Result<Self, Refusal> {
        if let Some(into) = &self.merged_into {
            return Err(Refusal::Merged { into: into.clone() });
        }
        let refused = || Refusal::NotFrom { from: self.status, action: action.word() };
        let mut next = self.clone();
        let ends = |next: &mut Self, status| {
            next.status = status;
            next.snooze = None;
            next.ended_at = Some(now);
        };
        let active = self.status.is_active();
        match action {
            Action::Acknowledge if self.status == Status::Open => next.status = Status::Acknowledged,
            Action::Start if matches!(self.status, Status::Open | Status::Acknowledged) => {
                next.status = Status::InProgress;
            }
            Action::Resolve if active => ends(&mut next, Status::Resolved),
            Action::Expected if active => ends(&mut next, Status::Expected),
            Action::FalsePositive if active => ends(&mut next, Status::FalsePositive),
            Action::Reopen if !active => {
                next.status = Status::Open;
                next.ended_at = None;
                next.reopened += 1;
            }
            Action::SnoozeUntil { at } if active => {
                if *at <= now {
                    return Err(Refusal::SnoozeOver);
                }
                next.snooze = Some(Snooze::Until { at: *at });
            }
            Action::SnoozeUntilChanged if active => next.snooze = Some(Snooze::UntilChanged),
            Action::Wake if active && self.snooze.is_some() => next.snooze = None,
            Action::Merge { into } if active => {
                if into == own {
                    return Err(Refusal::IntoItself);
                }
                ends(&mut next, Status::Resolved);
                next.merged_into = Some(into.clone());
            }
            _ => return Err(refused()),
        }
        Ok(next)
    }

    /// The incident into which `other` was merged: as severe as the worse, as old as the older.
    #[must_use]
    pub fn absorb(&self, other: &Self) -> Self {
        Self {
            severity: self.severity.max(other.severity),
            opened_at: self.opened_at.min(other.opened_at),
            last_seen_at: self.last_seen_at.max(other.last_seen_at),
            ..self.clone()
        }
    }
}
