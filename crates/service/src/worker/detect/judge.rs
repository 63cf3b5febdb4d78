//! Judges what was measured of a table: which points are odd, and what is found wrong with the table.

use std::collections::{BTreeMap, HashMap};

use domain::anomaly::{
    Direction, Freshness, Mark, Model, SHIFT_POINTS, Sample, Sensitivities, State, Verdict,
};
use store::anomaly::{Anomaly, Bounds};
use store::statistics::{NewestPoint, TableStats};
use types::incident::{IncidentCause, LevelShift, Measure, OddValue};
use types::profile::Method;
use types::quality::Deduction;
use types::{SourceId, Timestamp};

use super::finding::{Finding, Odd};
use super::models::TableModels;
use super::shift::Shifted;
use crate::series::{Key, counts, metric};

/// A rise of the NULL % by so many points is odd while a series is learning.
const NULL_JUMP: f64 = 5.0;
/// Tables with fewer rows may come and go while a series is learning.
const FEW_ROWS: f64 = 20.0;
/// What takes off more than this leaves a column critical.
const CRITICAL_POINTS: f64 = 40.0;

/// One table with what is known of it.
pub(super) struct Table<'a> {
    pub(super) source: SourceId,
    pub(super) at: Timestamp,
    pub(super) now: Timestamp,
    pub(super) stats: &'a TableStats,
    pub(super) columns: &'a [NewestPoint],
    pub(super) models: &'a TableModels,
    pub(super) sensitivities: &'a Sensitivities,
    /// The value before, of series that are learning.
    pub(super) previous: &'a HashMap<Key, f64>,
    /// The rows at the profile before, where they are known.
    pub(super) rows_before: Option<&'a Sample>,
    /// When the source was profiled before.
    pub(super) times: &'a [Timestamp],
    /// Odd points of the judgement before.
    pub(super) odd: HashMap<Key, &'a Anomaly>,
}

/// What came of it.
#[derive(Debug, Default)]
pub(super) struct Judgement {
    pub(super) anomalies: Vec<Anomaly>,
    /// What every value was judged by that was not of a series still learning.
    pub(super) bounds: Vec<Bounds>,
    pub(super) findings: Vec<Finding>,
    /// From when on the table is stale; none when it is already, or nothing is known of its rhythm.
    pub(super) stale_from: Option<Timestamp>,
    /// Something odd wants to be confirmed.
    pub(super) unconfirmed: bool,
    /// What was odd and is no more, since its series is on a new level.
    pub(super) shifted: BTreeMap<IncidentCause, Vec<Shifted>>,
}

/// A value with what the judgement needs beside it.
struct Value<'a> {
    key: Key,
    value: f64,
    /// How far it may be off because it was sampled.
    noise: f64,
    deductions: &'a [Deduction],
}

