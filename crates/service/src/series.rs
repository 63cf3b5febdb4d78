//! Series: what was measured over time, as the rules of anomalies read it.
//!
//! A profile that is the same as the one before has no rows of its own, so a series has a point for each time the source
//! was profiled, with the value that held then. Of what was rolled up, it is the last value of each day or week.

use std::collections::{BTreeMap, HashMap};

use domain::anomaly::{Backfill, Direction, Mark, Metric, Sample};
use serde::{Deserialize, Serialize};
use store::Reads;
use store::anomaly::Anomaly;
use store::statistics::{ColumnPoint, ColumnRollup, TableRollup, TableStats};
use types::incident::Measure;
use types::{SourceId, Timestamp};

use crate::Error;

/// The newest points that count.
pub(crate) const MOST_POINTS: u64 = 256;

/// What tells the series of a table apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct Key {
    /// Missing for what is measured of the whole table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) column: Option<String>,
    pub(crate) measure: Measure,
}

impl Key {
    pub(crate) fn of(anomaly: &Anomaly) -> Self {
        Self { column: anomaly.column.clone(), measure: anomaly.measure }
    }

    pub(crate) const ROWS: Self = Self { column: None, measure: Measure::RowCount };
}

/// The rules by which a measure is judged.
pub(crate) fn metric(measure: Measure) -> Metric {
    match measure {
        Measure::RowCount => Metric::RowCount,
        Measure::NullPercent | Measure::UniquenessPercent => Metric::Percent,
    }
}

/// Whether a value on that side of its bounds is odd: NULLs that are fewer and keys that are more unique than expected do
/// no harm.
pub(crate) fn counts(measure: Measure, direction: Direction) -> bool {
    match measure {
        Measure::RowCount => true,
        Measure::NullPercent => direction == Direction::Above,
        Measure::UniquenessPercent => direction == Direction::Below,
    }
}

/// The series of one table.
#[derive(Debug, Default)]
pub(crate) struct TableSeries {
    /// Values as they were recorded, oldest first.
    values: BTreeMap<Key, Vec<(Timestamp, f64)>>,
    /// The points that were odd, and whether a person called them normal.
    odd: HashMap<Key, HashMap<Timestamp, bool>>,
    /// The times of the table's newest values.
    pub(crate) updates: Vec<Timestamp>,
    /// What came into the table before it was measured.
    backfill: Option<Backfill>,
}

impl TableSeries {
    pub(crate) fn keys(&self) -> impl Iterator<Item = &Key> {
        self.values.keys()
    }

    /// The least value of a series.
    pub(crate) fn least(&self, key: &Key) -> Option<f64> {
        self.values.get(key)?.iter().map(|(_, value)| *value).reduce(f64::min)
    }

    /// A sample for each of the times from the first value on.
    pub(crate) fn samples(&self, key: &Key, times: &[Timestamp]) -> Vec<Sample> {
        let Some(values) = self.values.get(key) else { return Vec::new() };
        let odd = self.odd.get(key);
        let mut samples = Vec::with_capacity(times.len());
        let mut next = 0;
        for at in times {
            while values.get(next).is_some_and(|(recorded, _)| recorded <= at) {
                next += 1;
            }
            let Some((_, value)) = next.checked_sub(1).and_then(|last| values.get(last)) else { continue };
            let mark = match odd.and_then(|odd| odd.get(at)) {
                None => Mark::None,
                Some(true) => Mark::Normal,
                Some(false) => Mark::Suspect,
            };
            samples.push(Sample { at: *at, value: *value, mark });
        }
        samples
    }

    /// The samples that a model is fitted from: those that were measured, and before them, where the table was counted back,
    /// those that its own times tell. Of these there are only as many as make up for measured ones.
    pub(crate) fn history(&self, key: &Key, times: &[Timestamp]) -> Vec<Sample> {
        let measured = self.samples(key, times);
        let backfill = self.backfill.as_ref().filter(|_| *key == Key::ROWS);
        let mut history = backfill.map(|backfill| backfill.samples(&measured)).unwrap_or_default();
        let most = usize::try_from(MOST_POINTS).unwrap_or(usize::MAX).saturating_sub(measured.len());
        history.drain(..history.len().saturating_sub(most));
        history.extend(measured);
        history
    }

