//! Routes new incidents to whom their objects belong.

use std::collections::HashMap;

use store::WriteTx;
use store::incident::Incident;
use types::IncidentId;
use types::ownership::Ownership;

use crate::Error;
use crate::ownership::Registers;
use crate::worker::step::Work;

/// Gives each new incident to the member who owns its object; answers what the timelines say. Only new ones are routed:
/// who has one, and who gave it away, is people's choice from then on.
pub(super) async fn route(
    tx: &WriteTx,
    work: &Work<'_>,
    new: &mut [Incident],
) -> Result<Vec<(IncidentId, String)>, Error> {
    if new.is_empty() {
        return Ok(Vec::new());
    }
    let names = HashMap::from([(work.source.id, work.source.name.clone())]);
    let objects = new.iter().map(|incident| (incident.source_id, incident.object.as_str()));
    let registers = Registers::about(tx, &names, objects).await?;
    let mut said = Vec::new();
    for incident in new {
        let ownership = registers.ask(incident.source_id, &incident.object);
        incident.assignee = ownership.member().map(|(id, _)| id);
        said.extend(sentence(&ownership).map(|sentence| (incident.id, sentence)));
    }
    Ok(said)
}

/// Who gets it and why; `None` where nobody is named who is still there.
fn sentence(ownership: &Ownership) -> Option<String> {
    let place = &ownership.owner.as_ref()?.from.place;
    match (ownership.member(), ownership.team()) {
        (Some((_, name)), _) => Some(format!("Assigned to {name}, who owns {place}")),
        (None, Some(team)) => Some(format!("For the team {team}, which owns {place}")),
        (None, None) => None,
    }
}
