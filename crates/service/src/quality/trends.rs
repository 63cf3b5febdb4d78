//! How statistics moved over time.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use domain::anomaly::{Backfill, Mark, Sample};
use domain::rollup::{Period, Point as Summed, Summary, fold};
use store::Reads;
use store::source::Source;
use store::statistics::{
    ColumnName, Span, TableStats, column_rollups, latest_tables, moving_columns, null_history, null_jumps,
    scores, table_history, table_rollups,
};
use types::Timestamp;
use types::quality::{NullSpike, Point, QualityTrends, Series};

use crate::permission::QualityRead;
use crate::source::select_all;
use crate::{Context, Error, Scope};

/// How far back it goes without `from`.
const DEFAULT_RANGE: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// Over a range of up to so long, a point is what one profile found; over a longer one, the last of a day.
const BY_PROFILE: Duration = Duration::from_secs(35 * 24 * 60 * 60);
/// Over a range that is longer than this, a point is the last of a week.
const BY_DAY: Duration = Duration::from_secs(400 * 24 * 60 * 60);
/// Up to so many rows are compared to find the columns that moved most.
const FEW_ROWS: usize = 100_000;
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
            from,
            to,
            source,
        };
        view.tables(&tx, &range, &mut trends).await?;
        view.columns(&tx, &range, &mut trends).await?;
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
    from: Timestamp,
    to: Timestamp,
}

