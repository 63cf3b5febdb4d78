//! What a table is like right before it is read: how large, written how often, and where its rows are.

use chrono::{DateTime, Utc};
use tokio_postgres::types::{ToSql, Type};
use types::Timestamp;
use types::profile::WriteCounters;

use super::target::{TargetTable, get, quote};
use crate::ScanError;
use crate::engine::postgres::connection::Connection;

/// The relations that hold a table's rows: itself, or its partitions. Counters are told beside whatever makes them
/// start again; `since` is when that was last.
const STATE: &str = "\
    SELECT c.oid, n.nspname::text, c.relname::text, c.relkind::text, \
           (pg_catalog.pg_relation_size(c.oid) / pg_catalog.current_setting('block_size')::int8)::int8, \
           coalesce(pg_catalog.pg_relation_filenode(c.oid), 0::oid), \
           pg_catalog.pg_stat_get_tuples_inserted(c.oid), pg_catalog.pg_stat_get_tuples_updated(c.oid), \
           pg_catalog.pg_stat_get_tuples_deleted(c.oid), \
           (SELECT d.stats_reset FROM pg_catalog.pg_stat_database d \
            WHERE d.datname = pg_catalog.current_database()), \
           pg_catalog.pg_postmaster_start_time(), pg_catalog.pg_is_in_recovery(), \
           pg_catalog.current_setting('server_version_num')::int4, \
           pg_catalog.has_table_privilege(c.oid, 'SELECT') AND NOT pg_catalog.row_security_active(c.oid), \
           pg_catalog.current_setting('track_commit_timestamp')::bool \
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
    WHERE c.oid = $1 AND c.relkind = 'r' \
       OR c.relkind <> 'p' AND c.oid IN (SELECT t.relid FROM pg_catalog.pg_partition_tree($1) t) \
    ORDER BY c.oid";

/// A table right before it is read.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) now: Timestamp,
    pub(super) relations: Vec<Relation>,
    /// The counters mean something: the server is no replica and the role may see the partitions.
    pub(super) counted: bool,
    /// Pages can be read by number, and each relation for itself.
    pub(super) by_page: bool,
    pub(super) commit_times: bool,
    pub(super) since: Option<Timestamp>,
}

/// A relation that holds rows.
#[derive(Clone, Debug)]
pub(super) struct Relation {
    pub(super) oid: u32,
    /// Quoted, behind `ONLY`.
    pub(super) name: String,
    pub(super) pages: u32,
    pub(super) mark: Mark,
}

/// Equal for two looks at a relation that nobody has written to in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    file: u32,
    pub(super) inserted: i64,
    pub(super) updated: i64,
    pub(super) deleted: i64,
    since: Option<DateTime<Utc>>,
    /// Counters are lost in a crash.
    started: DateTime<Utc>,
}

impl Mark {
    /// How many rows were added since, when nothing else happened.
    pub(super) fn appended_since(&self, before: &Self) -> Option<u64> {
        let same = Self { inserted: before.inserted, ..*self } == *before;
        let never_changed = self.updated == 0 && self.deleted == 0;
        u64::try_from(self.inserted - before.inserted).ok().filter(|_| same && never_changed)
    }
}

impl State {
    /// Looks, and begins the transaction in which the table is read. In this order: what the counters tell must not be
    /// newer than what the transaction sees.
    pub(super) async fn begin(
        connection: &Connection,
        table: &TargetTable,
        timeout: std::time::Duration,
    ) -> Result<Self, ScanError> {
        let parameters: [(&(dyn ToSql + Sync), Type); 1] = [(&table.oid, Type::OID)];
        let (looked, ended, begun) = tokio::join!(
            biased;
            connection.begin_and_query(timeout, STATE, &parameters),
            connection.commit(),
            connection.begin(timeout)
        );
        let (now, rows) = looked?;
        ended?;
        begun?;
        let mut state = Self {
            now,
            relations: Vec::with_capacity(rows.len()),
            counted: !rows.is_empty(),
            by_page: true,
            commit_times: false,
            since: None,
        };
        for row in &rows {
            let (schema, name): (String, String) = (get(row, 1)?, get(row, 2)?);
            let (kind, replica, version, readable): (&str, bool, i32, bool) =
                (get(row, 3)?, get(row, 11)?, get(row, 12)?, get(row, 13)?);
            let since: Option<DateTime<Utc>> = get(row, 9)?;
            state.counted &= !replica && kind == "r";
            state.by_page &= version >= 140_000 && kind == "r" && (readable || !table.partitioned);
            state.commit_times = get(row, 14)?;
            state.since = since.map(Timestamp);
            state.relations.push(Relation {
                oid: get(row, 0)?,
                name: format!("ONLY {}.{}", quote(&schema), quote(&name)),
                pages: u32::try_from(get::<i64>(row, 4)?).unwrap_or(u32::MAX),
                mark: Mark {
                    file: get(row, 5)?,
                    inserted: get(row, 6)?,
                    updated: get(row, 7)?,
                    deleted: get(row, 8)?,
                    since,
                    started: get(row, 10)?,
                },
            });
        }
        Ok(state)
    }

    pub(super) fn pages(&self) -> u64 {
        self.relations.iter().map(|relation| u64::from(relation.pages)).sum()
    }

    /// What to compare with another time.
    pub(super) fn marks(&self) -> Vec<(u32, Mark)> {
        self.relations.iter().map(|relation| (relation.oid, relation.mark)).collect()
    }

    /// What the engine counted, all relations together.
    pub(super) fn counters(&self) -> Option<WriteCounters> {
        let sum = |part: fn(&Mark) -> i64| {
            let total: i64 = self.relations.iter().map(|relation| part(&relation.mark)).sum();
            u64::try_from(total).unwrap_or(0)
        };
        self.counted.then(|| WriteCounters {
            inserted: sum(|mark| mark.inserted),
            updated: sum(|mark| mark.updated),
            deleted: sum(|mark| mark.deleted),
            since: self.since,
        })
    }
}
