//! Arguments made to break out of a statement: every tool takes them for names that nobody has, and tells nothing.

use std::collections::BTreeSet;

use scan::Filter;
use testkit::hostile::corpus;
use testkit::mariadb;
use testkit::postgres::Server;

use super::*;

/// Something that a customer keeps in rows.
const SECRET: &str = "tr0ub4dor-secret-row";
/// What a tool may say of such arguments.
const CODES: [&str; 5] = ["source_unknown", "job_unknown", "cursor", "pattern", "table_unknown"];

/// Calls a tool; its answer must be a refusal that one can act on.
async fn refused(agent: &Agent, tool: &str, arguments: Value) {
    let response = agent.ask("tools/call", json!({"name": tool, "arguments": arguments})).await;
    assert!(!response.status().is_server_error(), "{tool} {arguments}: {}", response.status());
    let text = response.text().await.unwrap();
    assert!(!text.contains(SECRET), "{tool} {arguments}: {text}");
    let answer: Value = serde_json::from_str(&text).unwrap();
    let result = &answer["result"];
    let code = result["structuredContent"]["code"].as_str();
    // Of the wrong type, or of no name that the tool knows: refused before it is called.
    let never_called = answer["error"]["code"] == -32602 || result["isError"] == true && code.is_none();
    assert!(never_called || code.is_some_and(|code| CODES.contains(&code)), "{tool} {arguments}: {text}");
}

/// Where a tool takes a name, a number or a word: the text in each place.
async fn everywhere(agent: &Agent, text: &str, job: &Value) {
    let calls = [
        ("source_info", json!({"source": text})),
        ("schema_scan_start", json!({"source": text})),
        ("profile_start", json!({"source": text})),
        ("backfill_start", json!({"source": text})),
        ("profile_start", json!({"source": "shop", "level": text})),
        ("profile_start", json!({"source": "shop", "budget": {"bytes": text}})),
        ("profile_start", json!({"source": "shop", text: text})),
        ("backfill_start", json!({"source": "shop", "until": text})),
        ("freshness", json!({"source": "shop", "tables": [text], "timestamp_columns": {text: text}})),
        ("schema_scan_get", json!({"job": job, "cursor": text})),
        ("profile_get", json!({"job": text, "wait_ms": 1})),
        ("backfill_get", json!({"job": text, "cursor": "1"})),
        ("job_cancel", json!({"job": text})),
        (text, json!({"source": "shop"})),
    ];
    let refused = calls.into_iter().map(|(tool, arguments)| refused(agent, tool, arguments));
    futures_util::future::join_all(refused).await;
}

/// Starts each kind of job with the text wherever it can stand beside a source that is there.
async fn alone(agent: &Agent, text: &str) {
    let asked = json!({"source": "shop", "tables": [text], "timestamp_columns": {text: text}});
    let mut profile = asked.clone();
    profile["if_none_match"] = json!(text);
    for (tool, arguments) in [("profile", profile), ("backfill", asked)] {
        let told = pages(agent, tool, arguments).await;
        assert!(told.len() == 1 && !told[0]["skipped"].is_null(), "{tool} {text}: {told:?}");
    }
    let scan = json!({"source": "shop", "include": [text], "exclude": [text], "if_none_match": text});
    if Filter::new(&[text.to_owned()], &[]).is_ok() {
        assert_eq!(pages(agent, "schema_scan", scan).await, Vec::<Value>::new(), "{text}");
    } else {
        assert_eq!(agent.refusal("schema_scan_start", scan).await, "pattern", "{text}");
    }
}

/// All pages of a job.
async fn pages(agent: &Agent, tool: &str, arguments: Value) -> Vec<Value> {
    let started = agent.call(&format!("{tool}_start"), arguments).await;
    let (mut all, mut cursor) = (Vec::new(), json!(""));
    while !cursor.is_null() {
        let ask = json!({"job": started["job"], "cursor": cursor, "wait_ms": 15000});
        let page = agent.call(&format!("{tool}_get"), ask).await;
        assert_eq!(page["error"], json!(null), "{page}");
        all.extend(page["page"].as_array().unwrap().clone());
        cursor = page["next_cursor"].clone();
    }
    assert!(!json!(all).to_string().contains(SECRET));
    all
}

