//! Organizations in schemas of their own, on PostgreSQL: moved there and back, migrated by themselves.

use std::sync::Mutex;

use migrations::Roles;
use migrations::silo::{self, Copied, Failed, Removed, Stage, State};
use serde_json::json;
use store::organization::{self, Row};
use store::sequence::{self, Position};
use store::{Error, Store, audit, object, placement};
use testkit::database::{RUNTIME, committed};
use testkit::postgres::Database;
use types::OrgId;
use types::organization::{Placement, PlanLimits, Retention};
use uuid::Uuid;

use crate::database::{Migrated, TestDatabase, at, in_silos, keys, tenant};

in_silos![a_schema_of_its_own_is_what_is_asked];

const FIRST: Uuid = Uuid::from_u128(1);
const SECOND: Uuid = Uuid::from_u128(2);
const DAY: i64 = 24 * 60 * 60 * 1000;

fn postgres(database: &TestDatabase) -> &Database {
    match &database.0 {
        Migrated::Postgres(database) => database,
        Migrated::Sqlite(_) => panic!("SQLite has no schemas"),
    }
}

async fn note(store: &Store, number: u128, subject: &str) -> Result<(), Error> {
    let tx = store.write(&tenant(number)).await?;
    let new = audit::New {
        at: at(0),
        actor: "ada@example.org",
        action: "source.changed",
        subject,
        detail: json!({"ratio": 0.25, "name": "Zoë"}),
        request_id: None,
    };
    audit::record(&tx, new).await?;
    object::put(&tx, subject.as_bytes(), at(0)).await?;
    tx.commit().await
}

/// How many rows the audit log of an organization has, all of them linked, each with its object.
async fn noted(store: &Store, number: u128) -> u64 {
    let tx = store.read(&tenant(number)).await.unwrap();
    let found = audit::verify(&tx).await.unwrap();
    assert!(found.intact, "{found:?}");
    for entry in audit::list(&tx, &audit::Filter::default(), None, 1_000).await.unwrap() {
        let bytes = object::get(&tx, &object::Address::of(entry.subject.as_bytes())).await.unwrap();
        assert_eq!(bytes, entry.subject.as_bytes());
    }
    found.rows
}

async fn position(store: &Store, number: u128) -> Position {
    sequence::position(&store.glance(&tenant(number)).await).await.unwrap()
}

async fn place(store: &Store, number: u128) -> Placement {
    placement::of(&store.read(&tenant(number)).await.unwrap()).await.unwrap()
}

/// How many rows of its audit log an organization has in a schema.
fn lie_in(database: &TestDatabase, schema: &str, org: Uuid) -> String {
    let sql = format!("SELECT count(*) FROM {schema}.audit WHERE org_id = '{org}'");
    postgres(database).psql(&sql).trim().to_owned()
}

