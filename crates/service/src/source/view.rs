//! A source as it is shown.

use std::collections::HashMap;

use store::source::Source as Row;
use store::{Reads, secret};
use types::source::{RunReference, Schedule, Source};

use super::{SUBJECT, TOKEN};
use crate::Error;

/// One source with its last run.
pub(super) async fn source(tx: &impl Reads, row: Row) -> Result<Source, Error> {
    sources(tx, vec![row]).await?.pop().ok_or(Error::NotFound("source"))
}

/// Sources with their last runs, in the order given.
pub(super) async fn sources(tx: &impl Reads, rows: Vec<Row>) -> Result<Vec<Source>, Error> {
    let ids: Vec<_> = rows.iter().filter_map(|row| row.last_run_id).collect();
    let runs: HashMap<_, _> =
        store::run::find_many(tx, &ids).await?.into_iter().map(|run| (run.id, run.state)).collect();
    let mut sources = Vec::with_capacity(rows.len());
    for row in rows {
        let last_run = row.last_run_id.and_then(|id| {
            let state = *runs.get(&id)?;
            Some(RunReference { id, state })
        });
        sources.push(Source {
            id: row.id,
            token: secret::view(tx, SUBJECT, row.id.0, TOKEN).await?,
            name: row.name,
            transport: row.transport,
            url: row.url,
            agent_source: row.agent_source,
            tool_prefix: row.tool_prefix,
            engine: row.engine,
            engine_version: row.engine_version,
            database: row.database,
            schema_version: row.schema_version,
            last_scan_at: row.last_scan_at,
            last_run,
            schedule: Schedule { every_minutes: row.every_minutes },
            findings: row.findings,
            limits: row.limits,
            created_at: row.created_at,
        });
    }
    Ok(sources)
}
