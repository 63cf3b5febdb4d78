//! Versions go by the organization's rule, with all that only they held; nothing goes that somebody needs.

use std::sync::Arc;

use service::page::Paging;
use service::{Context, Error, drift, organization, schema};
use store::object::Address;
use store::{Tenant, manifest, version};
use types::drift::{DecideDrift, DriftStatus};
use types::organization::{PatchOrganization, Retention};
use types::schema::VersionSummary;
use types::snapshot::Object;
use types::{DriftId, SourceId};

use crate::database::on_both_databases;
use crate::shop;
use crate::world::{DAY, World};

on_both_databases![
    versions_that_no_rule_keeps_go_and_say_so,
    what_undecided_drift_and_an_open_incident_need_stays,
    a_version_that_somebody_checks_against_stays,
    after_any_scans_and_collections_all_that_is_left_is_compared,
];

async fn set(world: &World, versions: u32, days: u32) {
    let retention = Some(Retention { versions, days });
    let input = PatchOrganization { retention, ..PatchOrganization::default() };
    organization::patch(&world.context, &world.scope().await, input).await.unwrap();
}

/// A scan a day later finds something else.
async fn change(world: &World, objects: Vec<Object>) -> Option<DriftId> {
    world.wait(1).await;
    world.change(objects);
    world.scan().await.drift_id
}

async fn accept(world: &World, id: Option<DriftId>) {
    let input = DecideDrift::default();
    drift::decide(&world.context, &world.scope().await, id.unwrap(), DriftStatus::Accepted, input)
        .await
        .unwrap();
}

async fn history(world: &World) -> Vec<VersionSummary> {
    let paging = Paging::new(Some(200), None).unwrap();
    schema::history(&world.context, &world.scope().await, None, &paging).await.unwrap().items
}

/// The numbers of those that are kept, the oldest first.
async fn kept(world: &World) -> Vec<u32> {
    let mut whole: Vec<u32> = history(world)
        .await
        .into_iter()
        .filter(|version| version.removed_at.is_none())
        .map(|version| version.version)
        .collect();
    whole.reverse();
    whole
}

/// With nothing in memory.
fn afresh(world: &World) -> Context {
    let settings = world.context.settings.as_ref().clone();
    Context::new(world.context.store.clone(), world.clock.clone(), Arc::new(world.agent.clone()), settings)
}

fn between(from: u32, to: u32) -> schema::Between {
    schema::Between { from: Some(from.to_string()), to: Some(to.to_string()) }
}

async fn source(world: &World, tenant: &Tenant) -> SourceId {
    let tx = world.context.store.read(tenant).await.unwrap();
    store::source::list(&tx).await.unwrap().pop().unwrap().id
}

/// Where the shop's customers are in a version.
async fn customer(world: &World, number: u32) -> Address {
    let tenant = world.tenant().await;
    let source = source(world, &tenant).await;
    let tx = world.context.store.read(&tenant).await.unwrap();
    let version = version::find(&tx, source, number).await.unwrap();
    let entries = manifest::read(&tx, &version.manifest).await.unwrap();
    entries.into_iter().find(|entry| entry.path == "public.customer").unwrap().address
}

async fn versions_that_no_rule_keeps_go_and_say_so(world: &World) {
    world.scan().await;
    let dropped = change(world, shop::without_city()).await;
    accept(world, dropped).await;
    change(world, shop::catalog()).await;
    let last = change(world, shop::without_email()).await;
    accept(world, last).await;
    let (whole, without_city) = (customer(world, 1).await, customer(world, 2).await);
    assert_eq!(customer(world, 3).await, whole);
    // As long as nobody says otherwise, all of it is kept.
    world.wait(8).await;
    world.keep_house().await;
    assert_eq!(kept(world).await, [1, 2, 3, 4]);

    set(world, 2, 1).await;
    world.wait(1).await;
    world.keep_house().await;
    assert_eq!(kept(world).await, [3, 4]);
    assert!(world.holds(&whole).await && !world.holds(&without_city).await);
    let (context, scope) = (afresh(world), world.scope().await);
    let refused = schema::version(&context, &scope, None, 2, Default::default()).await.unwrap_err();
    assert!(matches!(refused, Error::VersionRemoved { version: 2, .. }), "{refused:?}");
    let detail = refused.detail();
    assert!(
        detail.starts_with("Version 2 was removed on 2027-") && detail.contains("drift history"),
        "{detail}"
    );
    let object = schema::object(&context, &scope, None, "public.customer", Some(1)).await;
    assert!(matches!(object, Err(Error::VersionRemoved { version: 1, .. })), "{object:?}");
    let file = schema::export(&context, &scope, None, Some(1)).await;
    assert!(matches!(file, Err(Error::VersionRemoved { version: 1, .. })), "{file:?}");
    for sides in [between(2, 4), between(4, 2), schema::Between { to: Some("3".into()), from: None }] {
        let compared = schema::compare(&context, &scope, None, sides).await;
        assert!(matches!(compared, Err(Error::VersionRemoved { version: 2, .. })), "{compared:?}");
    }
    let third = schema::version(&context, &scope, None, 3, Default::default()).await.unwrap();
    assert!(third.tables.iter().all(|table| !table.changed), "with what it would be compared is gone");
    let compared = schema::compare(&context, &scope, None, between(3, 4)).await.unwrap();
    assert_eq!(compared.sentence, "Dropped column public.customer.email; 1 breaking");
    // What happened is still told, and what comes next is compared with the newest.
    let event = drift::get(&context, &world.scope().await, dropped.unwrap()).await.unwrap();
    assert_eq!((event.drift.old_version, event.drift.new_version, event.changes.len()), (1, 2, 1));
    let told: Vec<_> = history(world).await.into_iter().map(|version| version.sentence).collect();
    assert_eq!(told[2].as_deref(), Some(event.drift.sentence.as_str()));
    assert!(change(world, shop::catalog()).await.is_some());
    assert_eq!(kept(world).await, [3, 4, 5]);
}

