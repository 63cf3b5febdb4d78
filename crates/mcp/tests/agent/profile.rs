//! What a profile tells over MCP and on the command line, and what it does not.

use super::*;

const PEOPLE: &str = "\
    CREATE TABLE customer (id INTEGER PRIMARY KEY, email TEXT, card TEXT, city TEXT, spent REAL, created_at TEXT); \
    INSERT INTO customer VALUES \
    (1, 'ann@example.com', '4111 1111 1111 1111', 'Oslo', 1.5, '2024-01-01 12:00:00'), \
    (2, 'bob@example.org', '5500-0000-0000-0004', 'Oslo', 0, '2024-01-02 12:00:00'), \
    (3, 'cyd@example.net', '340000000000009', '', -2, '2024-01-03 12:00:00')";
/// Long enough that no port, time or id of a log holds one by chance.
const VALUES: [&str; 7] = ["ann@", "bob@", "4111 1111", "41111111", "5500-0000", "55000000", "Oslo"];

async fn profiled(agent: &Agent, mut arguments: Value) -> Value {
    arguments["source"] = json!("shop");
    let started = agent.call("profile_start", arguments).await;
    let mut tables = Vec::new();
    let mut cursor = json!("");
    while !cursor.is_null() {
        let ask = json!({"job": started["job"], "cursor": cursor, "wait_ms": 15000});
        let page = agent.call("profile_get", ask).await;
        tables.extend(page["page"].as_array().unwrap().clone());
        cursor = page["next_cursor"].clone();
    }
    tables.remove(0)
}

#[tokio::test]
async fn a_profile_tells_what_values_are_like_and_none_of_them() {
    let agent = Agent::start(PEOPLE);
    let table = profiled(&agent, json!({})).await;
    let column = |name: &str| {
        let columns = table["columns"].as_array().unwrap();
        columns.iter().find(|column| column["column"] == name).unwrap().clone()
    };
    let email = column("email");
    assert_eq!(
        email["semantics"],
        json!({"semantic_type": "email", "pii": "direct", "confidence": "high",
               "evidence": ["name:email", "pattern:email"]})
    );
    assert_eq!(email["shapes"][0], json!({"shape": "a+@a+.a+", "percent": 100.0}));
    assert_eq!(column("card")["semantics"]["evidence"], json!(["checksum:luhn"]));
    assert_eq!(column("card")["semantics"]["pii"], "finance");
    let city = column("city");
    assert_eq!((&city["empty_count"], &city["lengths"]["max"]), (&json!(1), &json!(4)));
    assert_eq!(
        (&city["top_values"][0]["shape"], &city["top_values"][0]["count"]),
        (&json!("Aa+"), &json!(2))
    );
    let spent = column("spent");
    assert_eq!((&spent["zero_count"], &spent["negative_count"]), (&json!(1), &json!(1)));
    assert_eq!(spent["quantiles"][3], json!({"rank": 0.5, "value": 0.0}));
    assert_eq!(table["latest_value_method"], "full_pass");
    assert_eq!(table["last_write_method"], "file_time");
    let all = table.to_string();
    assert!(VALUES.iter().all(|value| !all.contains(value)), "{all}");
}

#[tokio::test]
async fn values_are_told_only_by_an_agent_that_may() {
    let ask = json!({"source": "shop", "values": true});
    let agent = Agent::start(PEOPLE);
    assert_eq!(agent.refusal("profile_start", ask.clone()).await, "values_not_allowed");

    // By a token of their own, some callers may and others may not.
    let directory = tempfile::tempdir().unwrap();
    let url = database(directory.path(), PEOPLE);
    let second = directory.path().join("second");
    std::fs::write(&second, "another-token-for-values\n").unwrap();
    let agent = Agent::serve(directory, &url, |command| {
        command.arg("--values-token-file").arg(&second);
    });
    assert_eq!(agent.refusal("profile_start", ask.clone()).await, "values_not_allowed");
    let params = json!({"name": "profile_start", "arguments": ask});
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params});
    let started = |token: &str| agent.post(&body).bearer_auth(token).send();
    assert_eq!(started("another-token-for-nobody").await.unwrap().status(), 401);
    let answer = started("another-token-for-values").await.unwrap().text().await.unwrap();
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert!(answer["result"]["structuredContent"]["job"].is_string(), "{answer}");
}

#[tokio::test]
async fn a_budget_of_no_seconds_skips_every_table_and_says_why() {
    let agent = Agent::start(PEOPLE);
    let table = profiled(&agent, json!({"budget": {"seconds": 0}})).await;
    assert!(table["skipped"].as_str().unwrap().contains("seconds"), "{table}");
}

