use types::profile::{Method, PiiClass};

use super::*;

fn measured(values: &[Option<i64>]) -> Measure {
    let mut measure = Measure::new(0, false, Some(Distinct::new(1000)));
    for value in values {
        match value {
            None => measure.null(),
            Some(value) => {
                let hash = xxh3_64(&value.to_be_bytes());
                measure.value(Some(hash), Some(Point::Integer(*value)));
            }
        }
    }
    measure
}

fn texts(values: &[&str]) -> Measure {
    let mut measure = Measure::new(0, false, Some(Distinct::new(1000)));
    values.iter().for_each(|value| measure.text(value.as_bytes()));
    measure
}

#[test]
fn a_full_pass_is_exact() {
    let profile = measured(&[Some(3), None, Some(-1), Some(3)]).finish("c".into(), Reading::All);
    assert_eq!(profile.null_count, 1);
    assert_eq!(profile.null_percent, Some(25.0));
    assert_eq!(profile.distinct_count, Some(2));
    assert!((profile.uniqueness_percent.unwrap() - 66.666).abs() < 0.001);
    assert_eq!((profile.min, profile.max), (Some((-1).into()), Some(3.into())));
    assert_eq!(profile.method, Method::Exact);
    assert!((profile.mean.unwrap() - 5.0 / 3.0).abs() < 1e-12);
    assert!((profile.standard_deviation.unwrap() - 1.8856).abs() < 1e-4);
    assert_eq!((profile.zero_count, profile.negative_count), (Some(0), Some(1)));
    assert_eq!(profile.quantiles[3].value, 3.0);
    let [top] = &profile.top_values[..] else { panic!("{:?}", profile.top_values) };
    assert_eq!((top.count, top.value.as_ref(), top.shape.as_deref()), (2, None, Some("9")));
}

#[test]
fn an_empty_table_has_no_percentages() {
    let profile = measured(&[]).finish("c".into(), Reading::All);
    assert_eq!((profile.null_percent, profile.uniqueness_percent, profile.mean), (None, None, None));
    let nulls = measured(&[None, None]).finish("c".into(), Reading::All);
    assert_eq!((nulls.null_percent, nulls.uniqueness_percent), (Some(100.0), None));
}

#[test]
fn texts_are_described_and_not_repeated() {
    let profile = texts(&["", " \t", "Zoë", "Ann", "Ann", "Bo"]).finish("c".into(), Reading::All);
    assert_eq!((profile.empty_count, profile.blank_count), (Some(1), Some(1)));
    let lengths = profile.lengths.unwrap();
    assert_eq!((lengths.min, lengths.max), (0, 3));
    assert!((lengths.mean - 13.0 / 6.0).abs() < 1e-12);
    assert_eq!(profile.shapes[0].shape, "Aa+");
    assert_eq!(profile.top_values[0].shape.as_deref(), Some("Aa+"));
    assert!(!serde_json::to_string(&profile.top_values).unwrap().contains("Ann"));
    let allowed = Measure::new(0, false, Some(Distinct::new(9))).of_table("t", 1, true);
    let told = ["Ann", "Ann", "Bo"].iter().fold(allowed, |mut measure, text| {
        measure.text(text.as_bytes());
        measure
    });
    assert_eq!(told.finish("c".into(), Reading::All).top_values[0].value, Some("Ann".into()));
}

#[test]
fn parts_add_up_to_the_whole() {
    let values: Vec<Option<i64>> = (0..3000).map(|i| (i % 7 != 0).then_some(i * i % 1013 - 50)).collect();
    let whole = measured(&values).finish("c".into(), Reading::All);
    for cut in [0, 1, 1500, 2999, 3000] {
        let mut one = measured(&values[..cut]);
        one.merge(&measured(&values[cut..]));
        assert_eq!(one.distinct.as_ref().unwrap().count(), whole.distinct_count.unwrap());
        let mut merged = one.finish("c".into(), Reading::All);
        for (ours, theirs) in
            [(&mut merged.mean, whole.mean), (&mut merged.standard_deviation, whole.standard_deviation)]
        {
            assert!((ours.unwrap() - theirs.unwrap()).abs() < 1e-9);
            *ours = theirs;
        }
        assert_eq!(merged, whole, "cut at {cut}");
    }
    let names = ["Ann", "B-1", "Ann", "C-2", "B-1", ""];
    let whole = texts(&names).finish("c".into(), Reading::All);
    let mut one = texts(&names[..3]);
    one.merge(&texts(&names[3..]));
    let merged = one.finish("c".into(), Reading::All);
    assert_eq!((merged.shapes, merged.lengths), (whole.shapes, whole.lengths));
    assert_eq!(merged.distinct_count, whole.distinct_count);
}

