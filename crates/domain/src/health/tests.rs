use types::Timestamp;
use types::profile::Method;

use super::*;

fn profile(nulls: u64, rows: u64, unique: Option<f64>) -> ColumnProfile {
    let percent = |part: u64, whole: u64| {
        (whole > 0).then(|| {
            f64::from(u32::try_from(part).unwrap()) * 100.0 / f64::from(u32::try_from(whole).unwrap())
        })
    };
    ColumnProfile {
        column: "c".into(),
        null_count: nulls,
        null_percent: percent(nulls, rows),
        distinct_count: None,
        uniqueness_percent: unique,
        method: Method::Exact,
        error_bound: None,
        min: None,
        max: None,
        latest_value_at: None,
        ..ColumnProfile::default()
    }
}

fn table_profile(rows: u64) -> TableProfile {
    TableProfile {
        table: "public.t".into(),
        row_count: rows,
        row_count_method: Method::Exact,
        bytes: None,
        latest_value_at: None,
        timestamp_column: None,
        last_write_at: None,
        columns: Vec::new(),
        partial: false,
        profiled_at: Timestamp::from_millis(0).unwrap(),
        skipped: None,
        ..TableProfile::default()
    }
}

#[test]
fn a_column_loses_points_for_what_went_wrong_only() {
    // now, before, unique key, required, expected score, badge, codes
    let cases = [
        (profile(50, 100, None), None, false, false, Some(100.0), Health::Healthy, ""),
        (
            profile(50, 100, None),
            Some(profile(50, 100, None)),
            false,
            false,
            Some(100.0),
            Health::Healthy,
            "",
        ),
        (profile(4, 100, None), Some(profile(0, 100, None)), false, false, Some(100.0), Health::Healthy, ""),
        (
            profile(5, 100, None),
            Some(profile(0, 100, None)),
            false,
            false,
            Some(85.0),
            Health::Warning,
            "null_jump",
        ),
        (
            profile(45, 100, None),
            Some(profile(0, 100, None)),
            false,
            false,
            Some(55.0),
            Health::Critical,
            "null_jump",
        ),
        (
            profile(100, 100, None),
            Some(profile(0, 100, None)),
            false,
            false,
            Some(40.0),
            Health::Critical,
            "null_jump",
        ),
        (profile(100, 100, None), None, false, false, Some(85.0), Health::Warning, "all_null"),
        (profile(0, 100, Some(99.0)), None, true, true, Some(50.0), Health::Critical, "key_not_unique"),
        (profile(0, 100, Some(99.0)), None, false, true, Some(100.0), Health::Healthy, ""),
        (profile(0, 100, Some(100.0)), None, true, true, Some(100.0), Health::Healthy, ""),
        (profile(1, 100, None), None, false, true, Some(50.0), Health::Critical, "null_in_required"),
        (profile(0, 0, None), None, true, true, None, Health::Unknown, ""),
    ];
    for (now, before, unique_key, required, score, health, codes) in cases {
        let scored = column(&ColumnFacts { profile: &now, previous: before.as_ref(), unique_key, required });
        let found: Vec<&str> = scored.deductions.iter().map(|deduction| &*deduction.code).collect();
        assert_eq!(
            (scored.score, scored.health, &*found.join(" ")),
            (score, health, codes),
            "{now:?} after {before:?}"
        );
    }
}

#[test]
fn a_sampled_key_is_doubted_only_beyond_its_error() {
    let mut sampled = profile(0, 100, Some(98.5));
    sampled.error_bound = Some(2.0);
    let health = |profile: &ColumnProfile| {
        let facts = ColumnFacts { profile, previous: None, unique_key: true, required: true };
        column(&facts).health
    };
    assert_eq!(health(&sampled), Health::Healthy);
    sampled.error_bound = Some(1.0);
    assert_eq!(health(&sampled), Health::Critical);
}

