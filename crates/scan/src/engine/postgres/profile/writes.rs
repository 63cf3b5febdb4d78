//! What is known of tables' writes without reading them.

use std::collections::HashMap;
use std::time::Duration;

use types::Timestamp;
use types::profile::WriteCounters;

use super::state::State;
use super::target::TargetTable;
use super::times::written_at;
use crate::ScanError;
use crate::engine::postgres::connection::Connection;

/// What is known of a table's writes.
#[derive(Debug, Default)]
pub(in crate::engine::postgres) struct Writes {
    /// Missing where the server does not count, as a standby does not.
    pub(in crate::engine::postgres) counters: Option<WriteCounters>,
    /// When the newest row of the last pages was committed; where the server keeps commit times.
    pub(in crate::engine::postgres) last_at: Option<Timestamp>,
    /// How large the table is now.
    pub(in crate::engine::postgres) pages: u64,
}

/// By the tables' paths, outside of a transaction. Nothing is told of a table that is locked or gone.
pub(in crate::engine::postgres) async fn writes(
    connection: &Connection,
    tables: &[&TargetTable],
    timeout: Duration,
) -> Result<HashMap<String, Writes>, ScanError> {
    let states = match look(connection, tables, timeout).await? {
        Some(states) => states,
        // One of them, but which: each is looked at for itself.
        None => {
            let mut states = HashMap::new();
            for table in tables {
                states.extend(look(connection, &[table], timeout).await?.unwrap_or_default());
            }
            states
        }
    };
    let mut writes = HashMap::new();
    for table in tables {
        let Some(state) = states.get(&table.oid) else { continue };
        let last_at = match state.most_inserted().filter(|_| state.commit_times) {
            Some(relation) => written_at(connection, relation).await?,
            None => None,
        };
        writes
            .insert(table.path.clone(), Writes { counters: state.counters(), last_at, pages: state.pages() });
    }
    Ok(writes)
}

/// `None` when one of the tables cannot be looked at.
async fn look(
    connection: &Connection,
    tables: &[&TargetTable],
    timeout: Duration,
) -> Result<Option<HashMap<u32, State>>, ScanError> {
    match State::look(connection, tables, timeout).await {
        Ok(states) => Ok(Some(states)),
        Err(error) if connection.is_closed() => Err(error),
        Err(_) => Ok(None),
    }
}
