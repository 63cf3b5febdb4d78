//! What somebody should look at, worst first.

use std::collections::{BTreeMap, HashSet};

use types::incident::IncidentCause;
use types::overview::Attention;
use types::quality::Health;
use types::{DriftId, SourceId, Timestamp};

use super::Facts;

/// The most entries.
const MOST: usize = 20;

pub(super) fn list(facts: &Facts) -> Vec<Attention> {
    let mut list: Vec<Attention> = incidents(facts).collect();
    let known = Known::of(facts);
    for drift in facts.open_events().filter(|drift| !known.events.contains(&drift.id)) {
        list.push(Attention {
            kind: "breaking_drift".to_owned(),
            severity: "critical".to_owned(),
            message: drift.sentence.clone(),
            source: Some(facts.name(drift.source_id).to_owned()),
            at: drift.detected_at,
            link: format!("/dashboard/drift?event={}", drift.id),
        });
    }
    for run in facts.failed_runs() {
        let why = run.error.as_ref().map_or("", |error| error.message.as_str());
        list.push(Attention {
            kind: "failed_run".to_owned(),
            severity: "critical".to_owned(),
            message: format!("The last scan failed: {why}"),
            source: Some(facts.name(run.source_id).to_owned()),
            at: run.finished_at.unwrap_or(run.created_at),
            link: format!("/dashboard/agents?run={}", run.id),
        });
    }
    list.extend(critical_columns(facts, &known));
    for board in &facts.boards {
        let late = board.tables.iter().filter_map(|table| Some((table, table.stale.as_deref()?)));
        for (table, reason) in late.filter(|(table, _)| !known.tables.contains(&(board.source, &*table.path)))
        {
            list.push(Attention {
                kind: "stale_table".to_owned(),
                severity: "warning".to_owned(),
                message: format!("{}: {reason}", table.path),
                source: Some(facts.name(board.source).to_owned()),
                at: board.recorded_at,
                link: format!("/dashboard/quality?table={}", table.path),
            });
        }
    }
    list.sort_by(|a, b| (&a.severity, b.at).cmp(&(&b.severity, a.at)));
    list.truncate(MOST);
    list
}

/// Those that are not snoozed.
fn incidents(facts: &Facts) -> impl Iterator<Item = Attention> {
    let awake = facts.incidents.iter().filter(|incident| incident.life.alerts(facts.now));
    awake.map(|incident| Attention {
        kind: "incident".to_owned(),
        severity: incident.life.severity.as_str().to_owned(),
        message: incident.title.clone(),
        source: Some(facts.name(incident.source_id).to_owned()),
        at: incident.life.opened_at,
        link: format!("/dashboard/incidents?incident={}", incident.id),
    })
}

/// What an incident speaks for, be it snoozed.
struct Known<'a> {
    events: HashSet<DriftId>,
    tables: HashSet<(SourceId, &'a str)>,
}

impl<'a> Known<'a> {
    fn of(facts: &'a Facts) -> Self {
        let of_data = facts.incidents.iter().filter(|incident| incident.cause != IncidentCause::Schema);
        Self {
            events: facts.incidents.iter().filter_map(|incident| incident.drift_id).collect(),
            tables: of_data.map(|incident| (incident.source_id, incident.object.as_str())).collect(),
        }
    }
}

/// One entry for each table: what happened to several of its columns mostly has one cause.
fn critical_columns(facts: &Facts, known: &Known<'_>) -> Vec<Attention> {
    let mut tables: BTreeMap<(&str, &str), (Timestamp, Vec<&str>)> = BTreeMap::new();
    for board in &facts.boards {
        let critical = board.columns.iter().filter(|column| column.health == Health::Critical);
        let critical = critical.map(|column| (&*board.table(column).path, &*column.name));
        for (table, column) in critical.filter(|(table, _)| !known.tables.contains(&(board.source, *table))) {
            let key = (facts.name(board.source), table);
            let (_, names) = tables.entry(key).or_insert((board.recorded_at, Vec::new()));
            names.push(column);
        }
    }
    tables
        .into_iter()
        .map(|((source, table), (at, names))| Attention {
            kind: "critical_column".to_owned(),
            severity: "critical".to_owned(),
            message: match names.as_slice() {
                [one] => format!("{table}.{one} is critical"),
                names => format!("{} columns of {table} are critical", names.len()),
            },
            source: Some(source.to_owned()),
            at,
            link: format!("/dashboard/quality?table={table}&health=critical"),
        })
        .collect()
}
