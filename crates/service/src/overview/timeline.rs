//! Sources' scores by day: the last row of each day, carried on through days without a scan, added up over sources.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use store::statistics::SourceScore;
use types::overview::{GrowthPoint, Sparklines};
use types::quality::{Bucket, Point};
use types::{SourceId, Timestamp};

use crate::quality::add;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// How many days lines show.
const DAYS: u32 = 30;

/// What all sources together were at one time.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Day {
    pub(super) recorded_at: Timestamp,
    pub(super) tables: u32,
    pub(super) columns: u32,
    pub(super) score: Option<f64>,
    pub(super) freshness_seconds: Option<f64>,
    pub(super) null_distribution: Vec<Bucket>,
}

/// The rows of some sources, and when it is now.
pub(super) struct Timeline {
    /// By source, oldest first.
    rows: HashMap<SourceId, Vec<SourceScore>>,
    now: Timestamp,
}

impl Timeline {
    /// From the rows of the last weeks, and the newest row of each source, which may be older than that.
    pub(super) fn of(recent: &[SourceScore], newest: Vec<SourceScore>, now: Timestamp) -> Self {
        let mut rows: HashMap<_, Vec<_>> = HashMap::new();
        for row in recent {
            rows.entry(row.source_id).or_default().push(row.clone());
        }
        for row in newest {
            let of_source = rows.entry(row.source_id).or_default();
            if of_source.is_empty() {
                of_source.push(row);
            }
        }
        Self { rows, now }
    }

    /// What was known at a time; nothing before the first scan.
    pub(super) fn at(&self, at: Timestamp) -> Option<Day> {
        let known: Vec<_> = self
            .rows
            .values()
            // Rows of one moment are a millisecond apart, the last of them after it: what there is by now counts now.
            .filter_map(|rows| rows.iter().rev().find(|row| row.recorded_at <= at || at >= self.now))
            .collect();
        let recorded_at = known.iter().map(|row| row.recorded_at).max()?;
        let weighed = |value: fn(&SourceScore) -> Option<f64>| {
            let mut weight = 0.0;
            let mut sum = 0.0;
            for row in &known {
                if let Some(value) = value(row) {
                    weight += f64::from(row.columns.max(1));
                    sum += value * f64::from(row.columns.max(1));
                }
            }
            (weight > 0.0).then(|| sum / weight)
        };
        let mut null_distribution = Vec::new();
        for row in &known {
            add(&mut null_distribution, &row.null_distribution);
        }
        Some(Day {
            recorded_at,
            tables: known.iter().map(|row| row.tables).sum(),
            columns: known.iter().map(|row| row.columns).sum(),
            score: weighed(|row| row.score),
            freshness_seconds: weighed(|row| row.freshness_mean_seconds),
            null_distribution,
        })
    }

    /// The days to show, from the first that is known; each stands for its end, the last for now.
    fn days(&self) -> Vec<(Timestamp, Day)> {
        (0..DAYS)
            .rev()
            .filter_map(|ago| {
                let at = Timestamp(self.now.0 - DAY * ago);
                Some((at, self.at(at)?))
            })
            .collect()
    }

    /// At most thirty points each.
    pub(super) fn sparklines(&self) -> Sparklines {
        let days = self.days();
        let line = |value: &dyn Fn(&Day) -> Option<f64>| -> Vec<Point> {
            days.iter().map(|(at, day)| Point { at: *at, value: value(day) }).collect()
        };
        Sparklines {
            tables: line(&|day| Some(f64::from(day.tables))),
            columns: line(&|day| Some(f64::from(day.columns))),
            quality_score: line(&|day| day.score),
            breaking: self.breaking(),
        }
    }

    /// Breaking changes found within each day.
    fn breaking(&self) -> Vec<Point> {
        let mut by_day: BTreeMap<u32, u32> = (0..DAYS).map(|ago| (ago, 0)).collect();
        for row in self.rows.values().flatten() {
            let ago = self.now.seconds_since(row.recorded_at) / 86_400;
            if let Some(count) = u32::try_from(ago).ok().and_then(|ago| by_day.get_mut(&ago)) {
                *count += row.breaking;
            }
        }
        let known = self.rows.values().flatten().next().is_some();
        by_day
            .into_iter()
            .rev()
            .filter(|_| known)
            .map(|(ago, count)| Point {
                at: Timestamp(self.now.0 - DAY * ago),
                value: Some(f64::from(count)),
            })
            .collect()
    }

    /// Hours since the newest value, by day.
    pub(super) fn freshness_hours(&self) -> Vec<Point> {
        let hours = |day: Day| day.freshness_seconds.map(|seconds| seconds / 3600.0);
        self.days().into_iter().map(|(at, day)| Point { at, value: hours(day) }).collect()
    }

    /// The size of the schema, by day.
    pub(super) fn growth(&self) -> Vec<GrowthPoint> {
        self.days()
            .into_iter()
            .map(|(at, day)| GrowthPoint { at, tables: day.tables, columns: day.columns })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn day(number: i64) -> Timestamp {
        Timestamp::from_millis(number * 86_400_000).unwrap()
    }

    fn row(source: u128, at: i64, tables: u32) -> SourceScore {
        SourceScore {
            source_id: SourceId(Uuid::from_u128(source)),
            recorded_at: day(at),
            score: Some(f64::from(tables) * 10.0),
            tables,
            columns: tables,
            freshness_mean_seconds: Some(3600.0),
            null_distribution: vec![Bucket { label: "0 %".into(), count: tables }],
            breaking: 1,
        }
    }

    #[test]
    fn days_without_a_scan_carry_on_and_sources_add_up() {
        let rows = [row(1, 100, 2), row(1, 103, 4), row(2, 102, 6)];
        let timeline = Timeline::of(&rows, Vec::new(), day(104));
        let tables: Vec<_> = timeline.growth().iter().map(|point| point.tables).collect();
        assert_eq!(tables, [2, 2, 8, 10, 10]);
        let last = timeline.at(day(104)).unwrap();
        assert_eq!(last.score, Some((4.0 * 40.0 + 6.0 * 60.0) / 10.0));
        assert_eq!(last.null_distribution[0].count, 10);
        assert_eq!(timeline.at(day(99)), None);
    }

    #[test]
    fn a_source_that_was_scanned_long_ago_still_counts() {
        let timeline = Timeline::of(&[], vec![row(1, 1, 3)], day(104));
        assert_eq!(timeline.at(day(104)).unwrap().tables, 3);
        assert_eq!(timeline.sparklines().tables.len(), 30);
    }
}
