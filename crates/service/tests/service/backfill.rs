//! A growing table of a young source is counted back once, and judged sooner for it.

use service::incident;
use service::log;
use service::page::Paging;
use service::quality::{self, Range};
use store::backfill::Backfill;
use types::Timestamp;
use types::incident::{IncidentCause, JudgedPoint};
use types::log::LogLevel;
use types::quality::Point;

use crate::database::on_both_databases;
use crate::shop;
use crate::world::{DAY, World};

on_both_databases![
    a_table_that_was_counted_back_is_judged_from_its_third_point_on,
    quality_shows_what_was_counted_back_apart_from_what_was_measured,
    without_it_a_table_goes_on_learning,
    what_came_in_is_no_history_of_a_table_that_did_not_grow_by_it,
    an_agent_that_cannot_count_back_is_no_fault,
    a_source_that_is_scanned_all_the_time_is_not_counted_back,
];

const HOUR: u64 = 60 * 60;
/// Orders of a day.
const ORDERS: u64 = 1_000;

/// Some time passes, after which there are so many orders.
async fn after(world: &World, seconds: u64, orders: u64) {
    world.advance(seconds);
    let now = world.context.now();
    let mut profiles = shop::contents(&shop::catalog(), 0, now);
    let table = profiles.iter_mut().find(|profile| profile.table == "public.orders").unwrap();
    table.row_count = orders;
    world.agent.state().profiles = profiles;
    world.scan().await;
}

/// Two days pass in a shop that is years old.
async fn two_days(world: &World) {
    world.agent.state().arrivals.insert("public.orders".into(), vec![ORDERS; 400]);
    after(world, 0, 900_000).await;
    after(world, DAY, 901_000).await;
}

async fn backfills(world: &World) -> Vec<Backfill> {
    let tx = world.context.store.read(&world.tenant().await).await.unwrap();
    let source = store::source::list(&tx).await.unwrap().pop().unwrap().id;
    store::backfill::of_tables(&tx, source, &["public.orders".to_owned()]).await.unwrap()
}

fn calls(world: &World, what: &str) -> usize {
    world.agent.state().calls.iter().filter(|call| call.as_str() == what).count()
}

async fn causes(world: &World) -> Vec<IncidentCause> {
    let paging = Paging::new(None, None).unwrap();
    let filter = incident::Filter::default();
    let all = incident::list(&world.context, &world.scope().await, filter, &paging).await.unwrap();
    all.items.into_iter().map(|incident| incident.cause).collect()
}

async fn a_table_that_was_counted_back_is_judged_from_its_third_point_on(world: &World) {
    two_days(world).await;
    let told = backfills(world).await;
    let [told] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!((told.rows, told.arrivals.clone()), (901_000, vec![ORDERS; 90]));
    assert_eq!(told.timestamp_column.as_deref(), Some("created_at"));
    assert_eq!(causes(world).await, [], "nothing of the past is told");

    after(world, DAY, 902_000).await;
    assert_eq!(causes(world).await, []);
    after(world, HOUR / 4, 902_000).await;
    assert_eq!(causes(world).await, [], "whoever looks again sees what was there");
    after(world, DAY - HOUR / 4, 902_001).await;
    assert_eq!(causes(world).await, [IncidentCause::Volume], "a load failed");
    assert_eq!(calls(world, "backfill_start"), 1, "it is asked once");
    assert_eq!(backfills(world).await.len(), 1);

    let paging = Paging::new(None, None).unwrap();
    let filter = incident::Filter::default();
    let all = incident::list(&world.context, &world.scope().await, filter, &paging).await.unwrap();
    let chart = incident::series(&world.context, &world.scope().await, all.items[0].id).await.unwrap();
    let [series] = chart.series.as_slice() else { panic!("{chart:?}") };
    assert_eq!(series.learning, 0);
    let (told, measured): (Vec<JudgedPoint>, Vec<_>) =
        series.points.iter().copied().partition(|point| point.backfilled);
    assert_eq!((told.len(), measured.len()), (55, 5));
    assert!(told.iter().all(|point| point.lower.is_none() && !point.anomaly), "never judged");
    assert_eq!(told.last().unwrap().value, 899_000.0);
    assert!(measured.last().unwrap().anomaly);
}

async fn quality_shows_what_was_counted_back_apart_from_what_was_measured(world: &World) {
    two_days(world).await;
    let rows = async |table: &str, days: u64| {
        let from = Timestamp(world.context.now().0 - std::time::Duration::from_secs(days * DAY));
        let range = Range { table: Some(table.to_owned()), from: Some(from), ..Range::default() };
        let trends = quality::trends(&world.context, &world.scope().await, range).await.unwrap();
        let [series] = trends.row_count.as_slice() else { panic!("{trends:?}") };
        series.clone()
    };
    let values = |points: &[Point]| points.iter().filter_map(|point| point.value).collect::<Vec<_>>();
    let orders = rows("public.orders", 3).await;
    assert_eq!(values(&orders.points), [900_000.0, 901_000.0]);
    assert_eq!(values(&orders.backfilled), [898_000.0, 899_000.0]);
    assert!(orders.backfilled.last().unwrap().at < orders.points[0].at);
    assert_eq!(rows("public.customer", 3).await.backfilled, []);
    // Of a time that begins with the first measured point there is nothing.
    assert_eq!(rows("public.orders", 1).await.backfilled, []);
}

async fn without_it_a_table_goes_on_learning(world: &World) {
    after(world, 0, 900_000).await;
    after(world, DAY, 901_000).await;
    assert_eq!((calls(world, "backfill_start"), backfills(world).await), (1, Vec::new()));
    after(world, DAY, 902_000).await;
    after(world, DAY, 902_001).await;
    assert_eq!(causes(world).await, []);
    assert_eq!(calls(world, "backfill_start"), 1, "a table that cannot be counted is asked for once");
}

async fn what_came_in_is_no_history_of_a_table_that_did_not_grow_by_it(world: &World) {
    world.agent.state().arrivals.insert("public.orders".into(), vec![ORDERS; 400]);
    after(world, 0, 900_000).await;
    after(world, DAY, 900_500).await;
    assert_eq!((calls(world, "backfill_start"), backfills(world).await), (1, Vec::new()));
    after(world, DAY, 900_501).await;
    assert_eq!(causes(world).await, []);
}

async fn an_agent_that_cannot_count_back_is_no_fault(world: &World) {
    world.agent.state().cannot_count_back = true;
    two_days(world).await;
    assert_eq!((calls(world, "backfill_start"), backfills(world).await), (1, Vec::new()));
    let paging = Paging::new(Some(200), None).unwrap();
    let lines = log::list(&world.context, &world.scope().await, log::Filter::default(), &paging).await;
    let said = lines.unwrap().items.into_iter().find(|line| line.message.contains("not counted back"));
    let said = said.unwrap();
    assert!(said.level == LogLevel::Info && said.message.contains("tool not found"), "{said:?}");
}

async fn a_source_that_is_scanned_all_the_time_is_not_counted_back(world: &World) {
    world.agent.state().arrivals.insert("public.orders".into(), vec![ORDERS; 400]);
    for hour in 0..8 {
        after(world, HOUR, 900_000 + hour * 40).await;
    }
    assert_eq!(calls(world, "backfill_start"), 0);
}