async fn a_schema_of_its_own_is_what_is_asked(database: &TestDatabase) {
    let store = database.store().await;
    for (number, own) in [(1, Placement::Silo), (2, Placement::Silo), (3, Placement::Pooled)] {
        let before = position(&store, number).await;
        note(&store, number, "shop").await.unwrap();
        assert_eq!((noted(&store, number).await, place(&store, number).await), (1, own));
        assert_ne!(position(&store, number).await, before);
    }
    for (org, own) in [(FIRST, silo::schema(FIRST)), (SECOND, silo::schema(SECOND))] {
        assert_eq!(lie_in(database, &own, org), "1");
        assert_eq!(lie_in(database, "pooled", org), "0");
    }
    assert_eq!(lie_in(database, "pooled", Uuid::from_u128(3)), "1");
    assert_eq!(lie_in(database, &silo::schema(SECOND), FIRST), "0");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_move_there_and_back_loses_nothing_while_another_organization_works() {
    let database = TestDatabase::postgres();
    let store = database.store_with_source().await;
    let owner = database.owner_url();
    for number in 0..20 {
        note(&store, 1, &format!("source {number}")).await.unwrap();
    }
    // What cannot be written down is not done.
    let refused =
        silo::to_silo(&owner, &Roles::runtime(RUNTIME), FIRST, 0, async |_, _| Err("no".into())).await;
    assert_eq!(refused.unwrap_err().to_string(), "the move was not ended: no");
    assert_eq!((noted(&store, 1).await, place(&store, 1).await), (20, Placement::Pooled));
    let mut others = 0;
    let mut there = tokio::spawn(silo_of(&database, FIRST));
    let copied = loop {
        note(&store, 2, "meanwhile").await.unwrap();
        others += 1;
        tokio::select! {
            copied = &mut there => break copied.unwrap().unwrap(),
            () = tokio::task::yield_now() => {}
        }
    };
    // 20 rows of the log, 20 objects, a number that is given out, and a source.
    assert_eq!(copied.rows, 42);
    assert_eq!(
        silo::to_silo(&owner, &Roles::default(), FIRST, 0, committed).await.unwrap_err().to_string(),
        "the organization is there already"
    );
    assert_eq!((noted(&store, 1).await, noted(&store, 2).await), (20, others));
    note(&store, 1, "in its own schema").await.unwrap();
    assert_eq!(lie_in(&database, &silo::schema(FIRST), FIRST), "21");
    assert_eq!(lie_in(&database, "pooled", FIRST), "20", "what was left behind is as it was");

    let back = silo::to_pooled(&owner, FIRST, 0, committed).await.unwrap();
    assert_eq!(back, Copied { rows: 44, ..copied });
    note(&store, 1, "among the others").await.unwrap();
    assert_eq!((noted(&store, 1).await, noted(&store, 2).await), (22, others));
    assert_eq!(lie_in(&database, "pooled", FIRST), "22");
    assert!(matches!(silo::to_pooled(&owner, FIRST, 0, committed).await, Err(silo::Error::NoSilo)));
    // What is kept there of the time before is no hindrance.
    assert_eq!(silo_of(&database, FIRST).await.unwrap().rows, 46);
    assert_eq!(noted(&store, 1).await, 22);
}

fn silo_of(database: &TestDatabase, org: Uuid) -> impl Future<Output = Result<Copied, silo::Error>> + use<> {
    let owner = database.owner_url();
    async move { silo::to_silo(&owner, &Roles::runtime(RUNTIME), org, 0, committed).await }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_move_waits_for_changes_under_way_refuses_others_and_can_be_killed() {
    let database = TestDatabase::postgres();
    let store = database.store().await;
    note(&store, 1, "before").await.unwrap();
    for kill in [true, false] {
        let tx = store.write(&tenant(1)).await.unwrap();
        let address = object::put(&tx, b"under way", at(0)).await.unwrap();
        let moves = tokio::spawn(silo_of(&database, FIRST));
        database.0.waited("SELECT pg_advisory_xact_lock(").await.unwrap();
        assert_eq!(store.write(&tenant(1)).await.err(), Some(Error::OrganizationMoving));
        assert_eq!(noted(&store, 1).await, 1, "it can be read");
        note(&store, 2, "another").await.unwrap();
        if kill {
            postgres(&database).psql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() \
                 AND wait_event_type = 'Lock'",
            );
            assert!(moves.await.unwrap().is_err());
            drop(tx);
            let tx = store.write(&tenant(1)).await.unwrap();
            assert_eq!(object::get(&tx, &address).await.err(), Some(Error::NotFound));
            continue;
        }
        tx.commit().await.unwrap();
        moves.await.unwrap().unwrap();
        let tx = store.write(&tenant(1)).await.unwrap();
        assert_eq!(object::get(&tx, &address).await.unwrap(), b"under way");
    }
    assert_eq!(noted(&store, 1).await, 1);
}

#[tokio::test]
async fn an_organization_whose_schema_is_behind_is_refused_until_it_is_migrated() {
    let database = TestDatabase::silos();
    let (store, owner) = (database.store().await, database.owner_url());
    let pending = async || {
        let entries = silo::status(&owner, FIRST).await.unwrap();
        entries.into_iter().filter(|entry| !entry.applied).map(|entry| entry.name).collect::<Vec<_>>()
    };
    assert_eq!(pending().await, Vec::<String>::new());
    // Whoever adds a migration says that servers need it: `OLDEST_TENANT`.
    silo::down(&owner, FIRST, 1).await.unwrap();
    assert_eq!(pending().await, [silo::newest()]);
    assert_eq!(store.read(&tenant(1)).await.err(), Some(Error::OrganizationBehind));
    assert_eq!(note(&store, 1, "shop").await.err(), Some(Error::OrganizationBehind));
    note(&store, 2, "shop").await.unwrap();
    silo::up(&owner, &Roles::runtime(RUNTIME), FIRST).await.unwrap();
    note(&store, 1, "shop").await.unwrap();
    for refused in [
        silo::up(&owner, &Roles::default(), Uuid::from_u128(3)).await,
        silo::down(&owner, Uuid::max(), 1).await,
    ] {
        assert!(matches!(refused, Err(silo::Error::NoSilo)), "{refused:?}");
    }
    let refused = silo::to_silo("sqlite://here.db", &Roles::default(), FIRST, 0, committed).await;
    assert!(matches!(refused, Err(silo::Error::Embedded)), "{refused:?}");
    // What an earlier release migrated is not enough for a server to start.
    database.execute("DROP FUNCTION platform.enter_tenant(uuid, boolean, text)").await.unwrap();
    assert_eq!(note(&store, 2, "shop").await.err(), Some(Error::NotMigrated));
    assert_eq!(Store::connect(&database.settings(), keys()).await.err(), Some(Error::NotMigrated));
}

#[tokio::test]
async fn all_are_migrated_one_before_the_others_and_a_failure_stops_it_until_it_is_mended() {
    let database = TestDatabase::silos();
    let owner = database.owner_url();
    let runtime = &Roles::runtime(RUNTIME);
    let stages = Mutex::new(Vec::new());
    let told = |stage| stages.lock().unwrap().push(stage);
    let taken = || std::mem::take(&mut *stages.lock().unwrap());
    silo::down_all(&owner, 2, &told).await.unwrap();
    let mut undone = taken();
    undone.sort_by_key(|stage| matches!(stage, Stage::Silo(org) if *org == SECOND));
    undone.sort_by_key(|stage| *stage == Stage::Pooled);
    assert_eq!(undone, [Stage::Silo(FIRST), Stage::Silo(SECOND), Stage::Pooled]);
    silo::down_all(&owner, 2, &told).await.unwrap();
    assert_eq!(taken(), [Stage::Pooled], "done again, it undoes no more");

    // A migration that this version does not know.
    let alien = format!("{}.tenant_migration", silo::schema(FIRST));
    database.execute(&format!("INSERT INTO {alien} VALUES ('tenant_0000_alien', 0)")).await.unwrap();
    let failed = silo::up_all(&owner, runtime, Some(SECOND), &told).await.unwrap_err();
    assert!(matches!(failed, Failed::Silo { org: FIRST, .. }), "{failed}");
    assert_eq!(taken(), [Stage::Platform, Stage::Canary(SECOND), Stage::Pooled]);
    database.execute(&format!("DELETE FROM {alien} WHERE version = 'tenant_0000_alien'")).await.unwrap();
    silo::up_all(&owner, runtime, None, &told).await.unwrap();
    assert_eq!(taken(), [Stage::Platform, Stage::Canary(FIRST), Stage::Pooled]);
    let versions = silo::list(&owner).await.unwrap();
    assert!(
        versions.iter().all(|silo| silo.version == silo::newest() && silo.state == State::Live),
        "{versions:?}"
    );
    assert!(migrations::status(&owner).await.unwrap().iter().all(|entry| entry.applied));
}

#[tokio::test]
async fn what_a_move_leaves_behind_goes_after_a_week_and_the_schema_with_its_organization() {
    let database = TestDatabase::postgres();
    let (store, owner) = (database.store().await, database.owner_url());
    for number in [1, 2] {
        let tx = store.write(&tenant(number)).await.unwrap();
        let row = Row {
            id: OrgId(Uuid::from_u128(number)),
            slug: format!("org-{number}"),
            name: "Acme".into(),
            created_at: at(0),
            retention: Retention::default(),
            suspended: None,
            limits: PlanLimits::default(),
        };
        organization::insert(&tx, &row).await.unwrap();
        tx.commit().await.unwrap();
        note(&store, number, "shop").await.unwrap();
    }
    let org = silo::organization(&owner, "org-1").await.unwrap();
    assert_eq!((org, silo::organization(&owner, &SECOND.to_string()).await.unwrap()), (FIRST, SECOND));
    assert!(matches!(silo::organization(&owner, "org-3").await, Err(silo::Error::NoOrganization(_))));
    silo_of(&database, FIRST).await.unwrap();
    let remove = async |day| silo::remove_left_behind(&owner, day * DAY).await.unwrap();
    assert_eq!(remove(6).await, []);
    assert_eq!(remove(7).await, [Removed { org, schema: false }]);
    assert_eq!(
        (lie_in(&database, "pooled", FIRST), lie_in(&database, "pooled", SECOND)),
        ("0".into(), "1".into())
    );
    assert_eq!(noted(&store, 1).await, 1);

    silo::to_pooled(&owner, FIRST, 10 * DAY, committed).await.unwrap();
    assert_eq!(remove(16).await, []);
    assert_eq!(remove(17).await, [Removed { org, schema: true }]);
    assert_eq!((noted(&store, 1).await, silo::list(&owner).await.unwrap()), (1, vec![]));

    silo_of(&database, SECOND).await.unwrap();
    database.execute(&format!("DELETE FROM organization WHERE id = '{SECOND}'")).await.unwrap();
    assert_eq!(remove(1).await, [Removed { org: SECOND, schema: true }]);
    assert_eq!(
        (lie_in(&database, "pooled", SECOND), silo::list(&owner).await.unwrap()),
        ("0".into(), vec![])
    );
}
