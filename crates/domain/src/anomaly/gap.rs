//! Freshness: how long a table may stay without news, by its own rhythm.
//!
//! The gaps between updates are modelled, never the age: an age grows until the next update, so that its spread says
//! nothing (Elementary and others score it, and miss a table that stopped).

use serde::{Deserialize, Serialize};
use types::Timestamp;

use super::calendar;
pub use crate::health::Freshness;
use crate::health::{LEARNING_GAPS, judge_age, longest_gap};

/// A weekday with fewer gaps is judged by all.
const FEWEST_BY_DAY: usize = 4;
/// This many times the longest gap is too long, also before a rhythm is known.
const STALE_FACTOR: i64 = 3;

/// The longest usual gaps of a table, by the weekday on which they begin. Seconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GapModel {
    /// Gaps seen.
    pub gaps: usize,
    /// Of all days.
    longest: i64,
    /// From Monday; `None` where too few gaps begin.
    by_weekday: [Option<i64>; 7],
    latest: Option<Timestamp>,
}

impl GapModel {
    /// From the times at which new data was seen, in any order.
    #[must_use]
    pub fn fit(updates: &[Timestamp]) -> Self {
        let mut updates = updates.to_vec();
        updates.sort_unstable();
        updates.dedup();
        let gaps: Vec<(usize, i64)> = updates
            .windows(2)
            .map(|pair| (calendar::weekday(pair[0]), pair[1].seconds_since(pair[0])))
            .filter(|(_, gap)| *gap > 0)
            .collect();
        let longest = |day: Option<usize>| {
            let of_day = gaps.iter().filter(|(weekday, _)| day.is_none_or(|day| day == *weekday));
            of_day.map(|(_, gap)| *gap).collect::<Vec<_>>()
        };
        let by_weekday = std::array::from_fn(|day| {
            let gaps = longest(Some(day));
            (gaps.len() >= FEWEST_BY_DAY).then(|| longest_gap(gaps))
        });
        Self {
            gaps: gaps.len(),
            longest: if gaps.is_empty() { 0 } else { longest_gap(longest(None)) },
            by_weekday,
            latest: updates.last().copied(),
        }
    }

    /// The same rhythm after newer data was seen.
    #[must_use]
    pub fn seen(&self, latest: Timestamp) -> Self {
        Self { latest: self.latest.max(Some(latest)), ..self.clone() }
    }

    /// From when on the table is stale, unless newer data is seen before; `None` while no rhythm is known.
    #[must_use]
    pub fn stale_from(&self) -> Option<Timestamp> {
        let latest = self.latest?;
        let longest = match self.gaps {
            0 | 1 => return None,
            2..LEARNING_GAPS => self.longest,
            _ => self.by_weekday[calendar::weekday(latest)].unwrap_or(self.longest),
        };
        let seconds = longest.saturating_mul(STALE_FACTOR).saturating_add(1);
        Timestamp::from_millis(latest.millis().saturating_add(seconds.saturating_mul(1_000)))
    }

    /// Judges the age of the newest data at `now`.
    #[must_use]
    pub fn judge(&self, now: Timestamp) -> Freshness {
        let Some(latest) = self.latest else {
            return Freshness::Unknown;
        };
        let age = now.seconds_since(latest);
        if self.gaps < LEARNING_GAPS {
            let limit = self.longest.saturating_mul(STALE_FACTOR);
            return if self.gaps >= 2 && age > limit {
                Freshness::Stale { age, limit }
            } else {
                Freshness::Learning { seen: self.gaps }
            };
        }
        judge_age(age, self.by_weekday[calendar::weekday(latest)].unwrap_or(self.longest))
    }
}
