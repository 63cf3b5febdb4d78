//! Judges a point by a model.

use serde::{Deserialize, Serialize};
use types::Timestamp;

use super::sensitivity::{deviations, rarity};
use super::{Metric, Model, Sensitivity, State, calendar};

/// What deviates by less than this share of the expected value is no news, however regular the series.
const LEAST_CHANGE: f64 = 0.05;
/// Below this, no rows at all can be chance: e⁻¹⁰ of a Poisson's days are empty.
const NEVER_EMPTY_FROM: f64 = 10.0;

/// On which side of the bounds a point lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    Above,
    Below,
}

/// What is said of a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "verdict", content = "direction", rename_all = "snake_case")]
pub enum Verdict {
    /// The model has seen too little, and no hard rule is broken.
    Learning,
    Normal,
    Anomaly(Direction),
}

/// A judged point, with the bounds that it was judged by: both are to be stored together.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Score {
    #[serde(flatten)]
    pub verdict: Verdict,
    pub expected: f64,
    pub lower: f64,
    pub upper: f64,
    /// How far out, in robust deviations; negative below the expected value.
    pub deviations: f64,
}

impl Score {
    #[must_use]
    pub fn is_anomaly(&self) -> bool {
        matches!(self.verdict, Verdict::Anomaly(_))
    }
}

impl Model {
    /// Judges a value, which must be finite, measured after the model's history.
    #[must_use]
    pub fn score(&self, at: Timestamp, value: f64, sensitivity: Sensitivity) -> Score {
        let mut score = match &self.increments {
            None => self.judge(at, value, value, self.centre(at), sensitivity, |judged| judged),
            // After a glitch a table is where it was, and after a bulk load it is not: either is as expected.
            Some(increments) => increments
                .of(at, value)
                .enumerate()
                .map(|(nth, added)| {
                    let lead = increments.lead(nth, at);
                    let nothing = lead(0.0);
                    let centre = self.centre_of(increments.ends(nth, at));
                    let mut score = self.judge(at, value, added, centre, sensitivity, lead);
                    // Whoever looks again soon after sees what was there, unless rows have gone.
                    if increments.is_early(nth, at) && value >= nothing {
                        score.lower = score.lower.min(nothing);
                        if score.verdict == Verdict::Anomaly(Direction::Below) {
                            score.verdict = Verdict::Normal;
                        }
                    }
                    score
                })
                .min_by(|a, b| a.deviations.abs().total_cmp(&b.deviations.abs()))
                .unwrap_or_else(|| {
                    self.judge(at, value, value, self.centre(at), sensitivity, |judged| judged)
                }),
        };
        let unknown = self.weekends_unknown && calendar::is_weekend(at);
        if matches!(self.state, State::Learning { .. }) || unknown {
            score.verdict = Verdict::Learning;
        }
        if let Some(direction) = self.broken_rule(value) {
            score.verdict = Verdict::Anomaly(direction);
        }
        score
    }

    /// What is expected at a time, on the transformed scale.
    fn centre(&self, at: Timestamp) -> f64 {
        let days = calendar::days_between(self.anchor, at);
        self.level + self.slope * days + self.season.effect(at)
    }

    /// What is expected of each of some steps on the average: of a Friday with a Saturday it is neither's.
    fn centre_of(&self, ends: impl Iterator<Item = Timestamp>) -> f64 {
        let expected = |at| self.transform.undo(self.centre(at));
        let (sum, count) = ends.fold((0.0, 0_u32), |(sum, count), at| (sum + expected(at), count + 1));
        self.transform.apply(sum / f64::from(count.max(1)))
    }

    /// What holds even while a model is learning.
    fn broken_rule(&self, value: f64) -> Option<Direction> {
        if self.points < 2 {
            return None;
        }
        match self.metric {
            Metric::RowCount if value == 0.0 && self.least > 0.0 && self.middle >= NEVER_EMPTY_FROM => {
                Some(Direction::Below)
            }
            Metric::Percent if value >= 100.0 && self.middle == 0.0 => Some(Direction::Above),
            _ => None,
        }
    }

    /// `judged` is `value`, or what was added to reach it; `lead` goes back. `centre` is what is expected of `judged`, on the
    /// transformed scale.
    fn judge(
        &self,
        at: Timestamp,
        value: f64,
        judged: f64,
        centre: f64,
        sensitivity: Sensitivity,
        lead: impl Fn(f64) -> f64,
    ) -> Score {
        let expected = self.transform.undo(centre);
        let floor = self.transform.floor(self.metric, expected);
        let unit = (self.spread * self.season.widening(at)).max(floor).max(f64::MIN_POSITIVE);
        let reach = unit * deviations(sensitivity).max(self.tail.reach(rarity(sensitivity)));
        let least_change = LEAST_CHANGE * expected.abs();
        let lower = self.transform.undo(centre - reach).min(expected - least_change);
        let upper = self.transform.undo(centre + reach).max(expected + least_change);
        let verdict = if judged < lower {
            Verdict::Anomaly(Direction::Below)
        } else if judged > upper {
            Verdict::Anomaly(Direction::Above)
        } else {
            Verdict::Normal
        };
        let (lowest, highest) = match self.metric {
            Metric::RowCount => (0.0, f64::INFINITY),
            Metric::Percent => (0.0, 100.0),
            Metric::Gauge => (f64::NEG_INFINITY, f64::INFINITY),
        };
        let shown = |bound: f64| lead(bound).max(lowest).min(highest);
        debug_assert!(value.is_finite());
        Score {
            verdict,
            expected: shown(expected),
            lower: shown(lower),
            upper: shown(upper),
            deviations: (self.transform.apply(judged) - centre) / unit,
        }
    }
}
