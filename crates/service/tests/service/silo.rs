//! An organization in a schema of its own: the same code, and a move that nobody's work suffers from.

use service::{permission, worker};
use testkit::database::TestDatabase;
use types::problem::Code;
use types::run::RunState;

use crate::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_organization_is_scanned_in_its_own_schema_and_its_jobs_wait_while_it_is_moved() {
    let world = World::new(TestDatabase::postgres()).await;
    let org = world.scope::<permission::OrganizationRead>().await.org();
    let before = world.scan().await;
    world.database.move_to_silo(org).await.unwrap();
    assert_eq!(world.run(before.id).await, before);
    world.scan().await;

    let waiting = world.start().await.unwrap();
    let moving = world.database.freeze(org).await.unwrap();
    let refused = world.start().await.unwrap_err();
    assert_eq!((refused.code(), refused.retry_after_seconds()), (Code::Unavailable, Some(10)));
    // More often than a job is tried.
    for _ in 0..10 {
        world.advance(15);
        assert_eq!(worker::drain(&world.context).await.unwrap(), 1);
    }
    assert_eq!(world.run(waiting).await.state, RunState::Queued);
    moving.rollback().await.unwrap();
    world.advance(15);
    assert_eq!(world.finish(waiting).await.state, RunState::Succeeded);
}
