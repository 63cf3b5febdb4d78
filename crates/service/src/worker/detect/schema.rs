//! Incidents of the schema: which changes break what, and whether they were taken back.

use std::collections::{BTreeMap, BTreeSet};

use domain::CANONICAL_VERSION;
use store::Reads;
use store::incident::Incident;
use store::version::Version;
use types::change::{Audience, Change, Severity};
use types::drift::DriftStatus;
use types::incident::{Evidence, IncidentCause};
use types::snapshot::Snapshot;
use types::{DriftId, IncidentId};

use super::finding::{Finding, Versions};
use crate::Error;
use crate::schema::{snapshot, value};
use crate::worker::halt::Halt;
use crate::worker::step::Work;

/// An event that touches more objects is one incident of its own: a migration is not many accidents.
const MOST_OBJECTS: usize = 20;
/// What an incident of many objects is about.
pub(super) const SEVERAL: &str = "*";
/// How many versions before present incidents are compared with.
const MOST_BASES: usize = 10;

/// What the run's drift event breaks.
#[derive(Debug, Default)]
pub(super) struct Broken {
    pub(super) findings: Vec<Finding>,
    /// Every object that a breaking change touches, with the object of the finding that explains what is odd about it.
    pub(super) explained: BTreeMap<String, String>,
}

/// Reads the run's drift event.
pub(super) async fn broken(tx: &impl Reads, work: &Work<'_>, id: DriftId) -> Result<Broken, Halt> {
    let drift = store::drift::find(tx, id).await?;
    if !drift.breaking || drift.status != DriftStatus::New {
        return Ok(Broken::default());
    }
    let changes: Vec<Change> = value(tx, &drift.changes).await?;
    let mut objects = Vec::new();
    for version in [drift.old_version, drift.new_version] {
        let version = store::version::find(tx, drift.source_id, version).await?;
        objects.push(snapshot(work.context, tx, &version).await?);
    }
    let paths = paths(&objects.iter().map(AsRef::as_ref).collect::<Vec<_>>());
    let versions = Versions { id, old: drift.old_version, new: drift.new_version };
    Ok(grouped(&changes, &paths, &drift.sentence, versions))
}

fn grouped(changes: &[Change], paths: &BTreeSet<&str>, sentence: &str, versions: Versions) -> Broken {
    let by_object = breaking(changes, paths);
    let several = by_object.len() > MOST_OBJECTS;
    let of = |object: &str| if several { SEVERAL.to_owned() } else { object.to_owned() };
    let explained = by_object.keys().map(|object| ((*object).to_owned(), of(object))).collect();
    let findings = if several {
        let all: Vec<&Change> = by_object.into_values().flatten().collect();
        vec![Finding::of_changes(of(""), &all, sentence.to_owned(), versions)]
    } else {
        let one = |(object, changes): (&str, Vec<&Change>)| {
            let own: Vec<Change> = changes.iter().map(|change| (*change).clone()).collect();
            Finding::of_changes(of(object), &changes, domain::sentence(&own), versions)
        };
        by_object.into_iter().map(one).collect()
    };
    Broken { findings, explained }
}

/// The breaking changes by the object that they touch.
fn breaking<'a>(changes: &'a [Change], paths: &BTreeSet<&'a str>) -> BTreeMap<&'a str, Vec<&'a Change>> {
    let mut by_object: BTreeMap<&str, Vec<&Change>> = BTreeMap::new();
    for change in changes.iter().filter(|change| change.severity(Audience::Both) == Severity::Breaking) {
        by_object.entry(object_of(paths, &change.path)).or_default().push(change);
    }
    by_object
}

/// The object that a path is in or is: its longest beginning that names one.
fn object_of<'a>(paths: &BTreeSet<&'a str>, path: &'a str) -> &'a str {
    let ends = path.match_indices('.').map(|(end, _)| end).chain([path.len()]);
    ends.rev().find_map(|end| paths.get(&path[..end]).copied()).unwrap_or(path)
}

/// The paths of everything that can be an incident's object: what is in schemas, not the schemas themselves, unless one
/// is all that there is to name.
fn paths<'a>(snapshots: &[&'a Snapshot]) -> BTreeSet<&'a str> {
    let objects = snapshots.iter().flat_map(|snapshot| &snapshot.objects);
    objects.map(|object| object.path.as_str()).collect()
}

