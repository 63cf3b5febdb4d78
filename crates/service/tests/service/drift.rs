//! What a change of the schema leads to.

use service::{drift, overview, page::Paging};
use types::change::Severity;
use types::drift::{DecideDrift, DriftStatus};
use types::overview::Verdict;

use crate::database::on_both_databases;
use crate::shop;
use crate::world::{Traces, World};

on_both_databases![
    a_change_is_one_event_that_says_exactly_that,
    an_upgrade_of_the_engine_is_no_drift,
    a_decision_is_kept_and_ends_the_alarm,
    events_are_found_by_what_they_say_and_what_they_break,
];

async fn a_change_is_one_event_that_says_exactly_that(world: &World) {
    world.agent.state().fingerprint = "one".into();
    world.scan().await;
    world.advance(3600);
    world.change(shop::without_city());
    let run = world.scan().await;
    assert_eq!((run.version, run.unchanged), (Some(2), Some(false)));
    assert_eq!(world.traces().await, Traces { versions: 2, drifts: 1, profiles: 2, staged: 0 });
    let event = drift::get(&world.context, &world.scope().await, run.drift_id.unwrap()).await.unwrap();
    assert_eq!((event.drift.old_version, event.drift.new_version), (1, 2));
    assert_eq!((event.drift.severity, event.drift.breaking), (Severity::Breaking, true));
    assert_eq!(event.drift.sentence, "Dropped column public.customer.city; 1 breaking");
    assert_eq!(event.drift.affected, ["public.customer", "public.customer_list", "public.orders"]);
    let [change] = event.changes.as_slice() else { panic!("{:?}", event.changes) };
    assert_eq!((change.kind.as_str(), change.path.as_str()), ("column.dropped", "public.customer.city"));
    assert!(change.evidence[0].contains("0.0 % NULL and 100 different values"), "{:?}", change.evidence);
}

async fn an_upgrade_of_the_engine_is_no_drift(world: &World) {
    world.scan().await;
    world.change(shop::without_city());
    world.agent.state().engine_version = "16.1".into();
    let run = world.scan().await;
    assert_eq!((run.version, run.drift_id), (Some(2), None));
    assert_eq!(world.traces().await, Traces { versions: 2, drifts: 0, profiles: 2, staged: 0 });
    let paging = Paging::new(None, None).unwrap();
    let history =
        service::schema::history(&world.context, &world.scope().await, None, &paging).await.unwrap();
    let rebased: Vec<_> = history.items.iter().map(|version| (version.version, version.rebased)).collect();
    assert_eq!(rebased, [(2, true), (1, false)]);
}

async fn a_decision_is_kept_and_ends_the_alarm(world: &World) {
    world.scan().await;
    world.change(shop::without_city());
    let id = world.scan().await.drift_id.unwrap();
    let before = overview::get(&world.context, &world.scope().await, None).await.unwrap();
    assert_eq!((before.drift.status.as_str(), before.drift.breaking), ("breaking_changes", 1));
    assert_eq!(before.trust.verdict, Verdict::NotTrustworthy);
    assert_eq!(before.attention[0].kind, "incident");
    assert_eq!(before.attention[0].message, "Dropped column public.customer.city; 1 breaking");
    let input = DecideDrift { reason: Some("We moved it.".into()), ..DecideDrift::default() };
    let decided =
        drift::decide(&world.context, &world.scope().await, id, DriftStatus::Accepted, input).await.unwrap();
    let decision = decided.decision.unwrap();
    assert_eq!((decision.by.as_str(), decision.reason.as_deref()), ("ada", Some("We moved it.")));
    let after = overview::get(&world.context, &world.scope().await, None).await.unwrap();
    assert_eq!((after.drift.status.as_str(), after.drift.breaking), ("healthy", 0));
    assert_eq!(after.trust.sentence, "Data is trustworthy");
    assert_eq!((after.tables, after.columns, after.schema_version), (3, 9, Some(2)));
    assert_eq!(after.sparklines.breaking.last().and_then(|point| point.value), Some(1.0));
}

async fn events_are_found_by_what_they_say_and_what_they_break(world: &World) {
    world.scan().await;
    world.change(shop::without_city());
    world.scan().await;
    let any = drift::Filter::default;
    let text = |text: &str| drift::Filter { text: Some(text.into()), ..any() };
    for (filter, found) in [
        (any(), 1),
        (drift::Filter { breaking: Some(true), ..any() }, 1),
        (drift::Filter { breaking: Some(false), ..any() }, 0),
        (text("CITY"), 1),
        // Only among what is affected, not in the sentence.
        (text("customer_list"), 1),
        (text("%"), 0),
        (text("invoice"), 0),
    ] {
        let paging = Paging::new(None, None).unwrap();
        let page = drift::list(&world.context, &world.scope().await, filter.clone(), &paging).await.unwrap();
        assert_eq!(page.items.len(), found, "{filter:?}");
    }
}
