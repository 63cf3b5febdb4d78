use super::*;

const SHOP: &str = "CREATE TABLE customer (id INTEGER PRIMARY KEY, email TEXT, created_at TEXT); \
    INSERT INTO customer (email, created_at) VALUES ('a@example.com', '2024-01-01 12:00:00'), (NULL, NULL); \
    CREATE TABLE item (id INTEGER PRIMARY KEY, customer INT REFERENCES customer (id)); \
    CREATE TABLE empty (id INT)";

#[tokio::test]
async fn the_tools_are_read_only_and_described() {
    let agent = Agent::start(SHOP);
    let answer: Value =
        serde_json::from_str(&agent.ask("tools/list", json!({})).await.text().await.unwrap()).unwrap();
    let tools = answer["result"]["tools"].as_array().unwrap();
    let mut names: Vec<_> = tools.iter().map(|tool| tool["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    let expected = [
        "backfill_get",
        "backfill_start",
        "freshness",
        "job_cancel",
        "profile_get",
        "profile_start",
        "schema_scan_get",
        "schema_scan_start",
        "source_info",
    ];
    assert_eq!(names, expected);
    for tool in tools {
        let hints = json!({"readOnlyHint": true, "destructiveHint": false, "idempotentHint": true, "openWorldHint": false});
        assert_eq!(tool["annotations"], hints, "{tool}");
        assert_eq!(tool["inputSchema"]["type"], "object", "{tool}");
        assert_eq!(tool["outputSchema"]["type"], "object", "{tool}");
    }
}

/// Whether a value has the fields that one of a schema's ways asks for.
fn admits(schema: &Value, value: &Value) -> bool {
    let has = |way: &Value| {
        let required = way["required"].as_array().map(Vec::as_slice).unwrap_or_default();
        required.iter().all(|name| value.get(name.as_str().unwrap()).is_some())
    };
    has(schema) && schema["anyOf"].as_array().is_none_or(|ways| ways.iter().any(has))
}

#[tokio::test]
async fn what_a_tool_refuses_has_a_form_that_its_schema_admits() {
    let agent = Agent::start(SHOP);
    let answer: Value =
        serde_json::from_str(&agent.ask("tools/list", json!({})).await.text().await.unwrap()).unwrap();
    let unknown = json!({"source": "nowhere", "job": "none", "tables": []});
    for tool in answer["result"]["tools"].as_array().unwrap() {
        let (name, schema) = (tool["name"].as_str().unwrap(), &tool["outputSchema"]);
        let taken = tool["inputSchema"]["properties"].as_object().unwrap();
        let mut arguments = unknown.clone();
        arguments.as_object_mut().unwrap().retain(|name, _| taken.contains_key(name));
        let refused = agent.result(name, arguments).await;
        assert_eq!(refused["isError"], true, "{name}: {refused}");
        assert!(admits(schema, &refused["structuredContent"]), "{name}: {schema}");
        assert!(!admits(schema, &json!({"code": "busy"})), "{name}: half an error is none: {schema}");
        let fields = schema["properties"].as_object().unwrap();
        let told = refused["structuredContent"].as_object().unwrap();
        assert!(told.keys().all(|field| fields[field]["type"] == "string"), "{name}: {schema}");
    }
}

#[tokio::test]
async fn a_scan_comes_in_pages_and_is_not_repeated_when_nothing_changed() {
    let agent = Agent::start(SHOP);
    let started = agent.call("schema_scan_start", json!({"source": "shop"})).await;
    let mut objects = Vec::new();
    let mut cursor = json!(null);
    let mut pages = 0;
    loop {
        let arguments = json!({"job": started["job"], "cursor": cursor, "max_bytes": 300, "wait_ms": 15000});
        let page = agent.call("schema_scan_get", arguments).await;
        assert_eq!(page["status"], "done");
        assert_eq!(page["header"].is_object(), pages == 0, "the header comes with the first page");
        objects.extend(page["page"].as_array().unwrap().iter().map(|object| object["path"].clone()));
        pages += 1;
        cursor = page["next_cursor"].clone();
        if cursor.is_null() {
            break;
        }
    }
    assert!(pages > 1);
    assert_eq!(objects, ["main", "main.customer", "main.empty", "main.item"]);

    let known = started["fingerprint"].clone();
    let again = agent.call("schema_scan_start", json!({"source": "shop", "if_none_match": known})).await;
    assert_eq!((&again["unchanged"], &again["job"]), (&json!(true), &json!(null)));
}

#[tokio::test]
async fn a_fingerprint_holds_for_the_same_part_of_a_schema_only() {
    let directory = tempfile::tempdir().unwrap();
    let url = database(directory.path(), SHOP);
    let allow = |globs: &[&str]| {
        let globs: Vec<String> = globs.iter().map(ToString::to_string).collect();
        Agent::serve(tempfile::tempdir().unwrap(), &url, |command| {
            command.args(globs);
        })
    };
    let agent = allow(&[]);
    let started = agent.call("schema_scan_start", json!({"source": "shop"})).await;
    agent.call("schema_scan_get", json!({"job": started["job"], "wait_ms": 15000})).await;
    let known = started["fingerprint"].clone();
    let unchanged = async |agent: &Agent, include: Value| {
        let arguments = json!({"source": "shop", "include": include, "if_none_match": known});
        let started = agent.call("schema_scan_start", arguments).await;
        if started["unchanged"] == false {
            let wait = json!({"job": started["job"], "wait_ms": 15000});
            let page = agent.call("schema_scan_get", wait).await;
            assert_eq!(page["header"]["fingerprint"], started["fingerprint"]);
        }
        started["unchanged"].clone()
    };
    assert_eq!(unchanged(&agent, json!([])).await, true);
    assert_eq!(unchanged(&agent, json!(["main.item"])).await, false, "another part is asked for");
    drop(agent);
    assert_eq!(unchanged(&allow(&[]), json!([])).await, true, "for another agent like it");
    let narrower = allow(&["--exclude", "main.item"]);
    assert_eq!(unchanged(&narrower, json!([])).await, false, "its owner allows less");
}

#[tokio::test]
async fn thousands_of_views_that_do_not_work_make_one_warning() {
    let views: String = (0..4000)
        .map(|number| format!("CREATE VIEW a_view_of_nothing_{number:0100} AS SELECT gone FROM nowhere;"))
        .collect();
    let agent = Agent::start(&views);
    let started = agent.call("schema_scan_start", json!({"source": "shop"})).await;
    let arguments = json!({"job": started["job"], "wait_ms": 15000});
    let answer = agent.ask("tools/call", json!({"name": "schema_scan_get", "arguments": arguments})).await;
    let text = answer.text().await.unwrap();
    assert!(text.len() <= 1024 * 1024, "{} bytes", text.len());
    let answer: Value = serde_json::from_str(&text).unwrap();
    let warnings = answer["result"]["structuredContent"]["header"]["warnings"].as_array().unwrap();
    assert_eq!((warnings.len(), &warnings[0]["count"]), (1, &json!(4000)), "{:?}", &warnings[..1]);
}

#[tokio::test]
async fn an_answer_with_a_page_is_at_most_a_mebibyte_however_large_the_catalog() {
    use std::fmt::Write as _;
    let mut sql = String::new();
    for table in 0..100 {
        let columns: Vec<String> =
            (0..60).map(|column| format!("column_{column:0400} TEXT NOT NULL")).collect();
        write!(sql, "CREATE TABLE table_{table} ({});", columns.join(", ")).unwrap();
    }
    let agent = Agent::start(&sql);
    let started = agent.call("schema_scan_start", json!({"source": "shop"})).await;
    let (mut objects, mut sizes, mut cursor) = (0, Vec::new(), json!(null));
    loop {
        let arguments =
            json!({"job": started["job"], "cursor": cursor, "max_bytes": 1 << 30, "wait_ms": 15000});
        let answer =
            agent.ask("tools/call", json!({"name": "schema_scan_get", "arguments": arguments})).await;
        let text = answer.text().await.unwrap();
        let answer: Value = serde_json::from_str(&text).unwrap();
        let page = &answer["result"]["structuredContent"];
        sizes.push(text.len());
        objects += page["page"].as_array().unwrap().len();
        cursor = page["next_cursor"].clone();
        if cursor.is_null() && page["status"] == "done" {
            break;
        }
    }
    assert_eq!(objects, 101, "the schema and its tables");
    assert!(sizes.len() > 2 && sizes.iter().all(|size| *size <= 1024 * 1024), "{sizes:?}");
    assert!(sizes[0] > 900 * 1024, "pages are filled: {sizes:?}");
}

#[tokio::test]
async fn one_object_larger_than_a_page_comes_cut_with_a_warning() {
    let long = "x".repeat(900_000);
    // Each character takes six bytes in an answer.
    let view = format!("CREATE VIEW v AS SELECT '{}' AS a", "\u{1}".repeat(900_000));
    let agent =
        Agent::start(&format!("CREATE TABLE t (id INT); {view}; CREATE VIEW w AS SELECT '{long}' AS a"));
    let started = agent.call("schema_scan_start", json!({"source": "shop"})).await;
    let (mut paths, mut cursor, mut warnings) = (Vec::new(), json!(""), Vec::new());
    while !cursor.is_null() {
        let arguments = json!({"job": started["job"], "cursor": cursor, "wait_ms": 15000});
        let answer =
            agent.ask("tools/call", json!({"name": "schema_scan_get", "arguments": arguments})).await;
        let text = answer.text().await.unwrap();
        assert!(text.len() <= 1024 * 1024, "{} bytes", text.len());
        let page = serde_json::from_str::<Value>(&text).unwrap()["result"]["structuredContent"].clone();
        paths.extend(page["page"].as_array().unwrap().iter().map(|object| object["path"].clone()));
        warnings.extend(page["header"]["warnings"].as_array().cloned().unwrap_or_default());
        cursor = page["next_cursor"].clone();
    }
    assert_eq!(paths, ["main", "main.t", "main.v", "main.w"]);
    let cut: Vec<_> = warnings.iter().filter(|warning| warning["code"] == "truncated").collect();
    assert_eq!(cut.len(), 1, "{warnings:?}");
    assert_eq!((&cut[0]["subject"], &cut[0]["count"]), (&json!("main.v"), &json!(1)));
}

#[tokio::test]
async fn a_profile_comes_table_by_table() {
    let agent = Agent::start(SHOP);
    let started = agent.call("profile_start", json!({"source": "shop"})).await;
    let mut tables = Vec::new();
    let mut cursor = json!("");
    loop {
        let arguments = json!({"job": started["job"], "cursor": cursor, "wait_ms": 15000});
        let page = agent.call("profile_get", arguments).await;
        tables.extend(page["page"].as_array().unwrap().clone());
        cursor = page["next_cursor"].clone();
        if cursor.is_null() {
            assert_eq!(page["status"], "done");
            break;
        }
    }
    assert_eq!(tables.len(), 3);
    let customer = &tables[0];
    assert_eq!((&customer["table"], &customer["row_count"]), (&json!("main.customer"), &json!(2)));
    assert_eq!(customer["columns"][1]["null_percent"], 50.0);
    assert_eq!(customer["columns"][1]["min"], json!(null), "no customer's text leaves");

    let fresh = agent.call("freshness", json!({"source": "shop", "tables": ["main.customer"]})).await;
    assert_eq!(fresh["tables"][0]["latest_value_at"], "2024-01-01T12:00:00.000Z");
}

#[tokio::test]
async fn freshness_goes_by_the_column_asked_for() {
    let agent = Agent::start(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, created_at TEXT, updated_at TEXT); \
         INSERT INTO t (created_at, updated_at) VALUES ('2024-01-01 12:00:00', '2024-02-01 12:00:00')",
    );
    for (columns, column, newest) in [
        (json!({}), "updated_at", "2024-02-01T12:00:00.000Z"),
        (json!({"main.t": "created_at"}), "created_at", "2024-01-01T12:00:00.000Z"),
        (json!({"main.t": "missing", "main.u": "id"}), "updated_at", "2024-02-01T12:00:00.000Z"),
    ] {
        let ask = json!({"source": "shop", "tables": ["main.t"], "timestamp_columns": columns});
        let fresh = &agent.call("freshness", ask).await["tables"][0];
        assert_eq!((&fresh["timestamp_column"], &fresh["latest_value_at"]), (&json!(column), &json!(newest)));
    }
}

