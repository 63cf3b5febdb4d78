//! What users expect is judged by scans: results, health and incidents.

use service::expectation::{self, Filter};
use service::page::Paging;
use service::{Error, incident};
use types::expectation::{
    Expectation, ExpectationDefinition, ExpectationDetail, ExpectationOutcome, ExpectationRule,
    ExpectationState as State, PatchExpectation, TableOutcome,
};
use types::incident::{Evidence, IncidentCause, IncidentDetail, IncidentSeverity, IncidentState};
use types::quality::Deduction;
use types::{ExpectationId, Timestamp};

use crate::database::on_both_databases;
use crate::shop;
use crate::world::World;

on_both_databases![
    what_fails_costs_health_and_is_an_incident_until_it_holds_again,
    an_unchanged_rescan_writes_no_result,
    rows_and_freshness_are_judged_without_the_agent,
    a_table_nobody_writes_to_grows_too_old_all_the_same,
    an_agent_of_an_earlier_release_leaves_them_unchecked,
    what_nobody_asked_is_not_heard,
    names_are_looked_up_in_the_newest_schema,
    a_source_has_no_more_than_an_agent_can_be_asked,
    another_organization_reaches_none_of_ours,
];

pub(super) const HOUR: u64 = 60 * 60;

pub(super) fn not_null(column: &str) -> ExpectationRule {
    ExpectationRule::NotNull { column: column.into() }
}

pub(super) fn critical(table: &str, rule: ExpectationRule) -> ExpectationDefinition {
    ExpectationDefinition {
        table: table.into(),
        rule,
        severity: IncidentSeverity::Critical,
        description: None,
        enabled: true,
    }
}

pub(super) async fn try_expect(
    world: &World,
    definition: ExpectationDefinition,
) -> Result<Expectation, Error> {
    expectation::create(&world.context, &world.scope().await, None, definition).await
}

/// Somebody expects something of the orders.
pub(super) async fn expect(world: &World, rule: ExpectationRule) -> ExpectationId {
    try_expect(world, critical("public.orders", rule)).await.unwrap().id
}

pub(super) async fn get(world: &World, id: ExpectationId) -> ExpectationDetail {
    expectation::get(&world.context, &world.scope().await, id).await.unwrap().document
}

async fn tag(world: &World, id: ExpectationId) -> String {
    expectation::get(&world.context, &world.scope().await, id).await.unwrap().tag
}

pub(super) async fn patch(world: &World, id: ExpectationId, input: PatchExpectation) -> Expectation {
    expectation::patch(&world.context, &world.scope().await, id, input).await.unwrap()
}