impl Table<'_> {
    pub(super) fn judge(&self) -> Judgement {
        let mut judgement = Judgement::default();
        let mut wrong: BTreeMap<IncidentCause, Odd> = BTreeMap::new();
        let models = self.models.by_key();
        for value in self.values() {
            self.judge_value(&value, models.get(&value.key).copied(), &mut judgement, &mut wrong);
        }
        self.judge_freshness(&mut judgement);
        for (cause, wrong) in wrong {
            judgement.unconfirmed |= !wrong.confirmed;
            judgement.findings.push(Finding::of_values(&self.stats.table, cause, wrong));
        }
        judgement
    }

    fn values(&self) -> impl Iterator<Item = Value<'_>> {
        let rows = Value { key: Key::ROWS, value: self.stats.row_count as f64, noise: 0.0, deductions: &[] };
        let columns = self.columns.iter().flat_map(|newest| {
            let of = move |measure, value: Option<f64>| {
                let noise = noise(measure, newest.method, newest.error_bound);
                let column = Some(newest.point.column.clone());
                let deductions = newest.deductions.as_slice();
                value.map(|value| Value { key: Key { column, measure }, value, noise, deductions })
            };
            [
                of(Measure::NullPercent, newest.point.null_percent),
                of(Measure::UniquenessPercent, newest.point.uniqueness_percent),
            ]
        });
        std::iter::once(rows).chain(columns.flatten())
    }

    fn judge_value(
        &self,
        value: &Value<'_>,
        model: Option<&Model>,
        judgement: &mut Judgement,
        wrong: &mut BTreeMap<IncidentCause, Odd>,
    ) {
        let before = self.odd.get(&value.key).copied().filter(|anomaly| !anomaly.normal);
        let odd = self.odd_value(value, model, before, &mut judgement.bounds);
        let refused = refused(value);
        let explained_by = before.and_then(|anomaly| anomaly.explained_by);
        if let Some(odd) = &odd {
            let streak = before.map_or(1, |anomaly| anomaly.streak + 1);
            judgement.anomalies.push(Anomaly {
                source_id: self.source,
                table: self.stats.table.clone(),
                column: value.key.column.clone(),
                measure: value.key.measure,
                at: self.at,
                value: odd.value,
                expected: odd.expected,
                lower: odd.lower,
                upper: odd.upper,
                streak,
                normal: false,
                explained_by,
            });
        }
        let Some(point) = odd.clone().or_else(|| refused.clone()) else {
            if let Some(shift) = before.zip(model).and_then(|(before, model)| self.new_level(before, model)) {
                let (column, measure) = (value.key.column.clone(), value.key.measure);
                let shifted = Shifted { column, measure, shift };
                judgement.shifted.entry(cause(measure)).or_default().push(shifted);
            }
            return;
        };
        if explained_by.is_some() && refused.is_none() {
            return;
        }
        let streak = before.map_or(1, |anomaly| anomaly.streak + 1);
        let lost: f64 = value.deductions.iter().map(|deduction| deduction.points).sum();
        let critical = match value.key.measure {
            Measure::NullPercent | Measure::UniquenessPercent => lost > CRITICAL_POINTS,
            Measure::RowCount => point.value <= point.expected / 2.0,
        };
        let confirmed = refused.is_some() || critical || streak >= metric(value.key.measure).confirmations();
        let since = before.map_or(self.at, |anomaly| anomaly.at);
        let entry = wrong.entry(cause(value.key.measure)).or_insert_with(|| Odd {
            since,
            points: Vec::new(),
            words: Vec::new(),
            confirmed: false,
            critical: false,
        });
        entry.since = entry.since.min(since);
        entry.words.push(word(&value.key, &point));
        entry.confirmed |= confirmed;
        entry.critical |= critical;
        entry.points.push(point);
    }

    /// The shift that made normal what was odd, if the level is one that began with it: where it is near the old bounds,
    /// the first of its points were not odd yet.
    fn new_level(&self, before: &Anomaly, model: &Model) -> Option<LevelShift> {
        let points = usize::try_from(before.streak).ok()? + SHIFT_POINTS - 1;
        let from = self.times.get(self.times.len().saturating_sub(points))?;
        model.shift.filter(|shift| shift.at >= *from)
    }

    /// The value with its bounds, if it is odd; what it was judged by goes to `bounds`.
    fn odd_value(
        &self,
        value: &Value<'_>,
        model: Option<&Model>,
        before: Option<&Anomaly>,
        bounds: &mut Vec<Bounds>,
    ) -> Option<OddValue> {
        let odd = |expected: f64, lower: f64, upper: f64| OddValue {
            column: value.key.column.clone(),
            measure: value.key.measure,
            value: value.value,
            expected,
            lower,
            upper,
        };
        let model = model?;
        // Models are some days old: what came in since the last profile is no sum of days.
        let rows = self.rows_before.filter(|_| value.key == Key::ROWS && model.by_increment());
        let mark = if before.is_some() { Mark::Suspect } else { Mark::None };
        let newer = rows.map(|rows| model.seen(&Sample { mark, ..*rows }));
        let model = newer.as_ref().unwrap_or(model);
        let (column, measure) = (value.key.column.as_deref(), value.key.measure);
        let sensitivity = self.sensitivities.of(&self.stats.table, column, measure);
        let score = model.score(self.at, value.value, sensitivity);
        let judged = !matches!(score.verdict, Verdict::Learning);
        if judged && score.lower.is_finite() && score.upper.is_finite() {
            let Key { column, measure } = value.key.clone();
            bounds.push(Bounds { column, measure, lower: score.lower, upper: score.upper });
        }
        match score.verdict {
            Verdict::Anomaly(direction) => {
                let far = match direction {
                    Direction::Above => value.value > score.upper + value.noise,
                    Direction::Below => value.value < score.lower - value.noise,
                };
                // A hard rule holds within the bounds as well.
                let learning = matches!(model.state, State::Learning { .. });
                return (counts(value.key.measure, direction) && (far || learning))
                    .then(|| odd(score.expected, score.lower, score.upper));
            }
            Verdict::Normal => return None,
            Verdict::Learning => {}
        }
        // While a series is learning, what was odd stays so until it is back, and jumps are. What grows leaves all bounds.
        if let Some(before) = before
            && !model.by_increment()
            && (value.value < before.lower || value.value > before.upper)
        {
            return Some(odd(before.expected, before.lower, before.upper));
        }
        // On a weekend that nobody knows yet, half of the rows are no jump.
        if matches!(model.state, State::Active) {
            return None;
        }
        let previous = *self.previous.get(&value.key)?;
        match value.key.measure {
            Measure::NullPercent => {
                let upper = (previous + NULL_JUMP.max(value.noise)).min(100.0);
                (value.value >= upper && value.value > previous).then(|| odd(previous, 0.0, upper))
            }
            Measure::RowCount => {
                let lower = previous / 2.0;
                (previous >= FEW_ROWS && value.value <= lower).then(|| odd(previous, lower, previous * 2.0))
            }
            Measure::UniquenessPercent => None,
        }
    }

    fn judge_freshness(&self, judgement: &mut Judgement) {
        let Some(latest) = self.stats.latest_value_at else { return };
        let gaps = self.models.gaps.seen(latest);
        let (opens, limit) = match gaps.judge(self.now) {
            Freshness::Stale { limit, .. } => (true, limit),
            Freshness::Late { limit, .. } => (false, limit),
            Freshness::Learning { .. } | Freshness::Unknown | Freshness::Fresh => {
                judgement.stale_from = gaps.stale_from();
                return;
            }
        };
        if !opens {
            judgement.stale_from = gaps.stale_from();
        }
        let age = self.now.seconds_since(latest);
        judgement.findings.push(Finding::stale(&self.stats.table, latest, age, limit, opens));
    }
}

