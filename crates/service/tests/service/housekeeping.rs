//! Housekeeping: what a killed run leaves behind goes, and nothing that anybody needs.

use std::pin::pin;

use service::page::Paging;
use service::{schema, worker};
use store::job::NewJob;
use store::object::Address;
use store::staged;
use types::run::RunState;

use crate::agent::Fault;
use crate::database::on_both_databases;
use crate::shop;
use crate::world::{DAY, Traces, World};

on_both_databases![
    what_a_killed_run_left_behind_is_collected_and_no_version_breaks,
    a_blob_that_a_later_scan_wants_again_stays,
    jobs_that_are_done_are_gone_and_those_that_died_are_forgotten_after_a_while,
    old_lines_of_the_log_are_forgotten_and_their_runs_stay,
];

/// Scans a changed shop until its worker is killed after the catalog was read, and gives the run up.
async fn killed_scan(world: &World) -> Vec<Address> {
    let id = world.start().await.unwrap();
    world.agent.state().calls.clear();
    // The profile's first call: by then the whole catalog is staged.
    let call = 6;
    world.agent.state().faults.insert(call, Fault::Hang);
    {
        let mut working = pin!(worker::drain(&world.context));
        while world.agent.state().calls.len() < call {
            std::future::poll_fn(|polling| {
                let _ = Future::poll(working.as_mut(), polling);
                std::task::Poll::Ready(())
            })
            .await;
            tokio::task::yield_now().await;
        }
    }
    let tenant = world.tenant().await;
    let tx = world.context.store.read(&tenant).await.unwrap();
    let staged = staged::objects(&tx, id).await.unwrap();
    assert!(!staged.is_empty());
    drop(tx);
    service::scan::cancel(&world.context, &world.scope().await, id).await.unwrap();
    assert_eq!(world.finish(id).await.state, RunState::Cancelled);
    staged.into_iter().map(|object| object.address).collect()
}

async fn there(world: &World, addresses: &[Address]) -> usize {
    let mut there = 0;
    for address in addresses {
        there += usize::from(world.holds(address).await);
    }
    there
}

async fn what_a_killed_run_left_behind_is_collected_and_no_version_breaks(world: &World) {
    world.scan().await;
    world.change(shop::without_city());
    let staged = killed_scan(world).await;
    let all = there(world, &staged).await;
    assert_eq!(all, staged.len());
    // Too young: a run that is under way may be about to refer to them.
    world.keep_house().await;
    assert_eq!(there(world, &staged).await, all);
    world.wait(8).await;
    world.keep_house().await;
    let left = there(world, &staged).await;
    assert!(left < all, "{left} of {all}");
    // What version 1 shares with the dead run is still read, and the next scan goes well.
    let first =
        schema::version(&world.context, &world.scope().await, None, 1, Default::default()).await.unwrap();
    assert_eq!((first.tables.len(), left), (4, all - 1));
    world.scan().await;
    assert_eq!(world.traces().await, Traces { versions: 2, drifts: 1, profiles: 2, staged: 0 });
    world.wait(8).await;
    world.keep_house().await;
    let paging = Paging::new(None, None).unwrap();
    let history = schema::history(&world.context, &world.scope().await, None, &paging).await.unwrap();
    for version in history.items {
        schema::version(&world.context, &world.scope().await, None, version.version, Default::default())
            .await
            .unwrap();
    }
    let event = history_event(world).await;
    assert!(!event.changes.is_empty());
}

/// The only drift event, with the changes that its blob holds.
async fn history_event(world: &World) -> types::drift::DriftDetail {
    use service::drift;
    let paging = Paging::new(None, None).unwrap();
    let events =
        drift::list(&world.context, &world.scope().await, drift::Filter::default(), &paging).await.unwrap();
    drift::get(&world.context, &world.scope().await, events.items[0].id).await.unwrap()
}

async fn a_blob_that_a_later_scan_wants_again_stays(world: &World) {
    world.scan().await;
    world.change(shop::without_city());
    let staged = killed_scan(world).await;
    // Long enough for the blobs to be old, but then somebody scans again before the house is kept.
    world.wait(8).await;
    world.scan().await;
    world.keep_house().await;
    assert_eq!(there(world, &staged).await, staged.len());
    schema::version(&world.context, &world.scope().await, None, 2, Default::default()).await.unwrap();
}

async fn jobs_that_are_done_are_gone_and_those_that_died_are_forgotten_after_a_while(world: &World) {
    world.scan().await;
    world.keep_house().await;
    assert_eq!(there_are_jobs(world).await, 0);
    let unknown = NewJob {
        org: None,
        kind: "of a later release",
        payload: serde_json::json!({}),
        run_at: world.context.now(),
        max_attempts: 1,
        idempotency_key: None,
    };
    let tx = world.context.store.platform_write().await.unwrap();
    store::job::enqueue(&tx, unknown).await.unwrap();
    tx.commit().await.unwrap();
    for (days, kept) in [(0, 1), (29, 1), (2, 0)] {
        // Nobody stays signed in for a month: the clock alone moves.
        world.advance(days * DAY);
        world.keep_house().await;
        assert_eq!(there_are_jobs(world).await, kept, "after {days} days more");
    }
}

async fn there_are_jobs(world: &World) -> u64 {
    let tx = world.context.store.platform_read().await.unwrap();
    store::job::count(&tx).await.unwrap()
}

async fn old_lines_of_the_log_are_forgotten_and_their_runs_stay(world: &World) {
    let tenant = world.tenant().await;
    let old = world.scan().await;
    world.wait(20).await;
    let young = world.scan().await;
    let lines = async |run| {
        let tx = world.context.store.read(&tenant).await.unwrap();
        let filter = store::log::Filter { run: Some(run), ..store::log::Filter::default() };
        store::log::list(&tx, &filter, None, 100).await.unwrap().len()
    };
    let before = (lines(old.id).await, lines(young.id).await);
    assert!(before.0 > 3 && before.1 > 3, "{before:?}");
    // Nobody stays signed in for a month: the clock alone moves.
    world.advance(11 * DAY);
    world.keep_house().await;
    assert_eq!((lines(old.id).await, lines(young.id).await), (0, before.1));
    let tx = world.context.store.read(&tenant).await.unwrap();
    let kept = store::run::find(&tx, old.id).await.unwrap();
    let steps = store::step::of_runs(&tx, &[old.id]).await.unwrap();
    assert_eq!((kept.state, steps.len()), (RunState::Succeeded, old.steps.len()));
    assert!(steps.iter().all(|step| step.checkpoint.is_none()), "nothing goes on after the end");
}
