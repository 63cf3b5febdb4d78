//! Scans that go badly: the last good state stays, nothing is half visible, and the reason is plain.

use integrations::AgentErrorKind;
use service::log;
use service::page::Paging;
use types::log::LogLevel;
use types::profile::TableProfile;
use types::run::{RunState, StepKind};
use types::snapshot::{Body, Schema};

use crate::agent::Fault;
use crate::database::on_both_databases;
use crate::shop;
use crate::world::{Traces, World};

on_both_databases![
    an_agent_that_vanishes_fails_the_run_after_three_attempts,
    an_agent_that_comes_back_loses_nothing,
    an_agent_that_restarts_is_asked_again,
    an_agent_that_forgets_for_ever_fails_the_run,
    a_page_that_breaks_the_contract_fails_the_run_at_once,
];

async fn an_agent_that_vanishes_fails_the_run_after_three_attempts(world: &World) {
    world.scan().await;
    world.change(shop::without_city());
    let first_call = world.agent.state().calls.len() + 1;
    let id = world.start().await.unwrap();
    // Two pages of the new catalog are staged when it goes.
    world.agent.state().faults.insert(first_call + 4, Fault::Hang);
    let context = world.context.clone();
    let killed = tokio::spawn(async move { service::worker::drain(&context).await });
    while world.agent.state().calls.len() < first_call + 4 {
        tokio::task::yield_now().await;
    }
    killed.abort();
    world.agent.state().down = Some(AgentErrorKind::Unreachable);
    world.advance(120);
    let run = world.finish(id).await;
    assert_eq!(run.state, RunState::Failed);
    let error = run.error.unwrap();
    assert_eq!((error.code.as_str(), error.message.as_str()), ("agent_unreachable", "The test says so."));
    let states: Vec<_> = run.steps.iter().map(|step| (step.state, step.attempts)).collect();
    let skipped = (RunState::Skipped, 0);
    assert_eq!(states, [(RunState::Failed, 3), skipped, skipped, skipped, skipped]);
    assert_eq!(world.traces().await, Traces { versions: 1, drifts: 0, profiles: 1, staged: 0 });
    let filter = log::Filter { run: Some(id), level: Some(LogLevel::Warn), ..log::Filter::default() };
    let paging = Paging::new(None, None).unwrap();
    let lines = log::list(&world.context, &world.scope().await, filter, &paging).await.unwrap().items;
    assert_eq!(lines[0].level, LogLevel::Error);
    assert!(lines[1].message.ends_with("It is tried again."), "{lines:?}");
    // The source can be scanned again.
    world.agent.state().down = None;
    assert_eq!(world.scan().await.version, Some(2));
}

async fn an_agent_that_comes_back_loses_nothing(world: &World) {
    for call in [1, 2, 3, 5, 7, 9] {
        world.agent.state().calls.clear();
        world.agent.state().faults.insert(call, Fault::Fail(AgentErrorKind::Timeout));
        let id = world.start().await.unwrap();
        assert_eq!(world.finish(id).await.state, RunState::Succeeded, "after call {call}");
    }
    let traces = world.traces().await;
    assert_eq!(traces, Traces { versions: 1, drifts: 0, profiles: 6, staged: 0 });
}

async fn an_agent_that_restarts_is_asked_again(world: &World) {
    // Within the catalog's second page, and within the profile's.
    world.agent.state().faults.extend([(4, Fault::Forget), (10, Fault::Forget)]);
    let run = world.scan().await;
    assert_eq!(run.tables_profiled, Some(3));
    let starts = |what: &str| world.agent.state().calls.iter().filter(|call| *call == what).count();
    assert_eq!((starts("scan_start"), starts("profile_start")), (2, 2));
    assert_eq!(world.traces().await, Traces { versions: 1, drifts: 0, profiles: 1, staged: 0 });
}

async fn an_agent_that_forgets_for_ever_fails_the_run(world: &World) {
    for call in 0..40 {
        world.agent.state().faults.insert(3 + 2 * call, Fault::Forget);
    }
    let id = world.start().await.unwrap();
    let run = world.finish(id).await;
    assert_eq!((run.state, run.error.unwrap().code.as_str()), (RunState::Failed, "agent_failed"));
}

async fn a_page_that_breaks_the_contract_fails_the_run_at_once(world: &World) {
    world.scan().await;
    let twice = || {
        let mut objects = shop::catalog();
        objects[1] = objects[0].clone();
        objects
    };
    let elsewhere = || {
        let mut objects = shop::catalog();
        objects[0].path = "private".into();
        objects
    };
    let endless = || {
        let mut objects = shop::catalog();
        let comment = Some("x".repeat(5 * 1024 * 1024));
        objects[0].body = Body::Schema(Schema { comment, ..Schema::default() });
        objects
    };
    for (what, objects) in [("twice", twice()), ("elsewhere", elsewhere()), ("endless", endless())] {
        world.agent.state().objects = objects;
        let id = world.start().await.unwrap();
        let run = world.finish(id).await;
        assert_eq!(
            (run.state, run.error.unwrap().code.as_str()),
            (RunState::Failed, "agent_protocol"),
            "{what}"
        );
        assert_eq!((run.steps[0].kind, run.steps[0].attempts), (StepKind::SchemaScan, 1));
    }
    world.agent.state().objects = shop::catalog();
    let impossible = |table: &mut TableProfile| table.columns[0].null_percent = Some(101.0);
    let headless = |table: &mut TableProfile| table.columns_before = 1;
    let breaks: [&dyn Fn(&mut TableProfile); 2] = [&impossible, &headless];
    for breaks in breaks {
        let mut profiles = shop::contents(&shop::catalog(), 0, world.context.now());
        breaks(&mut profiles[0]);
        world.agent.state().profiles = profiles;
        let id = world.start().await.unwrap();
        assert_eq!(world.finish(id).await.error.unwrap().code, "agent_protocol");
    }
    assert_eq!(world.traces().await, Traces { versions: 1, drifts: 0, profiles: 1, staged: 0 });
}
