//! Versions that earlier releases recorded. `recorded/canonical_1.json` to `recorded/canonical_4.json` are what the rules of
//! their time made of `recorded/today.json`: the catalog of one shop, as the agent tells it.

use domain::{CANONICAL_VERSION, read_snapshot};
use service::page::Paging;
use service::{drift, incident, schema};
use store::manifest::{self, Entry};
use store::object::Packed;
use store::{run, source, version};
use types::RunId;
use types::run::{RunState, Trigger};
use types::schema::{ObjectCounts, ObjectGrants};
use types::snapshot::{Body, Snapshot};
use uuid::Uuid;

use crate::database::on_both_databases;
use crate::world::World;

on_both_databases![
    a_version_by_the_first_rules_is_recorded_anew_and_no_drift,
    a_version_by_the_second_rules_is_recorded_anew_and_no_drift,
    a_version_by_the_third_rules_is_recorded_anew_and_no_drift,
    a_version_by_the_fourth_rules_is_recorded_anew_and_no_drift,
];

const TODAY: &str = include_str!("recorded/today.json");

async fn a_version_by_the_first_rules_is_recorded_anew_and_no_drift(world: &World) {
    is_rebased(world, 1, include_str!("recorded/canonical_1.json")).await;
}

async fn a_version_by_the_second_rules_is_recorded_anew_and_no_drift(world: &World) {
    is_rebased(world, 2, include_str!("recorded/canonical_2.json")).await;
}

async fn a_version_by_the_third_rules_is_recorded_anew_and_no_drift(world: &World) {
    is_rebased(world, 3, include_str!("recorded/canonical_3.json")).await;
}

async fn a_version_by_the_fourth_rules_is_recorded_anew_and_no_drift(world: &World) {
    is_rebased(world, 4, include_str!("recorded/canonical_4.json")).await;
}

async fn is_rebased(world: &World, form: u32, recorded: &str) {
    let snapshot: Snapshot = serde_json::from_str(recorded).unwrap();
    assert_eq!(snapshot.header.canonical_version, form);
    assert!(form < CANONICAL_VERSION);
    record(world, snapshot).await;
    let mut today = read_snapshot(TODAY.as_bytes()).unwrap().objects;
    world.change(today.clone());
    world.advance(3600);
    let run = world.scan().await;
    assert_eq!((run.version, run.unchanged, run.drift_id), (Some(2), Some(false), None));
    assert_eq!(history(world).await, [(2, true), (1, false)]);
    let any = incident::Filter::default();
    let paging = Paging::new(None, None).unwrap();
    let incidents = incident::list(&world.context, &world.scope().await, any, &paging).await.unwrap();
    assert_eq!(incidents.items.len(), 0);
    // The old one is still read, and is not said to differ in what its rules wrote otherwise.
    let old =
        schema::version(&world.context, &world.scope().await, None, 1, Default::default()).await.unwrap();
    assert_eq!(old.tables.len(), 3);
    let new =
        schema::version(&world.context, &world.scope().await, None, 2, Default::default()).await.unwrap();
    let told = new.grants.iter().map(|grants| {
        let ObjectGrants { privileges, default_privileges, other_privileges, .. } = grants;
        (grants.path.as_str(), privileges.len(), default_privileges.len(), other_privileges.len())
    });
    assert_eq!(told.collect::<Vec<_>>(), [("database", 1, 1, 1), ("public", 1, 0, 0)]);
    let between = schema::Between { from: Some("1".into()), to: Some("2".into()) };
    let compared = schema::compare(&world.context, &world.scope().await, None, between).await.unwrap();
    let mut kinds: Vec<&str> = compared.changes.iter().map(|change| change.kind.as_str()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds, unread(form), "{:#?}", compared.changes);

    world.advance(3600);
    let again = world.scan().await;
    assert_eq!((again.version, again.unchanged), (Some(2), Some(true)));
    // What changes from now on is drift.
    let customer = today.iter_mut().find(|object| object.path == "public.customer").unwrap();
    let Body::Table(table) = &mut customer.body else { panic!("customers are no table") };
    table.columns.retain(|column| column.name != "city");
    world.change(today);
    let changed = world.scan().await;
    assert_eq!(changed.version, Some(3));
    let event = drift::get(&world.context, &world.scope().await, changed.drift_id.unwrap()).await.unwrap();
    assert_eq!((event.drift.old_version, event.drift.new_version), (2, 3));
    assert!(event.changes.iter().any(|change| change.path == "public.customer.city"), "{:?}", event.changes);
}

/// What the agents of that time did not read yet.
fn unread(form: u32) -> &'static [&'static str] {
    match form {
        1 => &[
            "check.changed",
            "column.identity_changed",
            "composite_type.added",
            "default_privilege.added",
            "foreign_key.changed",
            "foreign_server.added",
            "primary_key.changed",
            "privilege.added",
            "privilege.changed",
            "sequence.changed",
            "unique.changed",
        ],
        2 => &[
            "check.changed",
            "default_privilege.added",
            "foreign_key.changed",
            "foreign_server.added",
            "primary_key.changed",
            "privilege.added",
            "privilege.changed",
            "unique.changed",
        ],
        3 => &["default_privilege.added", "foreign_server.added", "privilege.added", "privilege.changed"],
        _ => &["privilege.added"],
    }
}

/// Versions, newest first, and whether each was recorded anew.
async fn history(world: &World) -> Vec<(u32, bool)> {
    let paging = Paging::new(None, None).unwrap();
    let page = schema::history(&world.context, &world.scope().await, None, &paging).await.unwrap();
    page.items.iter().map(|version| (version.version, version.rebased)).collect()
}

/// Writes the first version, as the release of that time left it.
async fn record(world: &World, snapshot: Snapshot) {
    let now = world.context.now();
    let tx = world.context.store.write(&world.tenant().await).await.unwrap();
    let mut shop = source::list(&tx).await.unwrap().pop().unwrap();
    let run = run::Run {
        id: RunId(Uuid::now_v7()),
        source_id: shop.id,
        state: RunState::Succeeded,
        trigger: Trigger::Manual,
        created_at: now,
        started_at: Some(now),
        finished_at: Some(now),
        version: Some(1),
        unchanged: Some(false),
        drift_id: None,
        tables_profiled: None,
        error: None,
        cancel_requested: false,
    };
    run::insert(&tx, &run).await.unwrap();
    let (mut blobs, mut entries) = (Vec::new(), Vec::new());
    for object in &snapshot.objects {
        let blob = Packed::new(&serde_json::to_vec(object).unwrap()).unwrap();
        entries.push(Entry {
            path: object.path.clone(),
            kind: object.body.kind().to_owned(),
            hash: object.hash.clone(),
            address: blob.address.clone(),
        });
        blobs.push(blob);
    }
    let (manifest, mut nodes) = manifest::pack(&entries).unwrap();
    blobs.append(&mut nodes);
    store::object::put_many(&tx, blobs, now).await.unwrap();
    let version = version::Version {
        source_id: shop.id,
        version: 1,
        root_hash: snapshot.header.root_hash.clone(),
        manifest,
        counts: ObjectCounts::default(),
        canonical_version: snapshot.header.canonical_version,
        captured_at: now,
        verified_at: now,
        header: snapshot.header,
        run_id: run.id,
        rebased: false,
        drift_id: None,
        removed_at: None,
    };
    version::insert(&tx, &version).await.unwrap();
    shop.schema_version = Some(1);
    shop.last_scan_at = Some(now);
    source::update(&tx, &shop, now).await.unwrap();
    tx.commit().await.unwrap();
}
