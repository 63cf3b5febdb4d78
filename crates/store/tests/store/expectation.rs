//! Expectations with their results.

use store::expectation::{self, Expectation, Filter, Key, Recorded};
use store::{Error, Store};
use types::expectation::{
    ExpectationDefinition, ExpectationOutcome, ExpectationRule, ExpectationState as State,
};
use types::incident::IncidentSeverity;
use types::{ExpectationId, RunId};
use uuid::Uuid;

use crate::database::{SOURCE, TestDatabase, at, on_both_databases, tenant};

on_both_databases![
    what_is_expected_is_read_back_by_table,
    a_list_is_narrowed_and_goes_on_where_it_ended,
    results_are_kept_newest_first_and_in_short,
    what_was_changed_meanwhile_gets_no_result,
    an_expectation_goes_with_its_results,
    expectations_are_of_their_organization,
    a_revision_tells_every_change,
    old_results_are_forgotten,
];

fn expectation(number: u128, table: &str, rule: ExpectationRule) -> Expectation {
    Expectation {
        id: ExpectationId(Uuid::from_u128(number)),
        source_id: SOURCE,
        definition: ExpectationDefinition {
            table: table.into(),
            rule,
            severity: IncidentSeverity::Critical,
            description: Some(format!("Reason {number}")),
            enabled: true,
        },
        author: "ada".into(),
        created_at: at(0),
        updated_at: at(0),
        outcome: ExpectationOutcome::default(),
        recorded_at: None,
        run_id: None,
        recent: Vec::new(),
    }
}

fn not_null(column: &str) -> ExpectationRule {
    ExpectationRule::NotNull { column: column.into() }
}

/// Three expectations about two tables.
fn three() -> Vec<Expectation> {
    let range = ExpectationRule::Range {
        column: "amount".into(),
        minimum: Some("0".into()),
        maximum: Some("12.50".into()),
    };
    vec![
        expectation(3, "public.orders", range),
        expectation(1, "public.orders", not_null("note")),
        expectation(2, "public.customer", not_null("email")),
    ]
}

async fn put(store: &Store, org: u128, expectations: &[Expectation]) {
    let tx = store.write(&tenant(org)).await.unwrap();
    expectation::insert(&tx, expectations).await.unwrap();
    tx.commit().await.unwrap();
}

fn numbers(expectations: &[Expectation]) -> Vec<u128> {
    expectations.iter().map(|expectation| expectation.id.0.as_u128()).collect()
}

fn outcome(state: State, failing: u64) -> ExpectationOutcome {
    ExpectationOutcome {
        state,
        failing: Some(failing),
        checked: Some(100),
        detail: Some("Seen.".into()),
        checked_at: Some(at(5)),
    }
}

async fn record(
    store: &Store,
    org: u128,
    expectation: &Expectation,
    seconds: i64,
    found: ExpectationOutcome,
) {
    let tx = store.write(&tenant(org)).await.unwrap();
    let results = [Recorded { expectation: expectation.clone(), outcome: found }];
    let run = RunId(Uuid::from_u128(50));
    expectation::record(&tx, run, at(seconds), &results).await.unwrap();
    tx.commit().await.unwrap();
}

async fn find(store: &Store, org: u128, number: u128) -> Result<Expectation, Error> {
    let tx = store.read(&tenant(org)).await.unwrap();
    expectation::find(&tx, ExpectationId(Uuid::from_u128(number))).await
}

async fn results(store: &Store, number: u128) -> Vec<types::expectation::ExpectationResult> {
    let tx = store.read(&tenant(1)).await.unwrap();
    let rows = expectation::results(&tx, ExpectationId(Uuid::from_u128(number)), None, 100).await.unwrap();
    rows.into_iter().map(|(_, result)| result).collect()
}

async fn what_is_expected_is_read_back_by_table(database: &TestDatabase) {
    let store = database.store_with_source().await;
    put(&store, 1, &three()).await;
    let tx = store.read(&tenant(1)).await.unwrap();
    let [range, note, email] = <[_; 3]>::try_from(three()).unwrap();
    assert_eq!(expectation::of_source(&tx, SOURCE).await.unwrap(), [email, note.clone(), range]);
    drop(tx);
    let mut changed = note;
    changed.definition.enabled = false;
    changed.definition.severity = IncidentSeverity::Warning;
    changed.definition.rule = not_null("id");
    changed.definition.description = None;
    let tx = store.write(&tenant(1)).await.unwrap();
    expectation::update(&tx, &changed).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(find(&store, 1, 1).await.unwrap(), changed);
}

