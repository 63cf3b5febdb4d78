//! What is asked by a statement that stands alone, and what is known without asking.

use store::caller::{self, Belonging, Within};
use store::organization::{self, Row};
use store::session::{self, TokenHash};
use store::{Moment, PlatformReads, Store, membership, user};
use types::organization::{PlanLimits, Retention};
use types::permission::Role;
use types::session::User;
use types::{OrgId, UserId};
use uuid::Uuid;

use crate::database::{Migrated, TestDatabase, at, keys, on_both_databases};

on_both_databases![
    a_caller_is_found_alike_in_a_transaction_and_at_a_glance,
    no_name_of_an_organization_is_read_as_anything_else,
    whose_account_is_disabled_is_nobody,
    a_moment_lasts_until_anybody_commits_a_change,
    many_who_ask_for_the_moment_at_once_are_all_told,
];

const ADA: UserId = UserId(Uuid::from_u128(1));
const ACME: OrgId = OrgId(Uuid::from_u128(11));
const SHOP: OrgId = OrgId(Uuid::from_u128(12));
const GONE: OrgId = OrgId(Uuid::from_u128(13));
const ASKED: OrgId = OrgId(Uuid::from_u128(14));
const OTHER: OrgId = OrgId(Uuid::from_u128(15));

fn token() -> TokenHash {
    TokenHash::of([7; 32])
}

/// Ada, signed in: a member of `acme` and `shop`, of one that is deleted, and who asks to join another.
async fn signed_in(store: &Store) {
    let tx = store.platform_write().await.unwrap();
    let ada = User {
        id: ADA,
        email: "ada@example.org".to_owned(),
        name: "Ada".to_owned(),
        created_at: at(0),
        email_confirmed_at: Some(at(1)),
    };
    user::insert(&tx, &ada, "$argon2id$").await.unwrap();
    for (id, slug) in [(ACME, "acme"), (SHOP, "shop"), (GONE, "gone"), (ASKED, "asked"), (OTHER, "other")] {
        let row = Row {
            id,
            slug: slug.to_owned(),
            name: slug.to_owned(),
            created_at: at(0),
            retention: Retention::default(),
            suspended: None,
            limits: PlanLimits { requests_per_minute: (id == SHOP).then_some(90), ..PlanLimits::default() },
        };
        assert!(organization::insert(&tx, &row).await.unwrap());
    }
    for (org, role, status) in [
        (ACME, Role::Owner, membership::Status::Active),
        (SHOP, Role::Viewer, membership::Status::Active),
        (GONE, Role::Admin, membership::Status::Active),
        (ASKED, Role::Member, membership::Status::Requested),
    ] {
        membership::insert(&tx, org, ADA, role, status, at(0)).await.unwrap();
    }
    let new = session::New {
        id: token(),
        user: ADA,
        org: Some(ACME),
        created_at: at(2),
        expires_at: at(1_000),
        ip: "192.0.2.1".to_owned(),
        user_agent: None,
        proved_at: Some(at(1)),
        sso: None,
        clerk: None,
    };
    session::insert(&tx, new).await.unwrap();
    tx.commit().await.unwrap();
    let tx = store.write(&store::Tenant::of(GONE)).await.unwrap();
    organization::delete(&tx, at(3), at(4)).await.unwrap();
    tx.commit().await.unwrap();
    let tx = store.write(&store::Tenant::of(SHOP)).await.unwrap();
    organization::suspend(&tx, at(3), "unpaid").await.unwrap();
    tx.commit().await.unwrap();
}

/// Where the holder of the session is found, in order.
async fn places(tx: &impl PlatformReads, within: Within<'_>) -> Vec<Belonging> {
    let mut found = caller::find(tx, &token(), within).await.unwrap().unwrap().belongings;
    found.sort_by_key(|one| one.org);
    found
}

