use super::*;

fn hash_of(value: u64) -> u64 {
    xxhash_rust::xxh3::xxh3_64(&value.to_le_bytes())
}

fn put(distinct: &mut Distinct, value: u64) {
    distinct.insert(hash_of(value), Some(Point::Integer(value.cast_signed())), || 0);
}

fn distinct_of(values: impl Iterator<Item = u64>, limit: usize) -> Distinct {
    let mut distinct = Distinct::new(limit);
    values.for_each(|value| put(&mut distinct, value));
    distinct
}

fn twice(values: u64) -> impl Iterator<Item = u64> {
    (0..values).flat_map(|value| [value, value])
}

#[test]
fn a_few_values_are_counted_exactly() {
    let distinct = distinct_of(twice(1000), 1000);
    assert!(!distinct.is_sketched());
    assert_eq!(distinct.count(), 1000);
    assert_eq!(distinct.quantiles(&[0.0, 0.25, 0.5, 1.0]), [0.0, 249.0, 499.0, 999.0]);
}

#[test]
fn many_values_are_counted_within_the_stated_error() {
    let distinct = distinct_of(twice(50_000), 1000);
    assert!(distinct.is_sketched());
    let error = (to_real(distinct.count()) / 50_000.0 - 1.0).abs();
    assert!(error <= distinct.relative_error(), "{error}");
    assert!(distinct.relative_error() < 0.02);
}

#[test]
fn the_number_of_values_stays_within_two_percent_from_ten_thousand_to_a_million() {
    for values in [10_000, 30_000, 100_000, 300_000, 1_000_000] {
        let count = distinct_of(0..values, 1000).count();
        let error = (to_real(count) / to_real(values) - 1.0).abs();
        assert!(error < 0.02, "{values}: {count}");
    }
}

#[test]
fn quantiles_of_many_values_are_within_a_point() {
    // Neither sorted nor even: squares, in a scrambled order.
    let distinct = distinct_of((0..100_000).map(|i| (i * 7919 % 100_000_u64).pow(2)), 1000);
    for (rank, found) in [0.05, 0.5, 0.95].iter().zip(distinct.quantiles(&[0.05, 0.5, 0.95])) {
        let reached = found.sqrt() / 100_000.0;
        assert!((reached - rank).abs() < 0.01, "{rank}: {reached}");
    }
}

#[test]
fn frequent_values_are_found_among_many_rare_ones() {
    // One value in ten is 7, one in twenty is 8; all others come once.
    let values = (0..400_000_u64).map(|i| match i % 20 {
        0 | 10 => 7,
        5 => 8,
        _ => 1_000_000 + i,
    });
    let distinct = distinct_of(values, 1000);
    let found = distinct.most_frequent(2);
    let points: Vec<_> = found.iter().map(|frequent| frequent.point).collect();
    assert_eq!(points, [Some(Point::Integer(7)), Some(Point::Integer(8))]);
    for (frequent, truth) in found.iter().zip([40_000.0, 20_000.0]) {
        assert!((to_real(frequent.count) / truth - 1.0).abs() < 0.1, "{frequent:?}");
    }
}

#[test]
fn parts_merge_to_what_the_whole_would_be() {
    // Exact with exact, exact with sketched, sketched with sketched, across the border.
    for (one, other) in [(300, 400), (700, 900), (900, 9_000), (9_000, 900), (20_000, 30_000)] {
        let whole = distinct_of(0..one + other, 1000);
        let mut merged = distinct_of(0..one, 1000);
        merged.merge(&distinct_of(one / 2..one + other, 1000), &[]);
        assert_eq!(merged.is_sketched(), whole.is_sketched());
        let apart = (to_real(merged.count()) / to_real(whole.count()) - 1.0).abs();
        assert!(if whole.is_sketched() { apart < 0.03 } else { apart == 0.0 }, "{one} + {other}: {apart}");
    }
}

#[test]
fn values_seen_twice_in_a_sample_are_taken_for_all_there_are() {
    assert_eq!(distinct_of(twice(50), 1000).extrapolate(100, 10_000), 50);
}

#[test]
fn a_sample_of_too_many_values_to_count_is_extrapolated_like_one_that_is_counted() {
    // A hundredth of a table: all different, each some times, and few.
    let (rows, of) = (120_000, 12_000_000);
    let samples: [fn(u64) -> u64; 4] =
        [|row| row, |row| row / 2, |row| row / 7 * 7919 % 100_000, |row| row % 5000];
    for (number, value) in samples.into_iter().enumerate() {
        let [sketched, exact] = [1000, 200_000].map(|limit| {
            let mut distinct = Distinct::new(limit).of_sample();
            (0..rows).for_each(|row| put(&mut distinct, value(row)));
            assert_eq!(distinct.is_sketched(), limit == 1000);
            to_real(distinct.extrapolate(rows, of))
        });
        assert!((sketched / exact).max(exact / sketched) < 1.03, "{number}: {sketched} {exact}");
    }
}

#[test]
fn what_is_remembered_of_a_column_does_not_grow_with_it() {
    let small = distinct_of(0..200_000, 100_000).bytes();
    let large = distinct_of(0..2_000_000, 100_000).bytes();
    assert_eq!(small, large);
    assert!(distinct_of(0..100_000, 100_000).bytes() < 8 * 1024 * 1024);
}
