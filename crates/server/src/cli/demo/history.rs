//! The demo's history, lived the way a person would live it: sign up, create an organization, add the agent as a source,
//! scan, look at what changed. Only the clock is another one.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use demo::{DAYS, SOURCE, Shop};
use secrecy::{ExposeSecret, SecretString};
use service::page::Paging;
use service::permission::{
    DriftHandle, DriftRead, IncidentHandle, IncidentRead, QualityManage, ScanRun, SchemaDescribe,
    SourceManage,
};
use service::{
    Context, Requires, Scope, SimulatedClock, drift, expectation, identity, incident, organization, scan,
    schema, source, worker,
};
use tokio::task::spawn_blocking;
use types::connection::Transport;
use types::drift::{DecideDrift, DriftStatus};
use types::incident::{DecideIncident, Decision, IncidentCause};
use types::organization::CreateOrganization;
use types::page::MAXIMUM_LIMIT;
use types::run::StartScan;
use types::schema::PatchObject;
use types::session::{SignIn, SignUp};
use types::source::{CreateSource, PatchSource, Schedule};

use super::credentials::Credentials;
use super::failed;
use crate::cli::Exit;

/// Events older than this have been dealt with.
const DEALT_WITH_AFTER: i64 = 7 * 24 * 3600;

/// How often the shop's people go through what changed.
const REVIEW_DAYS: u32 = 7;

/// After so many days the shop's people say what they expect of their data.
const EXPECTED_FROM: u32 = 30;

/// What they expect, as they would write it. The sign-up's bug of later makes e-mail addresses that are there already, so
/// one of it stops holding.
const EXPECTATIONS: &str = "\
version: 1
expectations:
- table: main.customers
  rule: {kind: unique, columns: [email]}
  severity: critical
  description: Two accounts with one address cannot both sign in.
- table: main.orders
  rule: {kind: accepted_values, column: status, values: [new, paid, shipped, cancelled]}
  description: The warehouse's program knows no other.
- table: main.order_items
  rule: {kind: range, column: quantity, minimum: '1', maximum: '100'}
- table: main.payments
  rule: {kind: referential, columns: [order_id], references: main.orders, referenced_columns: [id]}
  severity: critical
  description: Finance books every payment on an order.
- table: main.products
  rule: {kind: row_count, minimum: 100}
";

/// A session ends after a month in any case.
const SESSION_DAYS: u32 = 25;

/// What the shop's people wrote about their tables: path, words, owner.
const DESCRIPTIONS: &[(&str, &str, &str)] = &[
    (
        "main.orders",
        "One row per order, from the moment the customer confirms it. Cancelled orders stay.",
        "team-checkout",
    ),
    ("main.payments", "Captured payments. A transfer may arrive days after its order.", "team-finance"),
    ("main.customers", "Everybody who ever signed up, also those who never ordered.", "team-crm"),
    ("main.exchange_rates", "Daily reference rates against the euro, fetched at night.", "team-finance"),
    (
        "main.payments.provider_reference",
        "The provider's own number. Refunds cannot be made without it.",
        "team-finance",
    ),
];

/// Everything from the sign-up to the last day. `progress` hears of each day that is done.
pub(super) async fn live(
    context: &Context,
    clock: &Arc<SimulatedClock>,
    mut shop: Shop,
    person: &Credentials,
    (agent, token): (&str, &SecretString),
    mut progress: impl FnMut(u32),
) -> Result<Shop, Exit> {
    let mut credentials = found(context, person).await?;
    let input = CreateSource {
        name: SOURCE.to_owned(),
        transport: Transport::Direct,
        url: Some(agent.to_owned()),
        token: Some(token.expose_secret().to_owned()),
        agent_source: Some(SOURCE.to_owned()),
        tool_prefix: None,
        schedule: Schedule { every_minutes: Some(60) },
    };
    source::create(context, &may::<SourceManage>(context, &credentials).await?, input).await?;
    for day in 0..DAYS {
        shop =
            spawn_blocking(move || shop.live(day).map(|()| shop)).await.map_err(failed)?.map_err(failed)?;
        clock.set(shop.end_of(day));
        if day % SESSION_DAYS == 0 {
            credentials = sign_in(context, person).await?;
        }
        let input = StartScan { source: Some(SOURCE.to_owned()) };
        scan::start(context, &may::<ScanRun>(context, &credentials).await?, input).await?;
        worker::drain(context).await?;
        if day == EXPECTED_FROM {
            let scope = may::<QualityManage>(context, &credentials).await?;
            expectation::import(context, &scope, Some(SOURCE), EXPECTATIONS, false).await?;
        }
        if day % REVIEW_DAYS == 0 {
            deal_with_the_old(context, &credentials).await?;
        }
        progress(day + 1);
    }
    let credentials = sign_in(context, person).await?;
    describe(context, &credentials).await?;
    deal_with_the_old(context, &credentials).await?;
    acknowledge_the_late(context, &credentials).await?;
    identity::sign_out(context, &credentials).await?;
    Ok(shop)
}

