//! Deleted organizations: nothing of them goes on, they come back whole, or not one row of them is left.

use std::collections::BTreeMap;

use secrecy::SecretString;
use service::page::Paging;
use service::scan::Filter;
use service::{
    Credentials, Error, api_key, authenticate, authorize, identity, invitation, organization, permission,
    scan, source, worker,
};
use store::Tenant;
use tokio_util::sync::CancellationToken;
use types::OrgId;
use types::api_key::{ApiKeyLimits, CreateApiKey};
use types::organization::CreateInvitation;
use types::permission::Role;
use types::run::{RunState, StartScan};
use types::session::{DeletedOrganization, Me};
use types::source::Schedule;

use crate::agent::Fault;
use crate::crash::Killed;
use crate::database::on_both_databases;
use crate::shop;
use crate::world::{DAY, World, founder, open_shop};

on_both_databases![
    nothing_of_a_deleted_organization_goes_on_and_a_restored_one_works_as_before,
    a_scan_that_runs_ends_when_its_organization_is_deleted,
    only_an_owner_restores_an_organization_and_only_before_it_is_purged,
    a_purged_organization_leaves_no_row_and_no_row_of_another_is_changed,
    a_purge_goes_on_after_every_stop,
    a_purge_goes_on_after_every_kill,
];

async fn me(world: &World, who: &Credentials) -> Me {
    let signed_in = authenticate(&world.context, who).await.unwrap();
    identity::me(&world.context, &signed_in).await.unwrap()
}

async fn delete(world: &World) -> OrgId {
    let scope = world.scope::<permission::OrganizationDelete>().await;
    organization::delete(&world.context, &scope).await.unwrap();
    scope.org()
}

async fn restore(world: &World, who: &Credentials, org: OrgId) -> Result<String, Error> {
    let signed_in = authenticate(&world.context, who).await.unwrap();
    organization::restore(&world.context, &signed_in, "test", org).await.map(|restored| restored.slug)
}

async fn reaches(world: &World, who: &Credentials) -> Result<(), Error> {
    authorize::<permission::OrganizationRead>(&world.context, who).await.map(drop)
}

async fn program(world: &World) -> Credentials {
    let input = CreateApiKey {
        name: "ci".into(),
        role: Role::Admin,
        limits: ApiKeyLimits::default(),
        expires_at: None,
    };
    let made = api_key::create(&world.context, &world.scope().await, input).await.unwrap();
    let key = made.key.unwrap();
    Credentials { session: None, api_key: Some(SecretString::from(key)), ..world.credentials.clone() }
}

async fn nothing_of_a_deleted_organization_goes_on_and_a_restored_one_works_as_before(world: &World) {
    let (key, slug) = (program(world).await, me(world, &world.credentials).await.memberships[0].slug.clone());
    world.scan().await;
    let schedule = Schedule { every_minutes: Some(60) };
    source::set_schedule(&world.context, &world.scope().await, Some("shop"), schedule).await.unwrap();
    let waiting = world.start().await.unwrap();
    world.agent.state().calls.clear();
    let deleted_at = world.context.now();
    let org = delete(world).await;

    let named = Credentials { org: Some(slug.clone()), ..world.credentials.clone() };
    assert!(matches!(reaches(world, &named).await, Err(Error::NotFound(_))));
    assert!(matches!(reaches(world, &world.credentials).await, Err(Error::OrganizationRequired)));
    assert!(matches!(reaches(world, &key).await, Err(Error::Unauthenticated)));
    let mine = me(world, &world.credentials).await;
    let purge_at = types::Timestamp(deleted_at.0 + std::time::Duration::from_secs(30 * DAY));
    let shown = DeletedOrganization {
        org_id: org,
        slug: slug.clone(),
        name: "ada's".into(),
        deleted_at,
        purge_at: Some(purge_at),
    };
    assert_eq!((mine.memberships.len(), mine.default_org.clone()), (0, None));
    assert_eq!(mine.deleted_organizations, [shown]);
    // The scan that waits and the one that is planned wait on, days and nights, and no house is kept for it.
    for _ in 0..3 {
        world.advance(DAY);
        assert_eq!(worker::drain(&world.context).await.unwrap(), 0);
        assert_eq!(store::job::next_due(&world.context.store).await.unwrap(), None);
    }
    worker::plan(&world.context).await.unwrap();
    assert_eq!(worker::drain(&world.context).await.unwrap(), 1, "the deployment's own job");
    assert!(world.agent.state().calls.is_empty());

    assert_eq!(restore(world, &world.credentials, org).await.unwrap(), slug);
    assert_eq!(restore(world, &world.credentials, org).await.unwrap(), slug, "done already");
    for who in [&world.credentials, &named, &key] {
        reaches(world, who).await.unwrap();
    }
    assert!(me(world, &world.credentials).await.deleted_organizations.is_empty());
    // What waited was cancelled; what was planned is made up for, once; then all goes on.
    worker::drain(&world.context).await.unwrap();
    assert_eq!(world.run(waiting).await.state, RunState::Cancelled);
    let paging = Paging::new(None, None).unwrap();
    let list = async || {
        let scope = world.scope().await;
        scan::list(&world.context, &scope, Filter::default(), &paging).await.unwrap().items
    };
    let states: Vec<RunState> = list().await.iter().map(|run| run.state).collect();
    assert_eq!(states, [RunState::Succeeded, RunState::Cancelled, RunState::Succeeded]);
    world.advance(61 * 60);
    worker::drain(&world.context).await.unwrap();
    assert_eq!(list().await.len(), 4);
    let scope = world.scope().await;
    let audit = service::audit::list(&world.context, &scope, Default::default(), &paging).await.unwrap();
    let actions: Vec<String> = audit.items.into_iter().map(|entry| entry.action).collect();
    let of_it: Vec<&str> =
        actions.iter().filter(|action| action.starts_with("organization.")).map(String::as_str).collect();
    assert_eq!(of_it, ["organization.restored", "organization.deleted", "organization.created"]);
}

