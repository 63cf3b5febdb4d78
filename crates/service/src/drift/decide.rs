//! What is decided about an event, or about some of its changes, and what of that holds for later ones.

use std::collections::HashSet;

use domain::policy::{accepted_by, accepting, hush, ignored_by, ignoring};
use domain::summary::highest;
use serde_json::json;
use store::drift::Drift;
use store::{WriteTx, object};
use types::change::{Audience, Change, Quieting, Severity};
use types::drift::{ChangeName, DecideDrift, Decision, DriftDetail, DriftStatus};
use types::policy::Until;
use types::{DriftId, Timestamp};

use super::{LONGEST_REASON, detail};
use crate::incident::follow_drift;
use crate::permission::DriftHandle;
use crate::policy::{Subject, amend};
use crate::scan::source_names;
use crate::schema::value;
use crate::{Context, Error, Scope, Topic, activity, audit};

/// The most changes that one decision carries into the policy. Whoever accepts more of them at once means the event, not
/// each change for itself.
const MOST_REMEMBERED: usize = 200;
/// What stands in the policy when nobody says why: it asks for a reason.
const NO_REASON: &str = "no reason given";

/// Decides about an event, or about the changes of it that are named: acknowledged, accepted or ignored. A later decision
/// about the event replaces an earlier one.
///
/// What is accepted is carried into the source's policy, so that it stays quiet until it changes again; what is ignored,
/// when an end is named.
///
/// # Errors
/// [`Error::NotFound`] when there is no such event, [`Error::Invalid`] when the event lacks a change that is named or the
/// decision does not fit.
pub async fn decide(
    context: &Context,
    scope: &Scope<DriftHandle>,
    id: DriftId,
    status: DriftStatus,
    input: DecideDrift,
) -> Result<DriftDetail, Error> {
    let now = context.now();
    let DecideDrift { reason, changes: named, until } = checked(status, input, now)?;
    let tx = context.store.write(scope.tenant()).await?;
    let mut event = store::drift::find(&tx, id).await.map_err(Error::missing("drift event"))?;
    let sentence = event.sentence.clone();
    let mut changes: Vec<Change> = value(&tx, &event.changes).await?;
    let concerned = concerned(&changes, &named)?;
    let decision = Decision { by: scope.actor().name().to_owned(), at: now, reason };
    let source = source_names(&tx).await?.remove(&event.source_id);
    let source = source.unwrap_or_else(|| event.source_id.to_string());
    let subject = Subject::of_source(event.source_id, source);
    if let Some(remembered) = Remembered::of(status, until)
        && (!named.is_empty() || concerned.len() <= MOST_REMEMBERED)
    {
        let (why, by) = (decision.reason.as_deref().unwrap_or(NO_REASON), &decision.by);
        let note = Some(format!("{} of drift: {sentence}", remembered.noun()));
        let chosen = concerned.iter().filter_map(|&index| changes.get(index));
        amend(&tx, scope, now, &subject, note, |policy| remembered.add(policy, chosen, why, by)).await?;
    }
    let settled = if named.is_empty() {
        true
    } else {
        hush_all(&mut changes, &concerned, status, &decision);
        rejudge(&tx, &mut event, &changes, now).await?
    };
    if settled {
        store::drift::decide(&tx, id, status, &decision).await?;
        follow_drift(&tx, scope.actor(), id, status, now).await?;
    }
    let view = detail(&tx, id).await?;
    let action = match status {
        DriftStatus::Acknowledged => "drift.acknowledged",
        DriftStatus::Accepted => "drift.accepted",
        DriftStatus::Ignored => "drift.ignored",
        DriftStatus::New => "drift.reopened",
    };
    let audited = json!({"reason": decision.reason, "changes": named, "until": until});
    audit::record(&tx, scope, now, action, &format!("drift:{id}"), audited).await?;
    let verb = action.trim_start_matches("drift.");
    let part = match named.as_slice() {
        [] => String::new(),
        [one] => format!("{} of ", one.path),
        many => format!("{} changes of ", many.len()),
    };
    let entry = activity::Entry {
        kind: action,
        message: format!("{} {verb} {part}drift of {}: {sentence}", decision.by, view.drift.source),
        source: Some(view.drift.source.clone()),
        link: Some(format!("/dashboard/drift?event={id}")),
    };
    activity::record(&tx, scope.actor(), now, entry).await?;
    tx.commit().await?;
    context.hub.publish(scope.org(), Topic::Activity);
    Ok(view)
}

