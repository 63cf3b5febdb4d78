//! What people do to incidents: each with its line in the timeline, its activity and its audit row.

use serde_json::json;
use store::WriteTx;
use store::incident::{Event, Incident};
use types::incident::{
    AssignIncident, BulkAction, BulkAnswer, BulkIncidents, BulkRefusal, CommentIncident, DecideIncident,
    Decision, IncidentDetail, MergeIncident, SnoozeIncident,
};
use types::{IncidentId, Timestamp};

use super::orders::{Fault, Order, carry_out, checked, event, taken};
use super::view;
use crate::letter_case::uncapitalized;
use crate::permission::IncidentHandle;
use crate::{Context, Error, Scope, Topic, activity, audit};

/// The most incidents of one bulk order.
const MOST: usize = 200;
/// How many of them one transaction changes: others get their turn in between.
const BATCH: usize = 20;

/// Decides about an incident.
///
/// # Errors
/// [`Error::NotFound`] when there is none, [`Error::Conflict`] when its state does not allow it.
pub async fn decide(
    context: &Context,
    scope: &Scope<IncidentHandle>,
    id: IncidentId,
    decision: Decision,
    input: DecideIncident,
) -> Result<IncidentDetail, Error> {
    one(context, scope, id, Order::Decide(decision), input.comment).await
}

/// Gives an incident to a member, or takes it away.
///
/// # Errors
/// [`Error::NotFound`] when there is none, [`Error::Invalid`] when nobody of that id is a member.
pub async fn assign(
    context: &Context,
    scope: &Scope<IncidentHandle>,
    id: IncidentId,
    input: AssignIncident,
) -> Result<IncidentDetail, Error> {
    one(context, scope, id, Order::Assign(input.assignee), None).await
}

/// Silences an incident until a time, or until something changes.
///
/// # Errors
/// [`Error::NotFound`] when there is none, [`Error::Invalid`] when the time is over, [`Error::Conflict`] when it has ended.
pub async fn snooze(
    context: &Context,
    scope: &Scope<IncidentHandle>,
    id: IncidentId,
    input: SnoozeIncident,
) -> Result<IncidentDetail, Error> {
    one(context, scope, id, Order::Snooze(input.until), input.comment).await
}

/// Writes into the timeline.
///
/// # Errors
/// [`Error::NotFound`] when there is none, [`Error::Invalid`] when nothing is said.
pub async fn comment(
    context: &Context,
    scope: &Scope<IncidentHandle>,
    id: IncidentId,
    input: CommentIncident,
) -> Result<IncidentDetail, Error> {
    if input.comment.trim().is_empty() {
        return Err(Error::field("/comment", "required", "Say something."));
    }
    one(context, scope, id, Order::Comment, Some(input.comment)).await
}

/// Calls the odd values behind an incident normal: they count in what is expected from now on, and the incident ends.
///
/// # Errors
/// [`Error::NotFound`] when there is none, [`Error::Conflict`] when there is no odd value behind it.
pub async fn mark_normal(
    context: &Context,
    scope: &Scope<IncidentHandle>,
    id: IncidentId,
    input: DecideIncident,
) -> Result<IncidentDetail, Error> {
    one(context, scope, id, Order::MarkNormal, input.comment).await
}

async fn one(
    context: &Context,
    scope: &Scope<IncidentHandle>,
    id: IncidentId,
    order: Order,
    comment: Option<String>,
) -> Result<IncidentDetail, Error> {
    let (now, comment) = (context.now(), checked(comment)?);
    let tx = context.store.write(scope.tenant()).await?;
    let mut incident = held(&tx, id).await?;
    let event = change(&tx, scope, &mut incident, &order, comment, now).await?;
    tell(&tx, scope, &incident, &event, now).await?;
    store::incident::add_events(&tx, &[event]).await?;
    let detail = view::detail(&tx, id).await?;
    tx.commit().await?;
    context.hub.publish(scope.org(), Topic::Activity);
    Ok(detail)
}

async fn held(tx: &WriteTx, id: IncidentId) -> Result<Incident, Error> {
    store::incident::lock(tx, &[id]).await?.pop().ok_or(Error::NotFound("incident"))
}

/// Carries an order out and writes its audit row.
async fn change(
    tx: &WriteTx,
    scope: &Scope<IncidentHandle>,
    incident: &mut Incident,
    order: &Order,
    comment: Option<String>,
    now: Timestamp,
) -> Result<Event, Fault> {
    let said = carry_out(tx, incident, order, now).await?;
    write(tx, incident).await?;
    let subject = format!("incident:{}", incident.id);
    let detail = json!({"title": incident.title, "what": said.1, "comment": comment});
    audit::record(tx, scope, now, &action(said.0), &subject, detail).await?;
    Ok(event(scope, incident.id, said, comment, now))
}

async fn write(tx: &WriteTx, incident: &Incident) -> Result<(), Error> {
    store::incident::update(tx, incident).await.map_err(|error| match error {
        store::Error::Conflict { .. } => taken(),
        error => error.into(),
    })
}

async fn tell(
    tx: &WriteTx,
    scope: &Scope<IncidentHandle>,
    incident: &Incident,
    event: &Event,
    now: Timestamp,
) -> Result<(), Error> {
    let source = store::source::find(tx, incident.source_id).await.ok().map(|source| source.name);
    let entry = activity::Entry {
        kind: &action(event.kind),
        message: format!("{}: {} ({})", event.actor, incident.title, uncapitalized(&event.message)),
        source,
        link: Some(format!("/dashboard/incidents?incident={}", incident.id)),
    };
    activity::record(tx, scope.actor(), now, entry).await?;
    Ok(())
}

