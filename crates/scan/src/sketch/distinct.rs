//! The different values of a column, how often each comes and how they spread: exactly while there are few, with
//! sketches of fixed size beyond.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};

use datasketches::common::NumStdDev;
use datasketches::frequencies::{ErrorType, FrequentItemsSketch};
use datasketches::hll::{HllSketch, HllType, HllUnion};
use datasketches::tdigest::TDigestMut;

use super::singles::Singles;
use super::{HashedKeys, Shapes};
use crate::measure::{Packed, Point, to_real, whole};

/// 2^16 registers: 64 KiB, a standard error of 0.4 %, so that hardly one column in a million is off by 2 %.
const REGISTERS: u8 = 16;
/// Different values that a column keeps before a sketch takes over, and those of all columns of a table together.
const EXACT_PER_COLUMN: usize = 100_000;
const EXACT_PER_TABLE: usize = 4_000_000;
/// Candidates for the most frequent values.
const CANDIDATES: usize = 512;
/// Of the values after the exact count ended, about one in eight is looked at for being frequent.
const STRIDE_BITS: u32 = 3;
const STRIDE: u64 = 1 << STRIDE_BITS;
/// The compression of the t-digest: the median is within about half a percent of the values.
const COMPRESSION: u16 = 200;

/// The different values of a column, by their 64-bit hashes.
#[derive(Clone, Debug)]
pub(crate) struct Distinct {
    exact: HashMap<u64, Seen, HashedKeys>,
    limit: usize,
    /// Nothing comes twice: neither counting nor candidates are needed.
    unique: bool,
    /// From a sample one guesses how many there are in all, which takes to know how many came once.
    sampled: bool,
    sketched: Option<Box<Sketched>>,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    point: Packed,
    count: u32,
    /// The number of its shape.
    shape: u16,
}

#[derive(Clone, Debug)]
struct Sketched {
    hll: Option<HllSketch>,
    frequent: Option<FrequentItemsSketch<Candidate>>,
    quantiles: TDigestMut,
    /// Of a sample only.
    singles: Option<Singles>,
    /// Values since the exact count ended.
    later: u64,
}

#[derive(Clone, Copy, Debug)]
struct Candidate {
    hash: u64,
    point: Packed,
    shape: u16,
}

/// A frequent value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Frequent {
    pub(crate) hash: u64,
    pub(crate) point: Option<Point>,
    pub(crate) shape: u16,
    pub(crate) count: u64,
}

impl PartialEq for Candidate {
    fn eq(&self, other: &Self) -> bool {
        self.hash == other.hash
    }
}

impl Eq for Candidate {}

impl Hash for Candidate {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

impl Distinct {
    /// For one of so many columns of a table.
    pub(crate) fn beside(columns: usize) -> Self {
        Self::new(EXACT_PER_COLUMN.min(EXACT_PER_TABLE / columns.max(1)))
    }

    /// Exact up to `limit` different values.
    pub(crate) fn new(limit: usize) -> Self {
        Self { exact: HashMap::default(), limit, unique: false, sampled: false, sketched: None }
    }

    /// For a column whose values the database keeps apart.
    pub(crate) fn of_unique(self) -> Self {
        Self { unique: true, ..self }
    }

    /// For a sample of the rows.
    pub(crate) fn of_sample(self) -> Self {
        Self { sampled: true, ..self }
    }

    /// Counts a value. `shape` is asked when it comes for the second time. Answers whether it is new, as far as known.
    #[inline]
    pub(crate) fn insert(&mut self, hash: u64, point: Option<Point>, shape: impl FnOnce() -> u16) -> bool {
        if let Some(sketched) = &mut self.sketched {
            sketched.insert(hash, point, shape);
            return true;
        }
        match self.exact.entry(hash) {
            std::collections::hash_map::Entry::Occupied(mut entry) => {
                let seen = entry.get_mut();
                if seen.count == 1 {
                    seen.shape = shape();
                }
                seen.count = seen.count.saturating_add(1);
                false
            }
            std::collections::hash_map::Entry::Vacant(entry) => {
                entry.insert(Seen { point: Packed::new(point), count: 1, shape: Shapes::OTHER });
                if self.exact.len() > self.limit {
                    self.end_exact();
                }
                true
            }
        }
    }

