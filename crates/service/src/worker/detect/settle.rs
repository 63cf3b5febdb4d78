//! Makes incidents of findings: opens, updates, opens again, and resolves those whose cause is gone.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::incident::{self as rules, Effect, Finding as Seen, REOPEN_DAYS};
use store::WriteTx;
use store::incident::{Event, Incident, add_events};
use types::incident::{Evidence, IncidentCause, IncidentState};
use types::{IncidentId, Timestamp};
use uuid::Uuid;

use super::finding::Finding;
use super::route::route;
use crate::notification::Found;
use crate::worker::halt::Halt;
use crate::worker::step::Work;
use crate::{Actor, activity};

/// The most incidents of one run that each get an entry in the activity.
const MOST_ENTRIES: usize = 5;

/// What a run found, and what it looked at.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Outcome {
    pub(super) findings: Vec<Finding>,
    /// Tables whose data were judged.
    pub(super) judged: BTreeSet<String>,
    /// Whether an object is still there; asked of what was not judged.
    pub(super) gone_objects: BTreeSet<String>,
    /// Incidents of the schema that were taken back.
    pub(super) reverted: BTreeSet<IncidentId>,
    /// Objects of which nothing that is expected fails any more, and why.
    pub(super) over: BTreeMap<String, &'static str>,
    /// Tables with values that were odd and are on a new level now, and the sentence about it.
    pub(super) shifted: BTreeMap<(String, IncidentCause), String>,
}

/// What became of it.
#[derive(Debug, Default)]
pub(super) struct Settled {
    /// The incident of the schema of each object that has one.
    pub(super) of_schema: BTreeMap<String, IncidentId>,
    pub(super) opened: usize,
    pub(super) resolved: usize,
    /// What members may be mailed about.
    pub(super) found: Found,
}

/// Writes down what changed; what did not is not written again.
pub(super) async fn settle(
    tx: &WriteTx,
    work: &Work<'_>,
    outcome: Outcome,
    now: Timestamp,
) -> Result<Settled, Halt> {
    let mut desk = Desk {
        work,
        now,
        settled: Settled::default(),
        new: Vec::new(),
        events: Vec::new(),
        told: Vec::new(),
    };
    let active = store::incident::lock_active(tx, work.source.id).await?;
    let objects: BTreeSet<&str> = outcome.findings.iter().map(|finding| finding.object.as_str()).collect();
    let objects: Vec<&str> = objects.into_iter().collect();
    let since = Timestamp(now.0 - chrono::Duration::days(REOPEN_DAYS + 1));
    let ended = store::incident::ended_of(tx, work.source.id, &objects, since).await?;
    let mut known: HashMap<(String, IncidentCause), Incident> = HashMap::new();
    // Those that have ended come newest first; one that is active wins.
    for incident in ended.into_iter().rev().chain(active.iter().cloned()) {
        known.insert((incident.object.clone(), incident.cause), incident);
    }
    let mut found = BTreeSet::new();
    for finding in &outcome.findings {
        let key = (finding.object.clone(), finding.cause);
        let known = known.get(&key).cloned();
        found.insert(key);
        let into = known.as_ref().and_then(|known| known.life.merged_into.as_deref());
        match active.iter().find(|incident| into == Some(incident.id.to_string().as_str())) {
            // Somebody made another incident stand for it: that one goes on.
            Some(other) => {
                found.insert((other.object.clone(), other.cause));
            }
            None if into.is_some() => desk.find(tx, finding, None).await?,
            None => desk.find(tx, finding, known).await?,
        }
    }
    for incident in active {
        let key = (incident.object.clone(), incident.cause);
        let is_found = found.contains(&key);
        if let Some(why) = (!is_found).then(|| outcome.why_gone(&incident)).flatten() {
            desk.resolve(tx, incident, why).await?;
        } else if let Some(sentence) = outcome.shifted.get(&key) {
            // Others of its values are still odd.
            desk.note(incident.id, "level_shifted", sentence.clone());
        }
    }
    desk.write(tx).await
}

impl Outcome {
    /// Why an incident of which nothing was found is over, if it is.
    fn why_gone(&self, incident: &Incident) -> Option<&str> {
        match incident.cause {
            IncidentCause::Schema if self.reverted.contains(&incident.id) => {
                Some("Nothing breaking is left against the version before")
            }
            IncidentCause::Schema => None,
            IncidentCause::Expectation => self.over.get(&incident.object).copied(),
            IncidentCause::Freshness if self.judged.contains(&incident.object) => {
                Some("New rows have come in")
            }
            cause if self.judged.contains(&incident.object) => {
                let shifted = self.shifted.get(&(incident.object.clone(), cause));
                Some(shifted.map_or("The values are as expected again", String::as_str))
            }
            _ if self.gone_objects.contains(&incident.object) => Some("The table is gone"),
            _ => None,
        }
    }
}

struct Desk<'a, 'w> {
    work: &'a Work<'w>,
    now: Timestamp,
    settled: Settled,
    new: Vec<Incident>,
    events: Vec<Event>,
    /// What members should hear: kind, sentence, incident.
    told: Vec<(&'static str, String, IncidentId)>,
}

impl Desk<'_, '_> {
    async fn find(&mut self, tx: &WriteTx, finding: &Finding, known: Option<Incident>) -> Result<(), Halt> {
        let is_active = known.as_ref().is_some_and(|known| known.life.status.is_active());
        if !finding.opens && !is_active {
            return Ok(());
        }
        let seen =
            Seen { severity: finding.severity, fingerprint: finding.fingerprint.clone(), at: self.now };
        let id = match rules::observe(known.as_ref().map(|known| known.life.clone()), &seen) {
            Effect::Opens(life) => self.open(finding, life),
            Effect::Updates { incident: life, alert } => match known {
                Some(known) => self.update(tx, finding, known, life, alert).await?,
                None => return Ok(()),
            },
        };
        if finding.cause == IncidentCause::Schema {
            self.settled.of_schema.insert(finding.object.clone(), id);
        }
        Ok(())
    }

