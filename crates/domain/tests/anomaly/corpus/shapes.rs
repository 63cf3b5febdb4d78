//! How each class of series behaves when nothing is wrong.

use domain::anomaly::Metric;
use types::Timestamp;

use super::{Class, DAY_MILLIS, DAYS, Made, Random};

pub(super) fn made(class: Class, random: &mut Random, days: &[Timestamp]) -> Made {
    match class {
        Class::Flat => flat(random),
        Class::Trend => trend(random, days),
        Class::Weekly => weekly(random, days),
        Class::MonthEnd => month_end(random, days),
        Class::LowCount => low_count(random),
        Class::LevelShift => level_shift(random),
        Class::HeavyTail => heavy_tail(random),
        Class::NullPercent => null_percent(random),
    }
}

fn weekday(at: Timestamp) -> usize {
    ((at.millis() / DAY_MILLIS + 3) % 7) as usize
}

/// Counts around what is expected, with noise in proportion.
fn counts(random: &mut Random, expected: Vec<f64>, share: f64) -> Made {
    let noise: Vec<f64> = expected.iter().map(|expected| (expected * share).max(expected.sqrt())).collect();
    let values = expected
        .iter()
        .map(|expected| (expected * (1.0 + share * random.normal())).round().max(0.0))
        .collect();
    Made {
        metric: Metric::RowCount,
        values,
        expected,
        noise,
        cumulative: false,
        lognormal: false,
        shift: None,
    }
}

/// The size of a dimension table, or of a load that is the same every day.
fn flat(random: &mut Random) -> Made {
    let base = random.size(200.0, 5e6);
    let share = if random.below(4) == 0 { 0.0 } else { random.between(0.001, 0.04) };
    counts(random, vec![base.round(); DAYS], share)
}

/// Tables that only grow, with and without weekends, and daily loads that become larger.
fn trend(random: &mut Random, days: &[Timestamp]) -> Made {
    let share = random.between(0.02, 0.08);
    if random.below(3) == 0 {
        let (base, growth) = (random.size(1e3, 1e5), random.between(0.002, 0.01));
        return counts(random, (0..DAYS).map(|day| base * (1.0 + growth * day as f64)).collect(), share);
    }
    let (start, daily) = (random.size(1e4, 1e7), random.size(300.0, 1e4));
    let weekend = if random.below(2) == 0 { 1.0 } else { random.between(0.2, 0.6) };
    let of_day = |at: &Timestamp| if weekday(*at) >= 5 { daily * weekend } else { daily };
    let mut made = counts(random, days.iter().map(of_day).collect(), share);
    let mut total = start.round();
    for value in &mut made.values {
        total += *value;
        *value = total;
    }
    Made { cumulative: true, ..made }
}

/// Quiet weekends, or a week in which each day is different.
fn weekly(random: &mut Random, days: &[Timestamp]) -> Made {
    let (base, share) = (random.size(500.0, 1e6), random.between(0.02, 0.07));
    let factors: [f64; 7] = if random.below(2) == 0 {
        let weekend = random.between(0.05, 0.5);
        [1.0, 1.0, 1.0, 1.0, 1.0, weekend, weekend]
    } else {
        std::array::from_fn(|_| random.between(0.4, 1.6))
    };
    counts(random, days.iter().map(|at| base * factors[weekday(*at)]).collect(), share)
}

/// A busy last day of the month, and in some a busy first one.
fn month_end(random: &mut Random, days: &[Timestamp]) -> Made {
    let (base, share) = (random.size(500.0, 1e6), random.between(0.02, 0.06));
    let (last, first) = (random.between(1.8, 4.0), if random.below(3) == 0 { 2.0 } else { 1.0 });
    let date = |at: &Timestamp, offset: i64| {
        Timestamp::from_millis(at.millis() + offset * DAY_MILLIS).unwrap().to_string()[8..10].to_owned()
    };
    let factor = |at: &Timestamp| match (date(at, 1).as_str(), date(at, 0).as_str()) {
        ("01", _) => last,
        (_, "01") => first,
        _ => 1.0,
    };
    counts(random, days.iter().map(|at| base * factor(at)).collect(), share)
}

/// Failed payments, sign-ups of a small shop: a Poisson's handful.
fn low_count(random: &mut Random) -> Made {
    let mean = random.between(2.0, 30.0);
    Made {
        metric: Metric::RowCount,
        values: (0..DAYS).map(|_| random.poisson(mean)).collect(),
        expected: vec![mean; DAYS],
        noise: vec![mean.sqrt(); DAYS],
        cumulative: false,
        lognormal: false,
        shift: None,
    }
}

/// A customer came or left: another level, for good.
fn level_shift(random: &mut Random) -> Made {
    let (base, share) = (random.size(500.0, 1e6), random.between(0.01, 0.05));
    let factor = if random.below(2) == 0 { random.between(0.3, 0.6) } else { random.between(1.6, 3.0) };
    let shift = 80 + random.below(90);
    let expected = (0..DAYS).map(|day| if day < shift { base } else { base * factor }).collect();
    Made { shift: Some(shift), ..counts(random, expected, share) }
}

/// Batches of any size, and noise that is mostly small and at times large.
fn heavy_tail(random: &mut Random) -> Made {
    let base = random.size(1e3, 1e6);
    let lognormal = random.below(2) == 0;
    let share = if lognormal { random.between(0.15, 0.35) } else { random.between(0.01, 0.03) };
    let value = |random: &mut Random| {
        let factor = if lognormal {
            (share * random.normal()).exp()
        } else {
            (1.0 + share * random.student()).max(0.0)
        };
        (base * factor).round()
    };
    Made {
        metric: Metric::RowCount,
        values: (0..DAYS).map(|_| value(random)).collect(),
        expected: vec![base; DAYS],
        // Of the wild noise one is three ordinary ones.
        noise: vec![base * share * if lognormal { 1.0 } else { 3.0 }; DAYS],
        cumulative: false,
        lognormal,
        shift: None,
    }
}

fn null_percent(random: &mut Random) -> Made {
    let base = if random.below(3) == 0 { 0.0 } else { random.between(0.5, 60.0) };
    let noise = if base == 0.0 { 0.0 } else { random.between(0.05, 1.2) };
    Made {
        metric: Metric::Percent,
        values: (0..DAYS).map(|_| (base + noise * random.normal()).clamp(0.0, 100.0)).collect(),
        expected: vec![base; DAYS],
        noise: vec![noise; DAYS],
        cumulative: false,
        lognormal: false,
        shift: None,
    }
}
