//! The scale on which a series is judged.
//!
//! Counts vary in proportion to their size: half and double are as far from the usual, and a weekend's small number
//! varies less than a weekday's large one. Small counts vary by their square root. Other numbers are taken as they are.

use serde::{Deserialize, Serialize};

use super::Metric;

/// Counts below this are judged by their square root.
const SMALL: f64 = 100.0;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Transform {
    Linear,
    /// Anscombe's: the spread of a Poisson is 1 at every height.
    SquareRoot,
    Logarithm,
}

impl Transform {
    pub(super) fn of(metric: Metric, middle: f64) -> Self {
        match metric {
            Metric::RowCount if middle.abs() < SMALL => Self::SquareRoot,
            Metric::RowCount => Self::Logarithm,
            Metric::Percent | Metric::Gauge => Self::Linear,
        }
    }

    /// Zero stays zero, and negative numbers mirror the positive ones.
    pub(super) fn apply(self, value: f64) -> f64 {
        let size = value.abs();
        let scaled = match self {
            Self::Linear => return value,
            Self::SquareRoot => 2.0 * ((size + 0.375).sqrt() - 0.375_f64.sqrt()),
            Self::Logarithm => size.ln_1p(),
        };
        scaled.copysign(value)
    }

    pub(super) fn undo(self, value: f64) -> f64 {
        let size = value.abs();
        let scaled = match self {
            Self::Linear => return value,
            Self::SquareRoot => (size / 2.0 + 0.375_f64.sqrt()).powi(2) - 0.375,
            Self::Logarithm => size.exp_m1(),
        };
        scaled.copysign(value)
    }

    /// The least spread that is believed around `middle`, on this scale.
    pub(super) fn floor(self, metric: Metric, middle: f64) -> f64 {
        let size = middle.abs();
        let relative = 0.01 * size;
        let floor = match metric {
            Metric::RowCount => relative.max(size.sqrt()).max(1.0),
            Metric::Percent => relative.max(0.5),
            Metric::Gauge => relative,
        };
        match self {
            Self::Linear => floor,
            Self::SquareRoot => floor / (size + 0.375).sqrt().max(1.0),
            Self::Logarithm => floor / (size + 1.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_scale_leads_back() {
        for transform in [Transform::Linear, Transform::SquareRoot, Transform::Logarithm] {
            for value in [-1e9, -3.0, 0.0, 0.5, 7.0, 1e12] {
                let back = transform.undo(transform.apply(value));
                assert!((back - value).abs() <= 1e-9 * value.abs().max(1e-3), "{transform:?} {value} {back}");
            }
        }
    }

    #[test]
    fn a_small_count_may_vary_by_its_square_root() {
        let floor = |metric, middle| Transform::of(metric, middle).floor(metric, middle);
        assert!((floor(Metric::RowCount, 25.0) - 1.0).abs() < 0.01);
        assert!((floor(Metric::RowCount, 1e6) - 0.01).abs() < 1e-4);
        assert_eq!(floor(Metric::Percent, 0.0), 0.5);
        assert_eq!(floor(Metric::Gauge, -200.0), 2.0);
    }
}
