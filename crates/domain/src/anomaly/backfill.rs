//! Backfill: how a table grew before anybody measured it, by its own times.
//!
//! What came in each day is not how many rows there were: rows go as well. Counts of arrivals are a history only of a table
//! whose rows come and stay, and nothing in a catalog says that they do. So nothing is believed that was not seen once:
//!
//! 1. The table is counted when it has been measured twice, about a day or more apart, and has grown in between. By as much
//!    as came in it must have grown; rows that were deleted, changed their time or were dated back break that
//!    ([`Refusal::Disagrees`]). A table that did not grow needs no history: what is flat is soon learnt.
//! 2. There must be older rows than those counted. Of a table that has none, nobody can tell whether it is young or is swept
//!    now and then ([`Refusal::NothingOlder`]).
//! 3. The history is told from the measured number of rows backwards, at the pace and the hour of the measurements, and ends
//!    before the first of them. It is a baseline, and nothing else: no point of it is judged, and none takes the place of a
//!    measured one.
//!
//! So a table is judged from its third point on, rather than from its eighth. Sources that are measured many times a day
//! learn as fast by themselves, and their steps are too short to be told from days: they are not counted.

use serde::{Deserialize, Serialize};
use types::Timestamp;

use super::{Mark, Sample, calendar, robust};

/// Days between two points that are as good as a day apart.
const NEARLY_A_DAY: f64 = 0.75;
/// How far the growth may be from what came in: rows come while a table is read, and clocks differ.
const TOLERANCE: f64 = 0.1;
const FEW_ROWS: f64 = 2.0;
/// How many hours later or earlier in the day a table may be measured than its days were cut.
const HOURS: f64 = 3.0;

/// What came in each of the days before a measured point.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backfill {
    /// The measured point; the newest day ends here.
    pub at: Timestamp,
    /// The rows that were measured there.
    pub rows: u64,
    /// Rows that came in, by day, the newest first.
    pub arrivals: Vec<u64>,
}

/// Why what came in tells nothing of how many rows there were.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("it grew by other than what came in by its times")]
    Disagrees,
    #[error("it has no rows that are older than those counted, so that it may be swept")]
    NothingOlder,
    #[error("too few days were counted")]
    TooShort,
}

/// How many whole days apart two points are, for days to be told between them; `None` for points in quick succession.
#[must_use]
pub fn days_apart(earlier: Timestamp, later: Timestamp) -> Option<u32> {
    whole_days(calendar::days_between(earlier, later))
}

fn whole_days(days: f64) -> Option<u32> {
    (days >= NEARLY_A_DAY).then(|| days.round().max(1.0) as u32)
}

impl Backfill {
    /// Whether what came in since an earlier measured point is by how much the table has grown.
    ///
    /// # Errors
    /// [`Refusal`] when it is not, or nobody can tell.
    pub fn check(&self, earlier: Timestamp, rows: u64) -> Result<(), Refusal> {
        let days = calendar::days_between(earlier, self.at);
        let step = days_apart(earlier, self.at).ok_or(Refusal::TooShort)?;
        // Two steps at least: the one that was measured, and one before.
        if self.arrivals.len() < 2 * step as usize {
            return Err(Refusal::TooShort);
        }
        // A day that lies in the step only in part may have brought all of its rows in it, or none.
        let (surely, perhaps) = ((days + TOLERANCE).floor(), (days - TOLERANCE).ceil());
        let least = self.came_in(surely) * (1.0 - TOLERANCE) - FEW_ROWS;
        let most = self.came_in(perhaps) * (1.0 + TOLERANCE) + FEW_ROWS;
        let grown = self.rows as f64 - rows as f64;
        if grown <= 0.0 || self.came_in(perhaps) == 0.0 || grown < least || grown > most {
            return Err(Refusal::Disagrees);
        }
        if self.arrivals.iter().sum::<u64>() >= self.rows {
            return Err(Refusal::NothingOlder);
        }
        Ok(())
    }

    fn came_in(&self, days: f64) -> f64 {
        self.arrivals.iter().take(days as usize).sum::<u64>() as f64
    }

