//! Quality: the newest statistics of every column, how they moved, and what they add up to.

mod board;
mod distribution;
mod selection;
mod trends;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use store::Reads;
use store::source::Source;
use store::statistics::columns_among;
use types::ownership::Ownership;
use types::quality::{ColumnStats, Health, HealthStats, QualityPage};
use types::{SourceId, Timestamp};

use crate::ownership::{Narrowed, Registers};
use crate::page::Paging;
use crate::permission::QualityRead;
use crate::source::select_all;
use crate::{Context, Error, Scope, ownership};

pub(crate) use board::{Board, Boards};
use distribution::uniqueness_distribution;
pub(crate) use distribution::{add, null_distribution};
use selection::{Chosen, Key, Wanted, column_path, select, totals};
pub use trends::{Range, trends};

/// What the list is ordered by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// Table, then column.
    #[default]
    Name,
    /// Critical first.
    Health,
    /// Most NULLs first.
    NullPercent,
    /// Least unique first.
    Uniqueness,
    /// Stalest table first.
    Freshness,
}

/// Which columns a list holds.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Name or id; all sources without it.
    pub source: Option<String>,
    /// A table's path.
    pub table: Option<String>,
    pub health: Option<Health>,
    /// A part of the table's path or of the column's name.
    pub text: Option<String>,
    pub sort: Sort,
    /// The other way round.
    pub reverse: bool,
    /// Whose columns, and how tagged.
    pub owned: ownership::Filter,
}

/// A page of columns with the totals of all that the filter wants.
///
/// # Errors
/// [`Error::NotFound`] for an unknown source, [`Error::Invalid`] for a foreign cursor.
pub async fn list(
    context: &Context,
    scope: &Scope<QualityRead>,
    filter: Filter,
    paging: &Paging,
) -> Result<QualityPage, Error> {
    let after: Option<Key> = paging.after()?;
    let now = context.now();
    let owned = filter.owned.asked_by(scope)?;
    let tx = context.store.read(scope.tenant()).await?;
    let sources = select_all(&tx, filter.source.as_deref()).await?;
    let names = sources.iter().map(|source| (source.id, source.name.clone())).collect();
    let owned = Narrowed::over(&tx, owned, &names).await?;
    let boards = context.boards.of(&tx, &sources).await?;
    let wanted = Wanted {
        table: filter.table.as_deref(),
        health: filter.health,
        text: filter.text.as_deref().map(str::trim).filter(|text| !text.is_empty()),
        sort: filter.sort,
        reverse: filter.reverse,
        after,
        owned: owned.as_ref(),
    };
    let rows = usize::try_from(paging.rows()).unwrap_or(usize::MAX);
    let (chosen, totals) = select(&boards, &wanted, rows);
    let page = paging.page(chosen, Chosen::key);
    let path = |one: &Chosen<'_>| column_path(&one.table.path, &one.column.name);
    let paths: Vec<String> = page.items.iter().map(path).collect();
    let objects = page.items.iter().zip(&paths).map(|(one, path)| (one.board.source, path.as_str()));
    let registers = Registers::about(&tx, &names, objects).await?;
    let mut items = Vec::with_capacity(page.items.len());
    let mut stats = newest(&tx, &page.items).await?;
    for (one, path) in page.items.iter().zip(&paths) {
        let key = (one.board.source, one.table.path.to_string(), one.column.name.to_string());
        let name = sources.iter().find(|source| source.id == one.board.source);
        if let (Some(stats), Some(source)) = (stats.remove(&key), name) {
            let ownership = registers.ask(source.id, path);
            items.push(ColumnStats { ownership, ..view(stats, source, one, now) });
        }
    }
    let ids: Vec<_> = sources.iter().map(|source| source.id).collect();
    let score = score(&tx, &ids).await?;
    Ok(QualityPage { items, next_cursor: page.next_cursor, totals, score })
}

/// A column's source, its table's path and its name.
type Name = (SourceId, String, String);

/// All that is known of the columns of a page.
async fn newest(
    tx: &impl Reads,
    page: &[Chosen<'_>],
) -> Result<HashMap<Name, store::statistics::ColumnStats>, Error> {
    let mut stats = HashMap::with_capacity(page.len());
    for same in page.chunk_by(|one, next| one.board.source == next.board.source) {
        let [first, ..] = same else { continue };
        let mut tables: Vec<&str> = same.iter().map(|one| &*one.table.path).collect();
        let mut columns: Vec<&str> = same.iter().map(|one| &*one.column.name).collect();
        for names in [&mut tables, &mut columns] {
            names.sort_unstable();
            names.dedup();
        }
        let found = columns_among(tx, first.board.source, first.board.recorded_at, &tables, &columns).await?;
        let named = |stats: store::statistics::ColumnStats| {
            ((stats.source_id, stats.table.clone(), stats.column.clone()), stats)
        };
        stats.extend(found.into_iter().map(named));
    }
    Ok(stats)
}

fn view(
    stats: store::statistics::ColumnStats,
    source: &Source,
    chosen: &Chosen<'_>,
    now: Timestamp,
) -> ColumnStats {
    ColumnStats {
        source: source.name.clone(),
        table: stats.table,
        column: stats.column,
        data_type: stats.data_type,
        row_count: stats.row_count,
        null_percent: stats.null_percent,
        uniqueness_percent: stats.uniqueness_percent,
        distinct_count: stats.distinct_count,
        min: stats.min,
        max: stats.max,
        latest_value_at: stats.latest_value_at,
        last_write_at: chosen.table.last_write_at,
        freshness_seconds: chosen.table.latest_value_at.map(|newest| now.seconds_since(newest).max(0)),
        method: stats.method,
        error_bound: stats.error_bound,
        recorded_at: stats.recorded_at,
        health: stats.health,
        score: stats.score,
        deductions: stats.deductions,
        previous_null_percent: stats.previous_null_percent,
        ownership: Ownership::default(),
    }
}

/// The newest scores of some sources, weighed by how many columns each has.
///
/// # Errors
/// When the store fails.
pub(crate) async fn score(tx: &impl Reads, sources: &[SourceId]) -> Result<Option<f64>, Error> {
    let (mut sum, mut weight) = (0.0, 0.0);
    for score in store::statistics::newest_scores(tx, sources).await? {
        if let Some(value) = score.score {
            let columns = f64::from(score.columns.max(1));
            sum += value * columns;
            weight += columns;
        }
    }
    Ok((weight > 0.0).then(|| sum / weight))
}

/// What the newest statistics add up to.
///
/// # Errors
/// [`Error::NotFound`] for an unknown source.
pub async fn stats(
    context: &Context,
    scope: &Scope<QualityRead>,
    source: Option<&str>,
) -> Result<HealthStats, Error> {
    let tx = context.store.read(scope.tenant()).await?;
    let sources = select_all(&tx, source).await?;
    let boards = context.boards.of(&tx, &sources).await?;
    let ids: Vec<_> = sources.iter().map(|source| source.id).collect();
    let columns = || boards.iter().flat_map(|board| &board.columns);
    let tables = || boards.iter().flat_map(|board| &board.tables);
    let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
    Ok(HealthStats {
        score: score(&tx, &ids).await?,
        totals: totals(&boards),
        uniqueness_distribution: uniqueness_distribution(
            columns().filter_map(|column| column.uniqueness_percent),
        ),
        null_distribution: null_distribution(columns().filter_map(|column| column.null_percent)),
        stale_tables: count(tables().filter(|table| table.stale.is_some()).count()),
        tables: count(tables().count()),
    })
}
