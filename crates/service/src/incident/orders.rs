//! What people may do to an incident, and what the timeline, the activity and the audit log call it.

use domain::incident::{Action, Refusal};
use store::WriteTx;
use store::incident::{Event, Incident};
use types::incident::Decision;
use types::{IncidentId, Timestamp, UserId};

use super::part;
use crate::letter_case::capitalized;
use crate::permission::IncidentHandle;
use crate::{Error, Scope};

/// The most characters of a comment.
const LONGEST_COMMENT: usize = 4_000;

/// What a decision does to an incident's life.
fn action_of(decision: Decision) -> Action {
    match decision {
        Decision::Ack => Action::Acknowledge,
        Decision::Start => Action::Start,
        Decision::Resolve => Action::Resolve,
        Decision::Expected => Action::Expected,
        Decision::FalsePositive => Action::FalsePositive,
        Decision::Reopen => Action::Reopen,
    }
}

/// Anything that is done to one incident.
#[derive(Clone, Debug)]
pub(super) enum Order {
    Decide(Decision),
    Assign(Option<UserId>),
    Snooze(Option<Timestamp>),
    Comment,
    MarkNormal,
}

/// What the timeline says of an order: its kind and a sentence.
pub(super) type Said = (&'static str, String);

/// Does it to the incident, which the caller holds, and says so.
pub(super) async fn carry_out(
    tx: &WriteTx,
    incident: &mut Incident,
    order: &Order,
    now: Timestamp,
) -> Result<Said, Fault> {
    let said: Said = match order {
        Order::Decide(Decision::Reopen)
            if store::incident::is_open_beside(tx, incident).await.map_err(Error::from)? =>
        {
            return Err(taken().into());
        }
        Order::Decide(decision) => {
            decide(incident, &action_of(*decision), now)?;
            let (kind, sentence) = match decision {
                Decision::Ack => ("acknowledged", "Acknowledged"),
                Decision::Start => ("started", "Work began"),
                Decision::Resolve => ("resolved", "Resolved"),
                Decision::Expected => ("expected", "Called expected"),
                Decision::FalsePositive => ("false_positive", "Called a false positive"),
                Decision::Reopen => ("reopened", "Opened again"),
            };
            (kind, sentence.to_owned())
        }
        Order::Assign(None) => {
            incident.assignee = None;
            ("assigned", "Assigned to nobody".to_owned())
        }
        Order::Assign(Some(user)) => {
            let member = store::membership::member(tx, *user).await.map_err(Error::from)?;
            let stranger = || Error::field("/assignee", "not_a_member", "Only members can have an incident.");
            let member = member.ok_or_else(stranger)?;
            incident.assignee = Some(*user);
            ("assigned", format!("Assigned to {}", member.name))
        }
        Order::Snooze(Some(until)) => {
            decide(incident, &Action::SnoozeUntil { at: *until }, now)?;
            ("snoozed", format!("Snoozed until {}", until.0.format("%Y-%m-%d %H:%M UTC")))
        }
        Order::Snooze(None) => {
            decide(incident, &Action::SnoozeUntilChanged, now)?;
            ("snoozed", "Snoozed until something changes".to_owned())
        }
        Order::Comment => ("commented", "Commented".to_owned()),
        Order::MarkNormal => mark_normal(tx, incident, now).await?,
    };
    incident.updated_at = now;
    Ok(said)
}

fn decide(incident: &mut Incident, action: &Action, now: Timestamp) -> Result<(), Fault> {
    let own = incident.id.to_string();
    incident.life = incident.life.decide(&own, action, now).map_err(Fault::Refused)?;
    Ok(())
}

/// Puts the odd values into the baseline; the models that were fitted without them are fitted again.
async fn mark_normal(tx: &WriteTx, incident: &mut Incident, now: Timestamp) -> Result<Said, Fault> {
    let odd = store::anomaly::of_part(tx, &part(incident), u64::from(u16::MAX)).await.map_err(Error::from)?;
    if odd.is_empty() {
        let why = "There is no odd value behind this incident that could be called normal.";
        return Err(Error::Conflict(why.to_owned()).into());
    }
    let marked = store::anomaly::mark_normal(tx, &part(incident)).await.map_err(Error::from)?;
    let mut tables: Vec<&str> = odd.iter().map(|anomaly| anomaly.table.as_str()).collect();
    tables.sort_unstable();
    tables.dedup();
    for table in tables {
        store::anomaly::forget_models(tx, incident.source_id, table).await.map_err(Error::from)?;
    }
    if incident.life.status.is_active() && incident.cause != types::incident::IncidentCause::Schema {
        decide(incident, &Action::FalsePositive, now)?;
    }
    Ok(match marked {
        1 => ("marked_normal", "1 value was called normal and counts in what is expected".to_owned()),
        marked => {
            ("marked_normal", format!("{marked} values were called normal and count in what is expected"))
        }
    })
}

/// Why an order was not carried out.
#[derive(Debug)]
pub(super) enum Fault {
    /// The incident's state does not allow it.
    Refused(Refusal),
    Other(Error),
}

impl Fault {
    /// The word that `bulk` answers.
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.code(),
            Self::Other(error) => error.code().as_str(),
        }
    }

    pub(super) fn detail(&self) -> String {
        match self {
            Self::Refused(refusal) => sentence(refusal),
            Self::Other(error) => error.detail(),
        }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Refused(refusal @ Refusal::SnoozeOver) => {
                Self::field("/until", refusal.code(), sentence(&refusal))
            }
            Fault::Refused(refusal @ Refusal::IntoItself) => {
                Self::field("/into", refusal.code(), sentence(&refusal))
            }
            Fault::Refused(refusal) => Self::Conflict(sentence(&refusal)),
            Fault::Other(error) => error,
        }
    }
}

/// Of each source, object and cause one is active at the most.
pub(super) fn taken() -> Error {
    Error::Conflict("Another incident of the same cause is open. Decide there.".to_owned())
}

fn sentence(refusal: &Refusal) -> String {
    format!("{}.", capitalized(&refusal.to_string()))
}

/// A comment without what surrounds it; `None` when nothing is left.
///
/// # Errors
/// [`Error::Invalid`] when it is too long.
pub(super) fn checked(comment: Option<String>) -> Result<Option<String>, Error> {
    let comment = comment.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    if comment.as_ref().is_some_and(|text| text.chars().count() > LONGEST_COMMENT) {
        return Err(Error::field("/comment", "length", format!("At most {LONGEST_COMMENT} characters.")));
    }
    Ok(comment)
}

/// The line of the timeline.
pub(super) fn event(
    scope: &Scope<IncidentHandle>,
    incident_id: IncidentId,
    (kind, message): Said,
    comment: Option<String>,
    at: Timestamp,
) -> Event {
    Event { incident_id, at, actor: scope.actor().name().to_owned(), kind, message, comment }
}
