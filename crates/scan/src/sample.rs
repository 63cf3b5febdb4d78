//! Which rows a sample takes of a table whose rows have numbers: short ranges of them, spread over all.
//!
//! The numbers are cut into cells of one width, and of each stretch of cells one is drawn: every row is as likely to be in
//! the sample as any other, however many numbers are missing. Rows of a cell came in together and are alike, so a cell
//! counts as one observation, as a page does elsewhere.

use xxhash_rust::xxh3::xxh3_64;

/// A sample has about so many rows; a table with at most twice as many is read whole.
pub(crate) const ROWS: u64 = 100_000;
/// In how many ranges.
const RANGES: u64 = 500;

/// The ranges of a sample, in ascending order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ranges {
    /// The first number of each, and the last.
    pub(crate) ranges: Vec<(i128, i128)>,
    /// How many such ranges there are altogether.
    cells: i128,
}

impl Ranges {
    /// For about `rows` rows whose least and greatest numbers are these; `None` when reading all is as good. The same
    /// ranges each time, so that two samples differ because the data does.
    pub(crate) fn new(least: i128, greatest: i128, rows: u64) -> Option<Self> {
        let span = greatest.checked_sub(least)?.checked_add(1)?;
        // No two rows have the same number.
        let rows = i128::from(rows).min(span);
        if rows <= 2 * i128::from(ROWS) {
            return None;
        }
        let per_range = i128::from(ROWS / RANGES);
        let width = span.checked_mul(per_range)?.div_euclid(rows).max(1);
        let cells = span.div_euclid(width);
        let range = |index: u64| {
            let border = |index: u64| cells * i128::from(index) / i128::from(RANGES);
            let (first, end) = (border(index), border(index + 1));
            let drawn = first + i128::from(xxh3_64(&index.to_le_bytes())) % (end - first).max(1);
            let from = least + drawn * width;
            (from, from + width - 1)
        };
        Some(Self { ranges: (0..RANGES).map(range).collect(), cells })
    }

    /// About how many rows there are, when the ranges hold `read`; `None` when those are too few or too many for the
    /// numbers to lie evenly.
    pub(crate) fn all_rows(&self, read: u64) -> Option<u64> {
        if Self::is_too_many(read) || read < ROWS / 5 {
            return None;
        }
        u64::try_from(i128::from(read) * self.cells / i128::from(RANGES)).ok()
    }

    /// Whether so many rows are more than a sample should have.
    pub(crate) fn is_too_many(read: u64) -> bool {
        read > ROWS * 10
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_table_is_read_whole() {
        assert_eq!(Ranges::new(1, 200_000, 200_000), None);
        assert_eq!(Ranges::new(1, 1000, u64::MAX), None, "there are no more rows than numbers");
    }

    #[test]
    fn ranges_are_apart_within_the_table_and_as_many_rows_as_wanted() {
        for (least, greatest, rows) in [
            (1, 1_000_000, 1_000_000),
            (-500_000, 800_000, 400_000),
            (0, i128::from(u64::MAX), 5_000_000),
            (i128::from(i64::MIN), i128::from(i64::MAX), u64::MAX),
        ] {
            let sample = Ranges::new(least, greatest, rows).unwrap();
            assert_eq!(sample.ranges.len(), 500);
            assert!(sample.ranges.iter().all(|(from, to)| least <= *from && from <= to && *to <= greatest));
            assert!(sample.ranges.windows(2).all(|pair| pair[0].1 < pair[1].0));
        }
    }

    #[test]
    fn rows_are_estimated_from_those_found_whatever_is_missing() {
        // Every third number is there.
        let sample = Ranges::new(0, 3_000_000, 1_000_000).unwrap();
        let found: i128 =
            sample.ranges.iter().map(|(from, to)| to.div_euclid(3) - (from - 1).div_euclid(3)).sum();
        let estimated = sample.all_rows(u64::try_from(found).unwrap()).unwrap();
        assert!((990_000..1_010_000).contains(&estimated), "{estimated}");
        assert_eq!(sample.all_rows(10), None, "the rows lie elsewhere");
    }
}
