//! Incidents as they are shown.

use domain::incident::Snooze;
use store::Reads;
use store::incident::Incident;
use types::IncidentId;
use types::incident::{Anomaly, Assignee, IncidentDetail, IncidentSummary, OddValue};

use super::part;
use crate::Error;
use crate::ownership::Registers;
use crate::scan::source_names;

/// The most anomalies that are shown with an incident.
const MOST_ANOMALIES: u64 = 100;

/// Incidents in short, in the order given.
pub(super) async fn summaries(tx: &impl Reads, rows: Vec<Incident>) -> Result<Vec<IncidentSummary>, Error> {
    let names = source_names(tx).await?;
    let users: Vec<_> = rows.iter().filter_map(|row| row.assignee).collect();
    let people = store::membership::names(tx, tx.org(), &users).await?;
    let objects = rows.iter().map(|row| (row.source_id, row.object.as_str()));
    let registers = Registers::about(tx, &names, objects).await?;
    let view = |row: Incident| {
        let ownership = registers.ask(row.source_id, &row.object);
        let life = row.life;
        let snoozed_until = match life.snooze {
            Some(Snooze::Until { at }) => Some(at),
            Some(Snooze::UntilChanged) | None => None,
        };
        IncidentSummary {
            id: row.id,
            source_id: row.source_id,
            source: names.get(&row.source_id).cloned().unwrap_or_else(|| row.source_id.to_string()),
            object: row.object,
            cause: row.cause,
            severity: life.severity,
            state: life.status,
            title: row.title,
            assignee: row.assignee.map(|id| Assignee { id, name: people.get(&id).cloned() }),
            snoozed_until,
            snoozed_until_changed: life.snooze == Some(Snooze::UntilChanged),
            opened_at: life.opened_at,
            updated_at: row.updated_at,
            ended_at: life.ended_at,
            reopened: life.reopened,
            ownership,
        }
    };
    Ok(rows.into_iter().map(view).collect())
}

/// One incident with all that belongs to it.
pub(super) async fn detail(tx: &impl Reads, id: IncidentId) -> Result<IncidentDetail, Error> {
    let row = store::incident::find(tx, id).await.map_err(Error::missing("incident"))?;
    let anomalies = store::anomaly::of_part(tx, &part(&row), MOST_ANOMALIES).await?;
    let timeline = store::incident::events(tx, id).await?;
    let (evidence, run_id) = (row.evidence.clone(), row.run_id);
    let merged_into = row.life.merged_into.as_deref().and_then(|id| id.parse().ok());
    let incident = summaries(tx, vec![row])
        .await?
        .pop()
        .ok_or_else(|| Error::Internal("no view of a row".to_owned()))?;
    Ok(IncidentDetail {
        incident,
        evidence,
        run_id,
        merged_into,
        anomalies: anomalies.into_iter().map(anomaly).collect(),
        timeline,
    })
}

fn anomaly(row: store::anomaly::Anomaly) -> Anomaly {
    Anomaly {
        table: row.table,
        at: row.at,
        odd: OddValue {
            column: row.column,
            measure: row.measure,
            value: row.value,
            expected: row.expected,
            lower: row.lower,
            upper: row.upper,
        },
        streak: row.streak,
        normal: row.normal,
    }
}