/// The states that scans found, oldest first; read page by page, of which the first says how many there are.
pub(super) async fn states(world: &World, id: ExpectationId) -> Vec<State> {
    let whole = get(world, id).await.results;
    let (mut found, mut cursor) = (Vec::new(), None);
    loop {
        let (scope, paging) = (world.scope().await, Paging::new(Some(1), cursor).unwrap());
        let page = expectation::results(&world.context, &scope, id, &paging).await.unwrap();
        assert_eq!(page.total, found.is_empty().then_some(whole.len() as u64));
        found.extend(page.items);
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(found, whole);
    found.iter().rev().map(|result| result.outcome.state).collect()
}

pub(super) async fn detail_of(world: &World, id: ExpectationId) -> String {
    get(world, id).await.expectation.outcome.detail.unwrap_or_default()
}

pub(super) async fn incidents(world: &World) -> Vec<IncidentDetail> {
    let (scope, paging) = (world.scope().await, Paging::new(None, None).unwrap());
    let page = incident::list(&world.context, &scope, incident::Filter::default(), &paging).await.unwrap();
    let mut all = Vec::new();
    for summary in page.items {
        all.push(incident::get(&world.context, &scope, summary.id).await.unwrap());
    }
    all
}

pub(super) async fn only(world: &World) -> IncidentDetail {
    let all = incidents(world).await;
    let [one] = <[_; 1]>::try_from(all).unwrap();
    one
}

pub(super) fn kinds(detail: &IncidentDetail) -> Vec<&str> {
    detail.timeline.iter().map(|event| event.kind.as_str()).collect()
}

pub(super) async fn deductions(world: &World, table: &str) -> Vec<Deduction> {
    let tenant = world.tenant().await;
    let tx = world.context.store.read(&tenant).await.unwrap();
    let source = store::source::list(&tx).await.unwrap().pop().unwrap().id;
    let tables = store::statistics::latest_tables(&tx, &[source]).await.unwrap();
    tables.into_iter().find(|stats| stats.table == table).unwrap().deductions
}

pub(super) fn break_note(world: &World, rows: u64) {
    world.agent.state().breaking.insert("note".into(), rows);
}

/// The agent can tell that nobody has written.
fn watch(world: &World) {
    let mut state = world.agent.state();
    state.fingerprint = "schema".into();
    state.profile_fingerprint = Some("data".into());
}

async fn what_fails_costs_health_and_is_an_incident_until_it_holds_again(world: &World) {
    world.scan().await;
    let id = expect(world, not_null("note")).await;
    assert_eq!(get(world, id).await.expectation.outcome, ExpectationOutcome::default());
    world.advance(HOUR);
    world.scan().await;
    assert_eq!((states(world, id).await, incidents(world).await), (vec![State::Passed], vec![]));
    assert_eq!(deductions(world, "public.orders").await, []);

    let before = tag(world, id).await;
    break_note(world, 3);
    world.advance(HOUR);
    let run = world.scan().await;
    assert_eq!(
        tag(world, id).await,
        before,
        "what a scan finds keeps nobody from changing what they have read"
    );
    let failed = get(world, id).await;
    assert_eq!(failed.results[0].run_id, run.id);
    assert_eq!(failed.expectation.recorded_at, Some(world.context.now()));
    assert_eq!(
        (failed.expectation.outcome.failing, failed.expectation.outcome.checked),
        (Some(3), Some(100))
    );
    let sentence = "Expected that public.orders.note is never NULL: 3 of 100 rows break it";
    let [cost] = <[_; 1]>::try_from(deductions(world, "public.orders").await).unwrap();
    assert_eq!(
        (cost.code.as_str(), cost.points, cost.reason),
        ("expectation_failed", 40.0, format!("{sentence}."))
    );
    let (scope, table) = (world.scope().await, "public.orders");
    let shown = service::schema::object(&world.context, &scope, None, table, None).await.unwrap().document;
    assert_eq!(shown.deductions[0].reason, format!("{sentence}."));
    let opened = only(world).await;
    let of = &opened.incident;
    assert_eq!(
        (of.object.as_str(), of.cause, of.severity, of.title.as_str()),
        ("public.orders.note", IncidentCause::Expectation, IncidentSeverity::Critical, sentence)
    );
    let Evidence::Expectations { broken, total: 1, .. } = &opened.evidence else { panic!("{opened:?}") };
    assert_eq!((broken[0].id, broken[0].failing), (id, Some(3)));

    // Another number of rows is the same wrong.
    break_note(world, 4);
    world.advance(HOUR);
    world.scan().await;
    let again = only(world).await;
    assert_eq!((again.incident.updated_at, kinds(&again)), (of.updated_at, vec!["opened"]));
    break_note(world, 0);
    world.advance(HOUR);
    world.scan().await;
    let over = only(world).await;
    assert_eq!((over.incident.state, kinds(&over)), (IncidentState::Resolved, vec!["opened", "resolved"]));
    assert_eq!(over.timeline[1].message, "What is expected holds again");
    assert_eq!(deductions(world, "public.orders").await, []);
    assert_eq!(states(world, id).await, [State::Passed, State::Failed, State::Failed, State::Passed]);
    let recent: Vec<_> = get(world, id).await.expectation.recent.iter().map(|point| point.failing).collect();
    assert_eq!(recent, [Some(0), Some(3), Some(4), Some(0)]);
}

async fn an_unchanged_rescan_writes_no_result(world: &World) {
    watch(world);
    world.scan().await;
    world.advance(HOUR);
    world.scan().await;
    let asked = |world: &World| {
        let state = world.agent.state();
        state.calls.iter().filter(|call| *call == "profile_get").count()
    };
    let before = asked(world);
    let id = expect(world, not_null("note")).await;
    world.advance(HOUR);
    world.scan().await;
    assert_eq!((states(world, id).await, asked(world) > before), (vec![State::Passed], true));
    let (row, after) = (get(world, id).await, asked(world));
    for _ in 0..3 {
        world.advance(HOUR);
        let run = world.scan().await;
        assert_eq!((run.unchanged, run.tables_profiled), (Some(true), Some(0)));
    }
    assert_eq!((get(world, id).await, asked(world)), (row.clone(), after));
    // The very figures once more, from an agent that cannot tell: nothing was looked at anew, and nothing is written.
    world.agent.state().profile_fingerprint = None;
    world.advance(HOUR);
    world.scan().await;
    assert_eq!(get(world, id).await, row);
    // What is expected otherwise is judged although nobody has written.
    watch(world);
    world.scan().await;
    patch(world, id, PatchExpectation { severity: Some(IncidentSeverity::Warning), ..Default::default() })
        .await;
    break_note(world, 1);
    world.advance(HOUR);
    world.scan().await;
    assert_eq!(states(world, id).await, [State::Passed, State::Failed]);
    assert_eq!(deductions(world, "public.orders").await[0].points, 20.0);
}

async fn rows_and_freshness_are_judged_without_the_agent(world: &World) {
    let few = expect(world, ExpectationRule::RowCount { minimum: Some(101), maximum: None }).await;
    let old = expect(world, ExpectationRule::Freshness { maximum_age_seconds: HOUR - 1 }).await;
    let timeless = critical("public.product", ExpectationRule::Freshness { maximum_age_seconds: HOUR });
    let timeless = try_expect(world, timeless).await.unwrap().id;
    for _ in 0..2 {
        world.scan().await;
        world.advance(HOUR);
    }
    assert_eq!(world.agent.state().expected, []);
    assert_eq!(
        (states(world, few).await, states(world, old).await),
        (vec![State::Failed], vec![State::Failed])
    );
    assert_eq!(detail_of(world, few).await, "It has 100 rows");
    assert_eq!(detail_of(world, old).await, "The newest row is of 2027-01-15T07:00:00.000Z");
    assert_eq!(states(world, timeless).await, [State::NotChecked]);
    let both = only(world).await;
    assert_eq!((both.incident.object.as_str(), kinds(&both)), ("public.orders", vec!["opened"]));
    assert_eq!(both.incident.title, "2 expectations of public.orders do not hold");
    let now = world.context.now();
    let mut contents = shop::contents(&shop::catalog(), 0, now);
    contents.iter_mut().for_each(|table| {
        table.row_count = 101;
        table.latest_value_at = table.latest_value_at.map(|_| now);
    });
    world.agent.state().profiles = contents;
    world.scan().await;
    assert_eq!((states(world, few).await[1], states(world, old).await[1]), (State::Passed, State::Passed));
    assert_eq!(only(world).await.incident.state, IncidentState::Resolved);
}

async fn a_table_nobody_writes_to_grows_too_old_all_the_same(world: &World) {
    watch(world);
    let id = expect(world, ExpectationRule::Freshness { maximum_age_seconds: 4 * HOUR }).await;
    // The newest order is an hour old when the shop opens.
    for _ in 0..6 {
        world.scan().await;
        world.advance(HOUR);
    }
    assert_eq!(states(world, id).await, [State::Passed, State::Failed]);
    let failed = get(world, id).await.results[0].recorded_at;
    assert_eq!(failed, Timestamp::from_millis(1_800_000_000_000 + 4 * 3_600_000).unwrap());
    assert_eq!(kinds(&only(world).await), ["opened"]);
    let codes: Vec<_> =
        deductions(world, "public.orders").await.into_iter().map(|deduction| deduction.code).collect();
    assert_eq!(codes, ["expectation_failed"]);
}

async fn an_agent_of_an_earlier_release_leaves_them_unchecked(world: &World) {
    world.agent.state().ignores_expectations = true;
    let id = expect(world, not_null("note")).await;
    break_note(world, 3);
    for _ in 0..2 {
        world.scan().await;
        world.advance(HOUR);
    }
    assert_eq!(states(world, id).await, [State::NotChecked]);
    assert!(detail_of(world, id).await.starts_with("The agent is older"), "{}", detail_of(world, id).await);
    assert_eq!((incidents(world).await, deductions(world, "public.orders").await), (vec![], vec![]));
}

async fn what_nobody_asked_is_not_heard(world: &World) {
    let id = expect(world, not_null("note")).await;
    let lie = |id| {
        let outcome = ExpectationOutcome {
            state: State::Failed,
            failing: Some(u64::MAX),
            detail: Some("x".repeat(10_000)),
            ..ExpectationOutcome::default()
        };
        TableOutcome { id, outcome }
    };
    let stranger = ExpectationId(uuid::Uuid::from_u128(9));
    world.agent.state().gossip = vec![
        ("public.customer".into(), lie(id)),
        ("public.orders".into(), lie(stranger)),
        ("public.customer".into(), lie(stranger)),
    ];
    world.scan().await;
    assert_eq!((states(world, id).await, incidents(world).await), (vec![State::Passed], vec![]));
    // Of its own table, it is heard, and cut to size.
    world.agent.state().ignores_expectations = true;
    world.agent.state().gossip = vec![("public.orders".into(), lie(id))];
    world.advance(HOUR);
    world.scan().await;
    assert_eq!((states(world, id).await[1], detail_of(world, id).await.len()), (State::Failed, 300));
    assert_eq!(get(world, id).await.expectation.outcome.failing, Some(i64::MAX.unsigned_abs()));
}

async fn names_are_looked_up_in_the_newest_schema(world: &World) {
    let place = async |definition| match try_expect(world, definition).await {
        Err(Error::Invalid(faults)) => faults[0].pointer.clone(),
        other => panic!("{other:?}"),
    };
    // Nothing is known of the schema before the first scan.
    let unseen = try_expect(world, critical("public.order", not_null("note"))).await.unwrap().id;
    world.scan().await;
    assert_eq!(detail_of(world, unseen).await, "There is no table public.order any more");
    assert_eq!(place(critical("public.order", not_null("id"))).await, "/table");
    assert_eq!(place(critical("public.customer_list", not_null("email"))).await, "/table");
    assert_eq!(place(critical("public.orders", not_null("nothing"))).await, "/rule/column");
    let child = |column: &str, references: &str| ExpectationRule::Referential {
        columns: vec!["customer_id".into()],
        references: references.into(),
        referenced_columns: vec![column.into()],
    };
    let orders = |rule| critical("public.orders", rule);
    assert_eq!(place(orders(child("id", "public.nobody"))).await, "/rule/references");
    assert_eq!(place(orders(child("number", "public.customer"))).await, "/rule/referenced_columns/0");
    try_expect(world, orders(child("id", "public.customer"))).await.unwrap();
    // What is about a table that is gone can still be switched off.
    patch(world, unseen, PatchExpectation { enabled: Some(false), ..Default::default() }).await;
}

async fn a_source_has_no_more_than_an_agent_can_be_asked(world: &World) {
    let rules = (0..501)
        .map(|rows| format!("- table: public.orders\n  rule: {{kind: row_count, minimum: {rows}}}\n"));
    let file =
        |count| format!("version: 1\nexpectations:\n{}", rules.clone().take(count).collect::<String>());
    let import = async |count| {
        expectation::import(&world.context, &world.scope().await, None, &file(count), false).await
    };
    assert!(matches!(import(501).await, Err(Error::Conflict(_))));
    assert_eq!(import(500).await.unwrap().added.len(), 500);
    let refused = try_expect(world, critical("public.orders", not_null("note"))).await;
    assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
}

async fn another_organization_reaches_none_of_ours(world: &World) {
    let id = expect(world, not_null("note")).await;
    world.scan().await;
    let before = get(world, id).await;
    let stranger = crate::world::founder(&world.context, "bob").await;
    let paging = Paging::new(None, None).unwrap();
    let scope = service::authorize(&world.context, &stranger).await.unwrap();
    let page = expectation::list(&world.context, &scope, Filter::default(), &paging).await.unwrap();
    assert_eq!((page.items, page.totals), (vec![], Default::default()));
    let read = expectation::get(&world.context, &scope, id).await.map(drop);
    let scope = service::authorize(&world.context, &stranger).await.unwrap();
    let off = PatchExpectation { enabled: Some(false), ..Default::default() };
    let changed = expectation::patch(&world.context, &scope, id, off).await.map(drop);
    let removed = expectation::delete(&world.context, &scope, id).await;
    for reply in [read, changed, removed] {
        assert!(matches!(reply, Err(Error::NotFound("expectation"))), "{reply:?}");
    }
    assert_eq!(get(world, id).await, before);
}