impl View<'_> {
    /// The time of the newest rows that are asked for.
    fn newest(&self) -> Timestamp {
        self.to.min(self.profiled_at)
    }

    /// The times at which a row's figures were found: its own, and of the newest rows also the last.
    fn times(&self, recorded_at: Timestamp) -> impl Iterator<Item = Timestamp> + use<> {
        let held_at = self.held_at.filter(|_| recorded_at == self.profiled_at);
        std::iter::once(recorded_at).chain(held_at)
    }

    /// The points of a line over what is asked for: of each profile, or the last of each day or week.
    fn line(&self, points: Vec<Summed>) -> Vec<Point> {
        let points = match period(self.from, self.to) {
            Some(period) => fold(&points, period),
            None => points,
        };
        let point = |(at, summary): Summed| Point { at, value: summary.map(|summary| summary.last) };
        points.into_iter().map(point).collect()
    }

    async fn tables(&self, tx: &impl Reads, range: &Range, trends: &mut QualityTrends) -> Result<(), Error> {
        let (source, to) = (self.source.id, self.newest());
        let paths = match &range.table {
            Some(table) => vec![table.clone()],
            None => remarkable(latest_tables(tx, &[source]).await?),
        };
        if paths.is_empty() {
            return Ok(());
        }
        let mut freshness: BTreeMap<String, Vec<Summed>> = BTreeMap::new();
        let mut rows: BTreeMap<String, Vec<Summed>> = BTreeMap::new();
        for rollup in table_rollups(tx, source, &paths, self.from, to).await? {
            let name = format!("{}{}", self.prefix, rollup.table);
            if rollup.freshness_seconds.is_some() {
                freshness.entry(name.clone()).or_default().push((rollup.last_at, rollup.freshness_seconds));
            }
            rows.entry(name).or_default().push((rollup.last_at, rollup.row_count));
        }
        for stats in table_history(tx, source, Some(&paths), self.from, to).await? {
            let name = format!("{}{}", self.prefix, stats.table);
            if let Some(newest) = stats.latest_value_at {
                let age = |at: Timestamp| Summary::of(at.seconds_since(newest).max(0) as f64);
                let points = self.times(stats.recorded_at).map(|at| (at, age(at)));
                freshness.entry(name.clone()).or_default().extend(points);
            }
            let value = Summary::of(stats.row_count as f64);
            rows.entry(name).or_default().extend(self.times(stats.recorded_at).map(|at| (at, value)));
        }
        let told = store::backfill::of_tables(tx, source, &paths).await?.into_iter();
        let told: HashMap<String, Backfill> = told
            .map(|told| (told.table, Backfill { at: told.at, rows: told.rows, arrivals: told.arrivals }))
            .collect();
        let plain = |(name, points)| Series { name, points: self.line(points), backfilled: Vec::new() };
        trends.freshness.extend(freshness.into_iter().map(plain));
        trends.row_count.extend(rows.into_iter().map(|(name, points)| {
            let told = name.strip_prefix(&self.prefix).and_then(|path| told.get(path));
            let backfilled = told.map(|told| self.line(self.before(&points, told))).unwrap_or_default();
            Series { name, points: self.line(points), backfilled }
        }));
        Ok(())
    }

    /// What its own times tell of a table before it was measured first, as far as that is asked for.
    fn before(&self, measured: &[Summed], told: &Backfill) -> Vec<Summed> {
        let sample =
            |(at, rows): &Summed| rows.map(|rows| Sample { at: *at, value: rows.last, mark: Mark::None });
        let measured: Vec<Sample> = measured.iter().filter_map(sample).collect();
        // Of a time that begins later the first points are not here, and nothing of it was counted back.
        if measured.first().is_none_or(|first| first.at > told.at) {
            return Vec::new();
        }
        let asked = told.samples(&measured).into_iter().filter(|sample| sample.at >= self.from);
        asked.map(|sample| (sample.at, Summary::of(sample.value))).collect()
    }

    async fn columns(&self, tx: &impl Reads, range: &Range, trends: &mut QualityTrends) -> Result<(), Error> {
        let (table, column) = (range.table.as_deref(), range.column.as_deref());
        let span = Span { source: self.source.id, table, column, from: self.from, to: self.newest() };
        for name in self.moving(tx, &span).await? {
            let (table, column) = (Some(name.table.as_str()), Some(name.column.as_str()));
            let (tables, columns) = ([name.table.clone()], [name.column.clone()]);
            let rolled = column_rollups(tx, span.source, &tables, Some(&columns), span.from, span.to).await?;
            let mut points: Vec<Summed> =
                rolled.into_iter().map(|rollup| (rollup.last_at, rollup.null_percent)).collect();
            for point in null_history(tx, &Span { table, column, ..span }).await? {
                let value = point.null_percent.and_then(Summary::of);
                points.extend(self.times(point.at).map(|at| (at, value)));
            }
            let name = format!("{}{}.{}", self.prefix, name.table, name.column);
            trends.null_percent.push(Series { name, points: self.line(points), backfilled: Vec::new() });
        }
        for jump in null_jumps(tx, &span, SPIKE_POINTS, SPIKES).await? {
            if let (Some(before), Some(after)) = (jump.previous_null_percent, jump.null_percent) {
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

    /// The columns that are shown.
    async fn moving(&self, tx: &impl Reads, span: &Span<'_>) -> Result<Vec<ColumnName>, Error> {
        let large = span.table.is_none() && self.rows(tx, span).await? > FEW_ROWS;
        let moving = moving_columns(tx, span, large, LINES as u64).await?;
        Ok(moving.into_iter().map(|(name, _)| name).collect())
    }

    /// About how many rows there are of all columns.
    async fn rows(&self, tx: &impl Reads, span: &Span<'_>) -> Result<usize, Error> {
        let mut scores = scores(tx, &[span.source], span.from).await?;
        scores.retain(|score| score.recorded_at <= span.to);
        let columns = scores.last().map_or(0, |score| usize::try_from(score.columns).unwrap_or(usize::MAX));
        Ok(columns.saturating_mul(scores.len()))
    }
}

/// What one point of a line over a range stands for; a single profile when it is missing.
fn period(from: Timestamp, to: Timestamp) -> Option<Period> {
    if Timestamp(from.0 + BY_PROFILE) >= to {
        None
    } else if Timestamp(from.0 + BY_DAY) >= to {
        Some(Period::Day)
    } else {
        Some(Period::Week)
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