    fn open(&mut self, finding: &Finding, life: rules::Incident) -> IncidentId {
        let id = IncidentId(Uuid::now_v7());
        self.settled.found.count(life.severity);
        self.new.push(Incident {
            id,
            source_id: self.work.source.id,
            object: finding.object.clone(),
            cause: finding.cause,
            title: finding.title.clone(),
            evidence: finding.evidence.clone(),
            assignee: None,
            updated_at: self.now,
            run_id: self.work.run.id,
            drift_id: drift_of(&finding.evidence),
            life,
        });
        self.settled.opened += 1;
        self.note(id, "opened", finding.title.clone());
        self.told.push(("incident.opened", finding.title.clone(), id));
        id
    }

    async fn update(
        &mut self,
        tx: &WriteTx,
        finding: &Finding,
        known: Incident,
        life: rules::Incident,
        alert: bool,
    ) -> Result<IncidentId, Halt> {
        let id = known.id;
        let reopened = life.status == IncidentState::Open && !known.life.status.is_active();
        let awake = known.life.snooze.is_some() && life.snooze.is_none();
        let changed = life.fingerprint != known.life.fingerprint || life.severity != known.life.severity;
        if !reopened && !awake && !changed {
            return Ok(id);
        }
        if reopened {
            self.settled.opened += 1;
            self.note(id, "reopened", finding.title.clone());
        } else if changed {
            self.note(id, "changed", finding.title.clone());
        }
        if awake {
            self.note(id, "woken", "It is not snoozed any more".to_owned());
        }
        if alert {
            self.settled.found.count(life.severity);
            let kind = if reopened { "incident.reopened" } else { "incident.changed" };
            self.told.push((kind, finding.title.clone(), id));
        }
        let drift_id = drift_of(&finding.evidence).or(known.drift_id);
        let row = Incident {
            title: finding.title.clone(),
            evidence: if reopened {
                finding.evidence.clone()
            } else {
                since_the_first(finding.evidence.clone(), &known.evidence)
            },
            updated_at: self.now,
            run_id: self.work.run.id,
            drift_id,
            life,
            ..known
        };
        store::incident::update(tx, &row).await.map_err(busy)?;
        Ok(id)
    }

    async fn resolve(&mut self, tx: &WriteTx, incident: Incident, why: &str) -> Result<(), Halt> {
        let Some(life) = rules::cause_gone(&incident.life, self.now) else { return Ok(()) };
        self.settled.resolved += 1;
        self.note(incident.id, "resolved", why.to_owned());
        self.told.push(("incident.resolved", format!("{}: {why}", incident.title), incident.id));
        let row = Incident { life, updated_at: self.now, ..incident };
        store::incident::update(tx, &row).await?;
        Ok(())
    }

    fn note(&mut self, incident_id: IncidentId, kind: &'static str, message: String) {
        let actor = Actor::Job.name().to_owned();
        self.events.push(Event { incident_id, at: self.now, actor, kind, message, comment: None });
    }

    async fn write(mut self, tx: &WriteTx) -> Result<Settled, Halt> {
        for (id, sentence) in route(tx, self.work, &mut self.new).await? {
            self.note(id, "routed", sentence);
        }
        store::incident::insert(tx, &self.new).await.map_err(busy)?;
        add_events(tx, &self.events).await?;
        let rest = self.told.len().saturating_sub(MOST_ENTRIES);
        let source = &self.work.source.name;
        for (kind, sentence, id) in self.told.into_iter().take(MOST_ENTRIES) {
            let link = Some(format!("/dashboard/incidents?incident={id}"));
            let message = match kind {
                "incident.resolved" => format!("Resolved in {source}: {sentence}"),
                _ => format!("{source}: {sentence}"),
            };
            let entry = activity::Entry { kind, message, source: Some(source.clone()), link };
            activity::record(tx, &Actor::Job, self.now, entry).await?;
        }
        if rest > 0 {
            let entry = activity::Entry {
                kind: "incident.opened",
                message: format!("{source}: {rest} more incidents were opened, changed or resolved"),
                source: Some(source.clone()),
                link: Some("/dashboard/incidents".to_owned()),
            };
            activity::record(tx, &Actor::Job, self.now, entry).await?;
        }
        Ok(self.settled)
    }
}

/// Somebody opened one of the same cause at this moment: the next attempt sees it.
fn busy(error: store::Error) -> store::Error {
    match error {
        store::Error::Conflict { .. } => store::Error::Busy,
        error => error,
    }
}

fn drift_of(evidence: &Evidence) -> Option<types::DriftId> {
    match evidence {
        Evidence::Schema { drift_id, .. } => Some(*drift_id),
        Evidence::Series { .. } | Evidence::Freshness { .. } | Evidence::Expectations { .. } => None,
    }
}

/// As long as an incident has not ended, it goes back to where it began.
fn since_the_first(mut evidence: Evidence, first: &Evidence) -> Evidence {
    match (&mut evidence, first) {
        (Evidence::Schema { base_version, .. }, Evidence::Schema { base_version: first, .. }) => {
            *base_version = *first;
        }
        (Evidence::Series { since, .. }, Evidence::Series { since: first, .. }) => {
            *since = (*since).min(*first);
        }
        _ => {}
    }
    evidence
}
