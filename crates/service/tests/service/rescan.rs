//! Scans that find nothing new: what is kept of them, and what is told of them meanwhile and afterwards.

use service::page::Paging;
use service::{activity, agent, log, scan, source, worker};
use tokio_util::sync::CancellationToken;
use types::RunId;
use types::agent::AgentStatus;
use types::log::{LogLevel, LogLine};
use types::run::{Run, RunState, Step, Trigger};
use types::source::Schedule;

use crate::agent::Fault;
use crate::database::on_both_databases;
use crate::world::World;

on_both_databases![
    a_scan_that_finds_nothing_new_stores_less_than_a_kibibyte,
    what_it_was_is_told_all_the_same,
    a_scan_that_warned_is_kept_whole,
];

const KIBIBYTE: i64 = 1024;

/// An agent that can tell that nothing has changed, and a first scan.
async fn scanned(world: &World) {
    {
        let mut state = world.agent.state();
        state.fingerprint = "schema".into();
        state.profile_fingerprint = Some("data".into());
    }
    world.scan().await;
}

async fn a_scan_that_finds_nothing_new_stores_less_than_a_kibibyte(world: &World) {
    scanned(world).await;
    let mut before = world.database.stored().await.unwrap();
    // By hand, in an hour and in a day, when the catalog is read whole; then by plan.
    for seconds in [3600, 25 * 3600, 3600, 3600] {
        world.advance(seconds);
        world.scan().await;
        check(world, &mut before).await;
    }
    let schedule = Schedule { every_minutes: Some(60) };
    source::set_schedule(&world.context, &world.scope().await, Some("shop"), schedule).await.unwrap();
    before = world.database.stored().await.unwrap();
    for _ in 0..2 {
        world.advance(61 * 60);
        worker::drain(&world.context).await.unwrap();
        let run = newest(world).await;
        assert_eq!((run.trigger, run.unchanged), (Trigger::Schedule, Some(true)));
        check(world, &mut before).await;
    }
}

/// Whether little has been stored since, and something.
async fn check(world: &World, before: &mut std::collections::BTreeMap<String, i64>) {
    let after = world.database.stored().await.unwrap();
    let grown: Vec<_> = after
        .iter()
        .map(|(table, bytes)| (table.as_str(), bytes - before.get(table).copied().unwrap_or_default()))
        .filter(|(_, bytes)| *bytes != 0)
        .collect();
    let all: i64 = grown.iter().map(|(_, bytes)| bytes).sum();
    assert!((100..KIBIBYTE).contains(&all), "{all}: {grown:?}");
    *before = after;
}

async fn newest(world: &World) -> Run {
    let paging = Paging::new(Some(1), None).unwrap();
    let filter = scan::Filter::default();
    scan::list(&world.context, &world.scope().await, filter, &paging).await.unwrap().items.remove(0)
}

async fn lines(world: &World, run: RunId) -> Vec<LogLine> {
    let filter = log::Filter { run: Some(run), ..log::Filter::default() };
    let paging = Paging::new(None, None).unwrap();
    log::list(&world.context, &world.scope().await, filter, &paging).await.unwrap().items
}

/// What of the activity is about a run, newest first.
async fn told(world: &World, run: RunId) -> Vec<types::activity::Activity> {
    let page = activity::list(&world.context, &world.scope().await, None, None).await.unwrap();
    let about = |entry: &types::activity::Activity| {
        entry.link.as_ref().is_some_and(|link| link.ends_with(&run.to_string()))
    };
    page.items.into_iter().filter(about).collect()
}

/// What of a step is there before it begins.
fn plan(steps: &[Step]) -> Vec<(types::StepId, types::run::StepKind, Vec<types::StepId>)> {
    steps.iter().map(|step| (step.id, step.kind, step.depends_on.clone())).collect()
}

async fn what_it_was_is_told_all_the_same(world: &World) {
    scanned(world).await;
    world.advance(3600);
    let begun = world.context.now();
    let id = world.start().await.unwrap();
    let planned = plan(&world.run(id).await.steps);
    let started = told(world, id).await;
    assert_eq!(
        (started.len(), started[0].kind.as_str(), started[0].actor.as_str()),
        (1, "run.started", "ada")
    );
    // Its lines can be read while it runs.
    let mut seen = Vec::new();
    while !world.run(id).await.state.is_final() {
        seen.extend(lines(world, id).await.into_iter().map(|line| line.message));
        world.advance(1);
        let stop = CancellationToken::new();
        assert!(worker::work_on_next(&world.context, &stop, worker::HEARTBEAT).await.unwrap());
    }
    for line in ["The catalog is unchanged", "No table was written to", "Schema and data are unchanged"] {
        assert!(seen.iter().any(|message| message.starts_with(line)), "{line}: {seen:?}");
    }
    let run = world.run(id).await;
    assert_eq!((run.state, run.unchanged, run.version), (RunState::Succeeded, Some(true), Some(1)));
    assert_eq!((run.tables_profiled, run.created_at), (Some(0), begun));
    assert_eq!(plan(&run.steps), planned);
    let second = |number: u64| types::Timestamp(begun.0 + std::time::Duration::from_secs(number));
    for (number, step) in (1..).zip(&run.steps) {
        assert_eq!((step.state, step.attempts, &step.error), (RunState::Succeeded, 1, &None));
        assert_eq!((step.started_at, step.finished_at), (Some(second(number)), Some(second(number))));
    }
    assert_eq!((newest(world).await, run.finished_at), (run.clone(), Some(second(5))));
    assert_eq!(lines(world, id).await, []);
    let ended = told(world, id).await;
    assert_eq!((ended.len(), ended[0].kind.as_str(), ended[0].actor.as_str()), (1, "run.succeeded", "ada"));
    assert!(ended[0].seq > started[0].seq, "whoever reads on hears of it");
    let agents = agent::list(&world.context, &world.scope().await, None).await.unwrap().agents;
    for card in agents {
        let last = (card.status, card.last_run_id, card.last_state);
        assert_eq!(last, (AgentStatus::Idle, Some(id), Some(RunState::Succeeded)), "{:?}", card.name);
    }
}

async fn a_scan_that_warned_is_kept_whole(world: &World) {
    scanned(world).await;
    world.advance(3600);
    world.agent.state().calls.clear();
    world.agent.state().faults.insert(1, Fault::Fail(integrations::AgentErrorKind::Unreachable));
    let run = world.scan().await;
    assert_eq!((run.unchanged, run.tables_profiled), (Some(true), Some(0)));
    assert_eq!((run.steps.len(), run.steps[0].attempts), (5, 2));
    let lines = lines(world, run.id).await;
    let of = |level| lines.iter().filter(|line| line.level == level).count();
    assert_eq!(of(LogLevel::Warn), 1, "{lines:?}");
    assert!(of(LogLevel::Info) > 2, "{lines:?}");
    let kinds: Vec<_> = told(world, run.id).await.into_iter().map(|entry| entry.kind).collect();
    assert_eq!(kinds, ["run.succeeded", "run.started"]);
}
