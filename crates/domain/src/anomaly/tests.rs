use super::*;

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// Monday, 5 January 2026, 06:00.
const START: i64 = 1_767_592_800_000;

fn every(step: i64, values: impl IntoIterator<Item = f64>) -> Vec<Sample> {
    (0..)
        .zip(values)
        .map(|(index, value)| Sample {
            at: Timestamp::from_millis(START + index * step).unwrap(),
            value,
            mark: Mark::None,
        })
        .collect()
}

fn daily(values: impl IntoIterator<Item = f64>) -> Vec<Sample> {
    every(DAY, values)
}

/// A small, regular unrest around a value.
fn around(value: f64, unrest: f64) -> impl Iterator<Item = f64> {
    [0.0, 1.0, -1.0, 0.5, -0.5, 0.8, -0.2, -0.9, 0.3]
        .into_iter()
        .cycle()
        .map(move |step| value + unrest * step)
}

/// Judges the last of the values by those before it.
fn newest(metric: Metric, samples: &[Sample]) -> Score {
    let (last, history) = samples.split_last().unwrap();
    fit(metric, history).score(last.at, last.value, Sensitivity::Medium)
}

fn verdict(metric: Metric, history: impl IntoIterator<Item = f64>, value: f64) -> Verdict {
    newest(metric, &daily(history.into_iter().chain([value]))).verdict
}

const ABOVE: Verdict = Verdict::Anomaly(Direction::Above);
const BELOW: Verdict = Verdict::Anomaly(Direction::Below);

#[test]
fn a_point_is_odd_when_it_leaves_what_its_series_led_to_expect() {
    use Metric::{Gauge, Percent, RowCount};
    let flat = || vec![50_000.0; 30];
    let noisy = || around(1_000.0, 30.0).take(60).collect::<Vec<_>>();
    let cases = [
        ("a jump from a series without any spread", RowCount, flat(), 70_000.0, ABOVE),
        ("less than one in twenty is no news", RowCount, flat(), 52_000.0, Verdict::Normal),
        ("within its own unrest", RowCount, noisy(), 1_080.0, Verdict::Normal),
        ("half of the rows", RowCount, noisy(), 500.0, BELOW),
        ("a handful more of a handful", RowCount, vec![3.0; 30], 8.0, Verdict::Normal),
        ("many more than a handful", RowCount, vec![3.0; 30], 60.0, ABOVE),
        ("no row where there always were", RowCount, vec![40.0; 30], 0.0, BELOW),
        ("half a point of NULLs", Percent, vec![0.0; 30], 0.9, Verdict::Normal),
        ("NULLs where there were none", Percent, vec![0.0; 30], 12.0, ABOVE),
        ("a mean that moved", Gauge, around(-20.0, 0.5).take(40).collect(), -27.0, BELOW),
    ];
    for (what, metric, history, value, expected) in cases {
        assert_eq!(verdict(metric, history, value), expected, "{what}");
    }
}

#[test]
fn a_model_that_has_seen_too_little_says_so_and_judges_by_hard_rules_only() {
    use Metric::{Percent, RowCount};
    let cases = [
        (RowCount, vec![], 5.0, Verdict::Learning),
        (RowCount, vec![1_000.0; 6], 5_000.0, Verdict::Learning),
        (RowCount, vec![1_000.0; 6], 0.0, BELOW),
        (RowCount, vec![2.0; 6], 0.0, Verdict::Learning),
        (Percent, vec![0.0; 3], 100.0, ABOVE),
        (Percent, vec![0.0; 3], 60.0, Verdict::Learning),
        (RowCount, vec![1_000.0; 7], 5_000.0, ABOVE),
    ];
    for (metric, history, value, expected) in cases {
        assert_eq!(verdict(metric, history.clone(), value), expected, "{metric:?} {history:?} {value}");
    }
    let model = fit(RowCount, &daily(vec![1.0; 3]));
    assert_eq!(model.state, State::Learning { seen: 3, needed: LEARNING_POINTS });
}

