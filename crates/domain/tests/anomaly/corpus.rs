//! A labelled corpus: series as tables make them, with and without anomalies, from a seed.
//!
//! Every other series is clean. In the others two anomalies are put among the judged points, each at least eight times
//! the ordinary noise of its series and at least a quarter of its level; one of three has unlabelled anomalies in its
//! history as well, for no history is clean.

use std::ops::Range;

use domain::anomaly::{Mark, Metric, Sample};
use fastrand::Rng;
use types::Timestamp;

/// Days of each series.
const DAYS: usize = 200;
const DAY_MILLIS: i64 = 86_400_000;

/// How a series behaves when nothing is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Flat,
    Trend,
    Weekly,
    MonthEnd,
    LowCount,
    LevelShift,
    HeavyTail,
    NullPercent,
}

impl Class {
    pub(crate) const ALL: [Self; 8] = [
        Self::Flat,
        Self::Trend,
        Self::Weekly,
        Self::MonthEnd,
        Self::LowCount,
        Self::LevelShift,
        Self::HeavyTail,
        Self::NullPercent,
    ];
}

/// A series with what is wrong in it.
pub(crate) struct Series {
    pub(crate) metric: Metric,
    pub(crate) samples: Vec<Sample>,
    /// The first point that is judged.
    pub(crate) judged_from: usize,
    /// Indexes of each anomaly; one alarm among them is enough.
    pub(crate) events: Vec<Range<usize>>,
}

/// Makes a series. The same seed makes the same one.
pub(crate) fn series(class: Class, seed: u64) -> Series {
    let mut random = Random(Rng::with_seed(seed * 8 + class as u64));
    // 2025 and 2026, from any day.
    let start = 1_735_689_600_000 + random.below(365) as i64 * DAY_MILLIS + 6 * 3_600_000;
    let days: Vec<Timestamp> =
        (0..DAYS as i64).map(|day| Timestamp::from_millis(start + day * DAY_MILLIS).unwrap()).collect();
    let mut made = shapes::made(class, &mut random, &days);
    let judged_from = if class == Class::MonthEnd { 125 } else { 70 };
    let mut events: Vec<Range<usize>> = made.shift.into_iter().map(|at| at..at + 5).collect();
    if seed % 2 == 1 {
        let half = (DAYS - judged_from) / 2;
        for first in [judged_from, judged_from + half] {
            let at = first + 6 + random.below(half - 16);
            let near = |event: &Range<usize>| at + 12 > event.start && at < event.end + 12;
            if !events.iter().any(near) {
                // The values of profiles have to be odd twice.
                let length = if class == Class::NullPercent { 2 } else { 1 };
                made.spoil(&mut random, at..at + length);
                events.push(at..at + length);
            }
        }
    }
    if seed.is_multiple_of(3) {
        let at = 10 + random.below(40);
        made.spoil(&mut random, at..at + 1);
    }
    let samples = days
        .iter()
        .zip(&made.values)
        .map(|(at, value)| Sample { at: *at, value: *value, mark: Mark::None })
        .collect();
    Series { metric: made.metric, samples, judged_from, events }
}

/// Values, and what it takes to spoil them.
struct Made {
    metric: Metric,
    values: Vec<f64>,
    /// What each value would be without noise.
    expected: Vec<f64>,
    /// The size of the ordinary noise of each value.
    noise: Vec<f64>,
    /// Values are sums of what is added each day.
    cumulative: bool,
    /// The noise is a factor: its size is that of the logarithm.
    lognormal: bool,
    /// Where a new level begins.
    shift: Option<usize>,
}

impl Made {
    /// Makes an anomaly: fewer or more than could be by chance.
    fn spoil(&mut self, random: &mut Random, at: Range<usize>) {
        let direction = if random.below(2) == 0 { -1.0 } else { 1.0 };
        let factor = random.between(8.0, 20.0);
        for index in at {
            let (expected, noise) = (self.expected[index], self.noise[index]);
            let mut size = (factor * noise).max(random.between(0.25, 1.0) * expected);
            if self.lognormal {
                let share = factor * noise / expected;
                size = if direction < 0.0 { 1.0 - (-share).exp() } else { share.exp_m1() } * expected;
            }
            if self.metric == Metric::Percent {
                size = (factor * noise).max(5.0);
            }
            let mut spoiled = expected + direction * size;
            let outside = match self.metric {
                Metric::Percent => !(0.0..=100.0).contains(&spoiled),
                _ => spoiled < 0.0,
            };
            // Where there is no room below, there is above.
            if outside {
                spoiled = expected + size;
            }
            if self.cumulative {
                self.spoil_increment(random, index, spoiled);
            } else if self.metric == Metric::RowCount {
                self.values[index] = spoiled.round();
            } else {
                self.values[index] = spoiled;
            }
        }
    }

    fn spoil_increment(&mut self, random: &mut Random, index: usize, spoiled: f64) {
        if random.below(4) == 0 {
            // Half of the table is gone for a day, as when a load is repeated.
            self.values[index] = (self.values[index] * random.between(0.3, 0.8)).round();
            return;
        }
        let added = self.values[index] - self.values[index - 1];
        let change = (spoiled - added).round();
        for value in &mut self.values[index..] {
            *value += change;
        }
    }
}

/// Random numbers of the distributions that are needed.
struct Random(Rng);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0.usize(..end)
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + self.0.f64() * (high - low)
    }

    /// Between two sizes, small and large ones alike.
    fn size(&mut self, low: f64, high: f64) -> f64 {
        self.between(low.ln(), high.ln()).exp()
    }

    fn normal(&mut self) -> f64 {
        let (radius, angle) = (1.0 - self.0.f64(), self.0.f64());
        (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
    }

    /// Student's t with three degrees of freedom: its largest values are far out.
    fn student(&mut self) -> f64 {
        let square = |random: &mut Self| random.normal().powi(2);
        let chi = square(self) + square(self) + square(self);
        self.normal() / (chi / 3.0).sqrt()
    }

    fn poisson(&mut self, mean: f64) -> f64 {
        let limit = (-mean).exp();
        let (mut count, mut product) = (0.0, self.0.f64());
        while product > limit {
            count += 1.0;
            product *= self.0.f64();
        }
        count
    }
}

#[path = "corpus/shapes.rs"]
mod shapes;
