//! What is found wrong becomes an incident, once; what is right again ends it.

use service::incident::{self, Filter, StateFilter};
use service::{Error, page::Paging};
use types::IncidentId;
use types::drift::{DecideDrift, DriftStatus};
use types::incident::{
    AssignIncident, BulkAction, BulkIncidents, CommentIncident, DecideIncident, Decision, Evidence,
    IncidentCause, IncidentDetail, IncidentSeverity, IncidentState, IncidentSummary, MergeIncident,
    SnoozeIncident,
};
use types::profile::TableProfile;

use crate::database::on_both_databases;
use crate::shop;
use crate::world::{DAY, World};

on_both_databases![
    a_spike_of_nulls_is_one_incident_until_it_is_over,
    a_small_spike_has_to_be_confirmed,
    a_table_that_loses_its_rows_is_told_at_once,
    a_table_without_new_rows_is_stale_though_nothing_changed,
    a_dropped_column_is_one_incident_with_its_anomalies_under_it,
    a_change_taken_back_ends_its_incident,
    what_is_wrong_again_within_a_week_is_the_same_incident,
    people_lead_an_incident_through_its_life,
    what_was_called_expected_stays_quiet_until_it_changes,
    what_is_called_normal_counts_in_what_is_expected,
    a_merged_incident_does_not_come_back_beside_the_other,
    several_are_done_at_once_and_the_others_are_named,
    an_accepted_drift_event_ends_its_incident,
    another_organization_has_no_incidents_of_ours,
];

/// A day passes; `nulls` of a hundred orders have no note.
async fn day(world: &World, nulls: u64) {
    world.advance(DAY);
    let now = world.context.now();
    world.agent.state().profiles = shop::contents(&shop::catalog(), nulls, now);
    world.scan().await;
}

/// Nine days on which nothing happens: enough for a series to be judged by its own.
async fn quiet_days(world: &World) {
    world.scan().await;
    for _ in 0..9 {
        day(world, 0).await;
    }
}

async fn all(world: &World) -> Vec<IncidentSummary> {
    let paging = Paging::new(None, None).unwrap();
    incident::list(&world.context, &world.scope().await, Filter::default(), &paging).await.unwrap().items
}

async fn only(world: &World) -> IncidentDetail {
    let all = all(world).await;
    let [one] = all.as_slice() else { panic!("{all:#?}") };
    get(world, one.id).await
}

async fn get(world: &World, id: IncidentId) -> IncidentDetail {
    incident::get(&world.context, &world.scope().await, id).await.unwrap()
}

async fn decide(world: &World, id: IncidentId, decision: Decision) -> Result<IncidentDetail, Error> {
    incident::decide(&world.context, &world.scope().await, id, decision, DecideIncident::default()).await
}

fn kinds(detail: &IncidentDetail) -> Vec<&str> {
    detail.timeline.iter().map(|event| event.kind.as_str()).collect()
}

async fn a_spike_of_nulls_is_one_incident_until_it_is_over(world: &World) {
    quiet_days(world).await;
    assert_eq!(all(world).await, []);
    day(world, 60).await;
    let opened = only(world).await;
    let of = &opened.incident;
    assert_eq!(
        (of.object.as_str(), of.cause, of.state),
        ("public.orders", IncidentCause::Nulls, IncidentState::Open)
    );
    assert_eq!(of.severity, IncidentSeverity::Critical);
    assert!(of.title.starts_with("public.orders.note is 60.0 % NULL; at most "), "{}", of.title);
    assert_eq!(opened.anomalies.len(), 1, "{:?}", opened.anomalies);
    let odd = &opened.anomalies[0];
    assert_eq!((odd.odd.column.as_deref(), odd.odd.value, odd.streak), (Some("note"), 60.0, 1));
    assert!(odd.odd.lower <= 0.0 && odd.odd.upper < 10.0, "{odd:?}");
    // A second look at the same adds a point, and nothing else.
    day(world, 60).await;
    let again = only(world).await;
    assert_eq!((again.incident.updated_at, kinds(&again)), (of.updated_at, vec!["opened"]));
    assert_eq!(again.anomalies.iter().map(|odd| odd.streak).collect::<Vec<_>>(), [2, 1]);
    let chart = incident::series(&world.context, &world.scope().await, of.id).await.unwrap();
    let [series] = chart.series.as_slice() else { panic!("{chart:?}") };
    assert_eq!((series.name.as_str(), series.learning), ("public.orders.note", 0));
    let marked: Vec<_> =
        series.points.iter().filter(|point| point.anomaly).map(|point| point.value).collect();
    assert_eq!((series.points.len(), marked), (12, vec![60.0, 60.0]));
    let last = series.points.last().unwrap();
    assert_eq!(
        (last.lower, last.upper),
        (Some(again.anomalies[0].odd.lower), Some(again.anomalies[0].odd.upper))
    );
    day(world, 0).await;
    let over = only(world).await;
    assert_eq!((over.incident.state, kinds(&over)), (IncidentState::Resolved, vec!["opened", "resolved"]));
    assert_eq!(over.timeline[1].actor, "Bastion");
    day(world, 0).await;
    assert_eq!(only(world).await.timeline.len(), 2);
}