#[test]
fn the_data_choose_the_season() {
    let week = [100.0, 140.0, 90.0, 120.0, 160.0, 60.0, 20.0];
    let weekend = [100.0, 100.0, 100.0, 100.0, 100.0, 30.0, 30.0];
    let of = |factors: [f64; 7], days: usize| {
        let unrest = around(10.0, 0.2);
        daily(unrest.zip(factors.into_iter().cycle()).map(|(base, factor)| base * factor).take(days))
    };
    let ends: Vec<usize> = vec![26, 54, 85, 115, 146];
    let month_end = daily(
        around(1_000.0, 20.0)
            .enumerate()
            .map(|(day, value)| if ends.contains(&day) { value * 3.0 } else { value })
            .take(150),
    );
    let office = every(
        HOUR,
        around(500.0, 10.0)
            .enumerate()
            .map(|(hour, value)| {
                let (day, hour) = ((hour + 6) / 24 % 7, (hour + 6) % 24);
                if day < 5 && (8..18).contains(&hour) { value * 4.0 } else { value }
            })
            .take(24 * 7 * 5),
    );
    let cases = [
        ("none", daily(around(1_000.0, 30.0).take(120))),
        ("none", of(weekend, 11)),
        ("weekend", of(weekend, 60)),
        ("day_of_week", of(week, 60)),
        ("day_of_month", month_end),
        ("hour_of_week", office),
    ];
    for (expected, series) in cases {
        assert_eq!(fit(Metric::RowCount, &series).season(), expected);
        assert!(!newest(Metric::RowCount, &series).is_anomaly(), "{expected}");
    }
}

#[test]
fn a_table_that_only_grows_is_judged_by_what_is_added() {
    let grown: Vec<f64> = around(1_000.0, 40.0)
        .scan(1e6, |total, added| {
            *total += added;
            Some(*total)
        })
        .take(40)
        .collect();
    let total = *grown.last().unwrap();
    assert!(fit(Metric::RowCount, &daily(grown.clone())).by_increment());
    let after = |value| verdict(Metric::RowCount, grown.clone(), value);
    assert_eq!(after(total + 1_020.0), Verdict::Normal);
    assert_eq!(after(total + 1.0), BELOW, "a load that failed is a thousandth of all rows");
    assert_eq!(after(total + 9_000.0), ABOVE);
    // Whoever looks again after an hour need not find anything new, but what was there.
    let soon = Timestamp::from_millis(START + 39 * DAY + HOUR).unwrap();
    let model = fit(Metric::RowCount, &daily(grown.clone()));
    let again = |value| model.score(soon, value, Sensitivity::Medium);
    assert_eq!(again(total).verdict, Verdict::Normal);
    assert!(again(total).lower <= total && again(total).expected > total);
    assert_eq!(again(total - 5_000.0).verdict, BELOW);
    // Once the lost rows are back the table is as it should be; so is one that a bulk load made larger for good.
    for glitch in [total * 0.5, total + 50_000.0] {
        let mut series = daily(grown.iter().copied().chain([glitch]));
        series.last_mut().unwrap().mark = Mark::Suspect;
        let model = fit(Metric::RowCount, &series);
        let next = Timestamp::from_millis(START + 41 * DAY).unwrap();
        let back = if glitch < total { total + 2_010.0 } else { glitch + 990.0 };
        assert_eq!(model.score(next, back, Sensitivity::Medium).verdict, Verdict::Normal);
    }
}

/// What is odd counts on either side.
fn replay(metric: Metric, series: &[Sample], last: usize, sensitivity: Sensitivity) -> Replay {
    preview(metric, series, last, sensitivity, |_| true)
}

#[test]
fn a_new_level_is_told_once_and_then_the_expected_one() {
    let series = daily(around(1_000.0, 20.0).take(40).chain(around(2_200.0, 40.0).take(20)));
    let replayed = replay(Metric::RowCount, &series, 30, Sensitivity::Medium);
    assert_eq!(replayed.alarms(), 1);
    let odd: Vec<bool> = replayed.outcomes.iter().map(|outcome| outcome.score.is_anomaly()).collect();
    assert_eq!(odd.iter().filter(|odd| **odd).count(), SHIFT_POINTS);
    assert!(odd[10] && odd[14] && !odd[15]);
    let model = fit(Metric::RowCount, &series);
    let shift = model.shift.unwrap();
    assert_eq!((shift.at, shift.per_day), (series[40].at, false));
    assert!((shift.before - 1_000.0).abs() < 20.0 && (shift.after - 2_200.0).abs() < 40.0, "{shift:?}");
    assert_eq!(fit(Metric::RowCount, &series[..44]).shift, None, "four points are no level");
    assert_eq!(
        newest(Metric::RowCount, &daily(series.iter().map(|s| s.value).chain([1_000.0]))).verdict,
        BELOW
    );
}

