//! The figures, from what was added up.

use serde_json::Value;
use types::profile::{ColumnProfile, Method, PiiClass, Quantile, Shape, TopValue};

use super::{Measure, Point, Reading, to_real, whole};
use crate::semantics::{self, Facts};
use crate::sketch::{Frequent, shape_of};

/// How many of the most frequent values, and of the most frequent shapes, are told.
const TOP: usize = 10;
/// From so many values on, figures from the middle of people's data say nothing of one of them.
const MANY: u64 = 100;
const RANKS: [f64; 7] = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99];

impl Measure {
    /// The figures, for a table that `reading` read so much of.
    pub(crate) fn finish(&self, column: String, reading: Reading) -> ColumnProfile {
        let rows = self.rows();
        let null_share = share(self.nulls, rows);
        let total = match reading {
            Reading::All => rows,
            Reading::Sample { of } | Reading::Part { of } => of.max(rows),
        };
        let null_count = match (reading, null_share) {
            (Reading::Sample { .. } | Reading::Part { .. }, Some(share)) => {
                whole((share * to_real(total)).round())
            }
            _ => self.nulls,
        };
        let filled = total.saturating_sub(null_count);
        // What was counted of the rows that were read, told of all of them.
        let of_all = |count: u64| whole((to_real(count) * to_real(total) / to_real(rows.max(1))).round());
        let distinct_count = self.distinct_count(reading, filled);
        let uniqueness =
            distinct_count.and_then(|count| share(count, filled)).map(|part| (part * 100.0).min(100.0));
        let (method, error_bound) = self.certainty(reading, null_share, uniqueness);
        let semantics = semantics::judge(&Facts {
            table: &self.table,
            column: &column,
            examples: &self.examples,
            sample: self.greatest,
            texts: self.texts.is_some(),
            mean_length: self.texts.as_ref().and_then(|texts| texts.lengths()).map(|lengths| lengths.mean),
            values: self.values,
            distinct: distinct_count,
            unique: self.unique,
        });
        let class = semantics.as_ref().map_or(PiiClass::None, |judged| judged.pii);
        let private = !matches!(class, PiiClass::None | PiiClass::Indirect);
        // Not even the least number of a column of card numbers goes out. The least and the greatest of birth dates or of
        // places are single people's too, where the ranks between say what many are like.
        let ends = class == PiiClass::None || (class == PiiClass::Indirect && self.values_allowed);
        // A mean of few numbers is nearly each of them.
        let middle = !private && (ends || self.values >= MANY);
        let told = |point: Option<Point>| point.filter(|_| ends).and_then(Point::to_json);
        let is_numeric = !self.numbers.is_empty();
        let texts = self.texts.as_deref();
        ColumnProfile {
            column,
            null_count,
            null_percent: null_share.map(|part| part * 100.0),
            distinct_count,
            uniqueness_percent: uniqueness,
            method,
            error_bound,
            min: told(self.least),
            max: told(self.greatest),
            latest_value_at: self.newest().filter(|_| ends),
            mean: self.numbers.mean().filter(|_| middle),
            standard_deviation: self.numbers.standard_deviation().filter(|_| middle),
            quantiles: if private { Vec::new() } else { self.quantiles(class) },
            lengths: texts.and_then(|texts| texts.lengths()),
            empty_count: texts.map(|texts| of_all(texts.empty)),
            blank_count: texts.map(|texts| of_all(texts.blank)),
            zero_count: is_numeric.then(|| of_all(self.numbers.zeros)),
            negative_count: is_numeric.then(|| of_all(self.numbers.negatives)),
            top_values: self.top_values(semantics.as_ref().map(|judged| judged.pii)),
            shapes: self.shapes(),
            semantics,
        }
    }

    fn distinct_count(&self, reading: Reading, filled: u64) -> Option<u64> {
        if self.unique {
            return Some(filled);
        }
        self.distinct.as_ref().map(|distinct| match reading {
            Reading::All => distinct.count().min(filled),
            Reading::Sample { .. } | Reading::Part { .. } => distinct.extrapolate(self.values, filled),
        })
    }

    fn certainty(
        &self,
        reading: Reading,
        null_share: Option<f64>,
        uniqueness: Option<f64>,
    ) -> (Method, Option<f64>) {
        let distinct = self.distinct.as_ref().filter(|distinct| distinct.is_sketched() && !self.unique);
        match (reading, distinct) {
            (Reading::Sample { of }, _) => {
                let width = self.clusters.half_width(null_share.unwrap_or(0.5), self.rows(), of);
                (Method::Sampled, Some(width * 100.0))
            }
            (Reading::Part { .. }, _) => (Method::Sampled, None),
            (Reading::All, Some(distinct)) => {
                (Method::Estimated, uniqueness.map(|percent| percent * distinct.relative_error()))
            }
            (Reading::All, None) => (Method::Exact, None),
        }
    }

    fn quantiles(&self, class: PiiClass) -> Vec<Quantile> {
        let (Some(kind), Some(distinct)) = (self.greatest, &self.distinct) else { return Vec::new() };
        let values = distinct.quantiles(&RANKS);
        let told = RANKS.iter().zip(values);
        // Those at the ends are nearly the least and the greatest, and of few values all are somebody's.
        let all = class == PiiClass::None || self.values_allowed;
        let told = told.filter(|(rank, _)| all || (self.values >= MANY && (0.05..=0.95).contains(*rank)));
        told.filter_map(|(rank, value)| Some(Quantile { rank: *rank, value: kind.like(value).to_json()? }))
            .collect()
    }

    fn top_values(&self, pii: Option<PiiClass>) -> Vec<TopValue> {
        if self.unique {
            return Vec::new();
        }
        let secret = pii == Some(PiiClass::Secret);
        let frequent = self.distinct.as_ref().map(|distinct| distinct.most_frequent(TOP)).unwrap_or_default();
        let told = |frequent: Frequent| {
            let text = self.texts.as_ref().and_then(|texts| texts.kept(frequent.hash));
            let text = text.or_else(|| self.names.get(&frequent.hash).map(AsRef::as_ref));
            let value = match frequent.point {
                Some(point) => point.to_json(),
                None => text.map(|text| Value::String(text.to_owned())),
            };
            let shape = match frequent.point {
                Some(Point::Integer(_) | Point::Real(_)) => {
                    value.as_ref().map(|value| shape_of(&value.to_string()))
                }
                Some(_) => None,
                None => self
                    .texts
                    .as_ref()
                    .and_then(|texts| texts.shapes.name(frequent.shape))
                    .map(ToOwned::to_owned),
            };
            TopValue {
                value: value.filter(|_| self.values_allowed && !secret),
                shape,
                count: frequent.count,
                percent: share(frequent.count, self.values).map_or(0.0, |part| (part * 100.0).min(100.0)),
            }
        };
        frequent.into_iter().map(told).collect()
    }

    fn shapes(&self) -> Vec<Shape> {
        let Some(texts) = &self.texts else { return Vec::new() };
        let all = texts.shapes.observed();
        let percent = |count: u64| share(count, all).map_or(0.0, |part| part * 100.0);
        let frequent = texts.shapes.most_frequent(TOP).into_iter();
        frequent.map(|(shape, count)| Shape { shape: shape.to_owned(), percent: percent(count) }).collect()
    }
}

fn share(part: u64, of: u64) -> Option<f64> {
    (of > 0).then(|| to_real(part) / to_real(of))
}