#[tokio::test]
async fn a_backfill_tells_days_and_counts_page_by_page_and_no_value() {
    let agent = Agent::start(SHOP);
    let asked = json!({"source": "shop", "days": 3, "until": "2024-01-02T06:00:00Z"});
    let started = agent.call("backfill_start", asked).await;
    let mut tables = Vec::new();
    let mut cursor = json!("");
    while !cursor.is_null() {
        let arguments = json!({"job": started["job"], "cursor": cursor, "max_bytes": 1, "wait_ms": 15000});
        let page = agent.call("backfill_get", arguments).await;
        assert_eq!(page["error"], json!(null), "{page}");
        assert!(page["page"].as_array().unwrap().len() <= 1, "a byte is room for one table only");
        tables.extend(page["page"].as_array().unwrap().clone());
        cursor = page["next_cursor"].clone();
    }
    assert_eq!(tables.len(), 3);
    let expected = json!({
        "table": "main.customer",
        "timestamp_column": "created_at",
        "since": "2023-12-30T06:00:00.000Z",
        "until": "2024-01-02T06:00:00.000Z",
        "days": [{"from": "2024-01-01T06:00:00.000Z", "rows": 1}],
        "skipped": null,
    });
    assert_eq!(tables[0], expected);
    assert_eq!(tables[1]["skipped"], "no column says when its rows came in");

    let late = agent.call("backfill_start", json!({"source": "shop", "seconds": 0})).await;
    let arguments = json!({"job": late["job"], "wait_ms": 15000});
    let page = agent.call("backfill_get", arguments).await;
    assert!(page["page"][0]["skipped"].as_str().unwrap().contains("seconds"), "{page}");
}