#[test]
fn what_a_person_marks_feeds_the_baseline_or_leaves_it() {
    let unrest = || around(1_000.0, 20.0).take(40);
    let marked = |mark| {
        let mut series = daily(unrest().chain([3_000.0, 3_100.0, 2_900.0, 3_050.0, 2_950.0, 3_000.0]));
        series[40..].iter_mut().for_each(|sample| sample.mark = mark);
        fit(Metric::RowCount, &series).score(
            Timestamp::from_millis(START + 46 * DAY).unwrap(),
            3_000.0,
            Sensitivity::Medium,
        )
    };
    assert_eq!(marked(Mark::Normal).verdict, Verdict::Normal);
    assert_eq!(marked(Mark::Anomaly).verdict, ABOVE);
}

#[test]
fn values_of_profiles_have_to_be_odd_twice() {
    let with = |spike: &[f64]| {
        let tail = std::iter::repeat_n(2.0, 5);
        let series = daily(around(2.0, 0.3).take(40).chain(spike.iter().copied()).chain(tail));
        replay(Metric::Percent, &series, 10, Sensitivity::Medium).alarms()
    };
    assert_eq!(with(&[40.0]), 0);
    assert_eq!(with(&[40.0, 41.0]), 1);
    assert_eq!(with(&[40.0, 41.0, 40.0, 42.0]), 1, "one run is one alarm");
}

#[test]
fn a_higher_sensitivity_finds_no_less() {
    let values = around(1_000.0, 25.0).take(80).enumerate();
    let series = daily(values.map(|(day, value)| if day % 13 == 12 { value * 1.11 } else { value }));
    let fired = |sensitivity| replay(Metric::Gauge, &series, 60, sensitivity).outcomes;
    let count = |outcomes: Vec<Outcome>| outcomes.iter().filter(|outcome| outcome.score.is_anomaly()).count();
    let [low, medium, high] = [Sensitivity::Low, Sensitivity::Medium, Sensitivity::High]
        .map(|sensitivity| count(fired(sensitivity)));
    assert!(low <= medium && medium <= high, "{low} {medium} {high}");
}

#[test]
fn the_bounds_that_are_stored_are_those_that_judged() {
    let series = daily(around(5_000.0, 200.0).take(60));
    let model = fit(Metric::RowCount, &series);
    let at = Timestamp::from_millis(START + 60 * DAY).unwrap();
    for value in (0..12_000).step_by(97).map(f64::from) {
        let score = model.score(at, value, Sensitivity::Medium);
        let outside = value < score.lower || value > score.upper;
        assert_eq!(score.is_anomaly(), outside, "{value} {score:?}");
        assert!(score.lower < score.expected && score.expected < score.upper);
    }
}

#[test]
fn a_stored_model_judges_as_the_fitted_one() {
    let series = daily(around(5_000.0, 200.0).take(60));
    let model = fit(Metric::RowCount, &series);
    let stored: Model = serde_json::from_str(&serde_json::to_string(&model).unwrap()).unwrap();
    let at = Timestamp::from_millis(START + 60 * DAY).unwrap();
    let [one, other] = [model, stored].map(|model| model.score(at, 4_000.0, Sensitivity::High));
    assert!((one.deviations - other.deviations).abs() < 1e-9);
    assert_eq!(one.verdict, other.verdict);
}

#[test]
fn histories_of_any_kind_are_borne() {
    let odd = [f64::NAN, f64::INFINITY, f64::MAX, f64::MIN, 0.0, -1.0, 1e-300];
    for metric in [Metric::RowCount, Metric::Percent, Metric::Gauge] {
        for count in 0..24 {
            let mut series = daily(odd.into_iter().cycle().take(count));
            let same_time = series.first().map(|sample| sample.at);
            newest_is_judged(metric, &series);
            series.iter_mut().for_each(|sample| sample.at = same_time.unwrap());
            newest_is_judged(metric, &series);
        }
    }
}

fn newest_is_judged(metric: Metric, series: &[Sample]) {
    let at = Timestamp::from_millis(START).unwrap();
    let score = fit(metric, series).score(at, 7.0, Sensitivity::Medium);
    assert!(!score.lower.is_nan() && !score.upper.is_nan(), "{metric:?} {} {score:?}", series.len());
}