    fn end_exact(&mut self) {
        let Some(mut sketched) = Sketched::new(self.unique, self.sampled) else { return };
        for (hash, seen) in std::mem::take(&mut self.exact) {
            sketched.take(hash, seen);
        }
        self.sketched = Some(Box::new(sketched));
    }

    /// Takes over what another saw. `shapes` says what its shapes are called here.
    pub(crate) fn merge(&mut self, other: &Self, shapes: &[u16]) {
        let renamed = |shape: u16| shapes.get(usize::from(shape)).copied().unwrap_or(Shapes::OTHER);
        if other.sketched.is_some() && self.sketched.is_none() {
            self.end_exact();
        }
        for (hash, seen) in &other.exact {
            let seen = Seen { shape: renamed(seen.shape), ..*seen };
            match &mut self.sketched {
                Some(sketched) => sketched.take(*hash, seen),
                None => {
                    let count = seen.count;
                    self.exact
                        .entry(*hash)
                        .and_modify(|known| {
                            if known.shape == Shapes::OTHER {
                                known.shape = seen.shape;
                            }
                            known.count = known.count.saturating_add(count);
                        })
                        .or_insert(seen);
                    if self.exact.len() > self.limit {
                        self.end_exact();
                    }
                }
            }
        }
        if let (Some(ours), Some(theirs)) = (&mut self.sketched, &other.sketched) {
            ours.merge(theirs, renamed);
        }
    }

    pub(crate) fn is_sketched(&self) -> bool {
        self.sketched.is_some()
    }

    pub(crate) fn count(&self) -> u64 {
        match &self.sketched {
            None => self.exact.len() as u64,
            Some(sketched) => sketched.hll.as_ref().map_or(0, |hll| whole(hll.estimate().round())),
        }
    }

    /// Half the width of the 95 % interval, as a part of the count; 0 while exact.
    pub(crate) fn relative_error(&self) -> f64 {
        self.sketched.as_ref().and_then(|sketched| sketched.hll.as_ref()).map_or(0.0, |hll| {
            let estimate = hll.estimate().max(1.0);
            (hll.upper_bound(NumStdDev::Two) - hll.lower_bound(NumStdDev::Two)) / 2.0 / estimate
        })
    }

    /// A guess at the distinct values among `total`, from a sample of `sampled` (the estimator Duj1 of Haas and
    /// Stokes, which PostgreSQL's ANALYZE uses too).
    pub(crate) fn extrapolate(&self, sampled: u64, total: u64) -> u64 {
        let count = self.count().min(sampled);
        let once = match self.sketched.as_deref() {
            None => to_real(self.exact.values().filter(|seen| seen.count == 1).count() as u64),
            Some(Sketched { singles: Some(singles), .. }) => to_real(sampled) * singles.share(),
            Some(_) => return count,
        };
        let (d, n, of) = (to_real(count), to_real(sampled), to_real(total.max(sampled)));
        let divisor = n - once + once * n / of;
        let guess = if divisor > 0.0 { (n * d / divisor).round() } else { d };
        whole(guess).clamp(count, total.max(count))
    }

    /// The values that came most often, if more than once; ties by place, then by hash: so the order is always the same.
    pub(crate) fn most_frequent(&self, most: usize) -> Vec<Frequent> {
        let mut found: Vec<Frequent> = match &self.sketched {
            None => self
                .exact
                .iter()
                .filter(|(_, seen)| seen.count > 1)
                .map(|(hash, seen)| Frequent {
                    hash: *hash,
                    point: seen.point.point(),
                    shape: seen.shape,
                    count: seen.count.into(),
                })
                .collect(),
            Some(sketched) => {
                let rows = sketched
                    .frequent
                    .as_ref()
                    .map(|frequent| frequent.frequent_items(ErrorType::NoFalsePositives));
                rows.unwrap_or_default()
                    .iter()
                    .filter(|row| row.lower_bound() > STRIDE)
                    .map(|row| Frequent {
                        hash: row.item().hash,
                        point: row.item().point.point(),
                        shape: row.item().shape,
                        count: row.lower_bound(),
                    })
                    .collect()
            }
        };
        let place = |frequent: &Frequent| frequent.point.map_or(0.0, Point::real);
        found.sort_by(|a, b| {
            b.count.cmp(&a.count).then(place(a).total_cmp(&place(b))).then(a.hash.cmp(&b.hash))
        });
        found.truncate(most);
        found
    }

