//! What a detector would have said: the preview of a sensitivity, and the proof of the rules.

use serde::{Deserialize, Serialize};
use types::Timestamp;

use super::{Direction, Mark, Metric, Sample, Score, Sensitivity, Verdict, fit};

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

/// What a sensitivity would have said of the `last` points of a series, had it held all along: each is judged by the points
/// before it, as days would have brought them. What another sensitivity found odd in them counts as if it had never been
/// judged, and what a person said of them stays. `counts` says on which side of its bounds a point is odd.
#[must_use]
pub fn preview(
    metric: Metric,
    series: &[Sample],
    last: usize,
    sensitivity: Sensitivity,
    counts: impl Fn(Direction) -> bool,
) -> Replay {
    let mut history = series.to_vec();
    let first = history.len().saturating_sub(last);
    for sample in history.iter_mut().skip(first).filter(|sample| sample.mark == Mark::Suspect) {
        sample.mark = Mark::None;
    }
    let mut outcomes = Vec::with_capacity(history.len() - first);
    let mut run = 0;
    for index in first..history.len() {
        let Sample { at, value, mark } = history[index];
        if !value.is_finite() {
            continue;
        }
        let mut score = fit(metric, &history[..index]).score(at, value, sensitivity);
        if let Verdict::Anomaly(direction) = score.verdict
            && !counts(direction)
        {
            score.verdict = Verdict::Normal;
        }
        let odd = score.is_anomaly() && mark != Mark::Normal;
        run = if odd { run + 1 } else { 0 };
        if odd && mark == Mark::None {
            history[index].mark = Mark::Suspect;
        }
        outcomes.push(Outcome { at, value, score, alarm: run == metric.confirmations() });
    }
    Replay { outcomes }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Forty ordinary days, with two odd ones towards the end, which a detector has found.
    fn series(spike: f64) -> Vec<Sample> {
        let day = |day: i64| {
            let odd = matches!(day, 30 | 31);
            let unrest = [0.0, 0.4, -0.3, 0.2, -0.4][day.rem_euclid(5) as usize];
            Sample {
                at: Timestamp::from_millis(1_767_592_800_000 + day * 86_400_000).unwrap(),
                value: if odd { spike } else { 20.0 + unrest },
                mark: if odd { Mark::Suspect } else { Mark::None },
            }
        };
        (0..40).map(day).collect()
    }

    #[test]
    fn a_preview_judges_what_another_sensitivity_found_odd_by_its_own_bounds() {
        let fired =
            |value, sensitivity| preview(Metric::Percent, &series(value), 20, sensitivity, |_| true).alarms();
        for (value, [low, medium, high]) in [(90.0, [1, 1, 1]), (21.8, [0, 0, 1]), (20.1, [0, 0, 0])] {
            let found = Sensitivity::ALL.map(|sensitivity| fired(value, sensitivity));
            assert_eq!(found, [low, medium, high], "{value}");
        }
    }

    #[test]
    fn what_lies_on_the_harmless_side_is_no_alarm() {
        let fired = |wanted| {
            let counts = |direction| direction == wanted;
            preview(Metric::Percent, &series(90.0), 20, Sensitivity::Medium, counts).alarms()
        };
        assert_eq!((fired(Direction::Above), fired(Direction::Below)), (1, 0));
    }

    #[test]
    fn what_a_person_called_normal_stays_so() {
        let mut marked = series(90.0);
        marked.iter_mut().filter(|one| one.mark == Mark::Suspect).for_each(|one| one.mark = Mark::Normal);
        let replay = preview(Metric::Percent, &marked, 20, Sensitivity::High, |_| true);
        assert_eq!((replay.outcomes.len(), replay.alarms()), (20, 0));
    }
}