async fn a_caller_is_found_alike_in_a_transaction_and_at_a_glance(database: &TestDatabase) {
    let store = database.store().await;
    signed_in(&store).await;
    let acme = ACME.to_string();
    for (within, expected) in [
        (Within::None, vec![]),
        (Within::Any, vec![ACME, SHOP]),
        (Within::Named("acme"), vec![ACME]),
        (Within::Named(&acme), vec![ACME]),
        (Within::Named("shop"), vec![SHOP]),
        (Within::Named("gone"), vec![]),
        (Within::Named("asked"), vec![]),
        (Within::Named("other"), vec![]),
        (Within::Named("nobody"), vec![]),
    ] {
        let glance = store.platform_glance().await;
        let read = store.platform_read().await.unwrap();
        let found = places(&glance, within).await;
        assert_eq!(found.iter().map(|one| one.org).collect::<Vec<_>>(), expected, "{within:?}");
        assert_eq!(format!("{found:?}"), format!("{:?}", places(&read, within).await), "{within:?}");
        let whole = caller::find(&glance, &token(), within).await.unwrap();
        let again = caller::find(&read, &token(), within).await.unwrap();
        let [whole, again] = [whole, again].map(|caller| caller.map(|one| (one.session, one.user)));
        assert_eq!(format!("{whole:?}"), format!("{again:?}"), "{within:?}");
    }
    let found = places(&store.platform_glance().await, Within::Any).await;
    let told: Vec<_> = found
        .iter()
        .map(|one| (one.standing.role, one.suspended.as_deref(), one.requests_per_minute))
        .collect();
    assert_eq!(told, [(Role::Owner, None, None), (Role::Viewer, Some("unpaid"), Some(90))]);
    let session =
        caller::find(&store.platform_glance().await, &token(), Within::None).await.unwrap().unwrap();
    assert_eq!((session.session.org, session.session.proved_at), (Some(ACME), at(1)));
    assert_eq!(session.user.email_confirmed_at, Some(at(1)));
    let unknown = TokenHash::of([8; 32]);
    assert!(caller::find(&store.platform_glance().await, &unknown, Within::Any).await.unwrap().is_none());
}

async fn no_name_of_an_organization_is_read_as_anything_else(database: &TestDatabase) {
    let store = database.store().await;
    signed_in(&store).await;
    let glance = store.platform_glance().await;
    for name in [
        "",
        "acme'",
        "acme' OR '1'='1",
        "acme'; DELETE FROM platform.session; --",
        "acme\\",
        "\\'; SELECT 1 --",
        "$1",
        "$$acme$$",
        "acme--",
        "acme/*",
        "ACME",
        "acmé",
        "acme ",
        "%",
        "acm_",
        "E'acme'",
    ] {
        assert_eq!(places(&glance, Within::Named(name)).await.len(), 0, "{name}");
    }
    assert_eq!(places(&glance, Within::Any).await.len(), 2, "all is as it was");
}

async fn whose_account_is_disabled_is_nobody(database: &TestDatabase) {
    let store = database.store().await;
    signed_in(&store).await;
    let tx = store.platform_write().await.unwrap();
    user::set_disabled(&tx, ADA, Some(at(5))).await.unwrap();
    tx.commit().await.unwrap();
    let found = caller::find(&store.platform_glance().await, &token(), Within::Any).await.unwrap();
    assert!(found.is_none());
}

async fn now(store: &Store) -> Moment {
    store.moment().await.unwrap().unwrap()
}

/// Notes when the session was used, which is one change.
async fn change(store: &Store, seconds: i64) {
    let tx = store.platform_write().await.unwrap();
    session::touch(&tx, &token(), at(seconds)).await.unwrap();
    tx.commit().await.unwrap();
}

async fn a_moment_lasts_until_anybody_commits_a_change(database: &TestDatabase) {
    let store = database.store().await;
    signed_in(&store).await;
    let moment = now(&store).await;
    let tx = store.platform_write().await.unwrap();
    session::touch(&tx, &token(), at(8)).await.unwrap();
    let during = now(&store).await;
    tx.commit().await.unwrap();
    let after = now(&store).await;
    assert!(after != moment && after != during, "as it is committed, not as it is begun");
    change(&store, 9).await;
    assert_ne!(now(&store).await, after);

    // As another process would.
    let other = Store::connect(&database.settings(), keys()).await.unwrap();
    let opened = now(&store).await;
    change(&other, 10).await;
    assert_ne!(now(&store).await, opened);
}

async fn many_who_ask_for_the_moment_at_once_are_all_told(database: &TestDatabase) {
    let store = database.store().await;
    let asked = (0..50).map(|_| {
        let store = store.clone();
        tokio::spawn(async move { now(&store).await })
    });
    let asked: Vec<_> = asked.collect();
    for one in asked {
        one.await.unwrap();
    }
}

/// Nobody else commits on a file of one's own; all databases of a server count together.
#[tokio::test]
async fn a_moment_of_an_embedded_database_lasts_while_others_read_and_take_back() {
    let database = TestDatabase::of(Migrated::sqlite().await).await;
    let store = database.store().await;
    signed_in(&store).await;
    let moment = now(&store).await;
    places(&store.platform_read().await.unwrap(), Within::Any).await;
    let tx = store.platform_write().await.unwrap();
    session::touch(&tx, &token(), at(8)).await.unwrap();
    assert_eq!(now(&store).await, moment, "nothing of it is committed yet");
    drop(tx);
    assert_eq!(now(&store).await, moment, "nor will it be");
    let other = Store::connect(&database.settings(), keys()).await.unwrap();
    assert_ne!(now(&other).await, now(&store).await, "two that watch do not count alike");
}
