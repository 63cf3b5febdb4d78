//! What becomes of incidents when what they are about is decided or removed elsewhere.

use domain::incident::Action;
use store::WriteTx;
use store::incident::{Event, Filter};
use types::drift::DriftStatus;
use types::incident::{IncidentCause, IncidentState};
use types::{DriftId, IncidentId, SourceId, Timestamp};

use crate::{Actor, Error};

/// The most incidents that one event opens, and some more.
const MOST: u64 = 100;

/// Ends the incidents of an event that was accepted or ignored: they were expected.
///
/// # Errors
/// When the store fails.
pub(crate) async fn follow_drift(
    tx: &WriteTx,
    actor: &Actor,
    drift: DriftId,
    status: DriftStatus,
    now: Timestamp,
) -> Result<(), Error> {
    let message = match status {
        DriftStatus::Accepted => "The drift event was accepted",
        DriftStatus::Ignored => "The drift event was ignored",
        DriftStatus::New | DriftStatus::Acknowledged => return Ok(()),
    };
    let active = IncidentState::ALL.iter().copied().filter(|state| state.is_active()).collect();
    let filter = Filter { drift: Some(drift), states: active, ..Filter::default() };
    let ids: Vec<_> =
        store::incident::list(tx, &filter, MOST).await?.into_iter().map(|incident| incident.id).collect();
    end(tx, actor, &ids, &Action::Expected, ("expected", message), now).await
}

/// Ends what is active of a source that is removed: nobody looks at it any more.
///
/// # Errors
/// When the store fails.
pub(crate) async fn follow_removal(
    tx: &WriteTx,
    actor: &Actor,
    source: SourceId,
    now: Timestamp,
) -> Result<(), Error> {
    let active = store::incident::active_of(tx, source).await?;
    let ids: Vec<_> = active.into_iter().map(|incident| incident.id).collect();
    end(tx, actor, &ids, &Action::Resolve, ("resolved", "The source was removed"), now).await
}

/// Ends what is active about expectations of some objects: nobody expects it any more.
///
/// # Errors
/// When the store fails.
pub(crate) async fn follow_expectations(
    tx: &WriteTx,
    actor: &Actor,
    source: SourceId,
    objects: &[&str],
    why: &str,
    now: Timestamp,
) -> Result<(), Error> {
    let active = store::incident::active_of(tx, source).await?;
    let over = active.into_iter().filter(|incident| {
        incident.cause == IncidentCause::Expectation && objects.contains(&incident.object.as_str())
    });
    let ids: Vec<_> = over.map(|incident| incident.id).collect();
    end(tx, actor, &ids, &Action::Resolve, ("resolved", why), now).await
}

async fn end(
    tx: &WriteTx,
    actor: &Actor,
    ids: &[IncidentId],
    action: &Action,
    (kind, message): (&'static str, &str),
    now: Timestamp,
) -> Result<(), Error> {
    let mut events = Vec::with_capacity(ids.len());
    for mut incident in store::incident::lock(tx, ids).await? {
        let own = incident.id.to_string();
        // Somebody may have ended it meanwhile.
        let Ok(life) = incident.life.decide(&own, action, now) else { continue };
        incident.life = life;
        incident.updated_at = now;
        store::incident::update(tx, &incident).await?;
        events.push(Event {
            incident_id: incident.id,
            at: now,
            actor: actor.name().to_owned(),
            kind,
            message: message.to_owned(),
            comment: None,
        });
    }
    Ok(store::incident::add_events(tx, &events).await?)
}
