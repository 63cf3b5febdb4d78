//! What a detector would have said: the preview of a sensitivity, and the proof of the rules.

use serde::{Deserialize, Serialize};
use types::Timestamp;

use super::{Mark, Metric, Sample, Score, Sensitivity, fit};

/// A point of the past, judged as if it were new.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    pub at: Timestamp,
    pub value: f64,
    #[serde(flatten)]
    pub score: Score,
    /// Whether somebody would have been told: the first of a run that is odd often enough in a row.
    pub alarm: bool,
}

/// Judged points, in the order of time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Replay {
    pub outcomes: Vec<Outcome>,
}

impl Replay {
    /// "Would have fired k times."
    #[must_use]
    pub fn alarms(&self) -> usize {
        self.outcomes.iter().filter(|outcome| outcome.alarm).count()
    }
}

/// Judges the `last` points of a series one by one, each by the points before it, as days would have brought them.
#[must_use]
pub fn replay(metric: Metric, series: &[Sample], last: usize, sensitivity: Sensitivity) -> Replay {
    let mut history = series.to_vec();
    let mut outcomes = Vec::with_capacity(last.min(series.len()));
    let mut run = 0;
    for index in series.len().saturating_sub(last)..series.len() {
        let Sample { at, value, mark } = history[index];
        if !value.is_finite() {
            continue;
        }
        let score = fit(metric, &history[..index]).score(at, value, sensitivity);
        let odd = score.is_anomaly() && mark != Mark::Normal;
        run = if odd { run + 1 } else { 0 };
        if odd && mark == Mark::None {
            history[index].mark = Mark::Suspect;
        }
        outcomes.push(Outcome { at, value, score, alarm: run == metric.confirmations() });
    }
    Replay { outcomes }
}