    /// How many rows there were before the first of the measured points, which are in order, at their pace; oldest first.
    /// Nothing where they follow each other faster than days, or at another hour than the days were cut.
    #[must_use]
    pub fn samples(&self, measured: &[Sample]) -> Vec<Sample> {
        let (Some(first), Some(last)) = (measured.first(), measured.last()) else { return Vec::new() };
        let off = calendar::days_between(self.at, last.at).rem_euclid(1.0) * 24.0;
        if off.min(24.0 - off) > HOURS {
            return Vec::new();
        }
        let Some(step) = pace(measured) else { return Vec::new() };
        let (mut samples, mut rows) = (Vec::new(), self.rows);
        for (nth, came_in) in (1_i32..).zip(self.arrivals.chunks_exact(step as usize)) {
            rows = rows.saturating_sub(came_in.iter().sum());
            let days = f64::from(nth) * f64::from(step);
            let at = Timestamp::from_millis(calendar::before(self.at, days));
            // Half a step at least: the first measured point is no odd one because little could come in.
            let far = |at: &Timestamp| calendar::days_between(*at, first.at) >= f64::from(step) / 2.0;
            samples.extend(at.filter(far).map(|at| Sample { at, value: rows as f64, mark: Mark::None }));
        }
        samples.reverse();
        samples
    }
}

