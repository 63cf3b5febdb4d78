//! Scans that go well.

use service::page::Paging;
use service::{Error, log, overview, ownership, scan, schema, source, worker};
use types::Timestamp;
use types::page::Page;
use types::run::{Run, RunState, StepKind};

use crate::agent::LIMITS;
use crate::database::on_both_databases;
use crate::shop;
use crate::world::{Traces, World};

on_both_databases![
    the_first_scan_records_version_one,
    what_an_agent_allows_and_did_not_read_again_is_told,
    a_table_that_is_told_in_parts_is_put_together,
    an_unchanged_schema_makes_no_new_version,
    versions_are_dated_by_our_clock_not_the_agents,
    an_unchanged_fingerprint_reads_no_catalog,
    a_fingerprint_stands_for_the_catalog_for_a_day,
    a_second_scan_while_one_runs_is_refused,
    a_cancelled_run_leaves_nothing_and_tells_the_agent,
    a_run_can_be_tried_again_as_a_new_run,
    runs_are_listed_page_by_page,
    another_organization_sees_nothing,
];

async fn the_first_scan_records_version_one(world: &World) {
    let run = world.scan().await;
    assert_eq!((run.version, run.unchanged, run.drift_id), (Some(1), Some(false), None));
    assert_eq!(run.tables_profiled, Some(3));
    let kinds: Vec<_> = run.steps.iter().map(|step| (step.kind, step.state)).collect();
    let done = |kind| (kind, RunState::Succeeded);
    assert_eq!(
        kinds,
        [
            done(StepKind::SchemaScan),
            done(StepKind::Profile),
            done(StepKind::Drift),
            done(StepKind::Detection),
            done(StepKind::Semantic)
        ]
    );
    let version = schema::latest(&world.context, &world.scope().await, None, ownership::Filter::default())
        .await
        .unwrap();
    assert_eq!(
        (version.version, version.counts.tables, version.counts.views, version.counts.columns),
        (1, 3, 1, 10)
    );
    assert_eq!(version.tables[0].path, "public.customer");
    assert_eq!((version.tables[0].row_count, version.tables[0].bytes), (Some(100), Some(8192)));
    assert_eq!(version.tables[0].description.as_deref(), Some("One row for each customer."));
    assert_eq!(world.traces().await, Traces { versions: 1, drifts: 0, profiles: 1, staged: 0 });
}

async fn what_an_agent_allows_and_did_not_read_again_is_told(world: &World) {
    let limits =
        async || source::get(&world.context, &world.scope().await, "shop").await.unwrap().document.limits;
    assert_eq!(limits().await, None, "nobody has asked it yet");
    let run = world.scan().await;
    assert_eq!(limits().await, Some(LIMITS));
    let told = |run: &Run| run.steps[1].progress.message.clone();
    let allowed = "limits: 25% of the time beside others, 600 s";
    assert_eq!(told(&run), format!("tables: 3 read whole; {allowed}"));

    let mut contents = shop::contents(&shop::catalog(), 0, world.context.now());
    contents[0].rows_carried_over = 40;
    // Of no table more than all.
    contents[1].rows_carried_over = 1_000;
    contents[1].carried_over = true;
    world.agent.state().profiles = contents;
    let run = world.scan().await;
    let expected = format!(
        "2 read whole, 1 as before; 140 of 300 rows carried over from before, as nobody wrote to them; {allowed}"
    );
    assert_eq!(told(&run), format!("tables: {expected}"));
    let paging = Paging::new(Some(200), None).unwrap();
    let filter = log::Filter { run: Some(run.id), ..log::Filter::default() };
    let lines = log::list(&world.context, &world.scope().await, filter, &paging).await.unwrap().items;
    let expected = format!("Profiled 3 tables: {expected}");
    assert!(lines.iter().any(|line| line.message == expected), "{lines:?}");
}

async fn a_table_that_is_told_in_parts_is_put_together(world: &World) {
    let mut contents = shop::contents(&shop::catalog(), 0, world.context.now());
    let (table, expected) = (contents[1].table.clone(), contents[1].columns.len());
    let mut rest = contents[1].clone();
    rest.columns.remove(0);
    rest.columns_before = 1;
    contents[1].columns.truncate(1);
    // On the next page.
    contents.insert(2, rest);
    world.agent.state().profiles = contents;
    let run = world.scan().await;
    assert_eq!((run.tables_profiled, expected > 2), (Some(3), true));
    let tenant = world.tenant().await;
    let tx = world.context.store.read(&tenant).await.unwrap();
    let source = store::source::list(&tx).await.unwrap().pop().unwrap().id;
    let columns = store::statistics::columns_of(&tx, source, Some(&table)).await.unwrap();
    assert_eq!(columns.len(), expected);
}

async fn an_unchanged_schema_makes_no_new_version(world: &World) {
    world.scan().await;
    world.advance(3600);
    let run = world.scan().await;
    assert_eq!((run.version, run.unchanged), (Some(1), Some(true)));
    assert_eq!(world.traces().await, Traces { versions: 1, drifts: 0, profiles: 2, staged: 0 });
    let version = schema::latest(&world.context, &world.scope().await, None, ownership::Filter::default())
        .await
        .unwrap();
    assert!(version.verified_at > version.captured_at);
}