/// What the activity and the audit log call a kind of event of the timeline.
fn action(kind: &str) -> String {
    format!("incident.{kind}")
}

/// Ends an incident and makes another one stand for it as well.
///
/// # Errors
/// [`Error::NotFound`] when one of them is not there, [`Error::Invalid`] when they are the same, [`Error::Conflict`] when
/// one of them has ended.
pub async fn merge(
    context: &Context,
    scope: &Scope<IncidentHandle>,
    id: IncidentId,
    input: MergeIncident,
) -> Result<IncidentDetail, Error> {
    let now = context.now();
    let tx = context.store.write(scope.tenant()).await?;
    let mut both = store::incident::lock(&tx, &[id, input.into]).await?;
    let find = |both: &[Incident], id| both.iter().position(|incident| incident.id == id);
    let place = find(&both, id).ok_or(Error::NotFound("incident"))?;
    let mut merged = both.swap_remove(place);
    let own = id.to_string();
    let into = domain::incident::Action::Merge { into: input.into.to_string() };
    merged.life = merged.life.decide(&own, &into, now).map_err(Fault::Refused)?;
    let mut kept = both.pop().ok_or(Error::NotFound("incident"))?;
    if !kept.life.status.is_active() {
        return Err(Error::Conflict("The other incident has ended: open it again first.".to_owned()));
    }
    kept.life = kept.life.absorb(&merged.life);
    (merged.updated_at, kept.updated_at) = (now, now);
    write(&tx, &merged).await?;
    write(&tx, &kept).await?;
    let subject = format!("incident:{id}");
    let detail = json!({"title": merged.title, "into": kept.id.to_string()});
    audit::record(&tx, scope, now, &action("merged"), &subject, detail).await?;
    let said = ("merged", format!("Merged into “{}”", kept.title));
    let event_of_merged = event(scope, id, said, None, now);
    let said = ("absorbed", format!("Took in “{}”", merged.title));
    let event_of_kept = event(scope, kept.id, said, None, now);
    tell(&tx, scope, &merged, &event_of_merged, now).await?;
    store::incident::add_events(&tx, &[event_of_merged, event_of_kept]).await?;
    let detail = view::detail(&tx, id).await?;
    tx.commit().await?;
    context.hub.publish(scope.org(), Topic::Activity);
    Ok(detail)
}

/// Does the same to several incidents; those whose state does not allow it are named, and the others are done.
///
/// # Errors
/// [`Error::Invalid`] when there are none or too many, or what the order needs does not fit.
pub async fn bulk(
    context: &Context,
    scope: &Scope<IncidentHandle>,
    input: BulkIncidents,
) -> Result<BulkAnswer, Error> {
    let now = context.now();
    let mut ids = input.ids;
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() || ids.len() > MOST {
        return Err(Error::field("/ids", "length", format!("Name 1 to {MOST} incidents.")));
    }
    let order = match input.action {
        BulkAction::Ack => Order::Decide(Decision::Ack),
        BulkAction::Start => Order::Decide(Decision::Start),
        BulkAction::Resolve => Order::Decide(Decision::Resolve),
        BulkAction::Expected => Order::Decide(Decision::Expected),
        BulkAction::FalsePositive => Order::Decide(Decision::FalsePositive),
        BulkAction::Reopen => Order::Decide(Decision::Reopen),
        BulkAction::Assign => Order::Assign(input.assignee),
        BulkAction::Snooze => Order::Snooze(input.until),
        BulkAction::MarkNormal => Order::MarkNormal,
    };
    let comment = checked(input.comment)?;
    let mut answer = BulkAnswer { done: Vec::new(), refused: Vec::new() };
    for some in ids.chunks(BATCH) {
        let tx = context.store.write(scope.tenant()).await?;
        let mut rows = store::incident::lock(&tx, some).await?;
        let (mut events, mut done) = (Vec::new(), Vec::new());
        for id in some {
            let Some(incident) = rows.iter_mut().find(|incident| incident.id == *id) else {
                answer.refused.push(refusal(*id, &Error::NotFound("incident").into()));
                continue;
            };
            match change(&tx, scope, incident, &order, comment.clone(), now).await {
                Ok(event) => {
                    events.push(event);
                    done.push(*id);
                }
                Err(Fault::Other(error @ (Error::Store(_) | Error::Invalid(_)))) => return Err(error),
                Err(fault) => answer.refused.push(refusal(*id, &fault)),
            }
        }
        store::incident::add_events(&tx, &events).await?;
        if let (Some(first), count) = (events.first(), done.len()) {
            let entry = activity::Entry {
                kind: &action(first.kind),
                message: match count {
                    1 => format!("{}: 1 incident ({})", first.actor, uncapitalized(&first.message)),
                    count => {
                        format!("{}: {count} incidents ({})", first.actor, uncapitalized(&first.message))
                    }
                },
                source: None,
                link: Some("/dashboard/incidents".to_owned()),
            };
            activity::record(&tx, scope.actor(), now, entry).await?;
        }
        tx.commit().await?;
        answer.done.extend(done);
    }
    context.hub.publish(scope.org(), Topic::Activity);
    Ok(answer)
}

fn refusal(id: IncidentId, fault: &Fault) -> BulkRefusal {
    BulkRefusal { id, code: fault.code().to_owned(), detail: fault.detail() }
}
