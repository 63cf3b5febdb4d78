//! What somebody should look at, worst first.

use std::collections::{BTreeMap, HashSet};

use store::Reads;
use types::incident::IncidentCause;
use types::overview::Attention;
use types::quality::Health;
use types::{DriftId, SourceId, Timestamp};

use super::Facts;
use crate::Error;
use crate::ownership::Registers;

/// The most entries.
const MOST: usize = 20;

/// An entry, and the table or column that it is about.
struct Entry<'a> {
    attention: Attention,
    about: Option<(SourceId, &'a str)>,
}

/// The worst, each with who answers for it.
pub(super) async fn list(tx: &impl Reads, facts: &Facts) -> Result<Vec<Attention>, Error> {
    let entries = entries(facts);
    let objects: Vec<_> = entries.iter().filter_map(|entry| entry.about).collect();
    let registers = if objects.is_empty() {
        Registers::default()
    } else {
        let names = facts.sources.iter().map(|source| (source.id, source.name.clone())).collect();
        Registers::about(tx, &names, objects).await?
    };
    let owned = entries.into_iter().map(|Entry { attention, about }| Attention {
        owner: about.and_then(|(source, path)| registers.ask(source, path).owner),
        ..attention
    });
    Ok(owned.collect())
}

fn entries(facts: &Facts) -> Vec<Entry<'_>> {
    let mut list: Vec<Entry<'_>> = incidents(facts).collect();
    let known = Known::of(facts);
    for drift in facts.open_events().filter(|drift| !known.events.contains(&drift.id)) {
        let attention = Attention {
            kind: "breaking_drift".to_owned(),
            severity: "critical".to_owned(),
            message: drift.sentence.clone(),
            source: Some(facts.name(drift.source_id).to_owned()),
            owner: None,
            at: drift.detected_at,
            link: format!("/dashboard/drift?event={}", drift.id),
        };
        list.push(Entry { attention, about: None });
    }
    for run in facts.failed_runs() {
        let why = run.error.as_ref().map_or("", |error| error.message.as_str());
        let attention = Attention {
            kind: "failed_run".to_owned(),
            severity: "critical".to_owned(),
            message: format!("The last scan failed: {why}"),
            source: Some(facts.name(run.source_id).to_owned()),
            owner: None,
            at: run.finished_at.unwrap_or(run.created_at),
            link: format!("/dashboard/agents?run={}", run.id),
        };
        list.push(Entry { attention, about: None });
    }
    list.extend(critical_columns(facts, &known));
    for board in &facts.boards {
        let late = board.tables.iter().filter_map(|table| Some((table, table.stale.as_deref()?)));
        for (table, reason) in late.filter(|(table, _)| !known.tables.contains(&(board.source, &*table.path)))
        {
            let attention = Attention {
                kind: "stale_table".to_owned(),
                severity: "warning".to_owned(),
                message: format!("{}: {reason}", table.path),
                source: Some(facts.name(board.source).to_owned()),
                owner: None,
                at: board.recorded_at,
                link: format!("/dashboard/quality?table={}", table.path),
            };
            list.push(Entry { attention, about: Some((board.source, &*table.path)) });
        }
    }
    list.sort_by(|Entry { attention: a, .. }, Entry { attention: b, .. }| {
        (&a.severity, b.at).cmp(&(&b.severity, a.at))
    });
    list.truncate(MOST);
    list
}

/// Those that are not snoozed.
fn incidents(facts: &Facts) -> impl Iterator<Item = Entry<'_>> {
    let awake = facts.incidents.iter().filter(|incident| incident.life.alerts(facts.now));
    awake.map(|incident| Entry {
        attention: Attention {
            kind: "incident".to_owned(),
            severity: incident.life.severity.as_str().to_owned(),
            message: incident.title.clone(),
            source: Some(facts.name(incident.source_id).to_owned()),
            owner: None,
            at: incident.life.opened_at,
            link: format!("/dashboard/incidents?incident={}", incident.id),
        },
        about: Some((incident.source_id, incident.object.as_str())),
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
fn critical_columns<'a>(facts: &'a Facts, known: &Known<'_>) -> Vec<Entry<'a>> {
    let mut tables: BTreeMap<(&str, SourceId, &str), (Timestamp, Vec<&str>)> = BTreeMap::new();
    for board in &facts.boards {
        let critical = board.columns.iter().filter(|column| column.health == Health::Critical);
        let critical = critical.map(|column| (&*board.table(column).path, &*column.name));
        for (table, column) in critical.filter(|(table, _)| !known.tables.contains(&(board.source, *table))) {
            let key = (facts.name(board.source), board.source, table);
            let (_, names) = tables.entry(key).or_insert((board.recorded_at, Vec::new()));
            names.push(column);
        }
    }
    tables
        .into_iter()
        .map(|((name, source, table), (at, columns))| Entry {
            attention: Attention {
                kind: "critical_column".to_owned(),
                severity: "critical".to_owned(),
                message: match columns.as_slice() {
                    [one] => format!("{table}.{one} is critical"),
                    columns => format!("{} columns of {table} are critical", columns.len()),
                },
                source: Some(name.to_owned()),
                owner: None,
                at,
                link: format!("/dashboard/quality?table={table}&health=critical"),
            },
            about: Some((source, table)),
        })
        .collect()
}