#[tokio::test]
async fn failures_have_codes_that_a_caller_can_act_on() {
    let agent = Agent::start(SHOP);
    let cases = [
        ("schema_scan_start", json!({"source": "other"}), "source_unknown"),
        ("schema_scan_start", json!({"source": "shop", "include": ["["]}), "pattern"),
        ("schema_scan_get", json!({"job": "none"}), "job_unknown"),
        ("profile_get", json!({"job": "none"}), "job_unknown"),
        ("profile_get", json!({"job": "none", "cursor": "x"}), "cursor"),
        ("backfill_start", json!({"source": "other"}), "source_unknown"),
        ("backfill_start", json!({"source": "shop", "days": 0}), "days"),
        ("backfill_start", json!({"source": "shop", "days": 401}), "days"),
        ("backfill_start", json!({"source": "shop", "until": "1970-01-01T00:00:00Z"}), "days"),
        ("backfill_get", json!({"job": "none"}), "job_unknown"),
        ("job_cancel", json!({"job": "none"}), "job_unknown"),
        ("freshness", json!({"source": "shop", "tables": ["main.none"]}), "table_unknown"),
    ];
    for (tool, arguments, expected) in cases {
        assert_eq!(agent.refusal(tool, arguments.clone()).await, expected, "{tool} {arguments}");
    }
    let started = agent.call("schema_scan_start", json!({"source": "shop"})).await;
    assert_eq!(agent.refusal("profile_get", json!({"job": started["job"]})).await, "wrong_tool");
    assert_eq!(agent.refusal("backfill_get", json!({"job": started["job"]})).await, "wrong_tool");
}

#[tokio::test]
async fn a_running_job_can_be_cancelled_and_blocks_a_second_one() {
    // Large enough to run for seconds.
    let agent = Agent::start(
        "PRAGMA synchronous = OFF; CREATE TABLE big (a INT, b TEXT); \
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000) \
         INSERT INTO big SELECT i, 'row ' || i FROM n",
    );
    let started = agent.call("profile_start", json!({"source": "shop"})).await;
    assert_eq!(agent.refusal("profile_start", json!({"source": "shop"})).await, "busy");
    let cancelled = agent.call("job_cancel", json!({"job": started["job"]})).await;
    assert_eq!(cancelled["status"], "cancelled");
    let page = agent.call("profile_get", json!({"job": started["job"], "wait_ms": 15000})).await;
    assert_eq!((&page["status"], &page["next_cursor"]), (&json!("cancelled"), &json!(null)));
    assert_eq!(page["page"], json!([]));
}