async fn a_small_spike_has_to_be_confirmed(world: &World) {
    quiet_days(world).await;
    day(world, 20).await;
    assert_eq!(all(world).await, []);
    day(world, 0).await;
    day(world, 20).await;
    assert_eq!(all(world).await, []);
    day(world, 20).await;
    let confirmed = only(world).await;
    assert_eq!(confirmed.incident.severity, IncidentSeverity::Warning);
    assert_eq!(
        confirmed.anomalies.len(),
        2,
        "the point that was confirmed belongs to it: {:?}",
        confirmed.anomalies
    );
}

fn with(mut profiles: Vec<TableProfile>, change: impl Fn(&mut TableProfile)) -> Vec<TableProfile> {
    profiles.iter_mut().for_each(change);
    profiles
}

async fn a_table_that_loses_its_rows_is_told_at_once(world: &World) {
    quiet_days(world).await;
    world.advance(DAY);
    let contents = shop::contents(&shop::catalog(), 0, world.context.now());
    world.agent.state().profiles = with(contents, |table| {
        if table.table == "public.product" {
            table.row_count = 10;
        }
    });
    world.scan().await;
    let lost = only(world).await;
    assert_eq!(
        (lost.incident.cause, lost.incident.severity),
        (IncidentCause::Volume, IncidentSeverity::Critical)
    );
    assert!(lost.incident.title.starts_with("public.product has 10 rows; "), "{}", lost.incident.title);
}

async fn a_table_without_new_rows_is_stale_though_nothing_changed(world: &World) {
    quiet_days(world).await;
    let profiles = world.agent.state().profiles.clone();
    for _ in 0..4 {
        world.advance(DAY);
        // The very same as before.
        world.agent.state().profiles = profiles.clone();
        world.scan().await;
    }
    let stale = only(world).await;
    assert_eq!(
        (stale.incident.cause, stale.incident.object.as_str()),
        (IncidentCause::Freshness, "public.orders")
    );
    day(world, 0).await;
    assert_eq!(only(world).await.incident.state, IncidentState::Resolved);
}

async fn a_dropped_column_is_one_incident_with_its_anomalies_under_it(world: &World) {
    quiet_days(world).await;
    for _ in 0..3 {
        world.advance(DAY);
        world.change(shop::without_city());
        let contents = shop::contents(&shop::without_city(), 0, world.context.now());
        world.agent.state().profiles = with(contents, |table| {
            if table.table == "public.customer" {
                table.row_count = 5;
            }
        });
        world.scan().await;
        let broken = only(world).await;
        assert_eq!(
            (broken.incident.cause, broken.incident.object.as_str()),
            (IncidentCause::Schema, "public.customer")
        );
        assert_eq!(broken.incident.title, "Dropped column public.customer.city; 1 breaking");
        assert!(matches!(&broken.evidence, Evidence::Schema { total: 1, base_version: 1, .. }));
        assert_eq!(kinds(&broken), ["opened"]);
        assert!(!broken.anomalies.is_empty());
    }
    let rows = only(world).await.anomalies;
    assert_eq!(
        rows.iter().map(|odd| (odd.odd.value, odd.streak)).collect::<Vec<_>>(),
        [(5.0, 3), (5.0, 2), (5.0, 1)]
    );
}

async fn a_change_taken_back_ends_its_incident(world: &World) {
    world.scan().await;
    world.change(shop::without_city());
    let run = world.scan().await;
    let opened = only(world).await;
    assert!(matches!(opened.evidence, Evidence::Schema { drift_id, .. } if Some(drift_id) == run.drift_id));
    world.scan().await;
    assert_eq!(only(world).await.incident.state, IncidentState::Open);
    world.change(shop::catalog());
    world.scan().await;
    let over = only(world).await;
    assert_eq!((over.incident.state, kinds(&over)), (IncidentState::Resolved, vec!["opened", "resolved"]));
}