    fn push(&mut self, key: Key, at: Timestamp, value: Option<f64>) {
        if let Some(value) = value.filter(|value| value.is_finite()) {
            self.values.entry(key).or_default().push((at, value));
        }
    }

    fn add_table(&mut self, stats: &TableStats) {
        self.push(Key::ROWS, stats.recorded_at, Some(stats.row_count as f64));
        self.updates.extend(stats.latest_value_at);
    }

    fn add_column(&mut self, point: ColumnPoint) {
        let column = Some(point.column);
        let nulls = Key { column: column.clone(), measure: Measure::NullPercent };
        self.push(nulls, point.at, point.null_percent);
        let unique = Key { column, measure: Measure::UniquenessPercent };
        self.push(unique, point.at, point.uniqueness_percent);
    }

    fn add_table_rollup(&mut self, rollup: &TableRollup) {
        self.push(Key::ROWS, rollup.last_at, rollup.row_count.map(|rows| rows.last));
        self.updates.extend(rollup.latest_value_at);
    }

    fn add_column_rollup(&mut self, rollup: ColumnRollup) {
        self.add_column(ColumnPoint {
            table: rollup.table,
            column: rollup.column,
            at: rollup.last_at,
            null_percent: rollup.null_percent.map(|nulls| nulls.last),
            uniqueness_percent: rollup.uniqueness_percent.map(|uniqueness| uniqueness.last),
        });
    }
}

/// The series of some tables over some times, which are in order.
///
/// # Errors
/// When the store fails.
pub(crate) async fn read(
    tx: &impl Reads,
    source: SourceId,
    tables: &[String],
    times: &[Timestamp],
) -> Result<HashMap<String, TableSeries>, Error> {
    let mut series: HashMap<String, TableSeries> =
        tables.iter().map(|table| (table.clone(), TableSeries::default())).collect();
    let (Some(from), Some(to)) = (times.first().copied(), times.last().copied()) else {
        return Ok(series);
    };
    // What was rolled up is older than what was not.
    for rollup in store::statistics::table_rollups(tx, source, tables, from, to).await? {
        if let Some(table) = series.get_mut(&rollup.table) {
            table.add_table_rollup(&rollup);
        }
    }
    for rollup in store::statistics::column_rollups(tx, source, tables, None, from, to).await? {
        if let Some(table) = series.get_mut(&rollup.table) {
            table.add_column_rollup(rollup);
        }
    }
    for stats in store::statistics::table_history(tx, source, Some(tables), from, to).await? {
        if let Some(table) = series.get_mut(&stats.table) {
            table.add_table(&stats);
        }
    }
    for point in store::statistics::column_history(tx, source, tables, from, to).await? {
        if let Some(table) = series.get_mut(&point.table) {
            table.add_column(point);
        }
    }
    for anomaly in store::anomaly::of_tables(tx, source, tables, from, to).await? {
        if let Some(table) = series.get_mut(&anomaly.table) {
            table.odd.entry(Key::of(&anomaly)).or_default().insert(anomaly.at, anomaly.normal);
        }
    }
    for told in store::backfill::of_tables(tx, source, tables).await? {
        if let Some(table) = series.get_mut(&told.table) {
            table.backfill = Some(Backfill { at: told.at, rows: told.rows, arrivals: told.arrivals });
        }
    }
    Ok(series)
}

/// The rows of each table of a source at a time, where something was measured then.
///
/// # Errors
/// When the store fails.
pub(crate) async fn rows_at(
    tx: &impl Reads,
    source: SourceId,
    at: Option<Timestamp>,
) -> Result<HashMap<String, Sample>, Error> {
    let Some(at) = at else { return Ok(HashMap::new()) };
    let sample = |stats: TableStats| {
        let value = stats.row_count as f64;
        (stats.table, Sample { at: stats.recorded_at, value, mark: Mark::None })
    };
    let tables = store::statistics::table_history(tx, source, None, at, at).await?;
    Ok(tables.into_iter().map(sample).collect())
}
