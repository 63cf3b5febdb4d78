//! The detector against a labelled corpus, side by side with the z-score that Elementary uses by default.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod corpus;
mod measure;

use corpus::Class;
use measure::{Tally, bastion, elementary};

/// Other seeds than those with which the rules were found (the bench has those).
const SEEDS: std::ops::Range<u64> = 9_000..9_060;

/// Recall and false alarms of one class, and the peer's beside it.
fn holds(class: Class) {
    let (mut ours, mut theirs) = (Tally::default(), Tally::default());
    for seed in SEEDS {
        let series = corpus::series(class, seed);
        ours.add(&series, &bastion(&series));
        theirs.add(&series, &elementary(&series));
    }
    eprintln!("{class:?}\n  Bastion     {ours}\n  z-score     {theirs}");
    assert!(ours.recall() >= 0.95, "{class:?}: {ours}");
    assert!(ours.false_alarms_per_thousand() <= 1.0, "{class:?}: {ours}");
}

macro_rules! classes {
    ($($name:ident $class:ident),* $(,)?) => {$(
        #[test]
        fn $name() {
            holds(Class::$class);
        }
    )*};
}

classes!(
    a_flat_series_is_judged_well Flat,
    a_growing_table_is_judged_well Trend,
    a_working_week_is_judged_well Weekly,
    a_month_with_a_busy_end_is_judged_well MonthEnd,
    a_handful_of_rows_is_judged_well LowCount,
    a_new_level_is_told_once_and_accepted LevelShift,
    a_wild_series_is_judged_well HeavyTail,
    a_null_percentage_is_judged_well NullPercent,
);

#[test]
fn a_seed_makes_the_same_series_each_time() {
    for class in Class::ALL {
        let (one, other) = (corpus::series(class, 5), corpus::series(class, 5));
        assert_eq!(one.samples, other.samples);
        assert_ne!(one.samples, corpus::series(class, 6).samples);
    }
}