async fn a_list_is_narrowed_and_goes_on_where_it_ended(database: &TestDatabase) {
    let store = database.store_with_source().await;
    put(&store, 1, &three()).await;
    record(&store, 1, &three()[0], 1, outcome(State::Failed, 3)).await;
    let tx = store.write(&tenant(1)).await.unwrap();
    let mut off = three().pop().unwrap();
    off.definition.enabled = false;
    expectation::update(&tx, &off).await.unwrap();
    tx.commit().await.unwrap();
    let tx = store.read(&tenant(1)).await.unwrap();
    let all = || Filter { sources: vec![SOURCE], ..Filter::default() };
    let after = Key { table: "public.orders".into(), id: ExpectationId(Uuid::from_u128(1)) };
    for (filter, expected) in [
        (all(), vec![2, 1, 3]),
        (Filter { sources: vec![], ..all() }, vec![]),
        (Filter { table: Some("public.orders".into()), ..all() }, vec![1, 3]),
        (Filter { state: Some(State::Failed), ..all() }, vec![3]),
        (Filter { state: Some(State::NotChecked), ..all() }, vec![1]),
        (Filter { enabled: Some(false), ..all() }, vec![2]),
        (Filter { text: Some("AMOUNT".into()), ..all() }, vec![3]),
        (Filter { text: Some("reason 2".into()), ..all() }, vec![2]),
        (Filter { text: Some("%".into()), ..all() }, vec![]),
        (Filter { after: Some(after), ..all() }, vec![3]),
    ] {
        let found = expectation::list(&tx, &filter, 10).await.unwrap();
        assert_eq!(numbers(&found), expected, "{filter:?}");
    }
    assert_eq!(numbers(&expectation::list(&tx, &all(), 2).await.unwrap()), [2, 1]);
    let mut counts = expectation::counts(&tx, &all()).await.unwrap();
    counts.sort_by_key(|(state, enabled, _)| (state.as_str(), *enabled));
    assert_eq!(
        counts,
        [(State::Failed, true, 1), (State::NotChecked, false, 1), (State::NotChecked, true, 1)]
    );
}

async fn results_are_kept_newest_first_and_in_short(database: &TestDatabase) {
    let store = database.store_with_source().await;
    put(&store, 1, &three()).await;
    for second in 0..25 {
        let known = find(&store, 1, 1).await.unwrap();
        record(&store, 1, &known, second, outcome(State::Failed, second.unsigned_abs())).await;
    }
    let known = find(&store, 1, 1).await.unwrap();
    assert_eq!(known.outcome, outcome(State::Failed, 24));
    assert_eq!((known.recorded_at, known.run_id), (Some(at(24)), Some(RunId(Uuid::from_u128(50)))));
    let failing: Vec<_> = known.recent.iter().filter_map(|point| point.failing).collect();
    assert_eq!(failing, (5..25).collect::<Vec<u64>>());
    let history = results(&store, 1).await;
    assert_eq!((history.len(), history[0].recorded_at, history[24].recorded_at), (25, at(24), at(0)));
    assert_eq!(history[1].outcome, outcome(State::Failed, 23));
    assert_eq!(results(&store, 2).await, []);
    // Page after page it is the same.
    let tx = store.read(&tenant(1)).await.unwrap();
    let (mut paged, mut after) = (Vec::new(), None);
    loop {
        let page = expectation::results(&tx, known.id, after, 10).await.unwrap();
        let Some((last, _)) = page.last() else { break };
        after = Some(*last);
        paged.extend(page.into_iter().map(|(_, result)| result));
    }
    assert_eq!(paged, history);
    assert_eq!(expectation::count_results(&tx, known.id).await.unwrap(), 25);
}

