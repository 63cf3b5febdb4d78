//! Retention: old statistics become those of days and weeks, and what is read of them stays.

use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use service::quality::{self, Range};
use service::{Credentials, authorize, identity, scan, worker};
use store::Tenant;
use store::statistics::{column_history, column_rollups, table_history, table_rollups};
use types::quality::{QualityTrends, Series};
use types::run::StartScan;
use types::session::SignIn;
use types::{SourceId, Timestamp};

use crate::database::on_both_databases;
use crate::shop;
use crate::world::{DAY, World};

on_both_databases![
    old_profiles_become_days_and_lines_stay_as_they_were,
    what_is_newest_stays_however_old_it_is,
];

/// Lets days go by, each with two scans that find something else; who is signed in stays so for a month.
async fn scan_daily(world: &World, days: u64) {
    for day in 0..days {
        for half in 0..2 {
            let now = world.context.now();
            let nulls = (day * 7 + half * 3) % 60;
            world.agent.state().profiles = shop::contents(&shop::catalog(), nulls, now);
            world.scan().await;
            world.advance(DAY / 2);
            world.tenant().await;
        }
    }
}

/// Months later: whoever signed in then signs in again.
async fn months_later(world: &World, days: u64) -> Credentials {
    world.advance(days * DAY);
    let input = SignIn { email: "ada@example.org".into(), password: "correct horse battery staple".into() };
    let session =
        identity::sign_in(&world.context, &world.credentials, input).await.unwrap().session().unwrap();
    let token = SecretString::from(session.token.expose_secret().to_owned());
    Credentials { session: Some(token), ..world.credentials.clone() }
}

/// Of some days, so many that a point stands for one of them or for a week.
async fn trends(world: &World, credentials: &Credentials, days: u32) -> QualityTrends {
    let to = world.context.now();
    let range = Range {
        table: Some("public.orders".into()),
        from: Some(Timestamp(to.0 - Duration::from_secs(DAY) * days)),
        to: Some(to),
        ..Range::default()
    };
    let scope = authorize(&world.context, credentials).await.unwrap();
    quality::trends(&world.context, &scope, range).await.unwrap()
}

/// Rows of profiles and of rollups, of tables and columns together.
async fn rows(world: &World, tenant: &Tenant) -> (usize, usize) {
    let tx = world.context.store.read(tenant).await.unwrap();
    let source: SourceId = store::source::list(&tx).await.unwrap().pop().unwrap().id;
    let (from, to) = (Timestamp::from_millis(0).unwrap(), world.context.now());
    let tables: Vec<String> =
        ["public.customer", "public.orders", "public.product"].map(String::from).to_vec();
    let profiles = table_history(&tx, source, None, from, to).await.unwrap().len()
        + column_history(&tx, source, &tables, from, to).await.unwrap().len();
    let rollups = table_rollups(&tx, source, &tables, from, to).await.unwrap().len()
        + column_rollups(&tx, source, &tables, None, from, to).await.unwrap().len();
    (profiles, rollups)
}

fn line<'a>(lines: &'a [Series], name: &str) -> &'a Series {
    lines.iter().find(|line| line.name == name).unwrap()
}

async fn old_profiles_become_days_and_lines_stay_as_they_were(world: &World) {
    let tenant = world.tenant().await;
    scan_daily(world, 12).await;
    // Three months pass, and then one more scan finds something new.
    let ada = months_later(world, 86).await;
    let now = world.context.now();
    world.agent.state().profiles = shop::contents(&shop::catalog(), 59, now);
    let scope = authorize(&world.context, &ada).await.unwrap();
    scan::start(&world.context, &scope, StartScan::default()).await.unwrap();
    worker::drain(&world.context).await.unwrap();
    let (before, whole) = (trends(world, &ada, 120).await, rows(world, &tenant).await);
    assert_eq!(whole.1, 0);
    let nulls = line(&before.null_percent, "public.orders.note");
    assert_eq!(nulls.points.len(), 13, "one for each day: {nulls:?}");
    world.keep_house().await;
    let after = rows(world, &tenant).await;
    assert!(after.0 < whole.0 && after.1 > 0, "{whole:?} {after:?}");
    assert!(after.0 + after.1 < whole.0, "two profiles of a day are one rollup: {whole:?} {after:?}");
    let rolled = trends(world, &ada, 120).await;
    assert_eq!((&rolled.null_percent, &rolled.row_count), (&before.null_percent, &before.row_count));
    assert_eq!(rolled.freshness, before.freshness);
    // Once more changes nothing.
    world.advance(6 * 60 * 60);
    world.keep_house().await;
    assert_eq!(rows(world, &tenant).await, after);
    // By weeks, the lines have the last of each.
    let weekly = trends(world, &ada, 500).await;
    let weeks = line(&weekly.null_percent, "public.orders.note");
    assert!(weeks.points.len() < nulls.points.len(), "{weeks:?}");
    assert!(weeks.points.iter().all(|point| nulls.points.contains(point)), "{weeks:?} {nulls:?}");
}

async fn what_is_newest_stays_however_old_it_is(world: &World) {
    let tenant = world.tenant().await;
    scan_daily(world, 2).await;
    let whole = rows(world, &tenant).await;
    let ada = months_later(world, 200).await;
    world.keep_house().await;
    let (profiles, rollups) = rows(world, &tenant).await;
    assert_eq!((profiles, rollups), (whole.0 / 2, whole.0 / 4), "the last day has two profiles of four");
    let paging = service::page::Paging::new(None, None).unwrap();
    let filter = quality::Filter::default();
    let scope = authorize(&world.context, &ada).await.unwrap();
    let page = quality::list(&world.context, &scope, filter, &paging).await.unwrap();
    assert_eq!(page.items.len(), 9);
}
