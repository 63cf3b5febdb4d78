//! Whether a table is as fresh as its own rhythm promises.

use types::quality::Deduction;

/// How many gaps between updates make a rhythm; before that a table is learning.
pub const LEARNING_GAPS: usize = 7;

/// Updates closer than this are one.
const SHORTEST_RHYTHM_SECONDS: i64 = 60;

/// How an age compares with the gaps seen so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Freshness {
    /// No time to go by, or still learning: `seen` of [`LEARNING_GAPS`].
    Learning {
        seen: usize,
    },
    /// No column says when rows came in.
    #[default]
    Unknown,
    Fresh,
    /// Later than ever, allowing half as much again. Seconds.
    Late {
        age: i64,
        limit: i64,
    },
    /// More than three times the longest gap. Seconds.
    Stale {
        age: i64,
        limit: i64,
    },
}

impl Freshness {
    pub(super) fn deduction(self) -> Option<Deduction> {
        // True at any later age as well: a judgement is not made anew while nothing changes.
        let (points, reason) = match self {
            Self::Late { limit, .. } => {
                (15.0, format!("No new row for more than {}, the most by its rhythm.", span(limit)))
            }
            Self::Stale { limit, .. } => {
                (45.0, format!("No new row for more than twice {}, the most by its rhythm.", span(limit)))
            }
            Self::Learning { .. } | Self::Unknown | Self::Fresh => return None,
        };
        Some(Deduction { code: "stale".into(), points, reason })
    }
}

/// Judges an age by the gaps between past updates, both in seconds. `None` as age: nothing says when rows came in.
///
/// One-sided and on gaps, never a z-score of the age: an age grows until the next update, so that its spread says
/// nothing. The limit is the 99th percentile of the gaps; late is half as much again, stale three times.
#[must_use]
pub fn freshness(age: Option<i64>, gaps: &[i64]) -> Freshness {
    let Some(age) = age else {
        return Freshness::Unknown;
    };
    match rhythm(gaps) {
        Ok(longest) => judge_age(age, longest),
        Err(seen) => Freshness::Learning { seen },
    }
}

/// The age from which on a table without a new row is judged worse than now, in seconds; `None` when it never is.
#[must_use]
pub fn worse_from(age: Option<i64>, gaps: &[i64]) -> Option<i64> {
    let (age, longest) = (age?, rhythm(gaps).ok()?);
    let limits = [late_after(longest), stale_after(longest)];
    limits.into_iter().find(|limit| age <= *limit).map(|limit| limit.saturating_add(1))
}

/// The longest usual gap, in seconds, or how many gaps were seen where that is too few to say.
fn rhythm(gaps: &[i64]) -> Result<i64, usize> {
    let gaps: Vec<i64> = gaps.iter().copied().filter(|gap| *gap > 0).collect();
    if gaps.len() < LEARNING_GAPS { Err(gaps.len()) } else { Ok(longest_gap(gaps)) }
}

fn late_after(longest: i64) -> i64 {
    longest.saturating_add(longest / 2)
}

fn stale_after(longest: i64) -> i64 {
    longest.saturating_mul(3)
}

/// The 99th percentile of gaps, in seconds; there must be one.
pub(crate) fn longest_gap(mut gaps: Vec<i64>) -> i64 {
    gaps.sort_unstable();
    let place = (gaps.len() * 99).div_ceil(100).saturating_sub(1);
    gaps.get(place).copied().unwrap_or(0).max(SHORTEST_RHYTHM_SECONDS)
}

/// Judges an age by the longest usual gap, both in seconds.
pub(crate) fn judge_age(age: i64, longest: i64) -> Freshness {
    let late = late_after(longest);
    if age > stale_after(longest) {
        Freshness::Stale { age, limit: late }
    } else if age > late {
        Freshness::Late { age, limit: late }
    } else {
        Freshness::Fresh
    }
}

/// A time span in its largest fitting unit, such as `36 h`.
#[must_use]
pub fn span(seconds: i64) -> String {
    match seconds {
        ..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}
