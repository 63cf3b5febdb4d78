//! Sessions, of which each request is told anew.

use secrecy::SecretString;
use service::{Context, Credentials, Error, authenticate, authorize, identity, organization, permission};
use types::overview::Overview;

use crate::database::{on_both_databases, store};
use crate::world::{DAY, World};

on_both_databases![
    what_another_server_decides_about_a_session_holds_from_the_next_request_on,
    a_session_that_was_just_used_ends_when_its_time_is_over,
    the_first_page_shows_at_once_what_another_server_has_done,
];

async fn reaches(context: &Context, who: &Credentials) -> Result<(), Error> {
    authorize::<permission::OrganizationRead>(context, who).await.map(drop)
}

/// Another server of the same database, which keeps nothing that this one knows.
async fn elsewhere(world: &World) -> Context {
    let (clock, agent) = (world.clock.clone(), world.agent.clone());
    let settings = service::Settings::clone(&world.context.settings);
    Context::new(store(&world.database).await, clock, std::sync::Arc::new(agent), settings)
        .with_least_work_for_passwords()
        .unwrap()
}

async fn what_another_server_decides_about_a_session_holds_from_the_next_request_on(world: &World) {
    let (here, there) = (&world.context, elsewhere(world).await);
    let named = Credentials {
        org: Some(world.scope::<permission::OrganizationRead>().await.org().to_string()),
        ..world.credentials.clone()
    };
    for who in [&world.credentials, &named, &named] {
        reaches(here, who).await.unwrap();
    }
    let org = named.org.as_deref().unwrap();
    organization::suspend(&there, org, "The bill is open").await.unwrap();
    assert!(matches!(reaches(here, &named).await, Err(Error::Suspended(_))));
    organization::reactivate(&there, org).await.unwrap();
    reaches(here, &named).await.unwrap();

    identity::sign_out(&there, &world.credentials).await.unwrap();
    for who in [&world.credentials, &named] {
        assert!(matches!(reaches(here, who).await, Err(Error::Unauthenticated)));
        assert!(matches!(authenticate(here, who).await, Err(Error::Unauthenticated)));
    }
    let unknown = Credentials { session: Some(SecretString::from("another")), ..named };
    assert!(matches!(reaches(here, &unknown).await, Err(Error::Unauthenticated)));
}

async fn a_session_that_was_just_used_ends_when_its_time_is_over(world: &World) {
    for _ in 0..2 {
        reaches(&world.context, &world.credentials).await.unwrap();
    }
    world.advance(400 * DAY);
    assert!(matches!(reaches(&world.context, &world.credentials).await, Err(Error::Unauthenticated)));
}

async fn first_page(world: &World) -> Overview {
    service::overview::get(&world.context, &world.scope().await, None).await.unwrap()
}

async fn the_first_page_shows_at_once_what_another_server_has_done(world: &World) {
    assert_eq!((first_page(world).await.tables, first_page(world).await.last_scan_at), (0, None));
    let there = elsewhere(world).await;
    world.start().await.unwrap();
    service::worker::drain(&there).await.unwrap();
    let seen = first_page(world).await;
    assert!(seen.tables > 0 && seen.last_scan_at.is_some(), "{seen:?}");
}
