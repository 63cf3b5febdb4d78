//! How statistics moved over time.

use std::collections::BTreeMap;
use std::time::Duration;

use store::Reads;
use store::source::Source;
use store::statistics::{TableStats, latest_tables, moving_columns, null_history, null_jumps, table_history};
use types::Timestamp;
use types::quality::{NullSpike, Point, QualityTrends, Series};

use crate::permission::QualityRead;
use crate::source::select_all;
use crate::{Context, Error, Scope};

/// How far back it goes without `from`.
const DEFAULT_RANGE: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// The most lines of a chart.
const LINES: usize = 10;
/// The most spikes.
const SPIKES: u64 = 50;
/// A rise of this many points within one profile is a spike.
const SPIKE_POINTS: f64 = 10.0;

/// What of the history is asked for.
#[derive(Clone, Debug, Default)]
pub struct Range {
    /// Name or id; all sources without it.
    pub source: Option<String>,
    /// A table's path.
    pub table: Option<String>,
    /// A column's name, together with its table.
    pub column: Option<String>,
    /// Thirty days before `to` when it is missing.
    pub from: Option<Timestamp>,
    /// Now when it is missing.
    pub to: Option<Timestamp>,
}

/// The trends of a table, or of the tables and columns that need looking at most.
///
/// # Errors
/// [`Error::NotFound`] for an unknown source, [`Error::Invalid`] when `from` is after `to`.
pub async fn trends(
    context: &Context,
    scope: &Scope<QualityRead>,
    range: Range,
) -> Result<QualityTrends, Error> {
    let to = range.to.unwrap_or_else(|| context.now());
    let from = range.from.unwrap_or(Timestamp(to.0 - DEFAULT_RANGE));
    if from > to {
        return Err(Error::field("/from", "range", "`from` must not be after `to`."));
    }
    let tx = context.store.read(scope.tenant()).await?;
    let sources = select_all(&tx, range.source.as_deref()).await?;
    // With several sources a path alone would be ambiguous.
    let several = sources.len() > 1;
    let mut trends = QualityTrends::default();
    for source in &sources {
        // What a scan has measured and not published yet is nobody's business.
        let Some(profiled_at) = source.profiled_at else { continue };
        let view = View {
            prefix: if several { format!("{}: ", source.name) } else { String::new() },
            // A scan that finds everything as it was writes no row, but says that the newest still hold.
            held_at: source.last_scan_at.filter(|at| *at > profiled_at && *at <= to),
            profiled_at,
            source,
        };
        let to = to.min(profiled_at);
        view.tables(&tx, &range, from, to, &mut trends).await?;
        view.columns(&tx, &range, from, to, &mut trends).await?;
    }
    let newest = |series: &Series| series.points.last().and_then(|point| point.value).unwrap_or(0.0);
    for lines in [&mut trends.freshness, &mut trends.row_count] {
        lines.sort_by(|a, b| newest(b).total_cmp(&newest(a)).then_with(|| a.name.cmp(&b.name)));
        lines.truncate(LINES);
    }
    trends.null_percent.truncate(LINES);
    trends.null_spikes.sort_by_key(|spike| std::cmp::Reverse(spike.at));
    Ok(trends)
}

/// One source's part of the trends.
struct View<'a> {
    source: &'a Source,
    prefix: String,
    /// The time of the newest rows.
    profiled_at: Timestamp,
    /// When these were last found to hold.
    held_at: Option<Timestamp>,
}

impl View<'_> {
    /// The times at which a row's figures were found: its own, and of the newest rows also the last.
    fn times(&self, recorded_at: Timestamp) -> impl Iterator<Item = Timestamp> + use<> {
        let held_at = self.held_at.filter(|_| recorded_at == self.profiled_at);
        std::iter::once(recorded_at).chain(held_at)
    }

    async fn tables(
        &self,
        tx: &impl Reads,
        range: &Range,
        from: Timestamp,
        to: Timestamp,
        trends: &mut QualityTrends,
    ) -> Result<(), Error> {
        let paths = match &range.table {
            Some(table) => vec![table.clone()],
            None => remarkable(latest_tables(tx, &[self.source.id]).await?),
        };
        if paths.is_empty() {
            return Ok(());
        }
        let mut freshness: BTreeMap<String, Vec<Point>> = BTreeMap::new();
        let mut rows: BTreeMap<String, Vec<Point>> = BTreeMap::new();
        for stats in table_history(tx, self.source.id, Some(&paths), from, to).await? {
            let name = format!("{}{}", self.prefix, stats.table);
            if let Some(newest) = stats.latest_value_at {
                let age = |at: Timestamp| at.seconds_since(newest).max(0) as f64;
                let points = self.times(stats.recorded_at).map(|at| Point { at, value: Some(age(at)) });
                freshness.entry(name.clone()).or_default().extend(points);
            }
            let value = Some(stats.row_count as f64);
            let points = self.times(stats.recorded_at).map(|at| Point { at, value });
            rows.entry(name).or_default().extend(points);
        }
        let series = |(name, points)| Series { name, points };
        trends.freshness.extend(freshness.into_iter().map(series));
        trends.row_count.extend(rows.into_iter().map(series));
        Ok(())
    }

    async fn columns(
        &self,
        tx: &impl Reads,
        range: &Range,
        from: Timestamp,
        to: Timestamp,
        trends: &mut QualityTrends,
    ) -> Result<(), Error> {
        let (source, table) = (self.source.id, range.table.as_deref());
        let wanted = |name: &str| range.column.as_deref().is_none_or(|column| column == name);
        let most = if range.column.is_some() { u64::from(u16::MAX) } else { LINES as u64 };
        let mut names = moving_columns(tx, source, table, from, to, most).await?;
        names.retain(|name| wanted(&name.column));
        let mut lines: BTreeMap<(String, String), Vec<Point>> = BTreeMap::new();
        for point in null_history(tx, source, &names, from, to).await? {
            let key = (point.name.table, point.name.column);
            let points = self.times(point.at).map(|at| Point { at, value: point.null_percent });
            lines.entry(key).or_default().extend(points);
        }
        for name in names {
            if let Some(points) = lines.remove(&(name.table.clone(), name.column.clone())) {
                trends
                    .null_percent
                    .push(Series { name: format!("{}{}.{}", self.prefix, name.table, name.column), points });
            }
        }
        for jump in null_jumps(tx, source, table, from, to, SPIKE_POINTS, SPIKES).await? {
            if let (Some(before), Some(after)) = (jump.previous_null_percent, jump.null_percent)
                && wanted(&jump.name.column)
            {
                trends.null_spikes.push(NullSpike {
                    source: self.source.name.clone(),
                    table: jump.name.table,
                    column: jump.name.column,
                    at: jump.at,
                    before_percent: before,
                    after_percent: after,
                });
            }
        }
        Ok(())
    }
}

/// The stalest and the largest tables.
fn remarkable(mut tables: Vec<TableStats>) -> Vec<String> {
    let mut paths = Vec::new();
    tables.sort_by_key(|stats| std::cmp::Reverse(stats.freshness_seconds));
    paths.extend(tables.iter().take(LINES).map(|stats| stats.table.clone()));
    tables.sort_by_key(|stats| std::cmp::Reverse(stats.row_count));
    paths.extend(tables.iter().take(LINES).map(|stats| stats.table.clone()));
    paths.sort();
    paths.dedup();
    paths
}
