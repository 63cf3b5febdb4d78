//! Scans that find everything, or at least the data, as it was.

use service::quality::{self, Range};
use types::quality::{Deduction, Health};

use crate::database::on_both_databases;
use crate::shop;
use crate::world::{Traces, World};

on_both_databases![
    figures_that_come_again_are_not_written_again,
    an_agent_that_says_nobody_has_written_is_not_asked_for_figures,
    a_catalog_that_was_read_and_is_the_same_is_no_reason_to_ask_for_figures,
    a_fingerprint_that_is_known_only_when_the_catalog_has_been_read_serves_the_next_scan,
    a_jump_is_over_when_the_same_figures_come_once_more,
    a_table_nobody_writes_to_becomes_stale_all_the_same,
    an_agent_that_says_unchanged_unasked_is_not_believed,
    what_was_judged_is_not_judged_again,
];

/// The times of the newest and of all rows of `orders`, and how often the agent was asked for a page of figures.
async fn rows(world: &World) -> (usize, usize) {
    let tenant = world.tenant().await;
    let tx = world.context.store.read(&tenant).await.unwrap();
    let source = store::source::list(&tx).await.unwrap().pop().unwrap().id;
    let epoch = types::Timestamp::from_millis(0).unwrap();
    let tables = ["public.orders".to_owned()];
    let now = world.context.now();
    let rows = store::statistics::table_history(&tx, source, Some(&tables), epoch, now).await.unwrap();
    let asked = world.agent.state().calls.iter().filter(|call| *call == "profile_get").count();
    (rows.len(), asked)
}

async fn deductions(world: &World) -> Vec<Deduction> {
    let tenant = world.tenant().await;
    let tx = world.context.store.read(&tenant).await.unwrap();
    let source = store::source::list(&tx).await.unwrap().pop().unwrap().id;
    let tables = store::statistics::latest_tables(&tx, &[source]).await.unwrap();
    tables.into_iter().find(|stats| stats.table == "public.orders").unwrap().deductions
}

fn watch(world: &World) {
    let mut state = world.agent.state();
    state.fingerprint = "schema".into();
    state.profile_fingerprint = Some("data".into());
}

async fn figures_that_come_again_are_not_written_again(world: &World) {
    world.scan().await;
    world.advance(3600);
    let run = world.scan().await;
    assert_eq!((run.unchanged, run.tables_profiled), (Some(true), Some(3)));
    assert_eq!(rows(world).await, (1, 4), "asked for, as this agent cannot tell");
    assert_eq!(world.traces().await, Traces { versions: 1, drifts: 0, profiles: 2, staged: 0 });
    // The lines go on to the time at which the figures were found to hold.
    let trends = quality::trends(&world.context, &world.scope().await, Range::default()).await.unwrap();
    let orders = trends.row_count.iter().find(|line| line.name == "public.orders").unwrap();
    let points: Vec<_> = orders.points.iter().map(|point| (point.at, point.value)).collect();
    let first = types::Timestamp(world.context.now().0 - std::time::Duration::from_secs(3600));
    assert_eq!(points, [(first, Some(100.0)), (world.context.now(), Some(100.0))]);
    let ages: Vec<_> = trends.freshness[0].points.iter().map(|point| point.value).collect();
    assert_eq!(ages, [Some(3600.0), Some(7200.0)]);
}

async fn an_agent_that_says_nobody_has_written_is_not_asked_for_figures(world: &World) {
    watch(world);
    world.scan().await;
    for _ in 0..2 {
        world.advance(3600);
        let run = world.scan().await;
        assert_eq!((run.version, run.unchanged, run.tables_profiled), (Some(1), Some(true), Some(0)));
    }
    assert_eq!(rows(world).await, (1, 2));
    assert_eq!(world.traces().await, Traces { versions: 1, drifts: 0, profiles: 3, staged: 0 });
    let page = service::overview::get(&world.context, &world.scope().await, None).await.unwrap();
    assert_eq!((page.last_scan_at, page.quality_score), (Some(world.context.now()), Some(100.0)));

    // Somebody writes: the figures are asked for again, and a schema change is never answered from memory.
    let later = world.context.now();
    world.agent.state().profiles = shop::contents(&shop::catalog(), 60, later);
    world.agent.state().profile_fingerprint = Some("more data".into());
    world.advance(3600);
    world.scan().await;
    assert_eq!(rows(world).await, (2, 4));
    world.change(shop::without_city());
    world.scan().await;
    assert_eq!(rows(world).await.1, 6);
}

async fn a_catalog_that_was_read_and_is_the_same_is_no_reason_to_ask_for_figures(world: &World) {
    watch(world);
    world.scan().await;
    let calls = |name: &str| world.agent.state().calls.iter().filter(|call| *call == name).count();
    let (catalogs, figures) = (calls("scan_get"), calls("profile_get"));
    for (hours, read) in [(25, true), (1, false), (25, true)] {
        world.advance(hours * 3600);
        let before = calls("scan_get");
        let run = world.scan().await;
        assert_eq!((run.version, run.unchanged, run.tables_profiled), (Some(1), Some(true), Some(0)));
        assert_eq!(calls("scan_get") > before, read, "after {hours} hours more");
    }
    assert_eq!((calls("scan_get"), calls("profile_get")), (3 * catalogs, figures));
    assert_eq!(world.traces().await, Traces { versions: 1, drifts: 0, profiles: 4, staged: 0 });
    // The same schema in other tables: what is known of the data is of the old ones.
    world.change(shop::recreated());
    world.agent.state().fingerprint = "schema".into();
    world.advance(25 * 3600);
    let run = world.scan().await;
    assert_eq!((run.version, run.unchanged, run.tables_profiled), (Some(1), Some(true), Some(3)));
}