/// Profiles, counts and scans with names in all the lists there are; everything that is told comes of `table`.
async fn listed(agent: &Agent, table: &str, names: &[String]) {
    let id = |number: usize| format!("00000000-0000-7000-8000-{number:012}");
    let mut rules = vec![(table, json!({"kind": "accepted_values", "column": "note", "values": names}))];
    if !names.is_empty() {
        rules.push((table, json!({"kind": "unique", "columns": names})));
    }
    for name in names {
        rules.push((table, json!({"kind": "not_null", "column": name})));
        rules.push((table, json!({"kind": "pattern", "column": "note", "pattern": name})));
        rules.push((
            name.as_str(),
            json!({"kind": "range", "column": name, "minimum": name, "maximum": name}),
        ));
    }
    for name in names.iter().take(50) {
        let refers = json!({"kind": "referential", "columns": ["id"], "references": name, "referenced_columns": [name]});
        rules.push((table, refers));
    }
    let expectations = rules.iter().enumerate();
    let expectations: Vec<Value> = expectations
        .map(|(number, (table, rule))| json!({"id": id(number), "table": table, "rule": rule}))
        .collect();
    let tables: Vec<&str> = names.iter().map(String::as_str).chain([table]).collect();
    let mut columns = serde_json::Map::new();
    for name in names {
        columns.insert(name.clone(), json!(name));
    }
    columns.extend(names.first().map(|name| (table.to_owned(), json!(name))));
    let profile = json!({"source": "shop", "tables": tables, "timestamp_columns": columns, "expectations": expectations});
    let profiled = pages(agent, "profile", profile).await;
    assert_eq!(profiled.len(), tables.len());
    assert_eq!(profiled.iter().filter(|told| told["skipped"].is_null()).count(), 1, "only {table} is there");

    let backfill = json!({"source": "shop", "tables": tables, "timestamp_columns": columns, "days": 1});
    assert_eq!(pages(agent, "backfill", backfill).await.len(), tables.len());

    let globs: Vec<&String> =
        names.iter().filter(|name| Filter::new(&[(*name).clone()], &[]).is_ok()).collect();
    assert!(names.is_empty() || globs.len() > 100, "{}", globs.len());
    let scan =
        |include: &Value, exclude: &Value| json!({"source": "shop", "include": include, "exclude": exclude});
    pages(agent, "schema_scan", scan(&json!(globs), &json!([]))).await;
    let objects = pages(agent, "schema_scan", scan(&json!([table]), &json!(globs))).await;
    assert!(objects.iter().any(|object| object["path"] == table), "no glob means {table}");
}

#[tokio::test]
async fn hostile_arguments_of_every_tool_are_refused_over_sqlite() {
    let agent = Agent::start(&format!(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, note TEXT, at TEXT); CREATE TABLE canary (id INT); \
         INSERT INTO canary VALUES (7); INSERT INTO t VALUES (1, '{SECRET}', '2024-01-01 12:00:00')"
    ));
    let names = corpus();
    let file = agent.directory.path().join("shop.db");
    let before = std::fs::read(&file).unwrap();
    let job = agent.call("schema_scan_start", json!({"source": "shop"})).await["job"].clone();
    for name in &names {
        everywhere(&agent, name, &job).await;
    }
    for name in &names {
        alone(&agent, name).await;
    }
    listed(&agent, "main.t", &names).await;
    assert!(std::fs::read(&file).unwrap() == before, "the file is what it was");
}