/// The usual number of whole days between measured points, without those in quick succession; `None` where these are the rule.
fn pace(measured: &[Sample]) -> Option<u32> {
    let mut kept: Vec<Timestamp> = Vec::new();
    for sample in measured {
        if kept.last().is_none_or(|last| days_apart(*last, sample.at).is_some()) {
            kept.push(sample.at);
        }
    }
    if kept.len() * 3 < measured.len() {
        return None;
    }
    let mut gaps: Vec<f64> = kept.windows(2).map(|pair| calendar::days_between(pair[0], pair[1])).collect();
    whole_days(robust::median(&mut gaps))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anomaly::{Direction, Metric, Sensitivity, State, Verdict, fit};

    const HOUR: i64 = 3_600_000;
    const DAY: i64 = 24 * HOUR;
    /// Monday, 5 January 2026, 06:00.
    const NOW: i64 = 1_767_592_800_000;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(NOW + millis).unwrap()
    }

    fn measured(points: &[(i64, u64)]) -> Vec<Sample> {
        let sample =
            |(millis, rows): &(i64, u64)| Sample { at: at(*millis), value: *rows as f64, mark: Mark::None };
        points.iter().map(sample).collect()
    }

    /// A thousand rows came in each day, give or take; a third of them at weekends.
    fn shop(days: usize) -> Backfill {
        let arrivals = (0..days).map(|back| {
            let usual = 1_000 + (back as u64 * 37) % 41;
            // The newest day is a Sunday, which is over on Monday.
            if back % 7 < 2 { usual / 3 } else { usual }
        });
        Backfill { at: at(0), rows: 1_000_000, arrivals: arrivals.collect() }
    }

    #[test]
    fn arrivals_are_a_history_only_where_the_table_grew_by_them_and_has_older_rows() {
        let backfill = |rows, arrivals: &[u64]| Backfill { at: at(0), rows, arrivals: arrivals.to_vec() };
        let thousands = [1_000_u64; 90];
        let cases = [
            ("grown by what came in", backfill(200_000, &thousands), (DAY, 199_000), Ok(())),
            ("nearly", backfill(200_000, &thousands), (DAY, 198_920), Ok(())),
            ("a day and a half", backfill(200_000, &thousands), (36 * HOUR, 198_500), Ok(())),
            ("a week", backfill(200_000, &thousands), (7 * DAY, 193_000), Ok(())),
            ("as many went", backfill(200_000, &thousands), (DAY, 200_000), Err(Refusal::Disagrees)),
            ("some went", backfill(200_000, &thousands), (DAY, 199_500), Err(Refusal::Disagrees)),
            ("a load of old rows", backfill(200_000, &thousands), (DAY, 150_000), Err(Refusal::Disagrees)),
            ("nothing came in", backfill(200_000, &[0; 90]), (DAY, 199_999), Err(Refusal::Disagrees)),
            ("young or swept", backfill(90_000, &thousands), (DAY, 89_000), Err(Refusal::NothingOlder)),
            ("an hour", backfill(200_000, &thousands), (HOUR, 199_950), Err(Refusal::TooShort)),
            (
                "a week of ten days",
                backfill(200_000, &thousands[..10]),
                (7 * DAY, 193_000),
                Err(Refusal::TooShort),
            ),
            ("none", backfill(200_000, &[]), (DAY, 199_000), Err(Refusal::TooShort)),
        ];
        for (what, backfill, (ago, rows), expected) in cases {
            assert_eq!(backfill.check(at(-ago), rows), expected, "{what}");
        }
    }

    #[test]
    fn the_history_leads_back_from_the_measured_rows_at_the_pace_of_the_measurements() {
        let backfill = Backfill { at: at(0), rows: 100, arrivals: vec![10, 20, 30, 15] };
        let told = |points: &[(i64, u64)]| {
            let samples = backfill.samples(&measured(points));
            samples.iter().map(|sample| ((sample.at.millis() - NOW) / DAY, sample.value)).collect::<Vec<_>>()
        };
        let daily = [(-DAY, 90), (0, 100)];
        assert_eq!(told(&daily), [(-4, 25.0), (-3, 40.0), (-2, 70.0)], "and nothing where it was measured");
        let later = [(-DAY, 90), (0, 100), (DAY, 110), (2 * DAY, 120)];
        assert_eq!(told(&later), told(&daily));
        let again = [(-DAY, 90), (0, 100), (HOUR / 12, 100), (DAY, 110)];
        assert_eq!(told(&again), told(&daily), "a second look at once is no pace");
        assert_eq!(told(&[(-2 * DAY, 70), (0, 100)]), [(-4, 25.0)]);
        assert_eq!(told(&[(-HOUR, 99), (0, 100)]), [], "faster than days");
        let hourly: Vec<_> = (0..48).map(|hour| (hour * HOUR, 100)).collect();
        assert_eq!(told(&hourly), [], "faster than days");
        assert_eq!(told(&[(-DAY, 90), (0, 100), (DAY + 12 * HOUR, 110)]), [], "at another hour");
        assert_eq!(told(&[]), []);
    }

    #[test]
    fn a_table_that_was_counted_is_judged_from_its_third_point_on() {
        let backfill = shop(90);
        let points = [(-DAY, backfill.rows - backfill.arrivals[0]), (0, backfill.rows)];
        assert_eq!(backfill.check(at(-DAY), points[0].1), Ok(()));
        let measured = measured(&points);
        assert!(matches!(fit(Metric::RowCount, &measured).state, State::Learning { .. }));
        let mut history = backfill.samples(&measured);
        history.extend(measured);
        let model = fit(Metric::RowCount, &history);
        assert_eq!((model.state, model.by_increment(), model.season()), (State::Active, true, "day_of_week"));
        let verdict = |millis, rows| model.score(at(millis), rows as f64, Sensitivity::Medium).verdict;
        assert_eq!(verdict(DAY, backfill.rows), Verdict::Anomaly(Direction::Below), "a load that failed");
        assert_eq!(verdict(DAY, backfill.rows + 9_000), Verdict::Anomaly(Direction::Above));
        assert_eq!(verdict(HOUR / 12, backfill.rows), Verdict::Normal, "a second look at once");
        // Two weeks go by as usual.
        let mut rows = backfill.rows;
        for day in 1..=14 {
            rows += if day % 7 == 6 || day % 7 == 0 { 338 } else { 1_012 };
            let next = Sample { at: at(day * DAY), value: rows as f64, mark: Mark::None };
            let score = fit(Metric::RowCount, &history).score(next.at, next.value, Sensitivity::Medium);
            assert_eq!(score.verdict, Verdict::Normal, "{day}: {score:?}");
            history.push(next);
        }
    }
}