#[test]
fn freshness_goes_by_the_gaps_of_the_weekday() {
    // Loaded on working days at six: the gap from Friday is three days long.
    let loads: Vec<Timestamp> = (0..60)
        .filter(|day| day % 7 < 5)
        .map(|day| Timestamp::from_millis(START + day * DAY).unwrap())
        .collect();
    let judged = |days: usize, hours: i64| {
        let known = &loads[..days];
        let now = Timestamp::from_millis(known.last().unwrap().millis() + hours * HOUR).unwrap();
        GapModel::fit(known).judge(now)
    };
    let (thursday, friday) = (39, 40);
    assert_eq!(judged(thursday, 30), Freshness::Fresh);
    assert!(matches!(judged(thursday, 40), Freshness::Late { .. }));
    assert!(matches!(judged(thursday, 80), Freshness::Stale { .. }));
    assert_eq!(judged(friday, 80), Freshness::Fresh);
    assert_eq!(judged(4, 30), Freshness::Learning { seen: 3 });
    assert!(
        matches!(judged(4, 80), Freshness::Stale { .. }),
        "three times the longest gap is too long for any"
    );
    assert_eq!(GapModel::fit(&[]).judge(loads[0]), Freshness::Unknown);
    for days in [4, thursday, friday, loads.len()] {
        let model = GapModel::fit(&loads[..days]);
        let due = model.stale_from().unwrap();
        let before = Timestamp::from_millis(due.millis() - 1_000).unwrap();
        assert!(matches!(model.judge(due), Freshness::Stale { .. }), "{days}");
        assert!(!matches!(model.judge(before), Freshness::Stale { .. }), "{days}");
        // What comes in puts it off; what is older than what is known does not.
        assert!(!matches!(model.seen(due).judge(due), Freshness::Stale { .. }), "{days}");
        assert_eq!(model.seen(loads[0]), model);
    }
    assert_eq!(GapModel::fit(&loads[..2]).stale_from(), None);
}

/// A week of seven days, each with its usual volume, for a table that grows by it from any day of the week on.
fn grown(week: [u32; 7], start: i64, days: usize, random: &mut fastrand::Rng) -> Vec<Sample> {
    let mut total = 0.0;
    let samples = daily(std::iter::repeat_n(0.0, days)).into_iter().map(|sample| {
        let at = Timestamp::from_millis(sample.at.millis() + start * DAY).unwrap();
        // Orders of one to four lines, so that their number is only nearly the same.
        let lines = (0..week[calendar::weekday(at)]).map(|_| random.u32(1..=4));
        total += f64::from(lines.sum::<u32>());
        Sample { at, value: total, ..sample }
    });
    samples.collect()
}

#[test]
fn quiet_weekends_are_no_news_from_the_first_on() {
    let mut random = fastrand::Rng::with_seed(1);
    let (mut points, mut alarms, mut lost, mut found) = (0, 0, 0, 0);
    for start in 0..7 {
        for _ in 0..12 {
            let series = grown([30, 30, 30, 30, 30, 14, 14], start, 42, &mut random);
            let replayed = replay(Metric::RowCount, &series, 34, Sensitivity::Medium);
            points += replayed.outcomes.len();
            alarms += replayed.alarms();
            // On a working day nothing comes in.
            for day in (9..42).filter(|day| !calendar::is_weekend(series[*day].at)) {
                let history = &series[..day];
                let (at, before) = (series[day].at, history[day - 1].value);
                lost += 1;
                found += usize::from(
                    fit(Metric::RowCount, history).score(at, before, Sensitivity::Medium).is_anomaly(),
                );
            }
        }
    }
    assert!(alarms * 1_000 <= points, "{alarms} false alarms of {points}");
    assert!(found * 100 >= lost * 95, "{found} of {lost} found");
}

#[test]
fn a_model_that_is_days_old_counts_from_the_newest_point() {
    let mut random = fastrand::Rng::with_seed(2);
    let series = grown([300, 300, 300, 300, 300, 60, 60], 0, 70, &mut random);
    for fitted in 40..56 {
        let model = fit(Metric::RowCount, &series[..fitted]);
        for next in fitted..fitted + 12 {
            let (before, now) = (&series[next - 1], &series[next]);
            let judged = |value| model.seen(before).score(now.at, value, Sensitivity::Medium).verdict;
            assert_eq!(judged(now.value), Verdict::Normal, "fitted {fitted}, judged {next}");
            assert_eq!(judged(before.value), BELOW, "fitted {fitted}, nothing came in on {next}");
            // Where nobody has looked for days, as much is expected as comes in on all of them.
            let skipped = model.score(now.at, now.value, Sensitivity::Medium);
            assert_eq!(
                skipped.verdict,
                Verdict::Normal,
                "fitted {fitted}, not seen until {next}: {skipped:?}"
            );
        }
    }
    // After a glitch the table is where it was.
    let model = fit(Metric::RowCount, &series[..40]);
    let glitch = Sample { value: 10.0, mark: Mark::Suspect, ..series[44] };
    let after = model.seen(&glitch).score(series[45].at, series[45].value, Sensitivity::Medium);
    assert_eq!(after.verdict, Verdict::Normal);
    assert_eq!(model.seen(&series[3]), model, "an older point is nothing new");
}