async fn what_is_wrong_again_within_a_week_is_the_same_incident(world: &World) {
    quiet_days(world).await;
    day(world, 60).await;
    day(world, 0).await;
    day(world, 60).await;
    let again = only(world).await;
    assert_eq!((again.incident.state, again.incident.reopened), (IncidentState::Open, 1));
    assert_eq!(kinds(&again), ["opened", "resolved", "reopened"]);
}

async fn people_lead_an_incident_through_its_life(world: &World) {
    world.scan().await;
    world.change(shop::without_city());
    world.scan().await;
    let id = only(world).await.incident.id;
    let scope = async || world.scope::<service::permission::IncidentHandle>().await;
    let ada = scope().await.actor().user_id().unwrap();
    assert_eq!(decide(world, id, Decision::Ack).await.unwrap().incident.state, IncidentState::Acknowledged);
    assert!(matches!(decide(world, id, Decision::Ack).await, Err(Error::Conflict(_))));
    assert_eq!(decide(world, id, Decision::Start).await.unwrap().incident.state, IncidentState::InProgress);
    let mine = AssignIncident { assignee: Some(ada) };
    let assigned = incident::assign(&world.context, &scope().await, id, mine).await.unwrap();
    assert_eq!(assigned.incident.assignee.unwrap().name.as_deref(), Some("ada"));
    let stranger = AssignIncident { assignee: Some(types::UserId(id.0)) };
    let refused = incident::assign(&world.context, &scope().await, id, stranger).await;
    assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
    let said = CommentIncident { comment: " Asked the team. ".into() };
    incident::comment(&world.context, &scope().await, id, said).await.unwrap();
    let nothing = CommentIncident { comment: " ".into() };
    assert!(incident::comment(&world.context, &scope().await, id, nothing).await.is_err());
    let past = SnoozeIncident { until: Some(world.context.now()), comment: None };
    assert!(matches!(
        incident::snooze(&world.context, &scope().await, id, past).await,
        Err(Error::Invalid(_))
    ));
    let quiet =
        incident::snooze(&world.context, &scope().await, id, SnoozeIncident::default()).await.unwrap();
    assert!(quiet.incident.snoozed_until_changed);
    let expected = decide(world, id, Decision::Expected).await.unwrap();
    assert!(expected.incident.ended_at.is_some() && !expected.incident.snoozed_until_changed);
    let reopened = decide(world, id, Decision::Reopen).await.unwrap();
    assert_eq!(reopened.incident.reopened, 1);
    assert_eq!(
        kinds(&reopened),
        ["opened", "acknowledged", "started", "assigned", "commented", "snoozed", "expected", "reopened"]
    );
    assert_eq!(reopened.timeline[4].comment.as_deref(), Some("Asked the team."));
    let audit = service::audit::list(
        &world.context,
        &world.scope().await,
        service::audit::Wanted::default(),
        &Paging::new(None, None).unwrap(),
    )
    .await;
    let actions: Vec<_> = audit.unwrap().items.into_iter().map(|entry| entry.action).take(2).collect();
    assert_eq!(actions, ["incident.reopened", "incident.expected"]);
    let filter = |state| Filter { state: Some(state), ..Filter::default() };
    for (state, found) in
        [(StateFilter::Active, 1), (StateFilter::Ended, 0), (StateFilter::One(IncidentState::Open), 1)]
    {
        let paging = Paging::new(None, None).unwrap();
        let page =
            incident::list(&world.context, &world.scope().await, filter(state), &paging).await.unwrap();
        assert_eq!((page.items.len(), page.active), (found, 1), "{state:?}");
    }
}

async fn what_was_called_expected_stays_quiet_until_it_changes(world: &World) {
    quiet_days(world).await;
    day(world, 60).await;
    let id = only(world).await.incident.id;
    decide(world, id, Decision::Expected).await.unwrap();
    day(world, 60).await;
    let quiet = only(world).await;
    assert_eq!((quiet.incident.state, kinds(&quiet)), (IncidentState::Expected, vec!["opened", "expected"]));
}

