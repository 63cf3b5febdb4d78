//! Scans that start by themselves.

use service::page::Paging;
use service::scan::Filter;
use service::{Error, scan, source, worker};
use types::run::{Run, Trigger};
use types::source::Schedule;

use crate::database::on_both_databases;
use crate::world::World;

on_both_databases![
    a_source_is_scanned_when_its_time_has_come_and_then_again,
    a_changed_schedule_forgets_the_old_one,
    a_schedule_outside_the_limits_is_refused,
];

async fn runs(world: &World) -> Vec<Run> {
    let paging = Paging::new(None, None).unwrap();
    scan::list(&world.context, &world.scope().await, Filter::default(), &paging).await.unwrap().items
}

async fn every(world: &World, minutes: Option<u32>) -> Result<Schedule, Error> {
    let schedule = Schedule { every_minutes: minutes };
    source::set_schedule(&world.context, &world.scope().await, Some("shop"), schedule).await
}

async fn a_source_is_scanned_when_its_time_has_come_and_then_again(world: &World) {
    every(world, Some(60)).await.unwrap();
    world.advance(59 * 60);
    worker::drain(&world.context).await.unwrap();
    assert!(runs(world).await.is_empty());
    for count in 1..=3 {
        world.advance(61 * 60);
        worker::drain(&world.context).await.unwrap();
        let runs = runs(world).await;
        assert_eq!(runs.len(), count);
        assert!(
            runs.iter().all(|run| run.trigger == Trigger::Schedule && run.version == Some(1)),
            "{runs:?}"
        );
    }
}

async fn a_changed_schedule_forgets_the_old_one(world: &World) {
    every(world, Some(60)).await.unwrap();
    world.advance(60);
    every(world, Some(600)).await.unwrap();
    world.advance(120 * 60);
    worker::drain(&world.context).await.unwrap();
    assert!(runs(world).await.is_empty());
    every(world, None).await.unwrap();
    world.advance(24 * 60 * 60);
    worker::drain(&world.context).await.unwrap();
    assert!(runs(world).await.is_empty());
}

async fn a_schedule_outside_the_limits_is_refused(world: &World) {
    for minutes in [0, 4, 10_081] {
        assert!(matches!(every(world, Some(minutes)).await, Err(Error::Invalid(_))), "{minutes}");
    }
}
