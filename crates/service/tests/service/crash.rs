//! Workers that are killed, wherever it is: after the restart there is one version and one event, nothing more or less.

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context as Polling, Poll};

use service::worker;
use store::job;
use types::run::RunState;

use crate::agent::Fault;
use crate::database::on_both_databases;
use crate::shop;
use crate::world::{Traces, World};

on_both_databases![
    a_worker_killed_while_it_asks_the_agent_is_replaced,
    a_worker_killed_between_two_steps_is_replaced,
    a_worker_killed_anywhere_is_replaced,
    a_worker_that_wakes_up_late_changes_nothing,
];

/// What a first scan and one of a changed schema must leave.
const TWO_SCANS: Traces = Traces { versions: 2, drifts: 1, profiles: 2, staged: 0 };

async fn a_worker_killed_while_it_asks_the_agent_is_replaced(world: &World) {
    world.scan().await;
    world.change(shop::without_city());
    let id = world.start().await.unwrap();
    world.agent.state().calls.clear();
    // One kill for each call that a scan makes.
    for call in [1, 3, 6, 8, 11] {
        world.agent.state().faults.insert(call, Fault::Hang);
        let context = world.context.clone();
        let working = tokio::spawn(async move { worker::drain(&context).await });
        while world.agent.state().calls.len() < call {
            assert!(!working.is_finished(), "the scan ended before call {call}");
            tokio::task::yield_now().await;
        }
        working.abort();
        let _ = working.await;
        world.advance(120);
    }
    assert_eq!(world.finish(id).await.state, RunState::Succeeded);
    assert_eq!(world.traces().await, TWO_SCANS);
}

async fn a_worker_killed_between_two_steps_is_replaced(world: &World) {
    world.scan().await;
    world.change(shop::without_city());
    let id = world.start().await.unwrap();
    let mut deaths = 0;
    while !world.run(id).await.state.is_final() {
        // Somebody claims what is due and dies; then a worker lives until the next step's job is there. The worker before
        // may have come as far as to claim that job.
        job::reap(&world.context.store, world.context.now()).await.unwrap();
        let claimed = job::claim(&world.context.store, "doomed", world.context.now(), 1).await.unwrap();
        deaths += claimed.len();
        world.advance(120);
        let finished =
            |run: types::run::Run| run.steps.iter().filter(|step| step.state == RunState::Succeeded).count();
        let before = finished(world.run(id).await);
        let mut working = Box::pin(worker::drain(&world.context));
        while finished(world.run(id).await) == before {
            Killed { polls: 5, working: working.as_mut() }.await;
        }
        drop(working);
        world.advance(120);
    }
    assert!(deaths >= 2, "{deaths}");
    assert_eq!(world.traces().await, TWO_SCANS);
}

async fn a_worker_killed_anywhere_is_replaced(world: &World) {
    world.scan().await;
    world.change(shop::without_city());
    let id = world.start().await.unwrap();
    // Primes, so that the kills fall on different places of the run.
    for polls in [7, 23, 41, 67, 97, 131, 173, 211] {
        Killed { polls, working: Box::pin(worker::drain(&world.context)) }.await;
        world.advance(120);
    }
    assert_eq!(world.finish(id).await.state, RunState::Succeeded);
    assert_eq!(world.traces().await, TWO_SCANS);
}

/// Polls a future so often and then drops it, as `kill -9` would.
pub(crate) struct Killed<F> {
    pub(crate) polls: u32,
    pub(crate) working: F,
}

impl<F: Future + Unpin> Future for Killed<F> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, polling: &mut Polling<'_>) -> Poll<()> {
        if self.polls == 0 {
            return Poll::Ready(());
        }
        self.polls -= 1;
        Pin::new(&mut self.working).poll(polling).map(|_| ())
    }
}

async fn a_worker_that_wakes_up_late_changes_nothing(world: &World) {
    world.scan().await;
    world.change(shop::without_city());
    let id = world.start().await.unwrap();
    let call = world.agent.state().calls.len() + 4;
    world.agent.state().faults.insert(call, Fault::Hang);
    let sleeper = worker::drain(&world.context);
    let mut sleeper = pin!(sleeper);
    while world.agent.state().calls.len() < call {
        std::future::poll_fn(|polling| {
            let _ = sleeper.as_mut().poll(polling);
            Poll::Ready(())
        })
        .await;
        tokio::task::yield_now().await;
    }
    // Its lease runs out, and another one does the work.
    world.advance(120);
    assert_eq!(world.finish(id).await.state, RunState::Succeeded);
    assert_eq!(world.traces().await, TWO_SCANS);
}
