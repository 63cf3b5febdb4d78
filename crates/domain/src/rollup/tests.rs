use proptest::prelude::*;

use super::*;

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

#[test]
fn days_begin_at_midnight_and_weeks_on_monday_in_utc() {
    for (time, day, week) in [
        ("2026-11-21T23:59:59.999Z", "2026-11-21T00:00:00Z", "2026-11-16T00:00:00Z"),
        ("2026-11-16T00:00:00Z", "2026-11-16T00:00:00Z", "2026-11-16T00:00:00Z"),
        ("2026-01-01T12:00:00Z", "2026-01-01T00:00:00Z", "2025-12-29T00:00:00Z"),
        ("1969-12-31T12:00:00Z", "1969-12-31T00:00:00Z", "1969-12-29T00:00:00Z"),
        ("2024-02-29T01:00:00+02:00", "2024-02-28T00:00:00Z", "2024-02-26T00:00:00Z"),
    ] {
        assert_eq!(Period::Day.start(at(time)), at(day), "{time}");
        assert_eq!(Period::Week.start(at(time)), at(week), "{time}");
    }
}

#[test]
fn what_is_no_number_is_no_value() {
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(Summary::of(value), None);
    }
}

/// The definition, in one pass over plain values.
fn plain(values: &[f64]) -> Option<Summary> {
    Some(Summary {
        points: u32::try_from(values.len()).unwrap(),
        min: values.iter().copied().reduce(f64::min)?,
        max: values.iter().copied().reduce(f64::max)?,
        mean: values.iter().sum::<f64>() / values.len() as f64,
        last: *values.last()?,
    })
}

fn assert_same(found: Option<Summary>, expected: Option<Summary>) {
    let exact = |summary: Summary| (summary.points, summary.min, summary.max, summary.last);
    assert_eq!(found.map(exact), expected.map(exact));
    if let (Some(found), Some(expected)) = (found, expected) {
        let scale = expected.min.abs().max(expected.max.abs()).max(1.0);
        assert!((found.mean - expected.mean).abs() <= 1e-9 * scale, "{found:?} {expected:?}");
    }
}

/// Values, some missing, from a minute to four days apart.
fn series() -> impl Strategy<Value = Vec<(Timestamp, Option<f64>)>> {
    let value = proptest::option::weighted(0.9, -1e9..1e9_f64);
    proptest::collection::vec((60_000..345_600_000_i64, value), 0..200).prop_map(|steps| {
        let mut millis = 1_700_000_000_000;
        let point = |(step, value)| {
            millis += step;
            (Timestamp::from_millis(millis).unwrap(), value)
        };
        steps.into_iter().map(point).collect()
    })
}

fn points(series: &[(Timestamp, Option<f64>)]) -> Vec<Point> {
    series.iter().map(|(at, value)| (*at, value.and_then(Summary::of))).collect()
}

proptest! {
    #[test]
    fn a_rollup_is_that_of_the_plain_values(series in series()) {
        for period in [Period::Day, Period::Week] {
            let folded = fold(&points(&series), period);
            let mut parts = series.chunk_by(|one, other| period.start(one.0) == period.start(other.0));
            for (at, summary) in &folded {
                let part = parts.next().unwrap();
                assert_eq!(*at, part.last().unwrap().0);
                assert_same(*summary, plain(&part.iter().filter_map(|(_, value)| *value).collect::<Vec<_>>()));
            }
            assert!(parts.next().is_none());
        }
    }

    #[test]
    fn weeks_of_days_are_weeks_of_values_and_once_more_changes_nothing(series in series()) {
        let raw = points(&series);
        let days = fold(&raw, Period::Day);
        assert_eq!(fold(&days, Period::Day), days);
        let (at_once, by_days) = (fold(&raw, Period::Week), fold(&days, Period::Week));
        assert_eq!(at_once.len(), by_days.len());
        for ((at, expected), (same, found)) in at_once.iter().zip(&by_days) {
            assert_eq!(at, same);
            assert_same(*found, *expected);
        }
    }

    #[test]
    fn a_summary_does_not_depend_on_where_the_series_is_cut(series in series(), cut in 0..200_usize) {
        let raw = points(&series);
        let (first, rest) = raw.split_at(cut.min(raw.len()));
        let sum = |part: &[Point]| part.iter().fold(None, |sum, (_, summary)| then(sum, *summary));
        assert_same(then(sum(first), sum(rest)), sum(&raw));
    }
}
