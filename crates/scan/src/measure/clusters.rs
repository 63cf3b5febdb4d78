//! How far a share found in a sample of pages may be off.
//!
//! Rows of a page came in together and are alike, so a page counts as one observation: the error of a share is that of
//! a ratio of page totals (Cochran, Sampling Techniques, 3rd edition, section 9), put into Wilson's interval by way of
//! the number of independent rows that would be as good.

use super::to_real;

/// Half a 95 % interval, in standard deviations.
const CONFIDENCE: f64 = 1.96;

/// Sums over the pages of a sample.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Clusters {
    pages: u64,
    rows: f64,
    nulls: f64,
    rows_squared: f64,
    nulls_squared: f64,
    rows_nulls: f64,
    /// Counts at the end of the last page.
    nulls_before: u64,
    values_before: u64,
}

impl Clusters {
    #[inline]
    pub(super) fn end(&mut self, nulls: u64, values: u64) {
        let x = to_real(nulls - self.nulls_before);
        let n = x + to_real(values - self.values_before);
        (self.nulls_before, self.values_before) = (nulls, values);
        if n == 0.0 {
            return;
        }
        self.pages += 1;
        self.rows += n;
        self.nulls += x;
        self.rows_squared += n * n;
        self.nulls_squared += x * x;
        self.rows_nulls += n * x;
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.pages += other.pages;
        self.rows += other.rows;
        self.nulls += other.nulls;
        self.rows_squared += other.rows_squared;
        self.nulls_squared += other.nulls_squared;
        self.rows_nulls += other.rows_nulls;
    }

    /// The greatest distance between the share found and the ends of its 95 % interval, for a sample of `rows` out of
    /// `of`. Rows that were not told apart by page count as drawn one by one.
    pub(super) fn half_width(&self, share: f64, rows: u64, of: u64) -> f64 {
        let independent = self.independent(share).unwrap_or_else(|| to_real(rows));
        // What has been read is known: a sample of nearly everything is nearly certain.
        let left = (1.0 - to_real(rows) / to_real(of.max(1))).clamp(0.0, 1.0);
        let count = (independent / left.max(1e-9)).max(1.0);
        let squared = CONFIDENCE * CONFIDENCE;
        let centre = (share + squared / (2.0 * count)) / (1.0 + squared / count);
        let half = CONFIDENCE / (1.0 + squared / count)
            * (share * (1.0 - share) / count + squared / (4.0 * count * count)).sqrt();
        (centre + half - share).max(share - (centre - half)).min(1.0)
    }

    /// How many rows drawn one by one would tell as much as these pages do; `None` without pages.
    fn independent(&self, share: f64) -> Option<f64> {
        if self.pages < 2 {
            return None;
        }
        let pages = to_real(self.pages);
        let spread = self.nulls_squared - 2.0 * share * self.rows_nulls + share * share * self.rows_squared;
        let variance = pages / (pages - 1.0) * spread.max(0.0) / (self.rows * self.rows);
        let plain = share * (1.0 - share);
        if plain <= 0.0 {
            // Every page says the same: each is one voice, not each of its rows.
            return Some(pages);
        }
        // NULLs that stand together on a few pages may all have been missed: below a handful of pages' worth of them,
        // what the pages found agree on says nothing.
        const HANDFUL: f64 = 8.0;
        let most = if share.min(1.0 - share) * pages < HANDFUL { pages } else { self.rows };
        Some((plain / variance.max(1e-300)).clamp(1.0, most))
    }
}
