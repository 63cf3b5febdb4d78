//! Sensitivity: what is said of a source and its parts decides what the next scan finds odd, and a preview says it before.

use service::incident::{self, Filter};
use service::page::Paging;
use service::sensitivity::{Wanted, get, preview, set};
use service::{Error, audit};
use types::incident::{IncidentDetail, IncidentState, Measure};
use types::sensitivity::{Sensitivity, SensitivityPlace, SensitivityPreview, SetSensitivity};

use crate::database::on_both_databases;
use crate::shop;
use crate::world::{DAY, World, founder};

on_both_databases![
    what_is_said_of_a_table_decides_what_the_next_scan_finds_odd,
    a_preview_counts_what_each_sensitivity_would_have_told,
    what_does_not_fit_is_named_with_its_place,
    sensitivities_are_of_their_organization,
];

const HOUR: u64 = 60 * 60;
const PRODUCT: &str = "public.product";

/// A day passes, after which there are so many products.
async fn day(world: &World, products: u64) {
    world.advance(DAY);
    let mut profiles = shop::contents(&shop::catalog(), 0, world.context.now());
    let table = profiles.iter_mut().find(|profile| profile.table == PRODUCT).unwrap();
    table.row_count = products;
    world.agent.state().profiles = profiles;
    world.scan().await;
}

/// Eleven days on which nothing happens; the last is a Tuesday.
async fn quiet_days(world: &World) {
    for _ in 0..11 {
        day(world, 100).await;
    }
}

async fn rows(world: &World) -> SensitivityPreview {
    let wanted = Wanted { source: None, table: PRODUCT.into(), column: None, measure: None };
    preview(&world.context, &world.scope().await, wanted).await.unwrap()
}

/// Fewer products than usual: so many that only `high` finds it odd.
async fn few(world: &World) -> u64 {
    let preview = rows(world).await;
    let [_, medium, high] = [0, 1, 2].map(|at| preview.replays[at].points.last().unwrap().lower.unwrap());
    let (least, most) = (medium.ceil(), high.ceil() - 1.0);
    assert!(50.0 < least && least <= most && most < 100.0, "{medium} {high}");
    ((least + most) / 2.0).round() as u64
}

async fn say(world: &World, table: Option<&str>, sensitivity: Option<Sensitivity>) {
    let input = SetSensitivity { table: table.map(str::to_owned), sensitivity, ..SetSensitivity::default() };
    set(&world.context, &world.scope().await, None, input).await.unwrap();
}

async fn incidents(world: &World) -> Vec<IncidentDetail> {
    let paging = Paging::new(None, None).unwrap();
    let page = incident::list(&world.context, &world.scope().await, Filter::default(), &paging).await;
    let mut details = Vec::new();
    for found in page.unwrap().items {
        details.push(incident::get(&world.context, &world.scope().await, found.id).await.unwrap());
    }
    details
}

async fn what_is_said_of_a_table_decides_what_the_next_scan_finds_odd(world: &World) {
    quiet_days(world).await;
    let few = few(world).await;
    day(world, few).await;
    assert_eq!(incidents(world).await, []);
    say(world, None, Some(Sensitivity::Low)).await;
    say(world, Some(PRODUCT), Some(Sensitivity::High)).await;
    // Nobody has written to the database since.
    world.advance(HOUR);
    world.scan().await;
    let [found] = incidents(world).await.try_into().unwrap();
    assert!(found.incident.title.starts_with(&format!("{PRODUCT} has {few} rows; ")), "{found:?}");
    let chart = incident::series(&world.context, &world.scope().await, found.incident.id).await.unwrap();
    assert_eq!((chart.series[0].table.as_str(), chart.series[0].sensitivity), (PRODUCT, Sensitivity::High));
    let last = chart.series[0].points.last().unwrap();
    assert!(last.anomaly && last.value < last.lower.unwrap(), "{last:?}");
    // The day before was judged by what was said then, and found as usual; it stays so in the chart.
    let judged: Vec<_> = chart.series[0].points.iter().filter(|point| point.lower.is_some()).collect();
    let [.., day_before, _] = judged.as_slice() else { panic!("{chart:?}") };
    assert_eq!((day_before.value, day_before.anomaly), (few as f64, false));
    assert!(day_before.lower.unwrap() <= day_before.value, "{day_before:?}");
    assert!(judged.len() > 3 && judged.len() < chart.series[0].points.len(), "{chart:?}");
    // It inherits again, and what the source is said to be finds nothing odd.
    say(world, Some(PRODUCT), None).await;
    world.advance(HOUR);
    world.scan().await;
    let [over] = incidents(world).await.try_into().unwrap();
    assert_eq!(over.incident.state, IncidentState::Resolved);
    assert_eq!(over.timeline.last().unwrap().message, "The values are as expected again");
    let later = incident::series(&world.context, &world.scope().await, over.incident.id).await.unwrap();
    assert_eq!(later.series[0].sensitivity, Sensitivity::Low);
    let judged = &chart.series[0].points;
    assert_eq!(later.series[0].points[..judged.len()], judged[..], "what was judged stays as it was judged");
    let paging = Paging::new(None, None).unwrap();
    let wanted = audit::Wanted { action: Some("sensitivity.changed".into()), ..audit::Wanted::default() };
    let written = audit::list(&world.context, &world.scope().await, wanted, &paging).await;
    let written = written.unwrap().items;
    assert_eq!(written.len(), 3);
    let place = serde_json::json!({"table": PRODUCT});
    let detail = serde_json::json!({"place": place, "before": "high", "after": null});
    assert_eq!(written[0].detail, detail);
}

