//! Statistics of profiles become those of days, and those of weeks.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::rollup::{Period, Point, Summary, fold};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use store::statistics::{
    Before, ColumnRollup, ColumnStats, TableStats, column_history, column_rollups, insert_columns,
    insert_tables, roll_up, table_history, table_rollups,
};
use store::{Store, Tenant};
use types::profile::Method;
use types::quality::Health;
use types::{RunId, Timestamp};
use uuid::Uuid;

use crate::database::{SOURCE, TestDatabase, at, in_silos, on_both_databases, tenant};

on_both_databases![
    days_and_weeks_are_those_of_the_plain_series,
    what_is_young_stays_and_once_more_changes_nothing,
    a_batch_that_is_not_committed_loses_nothing,
    two_workers_at_once_count_every_row_once,
    a_wide_table_is_rolled_up_whole,
    only_the_own_rows_are_rolled_up,
];
in_silos![two_workers_at_once_count_every_row_once];

const DAY: i64 = 24 * 60 * 60;
/// Long after all that is written here.
const LATER: i64 = 1_000 * DAY;

fn column(table: &str, column: &str, recorded_at: Timestamp, null_percent: Option<f64>) -> ColumnStats {
    ColumnStats {
        source_id: SOURCE,
        table: table.into(),
        column: column.into(),
        recorded_at,
        run_id: RunId(Uuid::nil()),
        data_type: "text".into(),
        row_count: 100,
        null_percent,
        uniqueness_percent: null_percent.map(|percent| 100.0 - percent),
        distinct_count: Some(7),
        min: None,
        max: None,
        latest_value_at: None,
        method: Method::Exact,
        error_bound: None,
        health: Health::Healthy,
        score: Some(100.0),
        deductions: Vec::new(),
        previous_null_percent: None,
    }
}

fn table(path: &str, recorded_at: Timestamp, row_count: u64, latest: Option<Timestamp>) -> TableStats {
    TableStats {
        source_id: SOURCE,
        table: path.into(),
        recorded_at,
        run_id: RunId(Uuid::nil()),
        row_count,
        row_count_method: Method::Exact,
        bytes: None,
        latest_value_at: latest,
        timestamp_column: None,
        last_write_at: None,
        freshness_seconds: latest.map(|latest| recorded_at.seconds_since(latest)),
        health: Health::Healthy,
        score: Some(100.0),
        deductions: Vec::new(),
    }
}

async fn write(store: &Store, tenant: &Tenant, tables: &[TableStats], columns: &[ColumnStats]) {
    let tx = store.write(tenant).await.unwrap();
    insert_tables(&tx, tables).await.unwrap();
    insert_columns(&tx, columns).await.unwrap();
    tx.commit().await.unwrap();
}

/// Rolls up all that is older, and answers how many batches that took.
async fn roll_up_all(store: &Store, tenant: &Tenant, before: Before) -> usize {
    let mut batches = 0;
    loop {
        let tx = store.write(tenant).await.unwrap();
        let rows = roll_up(&tx, SOURCE, before).await.unwrap();
        tx.commit().await.unwrap();
        if rows == 0 {
            return batches;
        }
        batches += 1;
    }
}

fn all(time: i64) -> Before {
    Before { profiles: at(time), days: at(time) }
}

async fn rollups(store: &Store, tenant: &Tenant, table: &str) -> Vec<ColumnRollup> {
    let tx = store.read(tenant).await.unwrap();
    column_rollups(&tx, SOURCE, &[table.to_owned()], None, at(-LATER), at(LATER)).await.unwrap()
}

async fn profiles(store: &Store, tenant: &Tenant, table: &str) -> usize {
    let tx = store.read(tenant).await.unwrap();
    column_history(&tx, SOURCE, &[table.to_owned()], at(-LATER), at(LATER)).await.unwrap().len()
}

fn assert_same(found: Option<Summary>, expected: Option<Summary>) {
    let exact = |summary: Summary| (summary.points, summary.min, summary.max, summary.last);
    assert_eq!(found.map(exact), expected.map(exact));
    let mean = |summary: Option<Summary>| summary.map_or(0.0, |summary| summary.mean);
    assert!((mean(found) - mean(expected)).abs() < 1e-9, "{found:?} {expected:?}");
}

/// Two columns' NULL %, some of it missing, at times up to two days apart.
fn series() -> impl Strategy<Value = Vec<(Timestamp, [Option<f64>; 2])>> {
    let value = || proptest::option::weighted(0.8, 0.0..100.0_f64);
    proptest::collection::vec((600..2 * DAY, value(), value()), 5..40).prop_map(|steps| {
        let mut seconds = 0;
        let point = |(step, one, other)| {
            seconds += step;
            (at(seconds), [one, other])
        };
        steps.into_iter().map(point).collect()
    })
}

