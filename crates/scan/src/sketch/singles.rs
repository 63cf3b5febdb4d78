//! How many rows of a sample hold a value that came once, when there are too many values to count.
//!
//! Values are chosen by their hash, so that each is either counted whenever it comes or never (Wegman's adaptive sampling,
//! as in Flajolet, On adaptive sampling, 1990): what holds for the rows of those chosen, holds for about all.

use std::collections::HashMap;

use super::HashedKeys;
use crate::measure::to_real;

/// Values that are counted at the most, and half as many at least: the part is within about 1 %.
const MOST: usize = 16_384;

#[derive(Clone, Debug, Default)]
pub(super) struct Singles {
    /// One in `2^level` values is chosen.
    level: u32,
    counts: HashMap<u64, u32, HashedKeys>,
}

impl Singles {
    /// A value that came so many times.
    #[inline]
    pub(super) fn add(&mut self, hash: u64, count: u32) {
        if !self.chooses(hash) {
            return;
        }
        let known = self.counts.entry(hash).or_default();
        *known = known.saturating_add(count);
        while self.counts.len() > MOST {
            self.choose_fewer(self.level + 1);
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.choose_fewer(self.level.max(other.level));
        for (hash, count) in &other.counts {
            self.add(*hash, *count);
        }
    }

    /// The part of the rows whose value came once.
    pub(super) fn share(&self) -> f64 {
        let once = self.counts.values().filter(|count| **count == 1).count() as u64;
        let rows: u64 = self.counts.values().map(|count| u64::from(*count)).sum();
        to_real(once) / to_real(rows.max(1))
    }

    /// By bits that the map does not go by.
    fn chooses(&self, hash: u64) -> bool {
        (hash >> 24).trailing_zeros() >= self.level
    }

    fn choose_fewer(&mut self, level: u32) {
        self.level = level;
        let counts = std::mem::take(&mut self.counts);
        self.counts = counts.into_iter().filter(|(hash, _)| self.chooses(*hash)).collect();
    }

    pub(super) fn bytes(&self) -> usize {
        self.counts.capacity() * 17
    }
}