#[test]
fn an_age_is_judged_by_the_tables_own_rhythm() {
    let daily = [86_400; 7];
    let cases = [
        (None, &daily[..], Freshness::Unknown),
        (Some(1), &daily[..6], Freshness::Learning { seen: 6 }),
        (Some(1), &[0, -5, 1][..], Freshness::Learning { seen: 1 }),
        (Some(129_600), &daily[..], Freshness::Fresh),
        (Some(129_601), &daily[..], Freshness::Late { age: 129_601, limit: 129_600 }),
        (Some(259_201), &daily[..], Freshness::Stale { age: 259_201, limit: 129_600 }),
        (Some(80), &[1; 9][..], Freshness::Fresh),
    ];
    for (age, gaps, expected) in cases {
        assert_eq!(freshness(age, gaps), expected, "{age:?} {gaps:?}");
    }
}

#[test]
fn a_table_that_nobody_writes_to_is_judged_the_same_until_it_is_late_and_then_until_it_is_stale() {
    let daily = [86_400; 7];
    let cases = [
        (None, &daily[..], None),
        (Some(1), &daily[..6], None),
        (Some(0), &daily[..], Some(129_601)),
        (Some(129_600), &daily[..], Some(129_601)),
        (Some(129_601), &daily[..], Some(259_201)),
        (Some(259_201), &daily[..], None),
    ];
    for (age, gaps, expected) in cases {
        assert_eq!(worse_from(age, gaps), expected, "{age:?} {gaps:?}");
        if let (Some(age), Some(turn)) = (age, expected) {
            let points = |age| freshness(Some(age), gaps).deduction();
            assert_eq!(points(turn - 1), points(age), "told in the same words");
            assert_ne!(points(turn), points(age));
        }
    }
}

#[test]
fn a_table_is_as_well_as_its_columns_its_volume_and_its_freshness() {
    let good = Score::of(Vec::new());
    let bad = Score::of(vec![deduction("null_jump", 60.0, String::new())]);
    let stale = Freshness::Stale { age: 400_000, limit: 1 };
    let ten_good_one_bad: Vec<Score> = std::iter::repeat_n(good.clone(), 10).chain([bad.clone()]).collect();
    type Case<'a> = (u64, Option<u64>, Freshness, &'a [Score], Health, &'a str);
    let cases: [Case<'_>; 9] = [
        (10, None, Freshness::Unknown, std::slice::from_ref(&good), Health::Healthy, ""),
        (0, None, Freshness::Unknown, &[], Health::Unknown, ""),
        (0, Some(10), Freshness::Unknown, &[], Health::Critical, "volume_drop"),
        (50, Some(100), Freshness::Unknown, &[], Health::Warning, "volume_drop"),
        (51, Some(100), Freshness::Unknown, &[], Health::Healthy, ""),
        (4, Some(10), Freshness::Unknown, &[], Health::Healthy, ""),
        (10, None, stale, &[], Health::Critical, "stale"),
        (10, None, Freshness::Unknown, std::slice::from_ref(&bad), Health::Critical, "columns"),
        (10, None, Freshness::Unknown, &ten_good_one_bad, Health::Warning, "columns"),
    ];
    for (rows, before, freshness, columns, health, codes) in cases {
        let (now, before) = (table_profile(rows), before.map(table_profile));
        let scored = table(&TableFacts { profile: &now, previous: before.as_ref(), freshness, columns });
        let found: Vec<&str> = scored.deductions.iter().map(|deduction| &*deduction.code).collect();
        assert_eq!((scored.health, &*found.join(" ")), (health, codes), "{rows} after {before:?}");
    }
}

#[test]
fn a_source_is_the_mean_of_what_is_known() {
    let (good, unknown) = (Score::of(Vec::new()), Score::default());
    assert_eq!(source(std::slice::from_ref(&unknown)), Score::default());
    assert_eq!(source(&[good.clone(), unknown]).score, Some(100.0));
    let bad = Score::of(vec![deduction("stale", 50.0, String::new())]);
    assert_eq!(source(&[good, bad]).score, Some(75.0));
}