async fn days_and_weeks_are_those_of_the_plain_series(database: &TestDatabase) {
    let (store, tenant) = (database.store_with_source().await, tenant(1));
    let mut runner = TestRunner::deterministic();
    for number in 0..12 {
        let path = format!("public.t{number}");
        let series = series().new_tree(&mut runner).unwrap().current();
        let names = ["a", "b"];
        let columns: Vec<_> = series
            .iter()
            .flat_map(|(at, values)| {
                names.iter().zip(values).map(|(name, value)| column(&path, name, *at, *value))
            })
            .collect();
        write(&store, &tenant, &[], &columns).await;
        let last = series.last().unwrap().0;
        // Some of it is rolled up to weeks, some to days, and some is young.
        let before = Before {
            profiles: Period::Day.start(Timestamp(last.0 - Duration::from_secs(3 * 86_400))),
            days: Period::Week.start(Timestamp(last.0 - Duration::from_secs(20 * 86_400))),
        };
        roll_up_all(&store, &tenant, before).await;
        let found = rollups(&store, &tenant, &path).await;
        let mut left = 0;
        for (at_column, name) in names.iter().enumerate() {
            let points: Vec<Point> =
                series.iter().map(|(at, values)| (*at, values[at_column].and_then(Summary::of))).collect();
            let (old, young): (Vec<Point>, Vec<Point>) =
                points.into_iter().partition(|(at, _)| *at < before.profiles);
            left += young.len();
            let (older, old): (Vec<Point>, Vec<Point>) =
                old.into_iter().partition(|(at, _)| *at < before.days);
            let expected = fold(&older, Period::Week)
                .into_iter()
                .map(|point| (Period::Week, point))
                .chain(fold(&old, Period::Day).into_iter().map(|point| (Period::Day, point)));
            let mut of_column = found.iter().filter(|rollup| rollup.column == *name);
            for (period, (last_at, nulls)) in expected {
                let rollup = of_column.next().unwrap();
                assert_eq!((rollup.period, rollup.last_at), (period, last_at));
                assert_eq!(rollup.starts_at, period.start(last_at));
                assert_same(rollup.null_percent, nulls);
                let unique = |value: f64| 100.0 - value;
                let turned = nulls.map(|nulls| Summary {
                    points: nulls.points,
                    min: unique(nulls.max),
                    max: unique(nulls.min),
                    mean: unique(nulls.mean),
                    last: unique(nulls.last),
                });
                assert_same(rollup.uniqueness_percent, turned);
            }
            assert!(of_column.next().is_none());
        }
        assert_eq!(profiles(&store, &tenant, &path).await, left);
    }
}

async fn what_is_young_stays_and_once_more_changes_nothing(database: &TestDatabase) {
    let (store, tenant) = (database.store_with_source().await, tenant(1));
    // Three times a day for thirty days; the value counts them.
    let times: Vec<_> = (0..90).map(|number| at(number * DAY / 3)).collect();
    let columns: Vec<_> =
        times.iter().zip(0..).map(|(at, value)| column("t", "c", *at, Some(f64::from(value)))).collect();
    let tables: Vec<_> = times
        .iter()
        .zip(0..)
        .map(|(at, rows)| table("t", *at, rows, (rows % 2 == 0).then_some(*at)))
        .collect();
    write(&store, &tenant, &tables, &columns).await;
    let before = Before { profiles: Period::Day.start(at(20 * DAY)), days: Period::Week.start(at(10 * DAY)) };
    assert!(roll_up_all(&store, &tenant, before).await > 0);
    let once = rollups(&store, &tenant, "t").await;
    let read = async || {
        let tx = store.read(&tenant).await.unwrap();
        let tables = ["t".to_owned()];
        let (from, to) = (at(-LATER), at(LATER));
        let rolled = table_rollups(&tx, SOURCE, &tables, from, to).await.unwrap();
        (rolled, table_history(&tx, SOURCE, Some(&tables), from, to).await.unwrap())
    };
    let (rolled, young) = read().await;
    let old = times.iter().filter(|at| **at < before.profiles).count();
    let summed =
        |points: Vec<Option<Summary>>| -> u32 { points.iter().flatten().map(|sum| sum.points).sum() };
    assert_eq!(summed(once.iter().map(|rollup| rollup.null_percent).collect()) as usize, old);
    assert_eq!(summed(rolled.iter().map(|rollup| rollup.row_count).collect()) as usize, old);
    assert_eq!((young.len(), profiles(&store, &tenant, "t").await), (90 - old, 90 - old));
    // The newest value that was seen stays, also where the last profile of a period saw none.
    let last = rolled.last().unwrap();
    let seen = tables.iter().filter(|stats| stats.recorded_at <= last.last_at);
    assert_eq!(last.latest_value_at, seen.filter_map(|stats| stats.latest_value_at).max());

    assert_eq!(roll_up_all(&store, &tenant, before).await, 0);
    assert_eq!(rollups(&store, &tenant, "t").await, once);
    assert_eq!(read().await, (rolled, young));
}

