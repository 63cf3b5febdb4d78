//! What a table is like right before it is read: how large, written how often, and where its rows are.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use tokio_postgres::Row;
use tokio_postgres::types::{ToSql, Type};
use types::Timestamp;
use types::profile::WriteCounters;

use super::target::{TargetTable, get, quote};
use crate::ScanError;
use crate::engine::postgres::connection::Connection;
use crate::measure::{to_real, whole};

/// From this major on the server keeps its counters in shared memory. Before, they came to a collector in packets, of which
/// it may lose some under load.
pub(super) const FIRST_SURE: u32 = 15;

/// The relations that hold the rows of some tables: themselves, or their partitions. One statement for many, for it takes
/// longer to plan than to answer. Counters are told beside whatever makes them start again: somebody who resets them, a
/// server that starts, and one that recovers from a crash of one of its sessions, which goes on as the same server but
/// writes down when it gave up what it had counted.
const STATES: &str = "\
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
           pg_catalog.current_setting('track_commit_timestamp')::bool, w.asked, \
           pg_catalog.pg_stat_get_bgwriter_stat_reset_time(), pg_catalog.current_setting('track_counts')::bool, \
           pg_catalog.current_setting('block_size')::int8 \
    FROM (SELECT a.asked, a.asked AS oid FROM pg_catalog.unnest($1) a (asked) \
          UNION SELECT a.asked, t.relid FROM pg_catalog.unnest($1) a (asked), \
              LATERAL pg_catalog.pg_partition_tree(a.asked) t) w \
    JOIN pg_catalog.pg_class c ON c.oid = w.oid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
    WHERE c.relkind = 'r' OR c.oid <> w.asked AND c.relkind <> 'p' \
    ORDER BY w.asked, c.oid";

/// A table right before it is read.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) now: Timestamp,
    pub(super) relations: Vec<Relation>,
    /// The counters mean something: the server counts, is no replica, and the role may see the partitions.
    pub(super) counted: bool,
    /// Nothing is written without being counted.
    pub(super) all_counted: bool,
    /// Pages can be read by number, and each relation for itself.
    pub(super) by_page: bool,
    pub(super) commit_times: bool,
    pub(super) since: Option<Timestamp>,
    /// Partitions that are foreign tables, which nobody reads here.
    pub(super) foreign: usize,
    block_bytes: u64,
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
    /// Counters are lost in a crash, of the whole server and of one of its sessions.
    started: DateTime<Utc>,
    recovered: Option<DateTime<Utc>>,
}

impl Mark {
    /// Whether somebody wrote, as far as counters tell that did not start anew. A table may be in another file because
    /// it was tidied up.
    fn is_later_than(&self, before: &Self) -> bool {
        let same_count =
            (self.since, self.started, self.recovered) == (before.since, before.started, before.recovered);
        let counted = |mark: &Self| (mark.inserted, mark.updated, mark.deleted);
        same_count && counted(self) != counted(before)
    }

    /// How many rows were added since, when nothing else happened.
    pub(super) fn appended_since(&self, before: &Self) -> Option<u64> {
        let same = Self { inserted: before.inserted, ..*self } == *before;
        let never_changed = self.updated == 0 && self.deleted == 0;
        u64::try_from(self.inserted - before.inserted).ok().filter(|_| same && never_changed)
    }
}

impl State {
    /// Looks at tables, in a transaction that ends at once. Whoever reads one begins another after it: what the counters
    /// tell must not be newer than what the rows do.
    pub(super) async fn look(
        connection: &Connection,
        tables: &[&TargetTable],
        timeout: std::time::Duration,
    ) -> Result<HashMap<u32, Self>, ScanError> {
        let oids: Vec<u32> = tables.iter().map(|table| table.oid).collect();
        let parameters: [(&(dyn ToSql + Sync), Type); 1] = [(&oids, Type::OID_ARRAY)];
        let (looked, ended) = tokio::join!(
            biased;
            connection.begin_and_query(timeout, STATES, &parameters),
            connection.commit()
        );
        let (now, rows) = looked?;
        ended?;
        let nothing = |table: &&TargetTable| (table.oid, Self::without_relations(now));
        let mut states: HashMap<u32, Self> = tables.iter().map(nothing).collect();
        let partitioned: HashSet<u32> =
            tables.iter().filter(|table| table.partitioned).map(|table| table.oid).collect();
        for row in &rows {
            let asked: u32 = get(row, 15)?;
            if let Some(state) = states.get_mut(&asked) {
                state.add(row, partitioned.contains(&asked))?;
            }
        }
        Ok(states)
    }

    fn without_relations(now: Timestamp) -> Self {
        Self {
            now,
            relations: Vec::new(),
            counted: false,
            all_counted: false,
            by_page: true,
            commit_times: false,
            since: None,
            foreign: 0,
            block_bytes: 8192,
        }
    }

    fn add(&mut self, row: &Row, partitioned: bool) -> Result<(), ScanError> {
        let (schema, name): (String, String) = (get(row, 1)?, get(row, 2)?);
        let (kind, replica, version, readable): (&str, bool, i32, bool) =
            (get(row, 3)?, get(row, 11)?, get(row, 12)?, get(row, 13)?);
        if kind == "f" {
            self.foreign += 1;
            return Ok(());
        }
        let since: Option<DateTime<Utc>> = get(row, 9)?;
        let counts: bool = get(row, 17)?;
        self.counted = (self.counted || self.relations.is_empty()) && !replica && counts && kind == "r";
        self.all_counted = self.counted && version >= 10_000 * FIRST_SURE.cast_signed();
        self.by_page &= version >= 140_000 && kind == "r" && (readable || !partitioned);
        self.commit_times = get(row, 14)?;
        self.since = since.map(Timestamp);
        self.block_bytes = u64::try_from(get::<i64>(row, 18)?).unwrap_or(8192);
        self.relations.push(Relation {
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
                recovered: get(row, 16)?,
            },
        });
        Ok(())
    }

    pub(super) fn pages(&self) -> u64 {
        self.relations.iter().map(|relation| u64::from(relation.pages)).sum()
    }

    /// How large they are now.
    pub(super) fn bytes(&self) -> u64 {
        self.pages() * self.block_bytes
    }

    /// How many rows there may be now: as many on a page as ANALYZE found, as the planner takes it. `None` when it never
    /// came by.
    pub(super) fn estimated_rows(&self, table: &TargetTable) -> Option<u64> {
        let (rows, then) = (table.estimated_rows?, table.bytes? / self.block_bytes);
        match self.pages() {
            now if now == then => Some(rows),
            0 => Some(0),
            _ if then == 0 => None,
            now => Some(whole((to_real(rows) / to_real(then) * to_real(now)).round())),
        }
    }

    /// Whether somebody has written to one of the relations that had these marks.
    pub(super) fn is_later_than(&self, marks: &[(u32, Mark)]) -> bool {
        self.relations.iter().any(|relation| {
            marks.iter().filter(|(oid, _)| *oid == relation.oid).any(|(_, before)| {
                let emptied = relation.pages == 0 && relation.mark.file != before.file;
                emptied || relation.mark.is_later_than(before)
            })
        })
    }

    /// The relation that most rows came to.
    pub(super) fn most_inserted(&self) -> Option<&Relation> {
        self.relations.iter().max_by_key(|relation| relation.mark.inserted)
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
