//! Suspended organizations: nobody is let in and nothing runs, and afterwards all goes on.

use secrecy::SecretString;
use service::page::Paging;
use service::{Credentials, Error, api_key, authorize, organization, permission, worker};
use types::api_key::{ApiKeyLimits, CreateApiKey};
use types::permission::Role;
use types::problem::Code;
use types::run::RunState;

use crate::database::on_both_databases;
use crate::world::{DAY, World, founder};

on_both_databases![
    nothing_of_a_suspended_organization_goes_on_and_a_reactivated_one_works_as_before,
    a_suspension_needs_a_reason_that_can_be_read_and_an_organization,
];

async fn reaches(world: &World, who: &Credentials) -> Result<(), Error> {
    authorize::<permission::OrganizationRead>(&world.context, who).await.map(drop)
}

async fn program(world: &World) -> Credentials {
    let (name, limits) = ("ci".into(), ApiKeyLimits::default());
    let input = CreateApiKey { name, role: Role::Admin, limits, expires_at: None };
    let made = api_key::create(&world.context, &world.scope().await, input).await.unwrap();
    let api_key = made.key.map(SecretString::from);
    Credentials { session: None, api_key, ..world.credentials.clone() }
}

async fn nothing_of_a_suspended_organization_goes_on_and_a_reactivated_one_works_as_before(world: &World) {
    let (context, key) = (&world.context, program(world).await);
    let org = world.scope::<permission::OrganizationRead>().await.org();
    let named = Credentials { org: Some(org.to_string()), ..world.credentials.clone() };
    let other = founder(context, "bob").await;
    world.scan().await;
    let waiting = world.start().await.unwrap();
    world.agent.state().calls.clear();
    organization::suspend(context, &org.to_string(), " The bill is open ").await.unwrap();

    for who in [&world.credentials, &named, &key] {
        let refused = reaches(world, who).await.unwrap_err();
        assert_eq!(refused.code(), Code::OrganizationSuspended);
        assert!(refused.detail().contains("The bill is open. "), "{}", refused.detail());
    }
    reaches(world, &other).await.unwrap();
    for _ in 0..3 {
        world.advance(DAY);
        assert_eq!(worker::drain(context).await.unwrap(), 0);
    }
    assert!(world.agent.state().calls.is_empty());

    assert_eq!(organization::reactivate(context, &org.to_string()).await.unwrap(), "ada's");
    assert_eq!(organization::reactivate(context, &org.to_string()).await.unwrap(), "ada's", "done already");
    for who in [&named, &key] {
        reaches(world, who).await.unwrap();
    }
    worker::drain(context).await.unwrap();
    assert_eq!(world.run(waiting).await.state, RunState::Cancelled);
    world.scan().await;

    let (scope, paging) = (world.scope().await, Paging::new(None, None).unwrap());
    let audit = service::audit::list(context, &scope, Default::default(), &paging).await.unwrap();
    let deeds: Vec<(&str, &str)> = audit
        .items
        .iter()
        .filter(|entry| entry.action.starts_with("organization."))
        .map(|entry| (entry.action.as_str(), entry.actor.as_str()))
        .collect();
    assert_eq!(deeds[0].0, "organization.reactivated");
    assert_eq!(deeds[1].0, "organization.suspended");
    assert_eq!((deeds.len(), deeds[0].1), (3, deeds[1].1), "{deeds:?}");
}

async fn a_suspension_needs_a_reason_that_can_be_read_and_an_organization(world: &World) {
    let org = world.scope::<permission::OrganizationRead>().await.org().to_string();
    for reason in ["", "  ", "two\nlines", &"x".repeat(301)] {
        let refused = organization::suspend(&world.context, &org, reason).await.unwrap_err();
        assert_eq!(refused.code(), Code::Invalid, "{reason:?}");
    }
    for name in ["nobody", "01a20469-476b-7477-8f26-683c4b76cebe"] {
        assert!(matches!(organization::suspend(&world.context, name, "why").await, Err(Error::NotFound(_))));
        assert!(matches!(organization::reactivate(&world.context, name).await, Err(Error::NotFound(_))));
    }
    reaches(world, &world.credentials).await.unwrap();
}