async fn versions_are_dated_by_our_clock_not_the_agents(world: &World) {
    let elsewhere = Timestamp::parse("1999-12-31T23:59:59Z").unwrap();
    world.agent.state().now = elsewhere;
    let first = world.context.now();
    world.scan().await;
    // Twice, as nobody stays signed in who is away for a week.
    for _ in 0..2 {
        world.advance(4 * 24 * 60 * 60);
        world.agent.state().now = elsewhere;
        world.scan().await;
    }
    world.change(shop::without_city());
    world.scan().await;
    let paging = Paging::new(None, None).unwrap();
    let history = schema::history(&world.context, &world.scope().await, None, &paging).await.unwrap();
    let dates: Vec<_> = history.items.iter().map(|version| version.captured_at).collect();
    assert_eq!(dates, [world.context.now(), first]);
    let page = overview::get(&world.context, &world.scope().await, None).await.unwrap();
    assert_eq!((page.schema_version, page.previous.schema_version), (Some(2), Some(1)));
}

async fn an_unchanged_fingerprint_reads_no_catalog(world: &World) {
    world.agent.state().fingerprint = "one".into();
    world.scan().await;
    world.agent.state().calls.clear();
    let run = world.scan().await;
    assert_eq!((run.version, run.unchanged), (Some(1), Some(true)));
    assert!(!world.agent.state().calls.iter().any(|call| call == "scan_get"));
    assert_eq!(world.traces().await, Traces { versions: 1, drifts: 0, profiles: 2, staged: 0 });
}

async fn a_fingerprint_stands_for_the_catalog_for_a_day(world: &World) {
    world.agent.state().fingerprint = "one".into();
    world.scan().await;
    // A fingerprint that misses a change.
    world.change(shop::without_city());
    world.agent.state().fingerprint = "one".into();
    for (hours, unchanged) in [(12, true), (11, true), (1, false), (1, true)] {
        world.advance(hours * 60 * 60);
        world.agent.state().calls.clear();
        let run = world.scan().await;
        let read = world.agent.state().calls.iter().any(|call| call == "scan_get");
        assert_eq!((run.unchanged, read), (Some(unchanged), !unchanged), "after {hours} hours more");
    }
    assert_eq!(world.traces().await, Traces { versions: 2, drifts: 1, profiles: 5, staged: 0 });
}

async fn a_second_scan_while_one_runs_is_refused(world: &World) {
    let first = world.start().await.unwrap();
    match world.start().await {
        Err(Error::ScanRunning(running)) => assert_eq!(running, first),
        other => panic!("{other:?}"),
    }
    assert_eq!(world.finish(first).await.state, RunState::Succeeded);
    // Of many at once, one wins.
    let (a, b, c) = tokio::join!(world.start(), world.start(), world.start());
    assert_eq!([a, b, c].iter().filter(|started| started.is_ok()).count(), 1);
}

async fn a_cancelled_run_leaves_nothing_and_tells_the_agent(world: &World) {
    world.scan().await;
    // The fourth call of a scan is for its second page.
    world.agent.state().calls.clear();
    world.agent.state().faults.insert(4, crate::agent::Fault::Hang);
    let id = world.start().await.unwrap();
    let context = world.context.clone();
    let working = tokio::spawn(async move { worker::drain(&context).await });
    while world.agent.state().calls.len() < 4 {
        tokio::task::yield_now().await;
    }
    scan::cancel(&world.context, &world.scope().await, id).await.unwrap();
    working.await.unwrap().unwrap();
    let run = world.run(id).await;
    assert_eq!(run.state, RunState::Cancelled);
    assert!(run.steps.iter().all(|step| step.state == RunState::Cancelled), "{:?}", run.steps);
    assert_eq!(world.agent.state().calls.last().map(String::as_str), Some("cancel"));
    assert_eq!(world.traces().await, Traces { versions: 1, drifts: 0, profiles: 1, staged: 0 });
    // Cancelled before any worker saw it: nothing is asked of the agent.
    let id = world.start().await.unwrap();
    scan::cancel(&world.context, &world.scope().await, id).await.unwrap();
    world.agent.state().calls.clear();
    assert_eq!(world.finish(id).await.state, RunState::Cancelled);
    assert!(world.agent.state().calls.is_empty());
}

async fn a_run_can_be_tried_again_as_a_new_run(world: &World) {
    let first = world.scan().await;
    let again = scan::retry(&world.context, &world.scope().await, first.id).await.unwrap().run_id;
    assert_ne!(again, first.id);
    assert_eq!(world.finish(again).await.unchanged, Some(true));
}

async fn runs_are_listed_page_by_page(world: &World) {
    let mut made = Vec::new();
    for _ in 0..5 {
        made.push(world.scan().await.id);
    }
    made.reverse();
    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let paging = Paging::new(Some(2), cursor).unwrap();
        let filter = scan::Filter { source: Some("shop".into()), ..scan::Filter::default() };
        let page: Page<Run> =
            scan::list(&world.context, &world.scope().await, filter, &paging).await.unwrap();
        seen.extend(page.items.iter().map(|run| run.id));
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, made);
}

async fn another_organization_sees_nothing(world: &World) {
    let run = world.scan().await;
    let stranger = crate::world::founder(&world.context, "bob").await;
    let scope = service::authorize(&world.context, &stranger).await.unwrap();
    assert!(matches!(scan::get(&world.context, &scope, run.id).await, Err(Error::NotFound("run"))));
    let scope = service::authorize(&world.context, &stranger).await.unwrap();
    assert!(matches!(
        schema::latest(&world.context, &scope, Some("shop"), ownership::Filter::default()).await,
        Err(Error::NotFound("source"))
    ));
}
