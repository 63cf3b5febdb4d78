//! What somebody should look at, worst first.

use std::collections::BTreeMap;

use types::Timestamp;
use types::overview::Attention;
use types::quality::Health;

use super::Facts;
use crate::quality::is_stale;

/// The most entries.
const MOST: usize = 20;

pub(super) fn list(facts: &Facts) -> Vec<Attention> {
    let mut list = Vec::new();
    for drift in facts.open_events() {
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
    list.extend(critical_columns(facts));
    for table in facts.tables.iter().filter(|table| is_stale(&table.deductions)) {
        let reason = table.deductions.iter().find(|deduction| deduction.code == "stale");
        list.push(Attention {
            kind: "stale_table".to_owned(),
            severity: "warning".to_owned(),
            message: format!("{}: {}", table.table, reason.map_or("", |deduction| deduction.reason.as_str())),
            source: Some(facts.name(table.source_id).to_owned()),
            at: table.recorded_at,
            link: format!("/dashboard/quality?table={}", table.table),
        });
    }
    list.sort_by(|a, b| (&a.severity, b.at).cmp(&(&b.severity, a.at)));
    list.truncate(MOST);
    list
}

/// One entry for each table: what happened to several of its columns mostly has one cause.
fn critical_columns(facts: &Facts) -> Vec<Attention> {
    let mut tables: BTreeMap<(&str, &str), (Timestamp, Vec<&str>)> = BTreeMap::new();
    for column in facts.columns.iter().filter(|column| column.health == Health::Critical) {
        let key = (facts.name(column.source_id), column.table.as_str());
        let (_, names) = tables.entry(key).or_insert((column.recorded_at, Vec::new()));
        names.push(column.column.as_str());
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