async fn a_preview_counts_what_each_sensitivity_would_have_told(world: &World) {
    quiet_days(world).await;
    let few = few(world).await;
    day(world, few).await;
    day(world, 100).await;
    day(world, 3).await;
    let told = rows(world).await;
    assert_eq!((told.name.as_str(), told.measure, told.points), (PRODUCT, Measure::RowCount, 14));
    assert_eq!(
        (told.current.sensitivity, &told.current.from, told.learning),
        (Sensitivity::Medium, &None, 0)
    );
    let counts: Vec<_> = told.replays.iter().map(|replay| (replay.sensitivity, replay.alarms)).collect();
    assert_eq!(counts, [(Sensitivity::Low, 1), (Sensitivity::Medium, 1), (Sensitivity::High, 2)]);
    for replay in &told.replays {
        let alarms: Vec<_> =
            replay.points.iter().filter(|point| point.alarm).map(|point| point.value).collect();
        let expected = if replay.alarms == 2 { vec![few as f64, 3.0] } else { vec![3.0] };
        assert_eq!((replay.points.len(), alarms), (14, expected), "{:?}", replay.sensitivity);
        assert!(replay.points[0].lower.is_none(), "the first point was judged by nothing");
    }
    assert_eq!(get(&world.context, &world.scope().await, None).await.unwrap().settings, []);
    say(world, None, Some(Sensitivity::High)).await;
    let current = rows(world).await.current;
    assert_eq!((current.sensitivity, current.from), (Sensitivity::High, Some(SensitivityPlace::default())));
    // Of a column it is what goes missing; more than usual of what is there does no harm.
    let wanted =
        Wanted { source: None, table: "public.orders".into(), column: Some("note".into()), measure: None };
    let nulls = preview(&world.context, &world.scope().await, wanted).await.unwrap();
    assert_eq!((nulls.name.as_str(), nulls.measure), ("public.orders.note", Measure::NullPercent));
    assert!(nulls.replays.iter().all(|replay| replay.alarms == 0), "{nulls:?}");
}

async fn what_does_not_fit_is_named_with_its_place(world: &World) {
    let asked = async |table: &str, column: Option<&str>, measure| {
        let (table, column) = (table.to_owned(), column.map(str::to_owned));
        let wanted = Wanted { source: None, table, column, measure };
        preview(&world.context, &world.scope().await, wanted).await.map(|preview| preview.name)
    };
    assert!(matches!(asked(PRODUCT, None, None).await, Err(Error::NotFound("table"))));
    day(world, 100).await;
    assert_eq!(asked(PRODUCT, None, None).await.unwrap(), PRODUCT);
    assert!(matches!(asked("public.none", None, None).await, Err(Error::NotFound("table"))));
    assert!(matches!(asked(PRODUCT, Some("none"), None).await, Err(Error::NotFound("column"))));
    let rows = Some(Measure::RowCount);
    assert!(matches!(asked(PRODUCT, Some("name"), rows).await, Err(Error::Invalid(_))));
    let input = |table: &str, column: Option<&str>, sensitivity| SetSensitivity {
        table: Some(table.to_owned()),
        column: column.map(str::to_owned),
        measure: None,
        sensitivity,
    };
    let write = async |input| set(&world.context, &world.scope().await, None, input).await;
    for (table, column, pointer) in [("public.none", None, "/table"), (PRODUCT, Some("none"), "/column")] {
        let Err(Error::Invalid(faults)) = write(input(table, column, Some(Sensitivity::Low))).await else {
            panic!("{table}")
        };
        assert_eq!((faults[0].pointer.as_str(), faults[0].code.as_str()), (pointer, "unknown"));
        // What is said of something that is gone can be taken back.
        assert_eq!(write(input(table, column, None)).await.unwrap().settings, []);
    }
}

async fn sensitivities_are_of_their_organization(world: &World) {
    day(world, 100).await;
    say(world, None, Some(Sensitivity::High)).await;
    let stranger = founder(&world.context, "bob").await;
    let scope = service::authorize(&world.context, &stranger).await.unwrap();
    assert!(matches!(get(&world.context, &scope, None).await, Err(Error::NoSnapshot)));
    let wanted = Wanted { source: None, table: PRODUCT.into(), column: None, measure: None };
    let scope = service::authorize(&world.context, &stranger).await.unwrap();
    assert!(matches!(preview(&world.context, &scope, wanted).await, Err(Error::NoSnapshot)));
}
