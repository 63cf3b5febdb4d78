//! What is told of one object, under all its names and after its end.

use service::{Error, schema};
use types::schema::ObjectHistory;
use types::snapshot::{Body, Object};

use crate::database::on_both_databases;
use crate::shop;
use crate::world::World;

on_both_databases![an_object_is_followed_through_its_renames_and_beyond_its_end];

async fn history(world: &World, path: &str) -> Result<ObjectHistory, Error> {
    schema::object_history(&world.context, &world.scope().await, None, path).await
}

/// Each version in which it changed: the name, then the kinds of its changes.
fn told(history: &ObjectHistory) -> Vec<String> {
    let line = |version: &types::schema::ObjectVersion| {
        let kinds: Vec<&str> = version.changes.iter().map(|change| change.kind.as_str()).collect();
        format!("{} {} {}", version.version, version.path, kinds.join(" "))
    };
    history.versions.iter().map(line).collect()
}

/// The table of orders without its notes, under this name.
fn without_note(name: &str) -> Vec<Object> {
    let mut objects = shop::catalog();
    let orders = objects.iter_mut().find(|object| object.path == "public.orders").unwrap();
    if let Body::Table(table) = &mut orders.body {
        table.columns.retain(|column| column.name != "note");
    }
    orders.parts = vec!["public".into(), name.into()];
    orders.path = orders.parts.join(".");
    objects.sort_by(|one, other| one.path.cmp(&other.path));
    objects
}

async fn an_object_is_followed_through_its_renames_and_beyond_its_end(world: &World) {
    world.scan().await;
    let closed = shop::catalog().into_iter().filter(|object| object.path != "public.orders").collect();
    for objects in [without_note("orders"), without_note("all_orders"), closed] {
        world.change(objects);
        world.advance(24 * 60 * 60);
        world.scan().await;
    }
    let all_orders = history(world, "public.all_orders").await.unwrap();
    assert!(!all_orders.present && !all_orders.truncated);
    assert_eq!(
        told(&all_orders),
        [
            "4 public.all_orders table.dropped",
            "3 public.all_orders table.renamed",
            "2 public.orders column.dropped"
        ]
    );
    let note = history(world, "public.orders.note").await.unwrap();
    assert!(!note.present);
    assert_eq!(told(&note), ["3 public.orders.note table.renamed", "2 public.orders.note column.dropped"]);
    let untouched = history(world, "public.customer.email").await.unwrap();
    assert!(untouched.present && untouched.versions.is_empty());
    let unknown = history(world, "public.nothing").await;
    assert!(matches!(unknown, Err(Error::NotFound("object"))), "{unknown:?}");
}