async fn a_fingerprint_that_is_known_only_when_the_catalog_has_been_read_serves_the_next_scan(world: &World) {
    watch(world);
    world.agent.state().fingerprint_is_late = true;
    let calls = || world.agent.state().calls.iter().filter(|call| *call == "scan_get").count();
    world.scan().await;
    let before = calls();
    world.advance(3600);
    assert_eq!((world.scan().await.unchanged, calls()), (Some(true), before));
}

async fn a_jump_is_over_when_the_same_figures_come_once_more(world: &World) {
    watch(world);
    world.scan().await;
    world.advance(3600);
    let now = world.context.now();
    world.agent.state().profiles = shop::contents(&shop::catalog(), 60, now);
    world.agent.state().profile_fingerprint = Some("with a jump".into());
    let critical = async || {
        let filter = quality::Filter { health: Some(Health::Critical), ..quality::Filter::default() };
        let paging = service::page::Paging::new(None, None).unwrap();
        quality::list(&world.context, &world.scope().await, filter, &paging).await.unwrap().items.len()
    };
    let mut seen = Vec::new();
    for _ in 0..3 {
        world.scan().await;
        world.advance(3600);
        seen.push((critical().await, rows(world).await));
    }
    assert_eq!(seen, [(1, (2, 4)), (0, (3, 6)), (0, (3, 6))], "one profile more, then no more");
}

async fn a_table_nobody_writes_to_becomes_stale_all_the_same(world: &World) {
    watch(world);
    // Eight loads, a day apart: a rhythm.
    for day in 0..8 {
        let now = world.context.now();
        world.agent.state().profiles = shop::contents(&shop::catalog(), 0, now);
        world.agent.state().profile_fingerprint = Some(format!("day {day}"));
        world.scan().await;
        world.advance(20 * 3600);
        world.scan().await;
        world.advance(4 * 3600);
    }
    assert_eq!(deductions(world).await, []);
    let (written, asked) = rows(world).await;
    assert_eq!((written, asked), (8, 16), "within a day nobody writes");
    // Late after a day and a half, stale after three days: each is seen once, whatever the agent says.
    let mut points = Vec::new();
    for _ in 0..5 {
        world.advance(24 * 3600);
        world.scan().await;
        points.push(deductions(world).await.iter().map(|deduction| deduction.points).sum::<f64>());
    }
    assert_eq!(points, [15.0, 45.0, 45.0, 45.0, 45.0]);
    assert_eq!(rows(world).await.0, written + 2);
}

async fn an_agent_that_says_unchanged_unasked_is_not_believed(world: &World) {
    // As if the empty fingerprint matched: the first scan of a source asks with none.
    world.agent.state().unchanged_unasked = true;
    let id = world.start().await.unwrap();
    let run = world.finish(id).await;
    assert_eq!(run.error.unwrap().code, "agent_protocol");
}

/// How far the detection is, and how many lines the newest run wrote about it.
async fn judged(world: &World, run: types::RunId) -> (Option<store::anomaly::Detection>, usize) {
    let tenant = world.tenant().await;
    let tx = world.context.store.read(&tenant).await.unwrap();
    let source = store::source::list(&tx).await.unwrap().pop().unwrap().id;
    let detection = store::anomaly::detection(&tx, source).await.unwrap();
    drop(tx);
    let filter = service::log::Filter { run: Some(run), ..service::log::Filter::default() };
    let paging = service::page::Paging::new(None, None).unwrap();
    let lines =
        service::log::list(&world.context, &world.scope().await, filter, &paging).await.unwrap().items;
    (detection, lines.iter().filter(|line| line.message.starts_with("Judged")).count())
}

async fn what_was_judged_is_not_judged_again(world: &World) {
    watch(world);
    let run = world.scan().await;
    let (first, lines) = judged(world, run.id).await;
    assert_eq!((first.map(|detection| detection.points), lines), (Some(1), 1));
    // Whether the agent says that nobody has written, or the figures are the same.
    for fingerprint in ["data", "data", "other data"] {
        world.agent.state().profile_fingerprint = Some(fingerprint.into());
        world.advance(3600);
        let run = world.scan().await;
        assert_eq!(judged(world, run.id).await, (first, 0), "{fingerprint}");
    }
    let now = world.context.now();
    world.agent.state().profiles = shop::contents(&shop::catalog(), 1, now);
    world.agent.state().profile_fingerprint = Some("more data".into());
    world.advance(3600);
    let run = world.scan().await;
    let (second, lines) = judged(world, run.id).await;
    assert_eq!((second.map(|detection| detection.points), lines), (Some(2), 1));
}