async fn what_was_changed_meanwhile_gets_no_result(database: &TestDatabase) {
    let store = database.store_with_source().await;
    put(&store, 1, &three()).await;
    let judged = find(&store, 1, 1).await.unwrap();
    let changed = Expectation { updated_at: at(9), ..judged.clone() };
    let tx = store.write(&tenant(1)).await.unwrap();
    expectation::update(&tx, &changed).await.unwrap();
    expectation::delete(&tx, &[ExpectationId(Uuid::from_u128(2))]).await.unwrap();
    tx.commit().await.unwrap();
    for gone in [judged, three().pop().unwrap()] {
        record(&store, 1, &gone, 10, outcome(State::Failed, 1)).await;
    }
    assert_eq!(find(&store, 1, 1).await.unwrap(), changed);
    assert_eq!((results(&store, 1).await, results(&store, 2).await), (vec![], vec![]));
}

async fn an_expectation_goes_with_its_results(database: &TestDatabase) {
    let store = database.store_with_source().await;
    put(&store, 1, &three()).await;
    record(&store, 1, &three()[0], 1, outcome(State::Passed, 0)).await;
    let tx = store.write(&tenant(1)).await.unwrap();
    expectation::delete(&tx, &[three()[0].id]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(find(&store, 1, 3).await, Err(Error::NotFound));
    assert_eq!(results(&store, 3).await, []);
    let tx = store.write(&tenant(1)).await.unwrap();
    assert_eq!(expectation::update(&tx, &three()[0]).await, Err(Error::NotFound));
}

async fn expectations_are_of_their_organization(database: &TestDatabase) {
    let store = database.store_with_source().await;
    put(&store, 1, &three()).await;
    record(&store, 1, &three()[0], 1, outcome(State::Passed, 0)).await;
    let before = find(&store, 1, 3).await.unwrap();
    let tx = store.write(&tenant(2)).await.unwrap();
    assert_eq!(expectation::of_source(&tx, SOURCE).await.unwrap(), []);
    assert_eq!(expectation::find(&tx, before.id).await, Err(Error::NotFound));
    assert_eq!(expectation::update(&tx, &before).await, Err(Error::NotFound));
    assert_eq!(expectation::results(&tx, before.id, None, 9).await.unwrap(), []);
    assert_eq!(expectation::count_results(&tx, before.id).await.unwrap(), 0);
    assert_eq!(expectation::revision(&tx, SOURCE).await.unwrap(), expectation::Revision::default());
    expectation::delete(&tx, &[before.id]).await.unwrap();
    assert_eq!(expectation::forget_before(&tx, at(99)).await.unwrap(), 0);
    tx.commit().await.unwrap();
    record(&store, 2, &before, 2, outcome(State::Failed, 1)).await;
    assert_eq!(find(&store, 1, 3).await.unwrap(), before);
    assert_eq!(results(&store, 3).await.len(), 1);
}

async fn a_revision_tells_every_change(database: &TestDatabase) {
    let store = database.store_with_source().await;
    let revision = async || {
        let tx = store.read(&tenant(1)).await.unwrap();
        expectation::revision(&tx, SOURCE).await.unwrap()
    };
    assert_eq!(revision().await, expectation::Revision::default());
    put(&store, 1, &three()).await;
    let first = revision().await;
    assert_eq!(first, expectation::Revision { count: 3, updated_at: Some(at(0)) });
    record(&store, 1, &three()[0], 1, outcome(State::Passed, 0)).await;
    assert_eq!(revision().await, first, "a result is no change of what is expected");
    let tx = store.write(&tenant(1)).await.unwrap();
    expectation::update(&tx, &Expectation { updated_at: at(7), ..three().remove(0) }).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(revision().await, expectation::Revision { count: 3, updated_at: Some(at(7)) });
}

async fn old_results_are_forgotten(database: &TestDatabase) {
    let store = database.store_with_source().await;
    put(&store, 1, &three()).await;
    for second in [1, 2, 3] {
        record(&store, 1, &three()[0], second, outcome(State::Passed, 0)).await;
    }
    let tx = store.write(&tenant(1)).await.unwrap();
    assert_eq!(expectation::forget_before(&tx, at(3)).await.unwrap(), 2);
    tx.commit().await.unwrap();
    assert_eq!(results(&store, 3).await.len(), 1);
    assert_eq!(find(&store, 1, 3).await.unwrap().outcome.state, State::Passed);
}