async fn what_undecided_drift_and_an_open_incident_need_stays(world: &World) {
    world.scan().await;
    let city = change(world, shop::without_city()).await;
    let name = change(world, shop::without_city_and_name()).await;
    accept(world, name).await;
    let back = change(world, shop::without_city()).await;
    accept(world, back).await;
    set(world, 1, 1).await;
    world.wait(2).await;
    world.keep_house().await;
    assert_eq!(kept(world).await, [1, 2, 4]);
    // Somebody has seen it and decided nothing yet.
    let acknowledged = DriftStatus::Acknowledged;
    let input = DecideDrift::default();
    drift::decide(&world.context, &world.scope().await, city.unwrap(), acknowledged, input).await.unwrap();
    world.wait(1).await;
    world.keep_house().await;
    assert_eq!(kept(world).await, [1, 2, 4]);
    accept(world, city).await;
    world.wait(1).await;
    world.keep_house().await;
    assert_eq!(kept(world).await, [4]);
}

async fn a_version_that_somebody_checks_against_stays(world: &World) {
    world.scan().await;
    for objects in [shop::without_city(), shop::without_city_and_name()] {
        let id = change(world, objects).await;
        accept(world, id).await;
    }
    let file = schema::export(&world.context, &world.scope().await, None, Some(2)).await.unwrap();
    set(world, 1, 1).await;
    world.wait(2).await;
    world.keep_house().await;
    assert_eq!(kept(world).await, [2, 3]);
    let again = schema::export(&afresh(world), &world.scope().await, None, Some(2)).await.unwrap();
    assert_eq!(again, file);
    // A year and more later nobody has asked for it again, and nobody is signed in.
    let tenant = world.tenant().await;
    let source = source(world, &tenant).await;
    world.advance(402 * DAY);
    world.keep_house().await;
    let tx = world.context.store.read(&tenant).await.unwrap();
    assert!(version::find(&tx, source, 2).await.unwrap().removed_at.is_some());
    assert!(version::find(&tx, source, 3).await.unwrap().removed_at.is_none());
}

async fn after_any_scans_and_collections_all_that_is_left_is_compared(world: &World) {
    let shops = [shop::catalog(), shop::without_city(), shop::without_email(), shop::without_city_and_name()];
    let mut random = fastrand::Rng::with_seed(7);
    set(world, 2, 3).await;
    world.scan().await;
    // Which shop each version is of, from the first.
    let mut found = vec![0];
    let mut removed = 0;
    for _ in 0..24 {
        let next = random.usize(..shops.len());
        let id = change(world, shops[next].clone()).await;
        if found.last() != Some(&next) {
            found.push(next);
            if random.u8(..8) > 0 {
                accept(world, id).await;
            }
        }
        world.keep_house().await;
        let left = kept(world).await;
        removed = removed.max(found.len() - left.len());
        assert_eq!(left.last().copied(), u32::try_from(found.len()).ok());
        let (context, scope) = (afresh(world), world.scope().await);
        for from in &left {
            for to in &left {
                let same = found[*from as usize - 1] == found[*to as usize - 1];
                let compared = schema::compare(&context, &scope, None, between(*from, *to)).await.unwrap();
                assert_eq!(compared.changes.is_empty(), same, "{from} {to} {:?}", compared.changes);
            }
        }
    }
    assert!(removed > 5, "{removed} of {} removed", found.len());
}
