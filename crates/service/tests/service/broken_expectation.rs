//! Incidents of what users expect, and what ends them.

use service::{Error, expectation, incident};
use types::expectation::{ExpectationOutcome, ExpectationRule, ExpectationState as State, PatchExpectation};
use types::incident::{DecideIncident, Decision, Evidence, IncidentCause, IncidentSeverity, IncidentState};

use crate::database::on_both_databases;
use crate::expectation::{
    HOUR, break_note, critical, deductions, detail_of, expect, incidents, kinds, not_null, only, patch,
    states, try_expect,
};
use crate::shop;
use crate::world::World;

on_both_databases![
    several_of_one_object_are_one_incident,
    what_is_switched_off_or_removed_ends_its_incident,
    what_somebody_called_expected_stays_quiet,
    another_rule_is_judged_anew,
    a_dropped_column_is_the_schemas_matter_alone,
    a_table_that_was_not_read_keeps_its_incident,
];

async fn several_of_one_object_are_one_incident(world: &World) {
    let first = expect(world, not_null("note")).await;
    let pattern = ExpectationRule::Pattern { column: "note".into(), pattern: "^[A-Z]".into() };
    let mut second = critical("public.orders", pattern);
    second.severity = IncidentSeverity::Warning;
    let second = try_expect(world, second).await.unwrap().id;
    break_note(world, 3);
    world.scan().await;
    let both = only(world).await;
    assert_eq!(both.incident.title, "2 expectations of public.orders.note do not hold");
    assert!(matches!(&both.evidence, Evidence::Expectations { total: 2, .. }));
    expectation::delete(&world.context, &world.scope().await, first).await.unwrap();
    assert_eq!(kinds(&only(world).await), ["opened"], "the other one still fails");
    world.advance(HOUR);
    world.scan().await;
    let one = only(world).await;
    assert_eq!(kinds(&one), ["opened", "changed"]);
    let Evidence::Expectations { broken, total: 1, .. } = &one.evidence else { panic!("{one:?}") };
    assert_eq!((broken[0].id, broken[0].severity), (second, IncidentSeverity::Warning));
}

async fn what_is_switched_off_or_removed_ends_its_incident(world: &World) {
    let id = expect(world, not_null("note")).await;
    break_note(world, 3);
    world.scan().await;
    patch(world, id, PatchExpectation { enabled: Some(false), ..Default::default() }).await;
    let over = only(world).await;
    assert_eq!((over.incident.state, over.timeline[1].actor.as_str()), (IncidentState::Resolved, "ada"));
    world.advance(HOUR);
    world.scan().await;
    assert_eq!((states(world, id).await.len(), deductions(world, "public.orders").await), (1, vec![]));
    assert_eq!(world.agent.state().expected, []);
    patch(world, id, PatchExpectation { enabled: Some(true), ..Default::default() }).await;
    world.advance(HOUR);
    world.scan().await;
    assert_eq!(kinds(&only(world).await), ["opened", "resolved", "reopened"]);
    expectation::delete(&world.context, &world.scope().await, id).await.unwrap();
    assert_eq!(only(world).await.incident.state, IncidentState::Resolved);
    let gone = expectation::get(&world.context, &world.scope().await, id).await;
    assert!(matches!(gone, Err(Error::NotFound("expectation"))));
}

async fn what_somebody_called_expected_stays_quiet(world: &World) {
    expect(world, not_null("note")).await;
    break_note(world, 3);
    world.scan().await;
    let id = only(world).await.incident.id;
    let input = DecideIncident::default();
    incident::decide(&world.context, &world.scope().await, id, Decision::Expected, input).await.unwrap();
    for rows in [3, 5] {
        break_note(world, rows);
        world.advance(HOUR);
        world.scan().await;
    }
    assert_eq!(only(world).await.incident.state, IncidentState::Expected);
}

async fn another_rule_is_judged_anew(world: &World) {
    let id = expect(world, not_null("note")).await;
    break_note(world, 3);
    world.scan().await;
    let changed =
        patch(world, id, PatchExpectation { rule: Some(not_null("id")), ..Default::default() }).await;
    assert_eq!((changed.outcome, changed.recorded_at), (ExpectationOutcome::default(), None));
    world.advance(HOUR);
    world.scan().await;
    assert_eq!(states(world, id).await, [State::Failed, State::Passed]);
    let over = only(world).await;
    assert_eq!(over.timeline[1].message, "Nobody expects it any more");
}

async fn a_dropped_column_is_the_schemas_matter_alone(world: &World) {
    world.scan().await;
    let rule = not_null("city");
    let id = try_expect(world, critical("public.customer", rule)).await.unwrap().id;
    world.agent.state().breaking.insert("city".into(), 7);
    world.scan().await;
    assert_eq!(only(world).await.incident.object, "public.customer.city");
    world.change(shop::without_city());
    for _ in 0..2 {
        world.advance(HOUR);
        world.scan().await;
    }
    assert_eq!(states(world, id).await, [State::Failed, State::NotChecked]);
    assert_eq!(detail_of(world, id).await, "There is no column city in public.customer any more");
    let all = incidents(world).await;
    let active: Vec<_> = all.iter().filter(|one| one.incident.state.is_active()).collect();
    assert_eq!((all.len(), active.len()), (2, 1));
    assert_eq!(active[0].incident.cause, IncidentCause::Schema);
    let over = all.iter().find(|one| one.incident.cause == IncidentCause::Expectation).unwrap();
    assert_eq!(over.timeline.last().unwrap().message, "The table or the column is gone");
}

async fn a_table_that_was_not_read_keeps_its_incident(world: &World) {
    let id = expect(world, not_null("note")).await;
    break_note(world, 3);
    world.scan().await;
    for table in &mut world.agent.state().profiles {
        table.skipped = Some("the time\nwas over".into());
    }
    world.advance(HOUR);
    world.scan().await;
    assert_eq!(detail_of(world, id).await, "The table was not read: the time was over");
    assert_eq!((states(world, id).await.len(), kinds(&only(world).await)), (2, vec!["opened"]));
}
