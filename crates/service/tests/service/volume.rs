//! Volumes: how many rows come in is judged by the days on which they do.

use service::incident::{self, Filter};
use service::page::Paging;
use types::incident::IncidentCause;

use crate::database::on_both_databases;
use crate::shop;
use crate::world::{DAY, World};

on_both_databases![quiet_weekends_of_a_growing_table_are_no_news];

/// A day passes, after which there are so many orders.
async fn day(world: &World, orders: u64) {
    world.advance(DAY);
    let now = world.context.now();
    let mut profiles = shop::contents(&shop::catalog(), 0, now);
    let table = profiles.iter_mut().find(|profile| profile.table == "public.orders").unwrap();
    table.row_count = orders;
    world.agent.state().profiles = profiles;
    world.scan().await;
}

async fn volumes(world: &World) -> Vec<String> {
    let paging = Paging::new(None, None).unwrap();
    let filter = Filter { cause: Some(IncidentCause::Volume), ..Filter::default() };
    let all = incident::list(&world.context, &world.scope().await, filter, &paging).await.unwrap();
    all.items.into_iter().map(|incident| format!("{} {}", incident.opened_at, incident.title)).collect()
}

/// The first day is a Saturday. Models are some days old when they judge: of a table with more than two weeks of points they
/// are fitted every few days.
async fn quiet_weekends_of_a_growing_table_are_no_news(world: &World) {
    let mut orders = 5_000;
    for number in 0..27 {
        orders += if matches!(number % 7, 0 | 1) { 100 } else { 1_000 } + number % 3;
        day(world, orders).await;
        assert_eq!(volumes(world).await, [""; 0], "day {number}");
    }
    // A Friday without a single order.
    day(world, orders).await;
    assert_eq!(volumes(world).await.len(), 1);
}
