//! A worker keeps its lease while it works, and stops when it has lost it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use service::{Clock, ManualClock, worker};
use store::job;
use testkit::database::TestDatabase;
use tokio::task::yield_now;
use tokio_util::sync::CancellationToken;
use types::Timestamp;
use types::run::RunState;

use crate::agent::Fault;
use crate::world::World;

/// A clock that counts how often it was read: while an agent is waited for, only heartbeats read it.
struct Watched {
    clock: Arc<ManualClock>,
    reads: AtomicU64,
}

impl Clock for Watched {
    fn now(&self) -> Timestamp {
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.clock.now()
    }
}

impl Watched {
    /// Until a heartbeat that began after this has ended, which the next one's beginning shows.
    async fn beats(&self) {
        let before = self.reads.load(Ordering::SeqCst);
        while self.reads.load(Ordering::SeqCst) < before + 3 {
            yield_now().await;
        }
    }
}

/// On SQLite, whose leases end by the injected clock; PostgreSQL's end by the server's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_that_takes_longer_than_its_lease_is_done_once_and_given_up_when_it_is_lost() {
    let world = World::new(TestDatabase::sqlite().await).await;
    let clock = Arc::new(Watched { clock: world.clock.clone(), reads: AtomicU64::new(0) });
    let mut context = world.context.clone();
    context.clock = clock.clone();
    world.agent.state().faults.insert(1, Fault::Hang);
    let id = world.start().await.unwrap();
    let working = tokio::spawn(async move {
        let stop = CancellationToken::new();
        worker::work_on_next(&context, &stop, Duration::from_millis(1)).await
    });
    while world.agent.state().calls.is_empty() {
        yield_now().await;
    }
    for passed in (50..=250).step_by(50) {
        world.advance(50);
        clock.beats().await;
        let lost = job::reap(&world.context.store, world.context.now()).await.unwrap();
        assert_eq!(lost, 0, "after {passed} s");
    }
    let run = world.run(id).await;
    assert_eq!((run.steps[0].state, run.steps[0].attempts), (RunState::Running, 1));
    assert_eq!(job::reap_all(&world.context.store, world.context.now()).await.unwrap(), 1);
    assert!(working.await.unwrap().unwrap(), "it stops by itself, although the agent never answers");
    assert_eq!(world.agent.state().calls.len(), 1);
    let run = world.finish(id).await;
    assert_eq!((run.state, run.steps[0].attempts), (RunState::Succeeded, 2));
}
