//! Levels: values that stay where they went are what is expected from then on, and an incident says so.

use service::incident::{self, Filter};
use service::page::Paging;
use types::incident::{Evidence, IncidentDetail, IncidentState};

use crate::database::on_both_databases;
use crate::shop;
use crate::world::World;

on_both_databases![values_that_stay_where_they_went_are_a_new_level];

/// In seconds. 35 of them pass, and nobody stays signed in for more than thirty days.
const BETWEEN_SCANS: u64 = 20 * 60 * 60;

/// So long passes; `nulls` of a hundred orders have no note.
async fn later(world: &World, nulls: u64) {
    world.advance(BETWEEN_SCANS);
    world.agent.state().profiles = shop::contents(&shop::catalog(), nulls, world.context.now());
    world.scan().await;
}

async fn only(world: &World) -> IncidentDetail {
    let paging = Paging::new(None, None).unwrap();
    let page = incident::list(&world.context, &world.scope().await, Filter::default(), &paging).await;
    let [one] = page.unwrap().items.try_into().unwrap();
    incident::get(&world.context, &world.scope().await, one.id).await.unwrap()
}

/// Also where the series is long, and its models are fitted every few days only.
async fn values_that_stay_where_they_went_are_a_new_level(world: &World) {
    for _ in 0..26 {
        later(world, 0).await;
    }
    for number in 0..5 {
        later(world, 60).await;
        assert_eq!(only(world).await.incident.state, IncidentState::Open, "{number}");
    }
    later(world, 60).await;
    let over = only(world).await;
    assert_eq!(over.incident.state, IncidentState::Resolved);
    let Evidence::Series { since, .. } = over.evidence else { panic!("{:?}", over.evidence) };
    let told: Vec<_> = over.timeline.iter().map(|event| (event.kind.as_str(), &event.message)).collect();
    let when = since.0.format("%Y-%m-%d %H:%M UTC");
    let sentence = format!("New level since {when}: about 60.0 % NULL instead of 0.0");
    assert_eq!(told, [("opened", &over.incident.title), ("resolved", &sentence)]);
    let chart = incident::series(&world.context, &world.scope().await, over.incident.id).await.unwrap();
    let shift = chart.series[0].shift.unwrap();
    assert_eq!((shift.at, shift.before, shift.after, shift.per_day), (since, 0.0, 60.0, false));
    // The level that is expected now is the new one.
    later(world, 60).await;
    assert_eq!(only(world).await.incident.state, IncidentState::Resolved);
    // And what is odd by it is told as soon as it is confirmed.
    later(world, 90).await;
    later(world, 90).await;
    let again = only(world).await;
    assert_eq!((again.incident.state, again.incident.reopened), (IncidentState::Open, 1));
}