#[tokio::test]
async fn no_caller_gets_more_than_the_owner_of_the_agent_allows() {
    let serve = |options: &[&str]| {
        let directory = tempfile::tempdir().unwrap();
        let url = database(directory.path(), &format!("{PEOPLE}; CREATE TABLE payroll (id INT, at TEXT)"));
        Agent::serve(directory, &url, |command| {
            command.args(options);
        })
    };
    let agent = serve(&["--max-seconds", "0"]);
    let told = agent.call("source_info", json!({})).await;
    let limits = json!({"duty_percent": 100, "bytes": null, "seconds": 0});
    assert_eq!(told["sources"][0]["limits"], limits, "it says what it allows");
    for budget in [json!(null), json!({"seconds": 1000}), json!({"bytes": 1_000_000})] {
        let table = profiled(&agent, json!({"budget": budget})).await;
        assert!(table["skipped"].as_str().unwrap().contains("seconds"), "{table}");
    }

    let agent = serve(&["--include", "main.*", "--exclude", "*.payroll"]);
    let pages = async |tool: &str, arguments: Value| {
        let started = agent.call(&format!("{tool}_start"), arguments).await;
        agent.call(&format!("{tool}_get"), json!({"job": started["job"], "wait_ms": 15000})).await
    };
    let all = json!({"source": "shop", "include": ["*"]});
    assert_eq!(profiled(&agent, json!({"include": ["*"]})).await["table"], "main.customer");
    let named = profiled(&agent, json!({"tables": ["main.payroll"]})).await;
    assert!(named["skipped"].as_str().unwrap().contains("no table"), "{named}");
    let scanned = pages("schema_scan", all).await["page"].to_string();
    assert!(scanned.contains("main.customer") && !scanned.contains("payroll"), "{scanned}");
    let counted = pages("backfill", json!({"source": "shop"})).await["page"].to_string();
    assert!(counted.contains("main.customer") && !counted.contains("payroll"), "{counted}");
    let fresh = json!({"source": "shop", "tables": ["main.payroll"]});
    assert_eq!(agent.refusal("freshness", fresh).await, "table_unknown");
}

#[tokio::test]
async fn expectations_are_judged_on_the_way_and_tell_no_value() {
    let agent = Agent::start(PEOPLE);
    let rules = [
        json!({"kind": "not_null", "column": "email"}),
        json!({"kind": "pattern", "column": "email", "pattern": r"@example\.(com|org)$"}),
        json!({"kind": "accepted_values", "column": "city", "values": ["Oslo", "Bergen"]}),
        json!({"kind": "range", "column": "spent", "minimum": "zero"}),
        json!({"kind": "unique", "columns": ["city", "spent"]}),
    ];
    let one = |(number, rule): (usize, &Value)| {
        let id = format!("00000000-0000-7000-8000-{number:012}");
        json!({"id": id, "table": "main.customer", "rule": rule})
    };
    let asked: Vec<Value> = rules.iter().enumerate().map(one).collect();
    let table = profiled(&agent, json!({"expectations": asked})).await;
    let told = table["expectations"].as_array().unwrap();
    let found: Vec<_> = told.iter().map(|one| (&one["state"], &one["failing"], &one["checked"])).collect();
    let expected = [
        (&json!("passed"), &json!(0), &json!(3)),
        (&json!("failed"), &json!(1), &json!(3)),
        (&json!("failed"), &json!(1), &json!(3)),
        (&json!("not_checked"), &Value::Null, &Value::Null),
        (&json!("passed"), &json!(0), &json!(3)),
    ];
    assert_eq!(found, expected);
    assert!(told.iter().zip(&asked).all(|(told, asked)| told["id"] == asked["id"]));
    assert_eq!(told[1]["detail"], "1 of 3 values do not match the pattern.");
    assert_eq!(told[3]["detail"], "A value of the rule cannot be read as the column's type.");
    let all = table["expectations"].to_string();
    assert!(VALUES.iter().chain(&["Bergen", "zero"]).all(|value| !all.contains(value)), "{all}");

    let many: Vec<Value> = vec![asked[0].clone(); 501];
    let refused = agent.refusal("profile_start", json!({"source": "shop", "expectations": many})).await;
    assert_eq!(refused, "too_many");
}

#[tokio::test]
async fn no_log_holds_a_value_or_an_address_whatever_is_asked_for() {
    for asked in ["trace", "info,rmcp=trace,rmcp::service=trace,[{}]=trace"] {
        let directory = tempfile::tempdir().unwrap();
        let url = database(directory.path(), PEOPLE);
        let agent = Agent::serve(directory, &url, |command| {
            command.env("BASTION_LOG", asked).arg("--allow-values");
        });
        let rule = json!({"kind": "accepted_values", "column": "city", "values": ["Oslo", "Bergen"]});
        let id = "00000000-0000-7000-8000-000000000001";
        let expectations = json!([{"id": id, "table": "main.customer", "rule": rule}]);
        let table = profiled(&agent, json!({"values": true, "expectations": expectations})).await;
        assert!(table.to_string().contains("Oslo"), "values were asked for: {table}");
        let started = agent.call("schema_scan_start", json!({"source": "shop"})).await;
        agent.call("schema_scan_get", json!({"job": started["job"], "wait_ms": 15000})).await;
        let log = agent.log();
        assert!(log.contains("job ended"), "{log}");
        let secret = VALUES.iter().chain(&["Bergen", "shop.db"]).find(|secret| log.contains(**secret));
        assert_eq!(secret, None, "{log}");
    }
}

#[test]
fn the_command_line_shows_shapes_unless_asked_for_values() {
    let directory = tempfile::tempdir().unwrap();
    let url = database(directory.path(), PEOPLE);
    let run = |more: &[&str]| {
        let output = Command::new(BINARY).args(["profile", &url]).args(more).env_clear().output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let shown = run(&[]);
    assert!(VALUES.iter().all(|value| !shown.contains(value)), "{shown}");
    assert!(shown.contains("email (direct, high)") && shown.contains("a+@a+.a+"), "{shown}");
    assert!(run(&["--values"]).contains("often Oslo"));
    let chosen = run(&["--json", "--timestamp-column", "main.customer=created_at"]);
    assert!(chosen.contains("2024-01-03T12:00:00.000Z"), "{chosen}");
}
