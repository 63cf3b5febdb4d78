//! Quality: the newest statistics of every column, how they moved, and what they add up to.

mod distribution;
mod trends;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use store::Reads;
use store::statistics::{
    ColumnBadge, ColumnFilter, ColumnKey, ColumnRow, ColumnSort, badges, column_rows, latest_tables,
};
use types::quality::{ColumnStats, Health, HealthStats, HealthTotals, QualityPage};
use types::{SourceId, Timestamp};

use crate::page::Paging;
use crate::permission::QualityRead;
use crate::source::select_all;
use crate::{Context, Error, Scope};

use distribution::uniqueness_distribution;
pub(crate) use distribution::{add, null_distribution};
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
    let after: Option<ColumnKey> = paging.after()?;
    let now = context.now();
    let tx = context.store.read(scope.tenant()).await?;
    let names: HashMap<_, _> = select_all(&tx, filter.source.as_deref())
        .await?
        .into_iter()
        .map(|source| (source.id, source.name))
        .collect();
    let mut wanted = ColumnFilter {
        sources: names.keys().copied().collect(),
        table: filter.table,
        health: filter.health,
        text: filter.text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()),
        sort: sort(filter.sort),
        reverse: filter.reverse,
        after,
    };
    let rows = column_rows(&tx, &wanted, paging.rows()).await?;
    let page = paging.page(rows, |row| row.key.clone());
    // The totals are of every health: they are what one filters by.
    wanted.health = None;
    let totals = totals(&badges(&tx, &wanted).await?);
    let score = score(&tx, &wanted.sources).await?;
    let items = page.items.into_iter().map(|row| view(row, &names, now)).collect();
    Ok(QualityPage { items, next_cursor: page.next_cursor, totals, score })
}

fn sort(sort: Sort) -> ColumnSort {
    match sort {
        Sort::Name => ColumnSort::Name,
        Sort::Health => ColumnSort::Health,
        Sort::NullPercent => ColumnSort::NullPercent,
        Sort::Uniqueness => ColumnSort::Uniqueness,
        Sort::Freshness => ColumnSort::Freshness,
    }
}

fn view(row: ColumnRow, names: &HashMap<SourceId, String>, now: Timestamp) -> ColumnStats {
    let ColumnRow { stats, last_write_at, table_latest_value_at, key: _ } = row;
    ColumnStats {
        source: names.get(&stats.source_id).cloned().unwrap_or_else(|| stats.source_id.to_string()),
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
        last_write_at,
        freshness_seconds: table_latest_value_at.map(|newest| now.seconds_since(newest).max(0)),
        method: stats.method,
        error_bound: stats.error_bound,
        recorded_at: stats.recorded_at,
        health: stats.health,
        score: stats.score,
        deductions: stats.deductions,
        previous_null_percent: stats.previous_null_percent,
    }
}

/// How many columns wear each badge.
pub(crate) fn totals(columns: &[ColumnBadge]) -> HealthTotals {
    let mut totals = HealthTotals::default();
    for column in columns {
        *match column.health {
            Health::Healthy => &mut totals.healthy,
            Health::Warning => &mut totals.warning,
            Health::Critical => &mut totals.critical,
            Health::Unknown => &mut totals.unknown,
        } += 1;
    }
    totals
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
    let sources: Vec<_> = select_all(&tx, source).await?.into_iter().map(|source| source.id).collect();
    let columns = badges(&tx, &ColumnFilter { sources: sources.clone(), ..ColumnFilter::default() }).await?;
    let tables = latest_tables(&tx, &sources).await?;
    let stale = tables.iter().filter(|table| is_stale(&table.deductions)).count();
    Ok(HealthStats {
        score: score(&tx, &sources).await?,
        totals: totals(&columns),
        uniqueness_distribution: uniqueness_distribution(
            columns.iter().filter_map(|column| column.uniqueness_percent),
        ),
        null_distribution: null_distribution(columns.iter().filter_map(|column| column.null_percent)),
        stale_tables: u32::try_from(stale).unwrap_or(u32::MAX),
        tables: u32::try_from(tables.len()).unwrap_or(u32::MAX),
    })
}

/// Whether the rules took points off because the newest value is older than the table's rhythm allows.
pub(crate) fn is_stale(deductions: &[types::quality::Deduction]) -> bool {
    deductions.iter().any(|deduction| deduction.code == "stale")
}
