//! What holds for every call: it ends when nobody waits any longer, tells of progress, and may be a task.

use std::sync::Arc;
use std::time::{Duration, Instant};

use testkit::postgres::{Database, Server};

use super::stdio::Piped;
use super::*;

/// Reads of the agent that wait for a lock.
const WAITING: &str = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                       AND application_name = 'bastion-mcp' AND wait_event_type = 'Lock'";
const TASKS: &str = "io.modelcontextprotocol/tasks";

async fn wait_for(database: &Database, sql: &str, expected: &str) {
    let started = Instant::now();
    loop {
        let answer = database.psql(sql);
        if answer.trim() == expected {
            return;
        }
        assert!(started.elapsed() < Duration::from_secs(60), "{sql}: {answer}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// An agent over a database whose table `held` is locked until a row is in `go`.
async fn blocked() -> (Arc<Database>, Agent, JoinHandle<()>) {
    let database = Arc::new(Server::shared().create_database("call"));
    database.psql(
        "CREATE TABLE held (id int, at timestamptz); CREATE TABLE rest (id int); CREATE TABLE go (id int)",
    );
    let holder = std::thread::spawn({
        let database = Arc::clone(&database);
        move || {
            database.psql(
                "BEGIN; LOCK TABLE held; DO 'BEGIN FOR i IN 1..6000 LOOP \
                 EXIT WHEN EXISTS (SELECT FROM go); PERFORM pg_sleep(0.01); END LOOP; END'; COMMIT",
            );
        }
    });
    let held = "SELECT count(*) FROM pg_locks WHERE relation = 'held'::regclass AND granted";
    wait_for(&database, held, "1").await;
    let agent = Agent::serve(tempfile::tempdir().unwrap(), &database.url(), |command| {
        command.arg("--allow-unsafe-role");
    });
    (database, agent, holder)
}

/// The messages of a stream of events.
fn messages(stream: &str) -> Vec<Value> {
    let data = stream.lines().filter_map(|line| line.strip_prefix("data: "));
    data.filter_map(|text| serde_json::from_str(text).ok()).collect()
}

/// The answer to a request at the newest revision, by a caller that knows of tasks or does not.
async fn ask(agent: &Agent, method: &str, params: Value, knows_tasks: bool) -> Value {
    let extensions = if knows_tasks { json!({TASKS: {}}) } else { json!({}) };
    let response = agent.at("2026-07-28", method, params, json!({"extensions": extensions})).send().await;
    serde_json::from_str(&response.unwrap().text().await.unwrap()).unwrap()
}

/// Asks after a task until it is no longer `working`.
async fn settled(agent: &Agent, task: &Value) -> Value {
    loop {
        let found = ask(agent, "tasks/get", json!({"taskId": task}), true).await["result"].clone();
        if found["status"] != "working" {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// How long the server goes on after a caller hung up, and after a job was cancelled over MCP.
async fn stopped_after(database: &Database, agent: &Agent) -> [Duration; 2] {
    let ask = json!({"source": "shop", "tables": ["public.held"]});
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call",
                      "params": {"name": "freshness", "arguments": ask}});
    let call = tokio::spawn(agent.post(&body).bearer_auth(TOKEN).send());
    wait_for(database, WAITING, "1").await;
    let asked = Instant::now();
    call.abort();
    wait_for(database, WAITING, "0").await;
    let hung_up = asked.elapsed();

    let started = agent.call("profile_start", json!({"source": "shop"})).await;
    wait_for(database, WAITING, "1").await;
    let asked = Instant::now();
    let cancelled = agent.call("job_cancel", json!({"job": started["job"]})).await;
    assert_eq!(cancelled["status"], "cancelled");
    wait_for(database, WAITING, "0").await;
    [hung_up, asked.elapsed()]
}

/// How long the server goes on after a message on standard input cancelled a call.
async fn cancelled_by_message(database: &Database) -> Duration {
    let mut agent = Piped::start(&database.url());
    agent.call(1, "freshness", &json!({"source": "shop", "tables": ["public.held"]}));
    wait_for(database, WAITING, "1").await;
    let asked = Instant::now();
    let params = json!({"requestId": 1, "reason": "nobody waits"});
    agent.send(&json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": params}));
    wait_for(database, WAITING, "0").await;
    let took = asked.elapsed();
    // It goes on, and says nothing more of that call.
    agent.call(2, "source_info", &json!({}));
    let answer = agent.answer();
    assert_eq!((&answer["id"], &answer["error"]), (&json!(2), &json!(null)), "{answer}");
    took
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_waits_for_stops_in_postgres_within_a_second_and_others_are_told_of_progress() {
    let (database, agent, holder) = blocked().await;
    // Sooner than the lock timeout of two seconds would end it. A machine that is busy otherwise gets a second chance.
    let mut took = stopped_after(&database, &agent).await;
    if took.iter().any(|took| *took >= Duration::from_secs(1)) {
        took = stopped_after(&database, &agent).await;
    }
    assert!(took.iter().all(|took| *took < Duration::from_secs(1)), "{took:?}");
    let mut took = cancelled_by_message(&database).await;
    if took >= Duration::from_secs(1) {
        took = cancelled_by_message(&database).await;
    }
    assert!(took < Duration::from_secs(1), "{took:?}");

    let started = agent.call("profile_start", json!({"source": "shop"})).await;
    wait_for(&database, WAITING, "1").await;
    let params = json!({"name": "profile_get", "arguments": {"job": started["job"], "wait_ms": 15000},
                        "_meta": {"progressToken": "mine"}});
    let response = agent.ask("tools/call", params).await;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let told = messages(&response.text().await.unwrap());
    let (answer, progress) = told.split_last().unwrap();
    assert_eq!(answer["result"]["structuredContent"]["page"][0]["table"], "public.go", "{answer}");
    assert!(!progress.is_empty());
    let mut last = -1.0;
    for told in progress {
        assert_eq!(
            (&told["method"], &told["params"]["progressToken"]),
            (&json!("notifications/progress"), &json!("mine"))
        );
        let done = told["params"]["progress"].as_f64().unwrap();
        assert!(done > last, "it grows: {told}");
        last = done;
    }

    // Nobody else's calls become streams: the one before had asked.
    let page = agent.call("profile_get", json!({"job": started["job"]})).await;
    assert_eq!(page["page"][0]["table"], "public.go");
    agent.call("job_cancel", json!({"job": started["job"]})).await;
    database.psql("INSERT INTO go VALUES (1)");
    holder.join().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_over_postgres_is_a_task_for_callers_that_know_of_tasks() {
    let (database, agent, holder) = blocked().await;
    let start = |tool: &str| json!({"name": tool, "arguments": {"source": "shop"}});
    let working = ask(&agent, "tools/call", start("profile_start"), true).await["result"].clone();
    assert_eq!(
        (&working["resultType"], &working["status"]),
        (&json!("task"), &json!("working")),
        "{working}"
    );
    wait_for(&database, WAITING, "1").await;
    let found = ask(&agent, "tasks/get", json!({"taskId": working["taskId"]}), true).await;
    assert_eq!(found["result"]["status"], "working", "{found}");
    ask(&agent, "tasks/cancel", json!({"taskId": working["taskId"]}), true).await;
    assert_eq!(settled(&agent, &working["taskId"]).await["status"], "cancelled");
    wait_for(&database, WAITING, "0").await;
    database.psql("INSERT INTO go VALUES (1)");
    holder.join().unwrap();

    // One that ends tells what others are answered at once; its pages are waiting.
    let scan = ask(&agent, "tools/call", start("schema_scan_start"), true).await["result"].clone();
    let scan = settled(&agent, &scan["taskId"]).await;
    assert_eq!(scan["status"], "completed", "{scan}");
    let job = &scan["result"]["structuredContent"]["job"];
    assert_eq!(agent.call("schema_scan_get", json!({"job": job})).await["status"], "done");

    // What asks for no job is answered, although it tells of one.
    let told = json!({"name": "job_cancel", "arguments": {"job": job}});
    let told = ask(&agent, "tools/call", told, true).await;
    assert_eq!(told["result"]["structuredContent"]["status"], "done", "{told}");

    // Whoever does not know of tasks is answered as before, and has none to ask after.
    let started = ask(&agent, "tools/call", start("schema_scan_start"), false).await;
    assert!(started["result"]["structuredContent"]["job"].is_string(), "{started}");
    let refused = ask(&agent, "tasks/get", json!({"taskId": working["taskId"]}), false).await;
    assert_eq!(refused["error"]["code"], -32021, "{refused}");
    let unknown = ask(&agent, "tasks/get", json!({"taskId": "none"}), true).await;
    assert!(unknown["error"]["code"].is_number(), "{unknown}");
    let refused =
        ask(&agent, "tools/call", json!({"name": "profile_start", "arguments": {"source": "none"}}), true)
            .await;
    assert_eq!(
        refused["result"]["structuredContent"]["code"], "source_unknown",
        "no task without a job: {refused}"
    );
}
