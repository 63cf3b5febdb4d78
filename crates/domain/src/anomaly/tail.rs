//! How far a series strays by itself.

use serde::{Deserialize, Serialize};

/// Fewer points say nothing of a tail.
const FEWEST: usize = 40;
/// The tail index of a normal distribution at the heights that are read here: what is believed without evidence.
const PRIOR_INDEX: f64 = 0.18;
/// How many points' worth of evidence that belief is.
const PRIOR_WEIGHT: f64 = 5.0;
/// Beyond this even wild series would have no bounds at all.
const HIGHEST_INDEX: f64 = 0.38;

/// A power law through the largest residuals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Tail {
    /// Size of the residual above which the tail begins, in deviations; 0 where too little is known.
    from: f64,
    /// Share of the points beyond it.
    share: f64,
    index: f64,
}

impl Tail {
    /// From the sizes of the residuals in deviations, by Hill's estimator without the very largest (Zou and others,
    /// 2020): an unnoticed anomaly of the past must not widen the bounds.
    pub(super) fn of(mut sizes: Vec<f64>) -> Self {
        let count = sizes.len();
        if count < FEWEST {
            return Self::default();
        }
        sizes.sort_unstable_by(|a, b| b.total_cmp(a));
        let (trimmed, top) = (count / 60 + 1, count / 8);
        let from = sizes[top];
        if from <= 0.0 {
            return Self::default();
        }
        let log = |size: f64| (size / from).ln();
        let free = (top - trimmed) as f64;
        let index = trimmed as f64 / free * log(sizes[trimmed])
            + sizes[trimmed..top].iter().map(|size| log(*size)).sum::<f64>() / free;
        let index = (free * index + PRIOR_WEIGHT * PRIOR_INDEX) / (free + PRIOR_WEIGHT);
        Self { from, share: top as f64 / count as f64, index: index.min(HIGHEST_INDEX) }
    }

    /// The size that residuals exceed as rarely as `rarity`, in deviations.
    pub(super) fn reach(self, rarity: f64) -> f64 {
        self.from * (self.share / rarity).powf(self.index)
    }
}