/// Which incidents of the schema have nothing breaking left, compared with the version before their changes.
pub(super) async fn reverted(
    tx: &impl Reads,
    work: &Work<'_>,
    active: &[Incident],
) -> Result<Vec<IncidentId>, Halt> {
    let mut by_base: BTreeMap<u32, Vec<(IncidentId, String)>> = BTreeMap::new();
    for incident in active.iter().filter(|incident| incident.cause == IncidentCause::Schema) {
        if let Evidence::Schema { base_version, .. } = incident.evidence {
            by_base.entry(base_version).or_default().push((incident.id, incident.object.clone()));
        }
    }
    let Some(latest) = store::version::latest(tx, work.source.id).await? else { return Ok(Vec::new()) };
    if by_base.is_empty() {
        return Ok(Vec::new());
    }
    let new = snapshot(work.context, tx, &latest).await?;
    let mut reverted = Vec::new();
    for (base, incidents) in by_base.into_iter().rev().take(MOST_BASES) {
        let version = match store::version::find(tx, work.source.id, base).await {
            Ok(version) if is_comparable(&version) => version,
            // Recorded by other rules, or not kept any more: nothing can be said.
            Ok(_) | Err(store::Error::NotFound) => continue,
            Err(error) => return Err(error.into()),
        };
        let (old, new) = (snapshot(work.context, tx, &version).await?, new.clone());
        let gone = tokio::task::spawn_blocking(move || {
            let changes = domain::diff(&old, &new, None);
            let paths = paths(&[&old, &new]);
            let broken = breaking(&changes, &paths);
            let is_left = |object: &str| match object {
                SEVERAL => !broken.is_empty(),
                object => broken.contains_key(object),
            };
            incidents.into_iter().filter(|(_, object)| !is_left(object)).map(|(id, _)| id).collect::<Vec<_>>()
        });
        let gone =
            gone.await.map_err(|error| Error::Internal(format!("the comparison did not end: {error}")))?;
        reverted.extend(gone);
    }
    Ok(reverted)
}

fn is_comparable(version: &Version) -> bool {
    version.canonical_version == CANONICAL_VERSION && version.removed_at.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use uuid::Uuid;

    fn change(path: &str, severity: Severity) -> Change {
        let json = serde_json::json!({
            "kind": "column.dropped", "path": path, "before": Value::Null, "after": Value::Null,
            "readers": severity, "writers": Severity::Safe, "reason": "",
        });
        serde_json::from_value(json).unwrap()
    }

    fn grouped_by(changes: &[Change], paths: &[&str]) -> Broken {
        let versions = Versions { id: DriftId(Uuid::nil()), old: 1, new: 2 };
        grouped(changes, &paths.iter().copied().collect(), "All of it", versions)
    }

    #[test]
    fn what_breaks_belongs_to_its_object() {
        let changes = [
            change("public.film.length", Severity::Breaking),
            change("public.film.title", Severity::Breaking),
            change("public.actor.name", Severity::Safe),
            change("public.f(a.b)", Severity::Breaking),
        ];
        let broken = grouped_by(&changes, &["public", "public.film", "public.actor", "public.f(a.b)"]);
        let found: Vec<_> = broken.findings.iter().map(|finding| finding.object.as_str()).collect();
        assert_eq!(found, ["public.f(a.b)", "public.film"]);
        assert_eq!(broken.explained["public.film"], "public.film");
        assert!(matches!(broken.findings[1].evidence, Evidence::Schema { total: 2, base_version: 1, .. }));
    }

    #[test]
    fn a_large_migration_is_one_incident() {
        let tables: Vec<String> = (0..=MOST_OBJECTS).map(|number| format!("public.t{number}")).collect();
        let changes: Vec<_> =
            tables.iter().map(|table| change(&format!("{table}.a"), Severity::Breaking)).collect();
        let broken = grouped_by(&changes, &tables.iter().map(String::as_str).collect::<Vec<_>>());
        let [finding] = broken.findings.as_slice() else { panic!("{:?}", broken.findings) };
        assert_eq!((finding.object.as_str(), finding.title.as_str()), (SEVERAL, "All of it"));
        assert!(broken.explained.values().all(|object| object == SEVERAL));
    }
}
