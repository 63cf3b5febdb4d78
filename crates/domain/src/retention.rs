//! Retention: which versions of a source's schema are not kept whole any more.
//!
//! What a version says may go; that it was there, when, and what changed with it stays. So numbers never move, and drift
//! keeps its sentence and its changes: they are small, and what people decided refers to them.

use std::collections::BTreeSet;

use chrono::Days;
use types::Timestamp;
use types::organization::Retention;

/// How many days after somebody took a version as a baseline it is kept for that: a pipeline may rest for a year.
const BASELINE_DAYS: u64 = 400;

/// What the rule needs to know of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    pub version: u32,
    /// When a scan found it. It held until the next one was found.
    pub captured_at: Timestamp,
    /// When somebody last asked for this version to compare a database with it.
    pub baseline_at: Option<Timestamp>,
    /// It is not whole any more.
    pub removed: bool,
}

/// The versions to remove, oldest first. `versions` are all of a source, newest first; those in `needed` stay, whatever
/// the rule says. The newest always stays.
#[must_use]
pub fn superfluous(
    rule: Retention,
    versions: &[Version],
    needed: &BTreeSet<u32>,
    now: Timestamp,
) -> Vec<u32> {
    let held_since = before(now, rule.days.into());
    let baselines_since = baselines_since(now);
    let newest = usize::try_from(rule.versions.max(1)).unwrap_or(usize::MAX);
    // A version held until the next was found, be that one removed or not.
    let ended = versions.iter().map(|version| version.captured_at);
    let whole = versions.iter().skip(1).zip(ended).filter(|(version, _)| !version.removed);
    let mut superfluous: Vec<u32> = whole
        .skip(newest - 1)
        .filter(|(version, ended)| {
            *ended < held_since
                && version.baseline_at.is_none_or(|at| at < baselines_since)
                && !needed.contains(&version.version)
        })
        .map(|(version, _)| version.version)
        .collect();
    superfluous.reverse();
    superfluous
}

/// What was asked for as a baseline at this time or later is kept.
#[must_use]
pub fn baselines_since(now: Timestamp) -> Timestamp {
    before(now, BASELINE_DAYS)
}

fn before(now: Timestamp, days: u64) -> Timestamp {
    // Before all that a date can express, nothing held.
    Timestamp(now.0.checked_sub_days(Days::new(days)).unwrap_or(chrono::DateTime::UNIX_EPOCH))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DAY: i64 = 86_400_000;
    /// The day on which it is asked.
    const TODAY: i64 = 20_000;

    fn day(number: i64) -> Timestamp {
        Timestamp::from_millis(number * DAY).unwrap()
    }

    /// A version a day until today, newest first.
    fn daily(count: u32) -> Vec<Version> {
        let found = |version| day(TODAY - i64::from(count - version));
        (1..=count)
            .rev()
            .map(|version| Version {
                version,
                captured_at: found(version),
                baseline_at: None,
                removed: false,
            })
            .collect()
    }

    fn removed(versions: u32, days: u32, of: &[Version], needed: &[u32]) -> Vec<u32> {
        superfluous(Retention { versions, days }, of, &needed.iter().copied().collect(), day(TODAY))
    }

    #[test]
    fn a_version_stays_while_age_or_count_keeps_it() {
        // With ten versions, one a day, the ninth held until today and the first until eight days ago.
        for (versions, days, last) in
            [(1, 1, 7), (4, 1, 6), (1, 5, 3), (8, 5, 2), (4, 7, 1), (10, 1, 0), (1, 8, 0), (0, 0, 8)]
        {
            let expected: Vec<u32> = (1..=last).collect();
            assert_eq!(
                removed(versions, days, &daily(10), &[]),
                expected,
                "{versions} versions, {days} days"
            );
        }
    }

    #[test]
    fn what_held_lately_stays_however_long_ago_it_was_found() {
        let mut versions = daily(2);
        versions[0].captured_at = day(TODAY - 3);
        versions[1].captured_at = day(TODAY - 3_000);
        assert!(removed(1, 3, &versions, &[]).is_empty());
        assert_eq!(removed(1, 2, &versions, &[]), [1]);
    }

    #[test]
    fn what_is_needed_stays() {
        assert_eq!(removed(1, 1, &daily(6), &[1, 3]), [2]);
        assert!(removed(1, 1, &[], &[3]).is_empty());
    }

    #[test]
    fn a_baseline_stays_until_nobody_has_asked_for_it_for_long() {
        let mut versions = daily(600);
        versions[599].baseline_at = Some(day(TODAY - 400));
        versions[598].baseline_at = Some(day(TODAY - 401));
        let gone = removed(1, 1, &versions, &[]);
        assert_eq!((gone.first(), gone.len()), (Some(&2), 596));
    }

    #[test]
    fn what_is_gone_counts_for_nothing_and_is_not_removed_again() {
        let mut versions = daily(10);
        for version in &mut versions[3..8] {
            version.removed = true;
        }
        // Whole are 1, 2 and 8 to 10; the second held until its successor was found, which is gone.
        assert_eq!(removed(4, 1, &versions, &[]), [1]);
        assert_eq!(removed(4, 7, &versions, &[]), [1]);
        assert_eq!(removed(3, 7, &versions, &[]), [1]);
        assert_eq!(removed(3, 6, &versions, &[]), [1, 2]);
    }

    proptest! {
        #[test]
        fn a_stricter_rule_removes_no_less(
            found in prop::collection::vec((0..60i64, any::<bool>()), 0..40),
            (versions, more) in (0..40u32, 0..40u32),
            (days, longer) in (0..60u32, 0..60u32),
            needed in prop::collection::btree_set(1..40u32, 0..5),
        ) {
            let mut ago: Vec<_> = found;
            ago.sort_unstable();
            let all: Vec<Version> = ago
                .iter()
                .zip((1..=u32::try_from(ago.len()).unwrap()).rev())
                .map(|((ago, removed), version)| Version {
                    version,
                    captured_at: day(TODAY - ago),
                    baseline_at: None,
                    removed: *removed,
                })
                .collect();
            let ask = |versions, days| superfluous(Retention { versions, days }, &all, &needed, day(TODAY));
            let strict = ask(versions, days);
            let lenient = ask(versions + more, days + longer);
            prop_assert!(lenient.iter().all(|version| strict.contains(version)));
            prop_assert!(strict.iter().all(|version| !needed.contains(version)));
            prop_assert!(all.first().is_none_or(|newest| !strict.contains(&newest.version)));
            prop_assert!(strict.is_sorted());
        }
    }
}