/// Tells the source where the agent listens this time.
pub(super) async fn reconnect(
    context: &Context,
    person: &Credentials,
    agent: &str,
    token: &SecretString,
) -> Result<(), Exit> {
    let credentials = sign_in(context, person).await?;
    let patch = PatchSource {
        url: Some(agent.to_owned()),
        token: Some(token.expose_secret().to_owned()),
        ..PatchSource::default()
    };
    source::patch(context, &may::<SourceManage>(context, &credentials).await?, SOURCE, patch).await?;
    identity::sign_out(context, &credentials).await?;
    Ok(())
}

async fn found(context: &Context, person: &Credentials) -> Result<service::Credentials, Exit> {
    let nobody = request(None);
    let input = SignUp {
        email: person.email.clone(),
        password: person.password_text(),
        name: "Dana Demo".to_owned(),
    };
    let session = identity::sign_up_at_once(context, &nobody, input).await?;
    let credentials = request(Some(session.token));
    let signed_in = service::authenticate(context, &credentials).await?;
    let input = CreateOrganization { name: "Corner Shop".to_owned() };
    organization::create(context, &signed_in, &credentials.request_id, input).await?;
    Ok(credentials)
}

async fn sign_in(context: &Context, person: &Credentials) -> Result<service::Credentials, Exit> {
    let input = SignIn { email: person.email.clone(), password: person.password_text() };
    let session = identity::sign_in(context, &request(None), input).await?.session()?;
    Ok(request(Some(session.token)))
}

fn request(session: Option<SecretString>) -> service::Credentials {
    service::Credentials {
        session,
        api_key: None,
        clerk: None,
        org: None,
        request_id: "demo".to_owned(),
        ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
        user_agent: Some("bastion demo".to_owned()),
    }
}

async fn may<P: Requires>(context: &Context, credentials: &service::Credentials) -> Result<Scope<P>, Exit> {
    Ok(service::authorize::<P>(context, credentials).await?)
}

async fn describe(context: &Context, credentials: &service::Credentials) -> Result<(), Exit> {
    let scope = may::<SchemaDescribe>(context, credentials).await?;
    for (path, text, owner) in DESCRIPTIONS {
        let input = PatchObject {
            description: Some((*text).to_owned()),
            owner: Some((*owner).to_owned()),
            tags: None,
        };
        schema::patch_object(context, &scope, Some(SOURCE), path, input).await?;
    }
    Ok(())
}

async fn deal_with_the_old(context: &Context, credentials: &service::Credentials) -> Result<(), Exit> {
    let read = may::<DriftRead>(context, credentials).await?;
    let handle = may::<DriftHandle>(context, credentials).await?;
    let filter = drift::Filter { status: Some(DriftStatus::New), ..drift::Filter::default() };
    let events = drift::list(context, &read, filter, &Paging::new(Some(MAXIMUM_LIMIT), None)?).await?;
    let now = context.now();
    for event in events.items.iter().filter(|event| now.seconds_since(event.detected_at) > DEALT_WITH_AFTER) {
        let reason = event.breaking.then(|| "Announced in the release notes.".to_owned());
        drift::decide(
            context,
            &handle,
            event.id,
            DriftStatus::Accepted,
            DecideDrift { reason, ..DecideDrift::default() },
        )
        .await?;
    }
    Ok(())
}

/// Somebody has begun to look into the rates that stopped.
async fn acknowledge_the_late(context: &Context, credentials: &service::Credentials) -> Result<(), Exit> {
    let read = may::<IncidentRead>(context, credentials).await?;
    let handle = may::<IncidentHandle>(context, credentials).await?;
    let filter = incident::Filter {
        state: Some(incident::StateFilter::Active),
        cause: Some(IncidentCause::Freshness),
        ..incident::Filter::default()
    };
    let late = incident::list(context, &read, filter, &Paging::new(None, None)?).await?;
    for one in late.items {
        let comment =
            Some("The provider has moved its address. Asked team-finance for the new key.".to_owned());
        let input = DecideIncident { comment };
        incident::decide(context, &handle, one.id, Decision::Ack, input).await?;
    }
    Ok(())
}
