//! The level of a series: flat, with a trend, or shifted for good.

use super::robust;
use super::season::BETTER;

/// As many points on a new, stable level are the new level.
pub const SHIFT_POINTS: usize = 5;
/// Shifts smaller than this many deviations are left to the spread.
const SHIFT_DEVIATIONS: f64 = 3.0;
/// Fewer points show no trend.
const TREND_POINTS: usize = 14;

/// Where the level went: starts of its segments, and the slope of all.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Path {
    /// Index of the first point of each level; the first is 0.
    pub(super) starts: Vec<usize>,
    levels: Vec<f64>,
    /// In a day.
    pub(super) slope: f64,
}

impl Path {
    /// The level of each point. `days` counts from the last point.
    pub(super) fn at(&self, index: usize, days: f64) -> f64 {
        let segment = self.starts.partition_point(|start| *start <= index).saturating_sub(1);
        self.levels.get(segment).copied().unwrap_or(0.0) + self.slope * days
    }

    /// Where the level of today began.
    pub(super) fn start(&self) -> usize {
        self.starts.last().copied().unwrap_or(0)
    }

    /// The level of today, at day 0.
    pub(super) fn now(&self) -> f64 {
        self.levels.last().copied().unwrap_or(0.0)
    }

    /// The level before that of today, at day 0, if there was another.
    pub(super) fn before(&self) -> Option<f64> {
        self.levels.iter().rev().nth(1).copied()
    }

    fn residuals<'a>(&'a self, values: &'a [f64], days: &'a [f64]) -> impl Iterator<Item = f64> + Clone + 'a {
        values.iter().zip(days).enumerate().map(|(index, (value, days))| value - self.at(index, *days))
    }
}

/// Finds the path of values without their season. `days` counts from the last point, so that it is 0 at the end;
/// `floor` is the spread that is noise anyway.
pub(super) fn path(values: &[f64], days: &[f64], floor: f64) -> Path {
    let flat = along(values, days, vec![0], 0.0);
    let stepped = along(values, days, shifts(values, floor), 0.0);
    let sloped = along(values, days, vec![0], slope(values, days));
    let clip = 6.0 * robust::deviation(flat.residuals(values, days)).max(floor);
    let error = |path: &Path| robust::clipped_error(path.residuals(values, days), clip);
    let (flat_error, step_error, slope_error) = (error(&flat), error(&stepped), error(&sloped));
    if slope_error < BETTER * flat_error && slope_error <= step_error && flat_error > floor {
        sloped
    } else if stepped.starts.len() > 1 {
        stepped
    } else {
        flat
    }
}

fn along(values: &[f64], days: &[f64], starts: Vec<usize>, slope: f64) -> Path {
    let ends = starts.iter().skip(1).copied().chain([values.len()]);
    let levels = starts
        .iter()
        .zip(ends)
        .map(|(start, end)| {
            let part = values[*start..end].iter().zip(&days[*start..end]);
            robust::median(&mut part.map(|(value, days)| value - slope * days).collect::<Vec<_>>())
        })
        .collect();
    Path { starts, levels, slope }
}

/// The slope that half of the pairs half the series apart exceed: in linear time, and no few wild points tilt it.
fn slope(values: &[f64], days: &[f64]) -> f64 {
    if values.len() < TREND_POINTS {
        return 0.0;
    }
    // Whole weeks apart, so that a week's shape does not look like a slope.
    let lag = (values.len() / 2).next_multiple_of(7).min(values.len() - 1);
    let mut slopes: Vec<f64> = (lag..values.len())
        .map(|index| (values[index] - values[index - lag]) / (days[index] - days[index - lag]).max(1e-6))
        .collect();
    robust::median(&mut slopes)
}

/// Starts of the levels. Each next shift is looked for after the last, since only the newest level matters.
fn shifts(values: &[f64], floor: f64) -> Vec<usize> {
    let mut starts = vec![0];
    while let Some(start) = starts.last().copied()
        && starts.len() < 6
        && let Some(shift) = shift(&values[start..], floor)
    {
        starts.push(start + shift);
    }
    starts
}

/// The index where a new level begins, if the values show two.
fn shift(values: &[f64], floor: f64) -> Option<usize> {
    let count = values.len();
    if count < 2 * SHIFT_POINTS {
        return None;
    }
    let middle = robust::median(&mut values.to_vec());
    let spread =
        robust::deviation(values.iter().map(|value| value - middle)).max(floor).max(f64::MIN_POSITIVE);
    // A cumulative sum of signs, weighted so that a short new level at the end shows as well as a long one.
    let signs: Vec<f64> = values.iter().map(|value| ((value - middle) / spread).clamp(-1.0, 1.0)).collect();
    let mean = signs.iter().sum::<f64>() / count as f64;
    let mut sum = 0.0;
    let mut best = (0.0, 0);
    for (index, sign) in signs.iter().enumerate().take(count - SHIFT_POINTS) {
        sum += sign - mean;
        let (left, right) = ((index + 1) as f64, (count - index - 1) as f64);
        let weighed = sum.abs() / (left * right / count as f64).sqrt();
        if index + 1 >= SHIFT_POINTS && weighed > best.0 {
            best = (weighed, index + 1);
        }
    }
    let (before, after) = values.split_at(best.1);
    if before.is_empty() {
        return None;
    }
    let level = |part: &[f64]| robust::median(&mut part.to_vec());
    let (from, to) = (level(before), level(after));
    // The sum peaks near the shift: what is nearer to the old level still belongs to it.
    let belated = after.iter().take_while(|value| (*value - from).abs() < (*value - to).abs()).count();
    let (before, after) = values.split_at(best.1 + belated);
    if after.len() < SHIFT_POINTS {
        return None;
    }
    let around = |part: &[f64], level: f64| robust::deviation(part.iter().map(|value| value - level));
    let (spread_before, spread_after) = (around(before, from).max(floor), around(after, to).max(floor));
    let spread =
        if before.len() < 2 * SHIFT_POINTS { spread_before.max(spread_after) } else { spread_before };
    let stable = spread_after <= 2.5 * spread;
    let within = spread.max(spread_after);
    (stable && (to - from).abs() > SHIFT_DEVIATIONS * within).then_some(before.len())
}
