//! When the newest row came in, and when a table was last written.

use chrono::{DateTime, Utc};
use types::Timestamp;
use types::profile::{TableProfile, TimeMethod};

use super::carry::Carry;
use super::quote;
use super::state::{Relation, State};
use super::target::{TargetColumn, TargetTable};
use crate::ScanError;
use crate::engine::postgres::connection::failed;

/// The newest data where an index tells it better than a sample, and the last write.
pub(super) async fn times(
    connection: &super::Connection,
    table: &TargetTable,
    state: &State,
    chosen: Option<&TargetColumn>,
    carry: &Carry<'_>,
    profile: &mut TableProfile,
) -> Result<(), ScanError> {
    if profile.latest_value_method == Some(TimeMethod::Sample)
        && let Some(column) = chosen.filter(|column| column.leads_index)
    {
        let name = quote(&column.name);
        let statement = format!(
            "SELECT pg_catalog.max({name})::pg_catalog.timestamptz FROM {} \
             WHERE {name} <= pg_catalog.now() + '1 day'::pg_catalog.interval",
            table.qualified_name()
        );
        if let Some(at) = ask(connection, &statement).await? {
            profile.latest_value_at = Some(at);
            profile.latest_value_method = Some(TimeMethod::Index);
        }
    }
    if state.commit_times
        && let Some(largest) = state.most_inserted()
    {
        profile.last_write_at = written_at(connection, largest).await?;
        profile.last_write_method = profile.last_write_at.map(|_| TimeMethod::CommitTime);
    } else if carry.has_moved(state) {
        profile.last_write_at = Some(state.now);
        profile.last_write_method = Some(TimeMethod::Counters);
    }
    Ok(())
}

/// When the newest row of a relation's last pages was committed; for servers that keep commit times.
pub(super) async fn written_at(
    connection: &super::Connection,
    relation: &Relation,
) -> Result<Option<Timestamp>, ScanError> {
    const TAIL: u32 = 64;
    let statement = format!(
        "SELECT pg_catalog.max(pg_catalog.pg_xact_commit_timestamp(xmin)) FROM {} \
         WHERE ctid >= '({},0)'::pg_catalog.tid",
        relation.name,
        relation.pages.saturating_sub(TAIL)
    );
    ask(connection, &statement).await
}

/// A time, in a transaction of its own; an error is none.
async fn ask(connection: &super::Connection, statement: &str) -> Result<Option<Timestamp>, ScanError> {
    const LONGEST: std::time::Duration = std::time::Duration::from_secs(5);
    connection.begin(LONGEST).await?;
    match connection.query(statement, &[]).await {
        Ok(rows) => {
            let found: Option<DateTime<Utc>> =
                rows.first().map(|row| row.try_get(0)).transpose().map_err(|error| failed(&error))?.flatten();
            connection.commit().await?;
            Ok(found.map(Timestamp))
        }
        Err(error) if connection.is_closed() => Err(error),
        Err(_) => {
            connection.rollback().await?;
            Ok(None)
        }
    }
}