    /// The values at these ranks, in ascending order of rank; empty where no value has a place.
    pub(crate) fn quantiles(&self, ranks: &[f64]) -> Vec<f64> {
        if let Some(sketched) = &self.sketched {
            return sketched.quantiles.clone().quantiles(ranks).ok().flatten().unwrap_or_default();
        }
        let mut places: Vec<(f64, u64)> = self
            .exact
            .values()
            .filter_map(|seen| seen.point.point().map(|point| (point.real(), u64::from(seen.count))))
            .collect();
        places.sort_by(|a, b| a.0.total_cmp(&b.0));
        let total: u64 = places.iter().map(|(_, count)| count).sum();
        let mut found = Vec::with_capacity(ranks.len());
        let mut below = 0;
        let mut places = places.into_iter();
        let Some(mut here) = places.next() else { return found };
        for rank in ranks {
            // The least value with at least this part of the values at or below it.
            let wanted = whole((rank * to_real(total)).ceil()).clamp(1, total);
            while below + here.1 < wanted {
                below += here.1;
                match places.next() {
                    Some(next) => here = next,
                    None => break,
                }
            }
            found.push(here.0);
        }
        found
    }

    /// About how much memory this takes.
    pub(crate) fn bytes(&self) -> usize {
        self.exact.capacity() * (size_of::<Seen>() + 9)
            + self.sketched.as_ref().map_or(0, |sketched| sketched.bytes())
    }
}

impl Sketched {
    /// `None` only if the constants above are out of the library's range.
    fn new(unique: bool, sampled: bool) -> Option<Self> {
        let counting = !unique;
        Some(Self {
            hll: if counting { Some(HllSketch::new(REGISTERS, HllType::Hll8).ok()?) } else { None },
            frequent: if counting { Some(FrequentItemsSketch::new(CANDIDATES).ok()?) } else { None },
            quantiles: TDigestMut::new(COMPRESSION).ok()?,
            singles: (counting && sampled).then(Singles::default),
            later: 0,
        })
    }

    #[inline]
    fn insert(&mut self, hash: u64, point: Option<Point>, shape: impl FnOnce() -> u16) {
        if let Some(hll) = &mut self.hll {
            hll.update(hash);
        }
        if let Some(singles) = &mut self.singles {
            singles.add(hash, 1);
        }
        if let Some(point) = point {
            self.quantiles.update(point.real());
        }
        self.later += 1;
        if super::is_chosen(self.later, STRIDE_BITS)
            && let Some(frequent) = &mut self.frequent
        {
            let candidate = Candidate { hash, point: Packed::new(point), shape: shape() };
            frequent.update_with_count(candidate, STRIDE);
        }
    }

    /// A value that was counted exactly so far.
    fn take(&mut self, hash: u64, seen: Seen) {
        if let Some(hll) = &mut self.hll {
            hll.update(hash);
        }
        if let Some(singles) = &mut self.singles {
            singles.add(hash, seen.count);
        }
        if let Some(frequent) = &mut self.frequent
            && seen.count > 1
        {
            let candidate = Candidate { hash, point: seen.point, shape: seen.shape };
            frequent.update_with_count(candidate, seen.count.into());
        }
        if let Some(point) = seen.point.point() {
            for _ in 0..seen.count {
                self.quantiles.update(point.real());
            }
        }
    }

    fn merge(&mut self, other: &Self, renamed: impl Fn(u16) -> u16) {
        if let (Some(ours), Some(theirs)) = (&mut self.hll, &other.hll)
            && let Ok(mut union) = HllUnion::new(REGISTERS)
        {
            union.update(ours);
            union.update(theirs);
            *ours = union.to_sketch(HllType::Hll8);
        }
        if let (Some(ours), Some(theirs)) = (&mut self.frequent, &other.frequent) {
            for row in theirs.frequent_items(ErrorType::NoFalseNegatives) {
                let item = row.item();
                ours.update_with_count(Candidate { shape: renamed(item.shape), ..*item }, row.lower_bound());
            }
        }
        if let (Some(ours), Some(theirs)) = (&mut self.singles, &other.singles) {
            ours.merge(theirs);
        }
        self.quantiles.merge(&other.quantiles);
        self.later += other.later;
    }

    fn bytes(&self) -> usize {
        128 * 1024 + self.singles.as_ref().map_or(0, Singles::bytes)
    }
}

#[cfg(test)]
mod tests;