fn cause(measure: Measure) -> IncidentCause {
    match measure {
        Measure::RowCount => IncidentCause::Volume,
        Measure::NullPercent => IncidentCause::Nulls,
        Measure::UniquenessPercent => IncidentCause::Uniqueness,
    }
}

/// How far a value of a column may be off. A sample's bound is one of the NULLs; what it says of the different values is a
/// guess without any. Where all rows were read, NULLs are counted, and the bound is the sketch's.
fn noise(measure: Measure, method: Method, bound: Option<f64>) -> f64 {
    match (measure, method) {
        (Measure::NullPercent, Method::Sampled) | (Measure::UniquenessPercent, Method::Estimated) => {
            bound.unwrap_or(0.0)
        }
        (Measure::UniquenessPercent, Method::Sampled) => f64::INFINITY,
        _ => 0.0,
    }
}

/// What the catalog rules out, whatever the series was like: NULLs in a required column, a key that repeats.
fn refused(value: &Value<'_>) -> Option<OddValue> {
    let has = |code: &str| value.deductions.iter().any(|deduction| deduction.code == code);
    let only = match value.key.measure {
        Measure::NullPercent if has("null_in_required") => 0.0,
        Measure::UniquenessPercent if has("key_not_unique") => 100.0,
        _ => return None,
    };
    Some(OddValue {
        column: value.key.column.clone(),
        measure: value.key.measure,
        value: value.value,
        expected: only,
        lower: only,
        upper: only,
    })
}

fn word(key: &Key, point: &OddValue) -> String {
    let side = if point.value < point.expected { "below" } else { "above" };
    format!("{}:{side}", key.column.as_deref().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_is_noise_of_the_measure_whose_bound_it_is() {
        use Measure::{NullPercent, RowCount, UniquenessPercent};
        use Method::{Estimated, Exact, Sampled};
        let cases = [
            (NullPercent, Sampled, 2.5),
            (NullPercent, Estimated, 0.0),
            (NullPercent, Exact, 0.0),
            (UniquenessPercent, Sampled, f64::INFINITY),
            (UniquenessPercent, Estimated, 2.5),
            (UniquenessPercent, Exact, 0.0),
            (RowCount, Sampled, 0.0),
        ];
        for (measure, method, expected) in cases {
            assert_eq!(noise(measure, method, Some(2.5)), expected, "{measure:?} {method:?}");
        }
        assert_eq!(noise(NullPercent, Sampled, None), 0.0);
    }
}