async fn what_is_called_normal_counts_in_what_is_expected(world: &World) {
    quiet_days(world).await;
    for _ in 0..3 {
        day(world, 60).await;
    }
    let id = only(world).await.incident.id;
    let input = DecideIncident { comment: Some("A new form.".into()) };
    let normal = incident::mark_normal(&world.context, &world.scope().await, id, input).await.unwrap();
    assert_eq!(normal.incident.state, IncidentState::FalsePositive);
    assert!(normal.anomalies.iter().all(|odd| odd.normal) && normal.anomalies.len() == 3);
    for _ in 0..3 {
        day(world, 60).await;
    }
    assert_eq!(only(world).await.incident.state, IncidentState::FalsePositive);
}

async fn a_merged_incident_does_not_come_back_beside_the_other(world: &World) {
    quiet_days(world).await;
    world.advance(DAY);
    let bad = || {
        with(shop::contents(&shop::catalog(), 60, world.context.now()), |table| {
            if table.table == "public.product" {
                table.row_count = 10;
            }
        })
    };
    world.agent.state().profiles = bad();
    world.scan().await;
    let both = all(world).await;
    let find = |cause| both.iter().find(|incident| incident.cause == cause).unwrap().id;
    let (nulls, volume) = (find(IncidentCause::Nulls), find(IncidentCause::Volume));
    let merge = async |id, into| {
        incident::merge(&world.context, &world.scope().await, id, MergeIncident { into }).await
    };
    assert!(matches!(merge(nulls, nulls).await, Err(Error::Invalid(_))));
    let merged = merge(nulls, volume).await.unwrap();
    assert_eq!((merged.incident.state, merged.merged_into), (IncidentState::Resolved, Some(volume)));
    assert!(matches!(merge(volume, nulls).await, Err(Error::Conflict(_))));
    assert_eq!(kinds(&get(world, volume).await), ["opened", "absorbed"]);
    world.advance(DAY);
    world.agent.state().profiles = bad();
    world.scan().await;
    let states: Vec<_> = all(world).await.iter().map(|incident| (incident.id, incident.state)).collect();
    assert!(
        states.contains(&(nulls, IncidentState::Resolved)) && states.contains(&(volume, IncidentState::Open))
    );
    assert_eq!(states.len(), 2);
}

async fn several_are_done_at_once_and_the_others_are_named(world: &World) {
    world.scan().await;
    world.change(shop::without_city());
    world.scan().await;
    let id = only(world).await.incident.id;
    let unknown = IncidentId(uuid::Uuid::from_u128(7));
    let bulk = async |ids: Vec<IncidentId>, action| {
        let input = BulkIncidents { ids, action, assignee: None, until: None, comment: Some("Seen.".into()) };
        incident::bulk(&world.context, &world.scope().await, input).await
    };
    let done = bulk(vec![id, unknown], BulkAction::Ack).await.unwrap();
    assert_eq!((done.done, done.refused[0].code.as_str()), (vec![id], "not_found"));
    let refused = bulk(vec![id], BulkAction::Ack).await.unwrap();
    assert_eq!((refused.done.len(), refused.refused[0].code.as_str()), (0, "incident_state"));
    assert!(bulk(Vec::new(), BulkAction::Resolve).await.is_err());
    assert_eq!(only(world).await.incident.state, IncidentState::Acknowledged);
}

async fn an_accepted_drift_event_ends_its_incident(world: &World) {
    world.scan().await;
    world.change(shop::without_city());
    let id = world.scan().await.drift_id.unwrap();
    let (scope, input) = (world.scope().await, DecideDrift::default());
    service::drift::decide(&world.context, &scope, id, DriftStatus::Accepted, input).await.unwrap();
    let ended = only(world).await;
    assert_eq!((ended.incident.state, kinds(&ended)), (IncidentState::Expected, vec!["opened", "expected"]));
    world.scan().await;
    assert_eq!(only(world).await.timeline.len(), 2);
}

async fn another_organization_has_no_incidents_of_ours(world: &World) {
    world.scan().await;
    world.change(shop::without_city());
    world.scan().await;
    let id = only(world).await.incident.id;
    let stranger = crate::world::founder(&world.context, "bob").await;
    let scope = service::authorize(&world.context, &stranger).await.unwrap();
    let paging = Paging::new(None, None).unwrap();
    let page = incident::list(&world.context, &scope, Filter::default(), &paging).await.unwrap();
    assert_eq!((page.items.len(), page.active), (0, 0));
    assert!(matches!(incident::get(&world.context, &scope, id).await, Err(Error::NotFound("incident"))));
    let scope = service::authorize(&world.context, &stranger).await.unwrap();
    let decided =
        incident::decide(&world.context, &scope, id, Decision::Ack, DecideIncident::default()).await;
    assert!(matches!(decided, Err(Error::NotFound("incident"))));
}
