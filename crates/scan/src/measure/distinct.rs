//! Counting different values: exactly while there are few, with a sketch of fixed size beyond.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use datasketches::common::NumStdDev;
use datasketches::hll::{HllSketch, HllType};

use super::{to_real, whole};

/// 2^14 registers: 16 KiB, a standard error of 0.8 %.
const SKETCH_SIZE: u8 = 14;

/// The different values of a column, by their 64-bit hashes.
#[derive(Debug)]
pub(crate) struct Distinct {
    /// Whether a value came more than once.
    exact: HashMap<u64, bool, BuildHasherDefault<Identity>>,
    limit: usize,
    sketch: Option<HllSketch>,
}

/// The keys are hashes already.
#[derive(Clone, Copy, Debug, Default)]
struct Identity(u64);

impl Hasher for Identity {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }
    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

impl Distinct {
    /// Exact up to `limit` different values.
    pub(crate) fn new(limit: usize) -> Self {
        Self { exact: HashMap::default(), limit, sketch: None }
    }

    pub(crate) fn insert(&mut self, hash: u64) {
        if let Some(sketch) = &mut self.sketch {
            sketch.update(hash);
            return;
        }
        self.exact.entry(hash).and_modify(|repeated| *repeated = true).or_insert(false);
        if self.exact.len() > self.limit
            && let Ok(mut sketch) = HllSketch::new(SKETCH_SIZE, HllType::Hll8)
        {
            for hash in self.exact.keys() {
                sketch.update(*hash);
            }
            self.exact = HashMap::default();
            self.sketch = Some(sketch);
        }
    }

    pub(crate) fn is_sketched(&self) -> bool {
        self.sketch.is_some()
    }

    pub(crate) fn count(&self) -> u64 {
        match &self.sketch {
            None => self.exact.len() as u64,
            Some(sketch) => whole(sketch.estimate().round()),
        }
    }

    /// Half the width of the 95 % interval, as a part of the count; 0 while exact.
    pub(crate) fn relative_error(&self) -> f64 {
        self.sketch.as_ref().map_or(0.0, |sketch| {
            let estimate = sketch.estimate().max(1.0);
            (sketch.upper_bound(NumStdDev::Two) - sketch.lower_bound(NumStdDev::Two)) / 2.0 / estimate
        })
    }

    /// A guess at the distinct values among `total`, from a sample of `sampled` (the estimator Duj1 of Haas and
    /// Stokes, which PostgreSQL's ANALYZE uses too).
    pub(crate) fn extrapolate(&self, sampled: u64, total: u64) -> u64 {
        let count = self.count();
        if sampled == 0 || self.is_sketched() {
            return count.min(total);
        }
        let (d, n, of) = (to_real(count), to_real(sampled), to_real(total.max(sampled)));
        let once = to_real(self.exact.values().filter(|repeated| !**repeated).count() as u64);
        let divisor = n - once + once * n / of;
        let guess = if divisor > 0.0 { (n * d / divisor).round() } else { d };
        whole(guess).clamp(count, total.max(count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distinct_of(values: u64, limit: usize) -> Distinct {
        let mut distinct = Distinct::new(limit);
        for value in 0..values {
            distinct.insert(xxhash_rust::xxh3::xxh3_64(&value.to_le_bytes()));
            distinct.insert(xxhash_rust::xxh3::xxh3_64(&value.to_le_bytes()));
        }
        distinct
    }

    #[test]
    fn a_few_values_are_counted_exactly() {
        let distinct = distinct_of(1000, 1000);
        assert!(!distinct.is_sketched());
        assert_eq!(distinct.count(), 1000);
    }

    #[test]
    fn many_values_are_counted_within_the_stated_error() {
        let distinct = distinct_of(50_000, 1000);
        assert!(distinct.is_sketched());
        let error = (to_real(distinct.count()) / 50_000.0 - 1.0).abs();
        assert!(error <= distinct.relative_error(), "{error}");
        assert!(distinct.relative_error() < 0.02);
    }

    #[test]
    fn values_seen_twice_in_a_sample_are_taken_for_all_there_are() {
        assert_eq!(distinct_of(50, 1000).extrapolate(100, 10_000), 50);
    }
}
