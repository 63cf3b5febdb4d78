//! Boards: of the newest statistics of a source, what lists are filtered, ordered and added up by.
//!
//! A source of ten thousand tables has two hundred thousand columns, too many to be read for each page of a list. What was
//! published never changes, so a board is never stale: the next profile has another time. Whoever sees it has found the
//! source in the organization's own transaction before.

use std::sync::Arc;

use quick_cache::Weighter;
use quick_cache::sync::Cache;
use store::Reads;
use store::source::Source;
use store::statistics::{ColumnBadge, TableStats, badges, latest_tables};
use types::quality::Health;
use types::{OrgId, SourceId, Timestamp};

use crate::Error;

/// The most bytes that boards take together, about; one that is larger is read each time.
const CAPACITY: u64 = 96 * 1024 * 1024;
/// How many boards that will be: a guess, from which the cache sizes its tables.
const LIKELY: usize = 64;

/// A table on a board.
pub(crate) struct Table {
    pub(crate) path: Box<str>,
    pub(crate) latest_value_at: Option<Timestamp>,
    pub(crate) last_write_at: Option<Timestamp>,
    pub(crate) row_count: u64,
    /// Why points were taken off, if its newest value is older than its rhythm allows.
    pub(crate) stale: Option<Box<str>>,
}

/// A column on a board.
pub(crate) struct Column {
    /// Where its table is among those of the board.
    pub(crate) table: usize,
    pub(crate) name: Box<str>,
    pub(crate) null_percent: Option<f64>,
    pub(crate) uniqueness_percent: Option<f64>,
    pub(crate) health: Health,
    /// Whether it has a score.
    pub(crate) scored: bool,
}

/// The newest statistics of a source.
pub(crate) struct Board {
    pub(crate) source: SourceId,
    pub(crate) recorded_at: Timestamp,
    /// By path.
    pub(crate) tables: Vec<Table>,
    /// By their table and their name.
    pub(crate) columns: Vec<Column>,
}

impl Board {
    fn of(
        source: SourceId,
        recorded_at: Timestamp,
        tables: Vec<TableStats>,
        badges: Vec<ColumnBadge>,
    ) -> Self {
        let mut tables: Vec<Table> = tables
            .into_iter()
            .map(|stats| Table {
                latest_value_at: stats.latest_value_at,
                last_write_at: stats.last_write_at,
                row_count: stats.row_count,
                stale: stats
                    .deductions
                    .into_iter()
                    .find(|deduction| deduction.code == "stale")
                    .map(|deduction| deduction.reason.into()),
                path: stats.table.into(),
            })
            .collect();
        // By bytes, however the database orders texts.
        tables.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        let mut columns: Vec<Column> = badges
            .into_iter()
            .filter_map(|badge| {
                let table = tables.binary_search_by(|table| (*table.path).cmp(badge.table.as_str())).ok()?;
                Some(Column {
                    table,
                    name: badge.column.into(),
                    null_percent: badge.null_percent,
                    uniqueness_percent: badge.uniqueness_percent,
                    health: badge.health,
                    scored: badge.score.is_some(),
                })
            })
            .collect();
        columns.sort_unstable_by(|a, b| (a.table, &a.name).cmp(&(b.table, &b.name)));
        Self { source, recorded_at, tables, columns }
    }

    /// The table of a column.
    pub(crate) fn table(&self, column: &Column) -> &Table {
        &self.tables[column.table]
    }

    fn bytes(&self) -> u64 {
        let tables = self.tables.iter().map(|table| size_of::<Table>() + table.path.len());
        let columns = self.columns.iter().map(|column| size_of::<Column>() + column.name.len());
        // What an allocation takes beside its content.
        tables.chain(columns).map(|bytes| bytes as u64 + 16).sum::<u64>().max(1)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    org: OrgId,
    source: SourceId,
    recorded_at: Timestamp,
}

#[derive(Clone)]
struct Bytes;

impl Weighter<Key, Arc<Board>> for Bytes {
    fn weight(&self, _: &Key, board: &Arc<Board>) -> u64 {
        board.bytes()
    }
}

/// The boards that were read lately; cheap to clone.
#[derive(Clone)]
pub(crate) struct Boards(Arc<Cache<Key, Arc<Board>, Bytes>>);

impl Boards {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Cache::with_weighter(LIKELY, CAPACITY, Bytes)))
    }

    /// The boards of those of the sources that were profiled, by their ids; of several who ask at once, one reads.
    pub(crate) async fn of(&self, tx: &impl Reads, sources: &[Source]) -> Result<Vec<Arc<Board>>, Error> {
        let mut boards = Vec::with_capacity(sources.len());
        for source in sources {
            let Some(recorded_at) = source.profiled_at else { continue };
            let key = Key { org: tx.org(), source: source.id, recorded_at };
            let read = async {
                let tables = latest_tables(tx, &[source.id]).await?;
                let columns = badges(tx, source.id).await?;
                Ok::<_, Error>(Arc::new(Board::of(source.id, recorded_at, tables, columns)))
            };
            boards.push(self.0.get_or_insert_async(&key, read).await?);
        }
        boards.sort_unstable_by_key(|board| board.source);
        Ok(boards)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::RunId;
    use types::profile::Method;
    use uuid::Uuid;

    #[test]
    fn a_board_is_in_the_order_of_bytes_whatever_order_rows_come_in() {
        let at = Timestamp::from_millis(1_800_000_000_000).unwrap();
        let table = |path: &str| TableStats {
            source_id: SourceId(Uuid::nil()),
            table: path.into(),
            recorded_at: at,
            run_id: RunId(Uuid::nil()),
            row_count: 1,
            row_count_method: Method::Exact,
            bytes: None,
            latest_value_at: None,
            timestamp_column: None,
            last_write_at: None,
            freshness_seconds: None,
            health: Health::Healthy,
            score: None,
            deductions: Vec::new(),
        };
        let badge = |path: &str, column: &str| ColumnBadge {
            table: path.into(),
            column: column.into(),
            null_percent: None,
            uniqueness_percent: None,
            health: Health::Healthy,
            score: None,
        };
        let tables = vec![table("s.ä"), table("s.b"), table("s.B")];
        let badges = vec![badge("s.ä", "x"), badge("s.b", "z"), badge("s.b", "A"), badge("s.B", "a")];
        let board = Board::of(SourceId(Uuid::nil()), at, tables, badges);
        let names: Vec<_> = board
            .columns
            .iter()
            .map(|column| format!("{}.{}", board.table(column).path, column.name))
            .collect();
        assert_eq!(names, ["s.B.a", "s.b.A", "s.b.z", "s.ä.x"]);
    }
}