async fn a_batch_that_is_not_committed_loses_nothing(database: &TestDatabase) {
    let (store, tenant) = (database.store_with_source().await, tenant(1));
    // Within one day.
    let times = [at(10_000), at(13_600), at(17_200)];
    let columns: Vec<_> = times.iter().map(|at| column("t", "c", *at, Some(50.0))).collect();
    write(&store, &tenant, &[], &columns).await;
    let mut rolled = 0;
    for _ in 0..10 {
        // The worker dies after its work and before it is committed, then another does it.
        let tx = store.write(&tenant).await.unwrap();
        assert_eq!(roll_up(&tx, SOURCE, all(DAY)).await.unwrap() == 0, rolled == times.len() + 1);
        drop(tx);
        let sum = async || {
            let points = rollups(&store, &tenant, "t").await;
            points.iter().filter_map(|rollup| rollup.null_percent).map(|nulls| nulls.points).sum::<u32>()
        };
        assert_eq!(profiles(&store, &tenant, "t").await + sum().await as usize, times.len());
        let tx = store.write(&tenant).await.unwrap();
        rolled += roll_up(&tx, SOURCE, all(DAY)).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(profiles(&store, &tenant, "t").await + sum().await as usize, times.len());
    }
    // Three profiles became a day, and the day a week.
    assert_eq!(rolled, times.len() + 1);
    let [week] = rollups(&store, &tenant, "t").await.try_into().unwrap();
    assert_eq!((week.period, week.null_percent.unwrap().points), (Period::Week, 3));
}

async fn two_workers_at_once_count_every_row_once(database: &TestDatabase) {
    let (store, tenant) = (database.store_with_source().await, tenant(1));
    let times: Vec<_> = (0..24).map(|hour| at(hour * 3600)).collect();
    let mut columns = Vec::new();
    for at in &times {
        columns.extend((0..30).map(|number| column(&format!("t{number:02}"), "c", *at, Some(1.0))));
    }
    write(&store, &tenant, &[], &columns).await;
    // A batch that another worker was quicker with is refused as a whole, and tried again as its job would be.
    let work = async || {
        let mut refused = 0;
        loop {
            let tx = store.write(&tenant).await.unwrap();
            match roll_up(&tx, SOURCE, all(2 * DAY)).await {
                Ok(0) => return,
                Ok(_) => tx.commit().await.unwrap(),
                Err(error) => {
                    refused += 1;
                    assert!(refused < 100, "{error}");
                }
            }
        }
    };
    tokio::join!(work(), work());
    for number in 0..30 {
        let found = rollups(&store, &tenant, &format!("t{number:02}")).await;
        let points: BTreeMap<_, u32> = found
            .iter()
            .map(|rollup| ((rollup.period.as_str(), rollup.starts_at), rollup.null_percent.unwrap().points))
            .collect();
        assert_eq!(points.values().sum::<u32>(), 24, "{points:?}");
    }
    assert_eq!(profiles(&store, &tenant, "t00").await, 0);
}

async fn a_wide_table_is_rolled_up_whole(database: &TestDatabase) {
    let (store, tenant) = (database.store_with_source().await, tenant(1));
    let mut columns = Vec::new();
    for (path, width) in [("a", 30), ("b", 1_200), ("c", 3)] {
        columns.extend((0..width).map(|number| column(path, &format!("c{number:04}"), at(0), Some(1.0))));
    }
    write(&store, &tenant, &[], &columns).await;
    let tx = store.write(&tenant).await.unwrap();
    let before = Before { profiles: at(DAY), days: at(0) };
    let batches = [roll_up(&tx, SOURCE, before).await.unwrap(), roll_up(&tx, SOURCE, before).await.unwrap()];
    tx.commit().await.unwrap();
    assert_eq!(batches, [1_230, 3]);
    assert_eq!(rollups(&store, &tenant, "b").await.len(), 1_200);
}

async fn only_the_own_rows_are_rolled_up(database: &TestDatabase) {
    let store = database.store_with_source().await;
    for number in [1, 2] {
        write(&store, &tenant(number), &[], &[column("t", "c", at(0), Some(1.0))]).await;
    }
    roll_up_all(&store, &tenant(1), all(DAY)).await;
    assert_eq!(
        (profiles(&store, &tenant(1), "t").await, rollups(&store, &tenant(1), "t").await.len()),
        (0, 1)
    );
    assert_eq!(
        (profiles(&store, &tenant(2), "t").await, rollups(&store, &tenant(2), "t").await.len()),
        (1, 0)
    );
}
