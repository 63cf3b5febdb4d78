//! The models of a table's series: fitted from the history, and kept in one row.

use std::collections::{BTreeMap, HashMap};

use domain::anomaly::{GapModel, Mark, Model, Sample, fit};
use serde::{Deserialize, Serialize};
use types::Timestamp;
use types::incident::Measure;

use crate::series::{Key, TableSeries, metric};

/// Columns whose values have repeated less than this are judged as keys.
const KEY_FROM: f64 = 99.99;
/// Up to so many points, every new one counts.
const FRESH_POINTS: u32 = 16;

/// What a table's series have led us to expect. Series that have gone alike share a model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct TableModels {
    models: Vec<Model>,
    series: Vec<Place>,
    pub(super) gaps: GapModel,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Place {
    #[serde(flatten)]
    key: Key,
    model: usize,
}

impl TableModels {
    /// The models by series.
    pub(super) fn by_key(&self) -> BTreeMap<&Key, &Model> {
        let models = self.series.iter().filter_map(|place| Some((&place.key, self.models.get(place.model)?)));
        models.collect()
    }
}

/// Whether models that were fitted when the source had `fitted` points are too old once it has `points`: every point
/// counts at first, later an eighth more. Tables take turns, so that no single run fits them all.
pub(super) fn is_due(table: &str, fitted: u32, points: u32) -> bool {
    let age = points.saturating_sub(fitted);
    if points <= FRESH_POINTS {
        return age > 0;
    }
    let every = (fitted / 8).max(1);
    let turn = table.bytes().fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
    age >= every && (turn.wrapping_add(points).is_multiple_of(every) || age >= 2 * every)
}

/// Fits models; those of series that are exactly alike, such as columns without a NULL, only once.
#[derive(Default)]
pub(super) struct Fitter(HashMap<Course, Model>);

/// How a series has gone: its measure, and each value as its bits.
type Course = (Measure, Vec<(Timestamp, u64, Mark)>);

impl Fitter {
    /// The models of a table, from its points at these times.
    pub(super) fn fit(
        &mut self,
        series: &TableSeries,
        times: &[Timestamp],
        is_key: impl Fn(&str) -> bool,
    ) -> TableModels {
        let mut fitted = TableModels { gaps: GapModel::fit(&series.updates), ..TableModels::default() };
        for key in series.keys().filter(|key| is_judged(key, series, &is_key)) {
            let samples = series.history(key, times);
            if samples.is_empty() {
                continue;
            }
            let model = self.model(key.measure, &samples);
            let known = fitted.models.iter().position(|other| *other == model);
            let model = known.unwrap_or_else(|| {
                fitted.models.push(model);
                fitted.models.len() - 1
            });
            fitted.series.push(Place { key: key.clone(), model });
        }
        fitted
    }

    fn model(&mut self, measure: Measure, samples: &[Sample]) -> Model {
        let alike = samples.iter().map(|sample| (sample.at, sample.value.to_bits(), sample.mark)).collect();
        self.0.entry((measure, alike)).or_insert_with(|| fit(metric(measure), samples)).clone()
    }
}

/// Uniqueness is judged where it is to be expected: of declared keys, and of columns that were unique all along.
fn is_judged(key: &Key, series: &TableSeries, is_key: &impl Fn(&str) -> bool) -> bool {
    match (&key.column, key.measure) {
        (Some(column), Measure::UniquenessPercent) => {
            is_key(column) || series.least(key).is_some_and(|least| least >= KEY_FROM)
        }
        (_, Measure::RowCount | Measure::NullPercent | Measure::UniquenessPercent) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_are_fitted_with_each_point_at_first_and_in_turns_later() {
        assert!(!is_due("a", 7, 7) && is_due("a", 7, 8) && is_due("a", 0, 1));
        // Of a hundred tables that have 64 points, about an eighth is due on each of the next runs, and none is forgotten.
        let tables: Vec<String> = (0..100).map(|number| format!("public.table_{number}")).collect();
        let mut fitted = vec![64; tables.len()];
        for points in 65..=96 {
            let due: Vec<_> =
                (0..tables.len()).filter(|index| is_due(&tables[*index], fitted[*index], points)).collect();
            assert!(due.len() < 60, "{points}: {}", due.len());
            for index in due {
                fitted[index] = points;
            }
        }
        assert!(fitted.iter().all(|points| *points > 64 && 96 - points <= 24), "{fitted:?}");
    }
}