async fn a_scan_that_runs_ends_when_its_organization_is_deleted(world: &World) {
    let id = world.start().await.unwrap();
    world.agent.state().faults.insert(3, Fault::Hang);
    let context = world.context.clone();
    let working = tokio::spawn(async move { worker::drain(&context).await });
    while world.agent.state().calls.len() < 3 {
        assert!(!working.is_finished());
        tokio::task::yield_now().await;
    }
    let org = delete(world).await;
    // The agent never answers: it ends because it is told to.
    working.await.unwrap().unwrap();
    let asked = world.agent.state().calls.len();
    let tx = world.context.store.read(&Tenant::of(org)).await.unwrap();
    assert_eq!(store::run::find(&tx, id).await.unwrap().state, RunState::Cancelled);
    drop(tx);
    restore(world, &world.credentials, org).await.unwrap();
    assert_eq!(world.agent.state().calls.len(), asked);
    world.scan().await;
}

async fn only_an_owner_restores_an_organization_and_only_before_it_is_purged(world: &World) {
    let administrator = founder(&world.context, "bob").await;
    let (org, name) = (world.scope::<permission::OrganizationRead>().await.org(), "cy@example.org");
    let signed_in = authenticate(&world.context, &administrator).await.unwrap();
    let tx = world.context.store.write(&Tenant::of(org)).await.unwrap();
    let active = store::membership::Status::Active;
    let now = world.context.now();
    store::membership::insert(&tx, org, signed_in.user.id, Role::Admin, active, now).await.unwrap();
    tx.commit().await.unwrap();
    let input = CreateInvitation { email: name.into(), role: Role::Viewer };
    invitation::create(&world.context, &world.scope().await, input).await.unwrap();
    delete(world).await;
    assert!(me(world, &administrator).await.deleted_organizations.is_empty());
    let stranger = OrgId(uuid::Uuid::from_u128(5));
    for (who, org) in [(&administrator, org), (&world.credentials, stranger)] {
        assert!(matches!(restore(world, who, org).await, Err(Error::NotFound(_))));
    }
    // Its time has come, but nobody has kept house: it is there still.
    its_time_comes(world).await;
    restore(world, &world.credentials, org).await.unwrap();
    delete(world).await;
    its_time_comes(world).await;
    let tx = world.context.store.write(&Tenant::of(org)).await.unwrap();
    assert!(store::purge::begin(&tx, world.context.now()).await.unwrap());
    tx.commit().await.unwrap();
    assert!(matches!(restore(world, &world.credentials, org).await, Err(Error::NotFound(_))));
    assert!(me(world, &world.credentials).await.deleted_organizations.is_empty());
}