#[test]
fn a_sample_is_scaled_and_says_so() {
    let values: Vec<_> = (0..100).map(|i| (i % 4 != 0).then_some(i)).collect();
    let profile = measured(&values).finish("c".into(), Reading::Sample { of: 10_000 });
    assert_eq!(profile.method, Method::Sampled);
    assert_eq!(profile.null_count, 2500);
    // All values of the sample differ: so, for all we know, do those of the table.
    assert_eq!(profile.distinct_count, Some(7500));
    // Drawn one by one: about 1.96 × √(0.25 × 0.75 / 100).
    let bound = profile.error_bound.unwrap();
    assert!((8.0..10.0).contains(&bound), "{bound}");
}

#[test]
fn of_what_narrows_people_down_only_the_ranks_between_are_told_unless_values_may_be() {
    let birth_dates = |days: i64, values_allowed| {
        let measure = Measure::new(i64::MAX / 2, false, Some(Distinct::new(1000)));
        let mut measure = measure.of_table("people", 1, values_allowed);
        for day in 0..days {
            measure.value(Some(xxh3_64(&day.to_be_bytes())), Some(Point::Day(day * DAY)));
        }
        measure.finish("birth_date".into(), Reading::All)
    };
    let ranks = |profile: &types::profile::ColumnProfile| -> Vec<f64> {
        profile.quantiles.iter().map(|quantile| quantile.rank).collect()
    };
    let many = birth_dates(500, false);
    assert_eq!(many.semantics.as_ref().unwrap().pii, PiiClass::Indirect);
    assert_eq!((&many.min, &many.max, many.latest_value_at), (&None, &None, None));
    assert_eq!(ranks(&many), [0.05, 0.25, 0.5, 0.75, 0.95]);
    assert_eq!(ranks(&birth_dates(99, false)), [0.0; 0], "few: each is somebody's");
    let allowed = birth_dates(500, true);
    assert!(allowed.min.is_some() && allowed.max.is_some() && allowed.latest_value_at.is_some());
    assert_eq!(ranks(&allowed).len(), 7);
}

#[test]
fn of_peoples_numbers_not_even_the_mean_is_told_and_of_what_narrows_down_only_that_of_many() {
    let numbers = |column: &str, first: i64, many: i64| {
        let values: Vec<_> = (0..many).map(|number| Some(first + number)).collect();
        let profile = measured(&values).finish(column.into(), Reading::All);
        assert_eq!(profile.mean.is_some(), profile.standard_deviation.is_some());
        (profile.semantics.map(|semantics| semantics.pii), profile.mean.is_some())
    };
    let told = |class, mean| (Some(class), mean);
    assert_eq!(numbers("phone_number", 4_155_550_100, 500), told(PiiClass::Direct, false));
    assert_eq!(numbers("zip_code", 10_000, 500), told(PiiClass::Indirect, true));
    assert_eq!(numbers("zip_code", 10_000, 2), told(PiiClass::Indirect, false));
    assert_eq!(numbers("c", 40, 2), (None, true));
}

#[test]
fn a_date_far_in_the_future_is_the_greatest_but_not_the_newest() {
    let mut measure = Measure::new(1_000_000, false, None);
    for at in [0, 2_000_000, i64::MAX / 4] {
        measure.value(None, Some(Point::Instant(at)));
    }
    assert_eq!(measure.newest(), Timestamp::from_millis(2000));
}

/// Tables whose NULLs come in runs, as they do after a column was added or an import went wrong: the intervals of block
/// samples must hold the truth in 93 of 100 cases at least. They are 95 % intervals.
#[test]
fn intervals_of_block_samples_cover_the_truth_on_clustered_data() {
    const PAGES: u64 = 2000;
    const ROWS: u64 = 50;
    const TRIALS: u64 = 400;
    let mut random = fastrand::Rng::with_seed(20);
    // The share of NULLs, and how many pages are alike in a row.
    for (share, run) in [(0.02, 1), (0.1, 1), (0.1, 5), (0.3, 20), (0.5, 1), (0.9, 3), (0.005, 1)] {
        let mut pages: Vec<Vec<bool>> = Vec::new();
        while (pages.len() as u64) < PAGES {
            // Most of a run's rows are alike.
            let dense = random.f64() < share;
            for _ in 0..run {
                let chance = if dense { 0.95 } else { share * 0.05 };
                pages.push((0..ROWS - random.u64(0..10)).map(|_| random.f64() < chance).collect());
            }
        }
        let all: u64 = pages.iter().map(|page| page.len() as u64).sum();
        let nulls: u64 = pages.iter().flatten().map(|null| u64::from(*null)).sum();
        let truth = to_real(nulls) / to_real(all) * 100.0;
        let mut covered = 0;
        for _ in 0..TRIALS {
            let mut measure = Measure::new(0, false, None);
            for page in pages.iter().filter(|_| random.f64() < 0.1) {
                for null in page {
                    if *null { measure.null() } else { measure.value(None, None) }
                }
                measure.end_page();
            }
            let profile = measure.finish("c".into(), Reading::Sample { of: all });
            let off = (profile.null_percent.unwrap() - truth).abs();
            covered += u64::from(off <= profile.error_bound.unwrap());
        }
        let percent = covered * 100 / TRIALS;
        assert!(percent >= 93, "share {share}, runs of {run} pages: {percent} % covered");
    }
}
