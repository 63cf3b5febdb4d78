//! The life of an incident: one per source, object and cause.
//!
//! Open → acknowledged → in progress → resolved, expected or a false positive. Snoozing hushes it without ending it;
//! what happens again within a week after it was resolved opens the same one again, so that its history stays in one
//! place. What was called expected or false stays quiet as long as it is the same; when it changes, it is a new fact.

mod transition;

use serde::{Deserialize, Serialize};
use types::Timestamp;
use types::incident::IncidentSeverity as Severity;

pub use transition::{Action, Refusal};
pub use types::incident::IncidentState as Status;

/// Days after which the same cause is a new incident.
pub const REOPEN_DAYS: i64 = 7;

/// What makes two findings one incident.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Identity {
    /// The source's id.
    pub source: String,
    /// The path of a table, a view or another object: what is wrong with its columns belongs to it.
    pub object: String,
    /// `schema`, `volume`, `freshness`, `nulls`, `uniqueness`, `expectation:<id>`, …
    pub cause: String,
}

/// For how long an incident is silent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "snooze", rename_all = "snake_case")]
pub enum Snooze {
    Until {
        at: Timestamp,
    },
    /// Until a finding has another fingerprint or is more severe.
    UntilChanged,
}

/// What a scan found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    pub severity: Severity,
    /// Equal as long as the very same is wrong: of the changes, or of the metric and the direction.
    pub fingerprint: String,
    pub at: Timestamp,
}

/// An incident, as far as the rules need it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    pub status: Status,
    pub severity: Severity,
    /// Of the newest finding.
    pub fingerprint: String,
    #[serde(default)]
    pub snooze: Option<Snooze>,
    pub opened_at: Timestamp,
    pub last_seen_at: Timestamp,
    #[serde(default)]
    pub ended_at: Option<Timestamp>,
    /// How often it was opened again.
    #[serde(default)]
    pub reopened: u32,
    /// The incident into which it was merged; then it only points there.
    #[serde(default)]
    pub merged_into: Option<String>,
}

/// What a finding does to what is known of its cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// A new incident.
    Opens(Incident),
    /// The same one: seen again, worse, or open again.
    Updates {
        incident: Incident,
        /// Whether somebody has to be told.
        alert: bool,
    },
}

impl Incident {
    #[must_use]
    pub fn new(finding: &Finding) -> Self {
        Self {
            status: Status::Open,
            severity: finding.severity,
            fingerprint: finding.fingerprint.clone(),
            snooze: None,
            opened_at: finding.at,
            last_seen_at: finding.at,
            ended_at: None,
            reopened: 0,
            merged_into: None,
        }
    }

    /// Whether it is silent at `now`.
    #[must_use]
    pub fn is_snoozed(&self, now: Timestamp) -> bool {
        match &self.snooze {
            Some(Snooze::Until { at }) => now < *at,
            Some(Snooze::UntilChanged) => true,
            None => false,
        }
    }

    /// Whether it may alert anybody at `now`.
    #[must_use]
    pub fn alerts(&self, now: Timestamp) -> bool {
        self.status.is_active() && self.merged_into.is_none() && !self.is_snoozed(now)
    }
}

/// Applies a finding to the newest incident of its identity, if there is one.
#[must_use]
pub fn observe(known: Option<Incident>, finding: &Finding) -> Effect {
    let Some(mut incident) = known else {
        return Effect::Opens(Incident::new(finding));
    };
    let changed = incident.fingerprint != finding.fingerprint;
    let worse = finding.severity > incident.severity;
    match incident.status {
        Status::Open | Status::Acknowledged | Status::InProgress => {
            let was_silent = incident.is_snoozed(finding.at);
            let until_changed = incident.snooze == Some(Snooze::UntilChanged);
            if !was_silent || (until_changed && (changed || worse)) {
                incident.snooze = None;
            }
            seen(&mut incident, finding);
            let alert = worse && incident.alerts(finding.at)
                || (was_silent && changed && incident.alerts(finding.at));
            Effect::Updates { incident, alert }
        }
        // The same as before was said to be fine.
        Status::Expected | Status::FalsePositive if !changed && !worse => {
            incident.last_seen_at = finding.at;
            Effect::Updates { incident, alert: false }
        }
        Status::Expected | Status::FalsePositive => Effect::Opens(Incident::new(finding)),
        Status::Resolved => {
            let since = incident.ended_at.map_or(i64::MAX, |ended| finding.at.seconds_since(ended));
            if since > REOPEN_DAYS * 86_400 {
                return Effect::Opens(Incident::new(finding));
            }
            incident.status = Status::Open;
            incident.ended_at = None;
            incident.snooze = None;
            incident.reopened += 1;
            incident.severity = finding.severity;
            seen(&mut incident, finding);
            let alert = incident.alerts(finding.at);
            Effect::Updates { incident, alert }
        }
    }
}

fn seen(incident: &mut Incident, finding: &Finding) {
    incident.last_seen_at = finding.at;
    incident.severity = incident.severity.max(finding.severity);
    incident.fingerprint.clone_from(&finding.fingerprint);
}

/// A scan looked and found its cause gone: resolves an active incident. `None` if there is nothing to resolve.
///
/// A dropped column does not come back by waiting: a cause of the schema is gone only when the change is reverted.
#[must_use]
pub fn cause_gone(incident: &Incident, now: Timestamp) -> Option<Incident> {
    incident.status.is_active().then(|| Incident {
        status: Status::Resolved,
        ended_at: Some(now),
        snooze: None,
        ..incident.clone()
    })
}

#[cfg(test)]
mod tests;
