//! Tables that only grow are judged by what is added: one load that failed is nothing beside all rows.

use serde::{Deserialize, Serialize};
use types::Timestamp;

use super::{Mark, Metric, Sample, robust};

/// Fewer points do not tell a table that grows from one that happened to.
const FEWEST: usize = 8;
const DAY_MILLIS: f64 = 86_400_000.0;
/// What came in over more steps is expected of so many.
const MOST_STEPS: f64 = 64.0;

/// From where the next increment is counted.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Increments {
    /// The usual time between points.
    step_millis: f64,
    last: (Timestamp, f64),
    /// The last point that was not suspect, if another: after a glitch the table is back where it was.
    #[serde(default)]
    last_good: Option<(Timestamp, f64)>,
}

impl Increments {
    /// How much came in a usual step: counted from the last point, and from the last good one.
    pub(super) fn of(&self, at: Timestamp, value: f64) -> impl Iterator<Item = f64> {
        let bases = [Some(self.last), self.last_good];
        bases.into_iter().flatten().map(move |base| per_step(base, (at, value), self.step_millis))
    }

    /// Usual steps in a day.
    pub(super) fn per_day(&self) -> f64 {
        DAY_MILLIS / self.step_millis
    }

    /// Whether less than half of a usual step has passed: then nothing need have come.
    pub(super) fn is_early(&self, nth: usize, at: Timestamp) -> bool {
        steps(self.base(nth).0, at, self.step_millis) < 0.5
    }

    /// From where, and over how many steps, the increment `added` leads to which value.
    pub(super) fn lead(&self, nth: usize, at: Timestamp) -> impl Fn(f64) -> f64 {
        let (from, value) = self.base(nth);
        let steps = steps(from, at, self.step_millis);
        move |added| value + added * steps
    }

    /// When the steps end that lead to a time, the newest first: one at least.
    pub(super) fn ends(&self, nth: usize, at: Timestamp) -> impl Iterator<Item = Timestamp> {
        let (from, step) = (self.base(nth).0, self.step_millis);
        let count = steps(from, at, step).round().clamp(1.0, MOST_STEPS) as i32;
        let back = move |nth: i32| at.millis().saturating_sub((f64::from(nth) * step) as i64);
        (0..count).filter_map(move |nth| Timestamp::from_millis(back(nth)))
    }

    /// Counted from a newer point on; where that is suspect, from the last good one as well.
    pub(super) fn seen(self, newest: &Sample) -> Self {
        if newest.at <= self.last.0 {
            return self;
        }
        let last_good = (newest.mark == Mark::Suspect).then_some(self.last_good.unwrap_or(self.last));
        Self { last: (newest.at, newest.value), last_good, ..self }
    }

    fn base(&self, nth: usize) -> (Timestamp, f64) {
        if nth == 0 { self.last } else { self.last_good.unwrap_or(self.last) }
    }
}

fn steps(from: Timestamp, to: Timestamp, step: f64) -> f64 {
    // Two points in quick succession are no reason to expect nothing of the second.
    ((to.millis() - from.millis()) as f64 / step).max(0.1)
}

fn per_step(from: (Timestamp, f64), to: (Timestamp, f64), step: f64) -> f64 {
    (to.1 - from.1) / steps(from.0, to.0, step)
}

/// Whether nearly every point is at least as high as the one before, and most are higher.
fn only_grows(samples: &[Sample]) -> bool {
    let mut last: Option<f64> = None;
    let (mut steps, mut falls, mut rises) = (0_usize, 0_usize, 0_usize);
    for sample in samples.iter().filter(|sample| sample.mark != Mark::Suspect) {
        if let Some(last) = last {
            steps += 1;
            falls += usize::from(sample.value < last);
            rises += usize::from(sample.value > last);
        }
        last = Some(sample.value);
    }
    steps + 1 >= FEWEST && falls * 20 <= steps && rises * 2 > steps
}

/// The increments of a table that only grows, each with the time of its end; `None` for any other series.
pub(super) fn increments(metric: Metric, samples: &[Sample]) -> Option<(Increments, Vec<Sample>)> {
    if metric != Metric::RowCount || !only_grows(samples) {
        return None;
    }
    let mut gaps: Vec<f64> =
        samples.windows(2).map(|pair| (pair[1].at.millis() - pair[0].at.millis()) as f64).collect();
    let step_millis = robust::median(&mut gaps);
    if step_millis <= 0.0 {
        return None;
    }
    let point = |sample: &Sample| (sample.at, sample.value);
    let mut plain: Vec<f64> =
        samples.windows(2).map(|pair| per_step(point(&pair[0]), point(&pair[1]), step_millis)).collect();
    let usual = robust::median(&mut plain);
    let mut good = samples.first().map(point)?;
    let mut added = Vec::with_capacity(samples.len());
    for pair in samples.windows(2) {
        let (before, now) = (&pair[0], &pair[1]);
        let mut value = per_step(point(before), point(now), step_millis);
        if before.mark == Mark::Suspect {
            let across = per_step(good, point(now), step_millis);
            if (across - usual).abs() < (value - usual).abs() {
                value = across;
            }
        }
        if now.mark != Mark::Suspect {
            good = point(now);
        }
        added.push(Sample { value, ..*now });
    }
    let last = samples.last().map(point)?;
    let last_good = (good.0 != last.0).then_some(good);
    Some((Increments { step_millis, last, last_good }, added))
}