/// The grace period ends. The clock stays, so that there is nothing else to do for housekeeping, and who is signed in stays
/// so.
async fn its_time_comes(world: &World) {
    let now = world.context.now().millis();
    let sql = format!("UPDATE organization SET purge_at = {now} WHERE deleted_at IS NOT NULL");
    assert_eq!(world.database.execute(&sql).await.unwrap(), 1);
}

/// Two organizations that have scanned, of which the first is deleted and can be purged; and that one, and the second
/// one's rows.
async fn two(world: &World) -> (OrgId, OrgId, BTreeMap<String, Vec<String>>) {
    let bob = founder(&world.context, "bob").await;
    open_shop(&world.context, &bob).await;
    let scope = authorize::<permission::ScanRun>(&world.context, &bob).await.unwrap();
    program(world).await;
    scan::start(&world.context, &scope, StartScan::default()).await.unwrap();
    world.scan().await;
    world.change(shop::without_city());
    world.scan().await;
    scan::start(&world.context, &scope, StartScan::default()).await.unwrap();
    worker::drain(&world.context).await.unwrap();
    // One that waits, and what is kept of it.
    world.start().await.unwrap();
    let org = delete(world).await;
    its_time_comes(world).await;
    worker::plan(&world.context).await.unwrap();
    let rows = world.database.contents(scope.org()).await.unwrap();
    for table in ["schema_version", "drift", "incident", "run_log", "column_stats", "audit", "data_key"] {
        assert!(!rows[table].is_empty(), "{table}");
    }
    (org, scope.org(), rows)
}

/// Nothing of the one, and of the other what there was.
async fn check(world: &World, (org, other, before): &(OrgId, OrgId, BTreeMap<String, Vec<String>>)) {
    let left = world.database.contents(*org).await.unwrap();
    assert!(left.values().all(Vec::is_empty), "{left:?}");
    let after = world.database.contents(*other).await.unwrap();
    for (table, rows) in before {
        // Its own housekeeping was put in and done.
        if table != "job" {
            assert_eq!(&after[table], rows, "{table}");
        }
    }
    let name = world.database.literal(*org);
    let there = format!("UPDATE organization SET slug = slug WHERE id = {name}");
    assert_eq!(world.database.execute(&there).await.unwrap(), 0);
    let ended =
        format!("UPDATE purge SET id = id WHERE id = {name} AND ended_at IS NOT NULL AND audit_rows > 3");
    assert_eq!(world.database.execute(&ended).await.unwrap(), 1);
}

async fn a_purged_organization_leaves_no_row_and_no_row_of_another_is_changed(world: &World) {
    let two = two(world).await;
    worker::drain(&world.context).await.unwrap();
    check(world, &two).await;
    // Its name can be had again.
    let eve = founder(&world.context, "eve").await;
    let signed_in = authenticate(&world.context, &eve).await.unwrap();
    let input = types::organization::CreateOrganization { name: "ada's".into() };
    let again = organization::create(&world.context, &signed_in, "test", input).await.unwrap();
    assert_eq!(again.slug, "ada-s");
}

async fn a_purge_goes_on_after_every_stop(world: &World) {
    let two = two(world).await;
    let stop = CancellationToken::new();
    stop.cancel();
    let rows = async || {
        let left = world.database.contents(two.0).await.unwrap();
        (left.values().map(Vec::len).sum::<usize>(), left["data_key"].len())
    };
    let (mut left, mut stops) = (rows().await.0, 0);
    // A worker that stops does one batch of it, and leaves the rest to the next.
    while worker::work_on_next(&world.context, &stop, worker::HEARTBEAT).await.unwrap() {
        let (now, keys) = rows().await;
        if now < left {
            assert_eq!(keys, 0, "the keys go first");
            (left, stops) = (now, stops + 1);
        }
    }
    assert!(stops > 20, "{stops}");
    check(world, &two).await;
}

async fn a_purge_goes_on_after_every_kill(world: &World) {
    let two = two(world).await;
    // The deployment's job, which puts the purge in.
    let stop = CancellationToken::new();
    assert!(worker::work_on_next(&world.context, &stop, worker::HEARTBEAT).await.unwrap());
    for polls in [7, 23, 41, 67, 97, 131, 173, 211] {
        Killed { polls, working: Box::pin(worker::drain(&world.context)) }.await;
        world.advance(120);
    }
    worker::drain(&world.context).await.unwrap();
    check(world, &two).await;
}
