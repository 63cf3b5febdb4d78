//! What a policy that is not in force would make of what was found.

use std::collections::HashMap;

use domain::policy::Occasion;
use domain::summary::highest;
use store::drift::{Drift, Filter, list};
use types::SourceId;
use types::Timestamp;
use types::change::{Audience, Change, Severity};
use types::policy::{Policy, PolicyPreview, PreviewPolicy, PreviewedChange, PreviewedEvent};

use super::{Layers, Subject, proposed};
use crate::page::checked_limit;
use crate::permission::DriftHandle;
use crate::scan::source_names;
use crate::schema::value;
use crate::{Context, Error, Scope};

/// The most changes that are named for an event.
const MOST_CHANGES: usize = 20;

/// An event with what its changes are judged with now.
struct Past {
    event: Drift,
    source: String,
    changes: Vec<Change>,
    since: Timestamp,
    in_force: Layers,
}

/// Which of the newest events a policy would judge otherwise than the policy in force does.
///
/// # Errors
/// [`Error::Invalid`] with the place of what is wrong in the policy, [`Error::NotFound`] for an unknown source.
pub async fn preview(
    context: &Context,
    scope: &Scope<DriftHandle>,
    source: Option<&str>,
    input: PreviewPolicy,
) -> Result<PolicyPreview, Error> {
    let rows = checked_limit(input.events)
        .map_err(|_| Error::field("/events", "range", "Between 1 and 200 events can be judged."))?;
    let (_, policy) = proposed(input.text, input.policy)?;
    let tx = context.store.read(scope.tenant()).await?;
    let subject = Subject::named(&tx, source).await?;
    let names = source_names(&tx).await?;
    let mut layers: HashMap<SourceId, Layers> = HashMap::new();
    let mut past = Vec::new();
    for event in list(&tx, &Filter { source: subject.id, ..Filter::default() }, rows.into()).await? {
        let id = event.source_id;
        let in_force = match layers.get(&id) {
            Some(known) => known.clone(),
            None => layers.entry(id).or_insert(Layers::in_force(&tx, id).await?).clone(),
        };
        let since = match store::version::find(&tx, id, event.old_version).await {
            Ok(version) => version.verified_at,
            Err(store::Error::NotFound) => event.detected_at,
            Err(error) => return Err(error.into()),
        };
        let changes = value(&tx, &event.changes).await?;
        let source = names.get(&id).cloned().unwrap_or_else(|| id.to_string());
        past.push(Past { event, source, changes, since, in_force });
    }
    drop(tx);
    let of_source = subject.id.is_some();
    tokio::task::spawn_blocking(move || compare(past, &policy, of_source))
        .await
        .map_err(|error| Error::Internal(format!("the preview did not end: {error}")))
}

fn compare(past: Vec<Past>, policy: &Policy, of_source: bool) -> PolicyPreview {
    let judged = u32::try_from(past.len()).unwrap_or(u32::MAX);
    let different = past.into_iter().filter_map(|past| otherwise(past, policy, of_source)).collect();
    PolicyPreview { judged, different }
}

/// The event, if the policy makes something else of it.
fn otherwise(past: Past, policy: &Policy, of_source: bool) -> Option<PreviewedEvent> {
    let Past { event, source, changes, since, in_force } = past;
    let occasion = Occasion { source: &source, since, now: event.detected_at };
    let proposed = if of_source {
        Layers { own: policy.clone(), ..in_force.clone() }
    } else {
        Layers { organization: policy.clone(), ..in_force.clone() }
    };
    let before = in_force.judge(changes.clone(), occasion);
    let after = proposed.judge(changes, occasion);
    let outcome = |change: &Change| (change.readers, change.writers, change.quiet());
    let severity = |changes: &[Change]| highest(changes, Audience::Both).unwrap_or(Severity::Info);
    let (highest_before, highest_after) = (severity(&before), severity(&after));
    let changed: Vec<(&Change, Change)> =
        before.iter().zip(after).filter(|(before, after)| outcome(before) != outcome(after)).collect();
    if changed.is_empty() {
        return None;
    }
    Some(PreviewedEvent {
        id: event.id,
        detected_at: event.detected_at,
        sentence: domain::sentence(&before),
        before: highest_before,
        after: highest_after,
        different: u32::try_from(changed.len()).unwrap_or(u32::MAX),
        changes: changed.into_iter().take(MOST_CHANGES).map(previewed).collect(),
        source,
    })
}

fn previewed((before, after): (&Change, Change)) -> PreviewedChange {
    PreviewedChange {
        before: before.severity(Audience::Both),
        after: after.severity(Audience::Both),
        quiet: after.quiet(),
        why: after.policy.map(|ruling| ruling.why).unwrap_or_default(),
        kind: after.kind,
        path: after.path,
    }
}