#[tokio::test]
async fn hostile_arguments_make_postgres_hear_nothing_new() {
    let server = Server::shared();
    let database = server.create_database("hostile");
    let role = server.create_role("hostile", "NOINHERIT");
    database.psql(&format!(
        "CREATE TABLE t (id int PRIMARY KEY, note text, at timestamptz); CREATE TABLE canary (id int); \
         INSERT INTO canary VALUES (7); INSERT INTO t VALUES (1, '{SECRET}', now()); \
         REVOKE CREATE ON SCHEMA public FROM PUBLIC; GRANT SELECT ON t TO \"{}\"",
        role.name
    ));
    let directory = tempfile::tempdir().unwrap();
    let agent = Agent::serve(directory, &database.url_as(&role), |command| {
        command.env("BASTION_LOG", "trace");
    });
    database.log_statements();
    let sent = || -> BTreeSet<String> { database.statements().into_iter().collect() };
    // What is sent for names that are there, and such as a person would type.
    let rule = json!({"kind": "accepted_values", "column": "note", "values": ["x"]});
    let id = "00000000-0000-7000-8000-000000000000";
    let expectations = json!([{"id": id, "table": "public.t", "rule": rule}]);
    pages(&agent, "profile", json!({"source": "shop", "tables": ["public.t"], "expectations": expectations}))
        .await;
    listed(&agent, "public.t", &[]).await;
    agent.call("freshness", json!({"source": "shop", "tables": ["public.t"]})).await;
    pages(&agent, "backfill", json!({"source": "shop", "tables": ["public.t"]})).await;
    let known = sent();
    let names = corpus();
    listed(&agent, "public.t", &names).await;
    for name in names.iter().step_by(20) {
        refused(&agent, "freshness", json!({"source": "shop", "tables": [name]})).await;
        alone(&agent, name).await;
    }
    let new: Vec<String> = sent().difference(&known).cloned().collect();
    assert_eq!(new, Vec::<String>::new());
    assert_eq!(database.psql("SELECT sum(id) || '/' || count(*) FROM canary").trim(), "7/1");
    let log = agent.log();
    assert!(log.contains("job ended"), "{log}");
    for secret in [SECRET, &role.password, &database.url_as(&role)] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}

#[tokio::test]
async fn hostile_arguments_make_mariadb_hear_nothing_new() {
    let server = mariadb::Server::shared();
    let database = server.create_database("hostile");
    let account = server.create_account("hostile");
    let (of, path) = (database.name().to_owned(), format!("{}.t", database.name()));
    database.sql(&format!(
        "CREATE TABLE t (id INT PRIMARY KEY, note TEXT, at DATETIME); CREATE TABLE canary (id INT); \
         INSERT INTO canary VALUES (7); INSERT INTO t VALUES (1, '{SECRET}', NOW()); \
         GRANT SELECT, SHOW VIEW ON `{of}`.t TO '{}'@'%'",
        account.name
    ));
    let directory = tempfile::tempdir().unwrap();
    let agent = Agent::serve(directory, &database.url_as(&account), |command| {
        command.env("BASTION_LOG", "trace");
    });
    let sent = || -> BTreeSet<String> { database.statements(&account).into_iter().collect() };
    // What is sent for names that are there, and such as a person would type.
    let rule = json!({"kind": "accepted_values", "column": "note", "values": ["x"]});
    let id = "00000000-0000-7000-8000-000000000000";
    let expectations = json!([{"id": id, "table": path, "rule": rule}]);
    pages(&agent, "profile", json!({"source": "shop", "tables": [path], "expectations": expectations})).await;
    listed(&agent, &path, &[]).await;
    agent.call("freshness", json!({"source": "shop", "tables": [path]})).await;
    pages(&agent, "backfill", json!({"source": "shop", "tables": [path]})).await;
    // And for one that is not.
    refused(&agent, "freshness", json!({"source": "shop", "tables": ["nowhere"]})).await;
    alone(&agent, "nowhere").await;
    let known = sent();
    let names = corpus();
    listed(&agent, &path, &names).await;
    for name in names.iter().step_by(20) {
        refused(&agent, "freshness", json!({"source": "shop", "tables": [name]})).await;
        alone(&agent, name).await;
    }
    let new: Vec<String> = sent().difference(&known).cloned().collect();
    assert_eq!(new, Vec::<String>::new());
    assert_eq!(database.sql("SELECT CONCAT(SUM(id), '/', COUNT(*)) FROM canary").trim(), "7/1");
    let log = agent.log();
    assert!(log.contains("job ended"), "{log}");
    for secret in [SECRET, &account.password, &database.url_as(&account)] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}
