//! Mean, spread and signs of numbers.

use super::to_real;

/// Sums around the first number, so that large numbers that differ little keep their digits.
#[derive(Clone, Debug, Default)]
pub(super) struct Numbers {
    count: u64,
    shift: f64,
    sum: f64,
    squares: f64,
    pub(super) zeros: u64,
    pub(super) negatives: u64,
}

impl Numbers {
    #[inline]
    pub(super) fn add(&mut self, number: f64) {
        if self.count == 0 {
            self.shift = number;
        }
        self.count += 1;
        let apart = number - self.shift;
        self.sum += apart;
        self.squares += apart * apart;
        self.zeros += u64::from(number == 0.0);
        self.negatives += u64::from(number < 0.0);
    }

    pub(super) fn merge(&mut self, other: &Self) {
        if other.count == 0 {
            return;
        }
        if self.count == 0 {
            *self = other.clone();
            return;
        }
        // Their sums, told from our zero.
        let moved = other.shift - self.shift;
        let count = to_real(other.count);
        self.squares += other.squares + 2.0 * moved * other.sum + moved * moved * count;
        self.sum += other.sum + moved * count;
        self.count += other.count;
        self.zeros += other.zeros;
        self.negatives += other.negatives;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub(super) fn mean(&self) -> Option<f64> {
        let mean = self.shift + self.sum / to_real(self.count);
        (self.count > 0 && mean.is_finite()).then_some(mean)
    }

    /// Of the numbers themselves, not of a population they are drawn from.
    pub(super) fn standard_deviation(&self) -> Option<f64> {
        let count = to_real(self.count);
        let variance = (self.squares - self.sum * self.sum / count) / count;
        (self.count > 0 && variance.is_finite()).then(|| variance.max(0.0).sqrt())
    }
}