/// The decision, if its parts fit together.
fn checked(status: DriftStatus, input: DecideDrift, now: Timestamp) -> Result<DecideDrift, Error> {
    let DecideDrift { reason, changes, until } = input;
    let reason = reason.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    if reason.as_ref().is_some_and(|text| text.chars().count() > LONGEST_REASON) {
        return Err(Error::field("/reason", "length", format!("At most {LONGEST_REASON} characters.")));
    }
    match (status, changes.is_empty(), until) {
        (DriftStatus::Ignored, _, Some(until)) if until.0 <= now => {
            Err(Error::field("/until", "range", "This is over. Choose a day in the future."))
        }
        (DriftStatus::Ignored, false, None) => {
            Err(Error::field("/until", "required", "Say until when the changes are ignored."))
        }
        (DriftStatus::New | DriftStatus::Acknowledged, false, _) => {
            Err(Error::field("/changes", "unsupported", "Only the whole event can be acknowledged."))
        }
        (DriftStatus::New | DriftStatus::Acknowledged | DriftStatus::Accepted, _, Some(_)) => {
            Err(Error::field("/until", "unsupported", "Only what is ignored has an end."))
        }
        _ if changes.len() > MOST_REMEMBERED => {
            let detail =
                format!("At most {MOST_REMEMBERED} changes; for more, write a rule into the policy.");
            Err(Error::field("/changes", "length", detail))
        }
        _ => Ok(DecideDrift { reason, changes, until }),
    }
}

/// Which changes are meant: those that are named, or all that raise an alarm.
fn concerned(changes: &[Change], named: &[ChangeName]) -> Result<Vec<usize>, Error> {
    if named.is_empty() {
        let loud = (0..).zip(changes).filter(|(_, change)| is_alarming(change));
        return Ok(loud.map(|(index, _)| index).collect());
    }
    let there: HashSet<(&str, &str)> =
        changes.iter().map(|change| (change.kind.as_str(), change.path.as_str())).collect();
    for (index, name) in named.iter().enumerate() {
        if !there.contains(&(name.kind.as_str(), name.path.as_str())) {
            let pointer = format!("/changes/{index}");
            return Err(Error::field(&pointer, "unknown", "The event has no such change."));
        }
    }
    let wanted: HashSet<(&str, &str)> =
        named.iter().map(|name| (name.kind.as_str(), name.path.as_str())).collect();
    let meant = (0..)
        .zip(changes)
        .filter(|(_, change)| wanted.contains(&(change.kind.as_str(), change.path.as_str())));
    Ok(meant.map(|(index, _)| index).collect())
}

fn is_alarming(change: &Change) -> bool {
    change.severity(Audience::Both) >= Severity::PotentiallyBreaking
}

/// What of a decision holds for later changes.
#[derive(Clone, Copy)]
enum Remembered {
    Accepted,
    IgnoredUntil(Until),
}

impl Remembered {
    fn of(status: DriftStatus, until: Option<Until>) -> Option<Self> {
        match (status, until) {
            (DriftStatus::Accepted, _) => Some(Self::Accepted),
            (DriftStatus::Ignored, Some(until)) => Some(Self::IgnoredUntil(until)),
            _ => None,
        }
    }

    fn noun(self) -> &'static str {
        match self {
            Self::Accepted => "Accepted part",
            Self::IgnoredUntil(_) => "Ignored part",
        }
    }

    fn add<'a>(
        self,
        policy: &mut types::policy::Policy,
        changes: impl Iterator<Item = &'a Change>,
        why: &str,
        by: &str,
    ) {
        for change in changes {
            match self {
                Self::Accepted => {
                    let entry = accepting(change, why, by);
                    let known = |entry: &types::policy::Accepted| {
                        policy.accepted.iter().any(|old| {
                            old.kind == entry.kind
                                && old.path == entry.path
                                && old.fingerprint == entry.fingerprint
                                && old.source.is_none()
                        })
                    };
                    if let Some(entry) = entry.filter(|entry| !known(entry)) {
                        policy.accepted.push(entry);
                    }
                }
                Self::IgnoredUntil(until) => {
                    let rule = ignoring(change, until, why, by);
                    if let Some(rule) = rule.filter(|rule| !policy.rules.contains(rule)) {
                        policy.rules.push(rule);
                    }
                }
            }
        }
    }
}

fn hush_all(changes: &mut [Change], concerned: &[usize], status: DriftStatus, decision: &Decision) {
    let why = decision.reason.as_deref().unwrap_or(NO_REASON);
    let (quiet, sentence) = match status {
        DriftStatus::Ignored => (Quieting::Ignored, ignored_by(&decision.by, why)),
        _ => (Quieting::Expected, accepted_by(&decision.by, why)),
    };
    for &index in concerned {
        if let Some(change) = changes.get_mut(index) {
            hush(change, quiet, sentence.clone());
        }
    }
}

/// Writes down the event as its changes are judged now. Answers whether it is settled: nothing of it is left that raises an
/// alarm, or nothing at all.
async fn rejudge(tx: &WriteTx, event: &mut Drift, changes: &[Change], now: Timestamp) -> Result<bool, Error> {
    let alarmed = event.severity >= Severity::PotentiallyBreaking;
    event.severity = highest(changes, Audience::Both).unwrap_or(Severity::Info);
    event.breaking = domain::is_breaking(changes, Audience::Both);
    event.summary = domain::summary(changes, Audience::Both);
    event.sentence = domain::sentence(changes);
    let json = serde_json::to_vec(changes).map_err(|error| Error::Internal(error.to_string()))?;
    event.changes = object::put(tx, &json, now).await?;
    store::drift::rejudge(tx, event).await?;
    let loud = changes.iter().any(is_alarming);
    Ok((alarmed && !loud) || changes.iter().all(|change| change.quiet().is_some()))
}
