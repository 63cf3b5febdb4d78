//! What users expect of their data: the same rules over the same rows end alike in every engine.

use std::collections::HashSet;

use scan::Expectations;
use serde_json::{Value, json};
use types::ExpectationId;
use types::expectation::{ExpectationOutcome, ExpectationRule, ExpectationState, TableExpectation};
use types::profile::Level;

use super::*;

const ROWS: &str = "\
    CREATE TABLE parent (a INTEGER NOT NULL, b VARCHAR(20) NOT NULL, PRIMARY KEY (a, b)); \
    INSERT INTO parent VALUES (1, 'x'), (2, 'q'); \
    CREATE TABLE child (id INTEGER PRIMARY KEY, a INTEGER, b VARCHAR(20), word VARCHAR(40), amount DECIMAL(10, 2), \
        day DATE, seen_at TIMESTAMP, maybe INTEGER, flag BOOLEAN); \
    INSERT INTO child VALUES \
        (1, 1, 'x', 'alpha', 10.00, '2026-01-01', '2026-01-01 08:00:00', NULL, true), \
        (2, 1, 'y', 'beta', 4.99, '2026-01-31', '2026-01-31 23:59:59', 7, true), \
        (3, 1, 'x', 'alpha', -1.50, NULL, NULL, 7, NULL), \
        (4, NULL, 'x', NULL, NULL, '2026-02-01', '2026-02-01 00:00:00', NULL, true), \
        (5, 2, 'z', 'Ärger', 100.00, '2025-12-31', '2025-12-31 00:00:00', 8, true); \
    CREATE TABLE bare (id INTEGER, word VARCHAR(10), amount DECIMAL(10, 2))";

/// A table, a rule, and how it ends: `passed 0/5`, `failed 2/5`, or words of why it is not checked.
fn cases() -> Vec<(&'static str, Value, &'static str)> {
    let accepted =
        |column: &str, values: Value| json!({"kind": "accepted_values", "column": column, "values": values});
    let range = |column: &str, minimum: Value, maximum: Value| {
        let rule = json!({"kind": "range", "column": column, "minimum": minimum, "maximum": maximum});
        Value::Object(rule.as_object().unwrap().clone().into_iter().filter(|(_, v)| !v.is_null()).collect())
    };
    let pattern = |column: &str, text: &str| json!({"kind": "pattern", "column": column, "pattern": text});
    let unique = |columns: Value| json!({"kind": "unique", "columns": columns});
    let not_null = |column: &str| json!({"kind": "not_null", "column": column});
    let refers = |columns: Value, table: &str, others: Value| json!({"kind": "referential", "columns": columns, "references": table, "referenced_columns": others});
    let none = Value::Null;
    vec![
        ("child", not_null("id"), "passed 0/5"),
        ("child", not_null("maybe"), "failed 2/5"),
        ("child", not_null("gone"), "no such column"),
        ("child", unique(json!(["id"])), "passed 0/5"),
        ("child", unique(json!(["word"])), "failed 1/4"),
        ("child", unique(json!(["maybe"])), "failed 1/3"),
        ("child", unique(json!(["a", "b"])), "failed 1/4"),
        ("child", unique(json!(["id", "b"])), "passed 0/5"),
        ("child", unique(json!(["amount", "maybe"])), "passed 0/3"),
        ("child", unique(json!([])), "names no column"),
        ("child", unique(json!(["a", "a"])), "twice"),
        ("child", unique(json!(["a", "gone"])), "no such column"),
        ("child", accepted("word", json!(["alpha", "beta"])), "failed 1/4"),
        ("child", accepted("word", json!(["alpha", "beta", "Ärger"])), "passed 0/4"),
        ("child", accepted("word", json!(["Alpha", "beta", "Ärger"])), "failed 2/4"),
        ("child", accepted("maybe", json!(["7", "8.0"])), "passed 0/3"),
        ("child", accepted("maybe", json!(["7"])), "failed 1/3"),
        ("child", accepted("maybe", json!(["7", "eight"])), "cannot be read"),
        ("child", accepted("maybe", json!([])), "no accepted value"),
        ("child", accepted("amount", json!(["10", "4.99", "-1.5", "1e2"])), "passed 0/4"),
        ("child", accepted("day", json!(["2026-01-01"])), "failed 3/4"),
        ("child", accepted("flag", json!(["true"])), "passed 0/4"),
        ("child", accepted("flag", json!(["false"])), "failed 4/4"),
        ("child", range("amount", json!("0"), none.clone()), "failed 1/4"),
        ("child", range("amount", json!("-1.50"), json!("100")), "passed 0/4"),
        ("child", range("amount", none.clone(), json!("4.98")), "failed 3/4"),
        ("child", range("day", json!("2026-01-01"), json!("2026-01-31")), "failed 2/4"),
        ("child", range("seen_at", json!("2026-01-01T08:00:00Z"), none.clone()), "failed 1/4"),
        ("child", range("seen_at", none.clone(), json!("2026-02-01")), "passed 0/4"),
        ("child", range("word", json!("a"), none.clone()), "does not fit"),
        ("child", range("amount", none.clone(), none.clone()), "neither a minimum"),
        ("child", range("amount", json!("2"), json!("1")), "above its maximum"),
        ("child", range("day", json!("yesterday"), none.clone()), "cannot be read"),
        ("child", pattern("word", "^[a-z]+$"), "failed 1/4"),
        ("child", pattern("word", r"^\p{L}+$"), "passed 0/4"),
        ("child", pattern("word", "^.{4,5}$"), "passed 0/4"),
        ("child", pattern("word", "et"), "failed 3/4"),
        ("child", pattern("word", "("), "no regular expression"),
        ("child", pattern("amount", "1"), "does not fit"),
        ("child", refers(json!(["a"]), "parent", json!(["a"])), "passed 0/4"),
        ("child", refers(json!(["a", "b"]), "parent", json!(["a", "b"])), "failed 2/4"),
        ("child", refers(json!(["id"]), "child", json!(["id"])), "passed 0/5"),
        ("child", refers(json!(["a"]), "elsewhere", json!(["a"])), "no such table to refer to"),
        ("child", refers(json!(["a"]), "parent", json!(["gone"])), "no such column"),
        ("child", refers(json!(["a"]), "parent", json!(["b"])), "not compared"),
        ("child", refers(json!(["a"]), "parent", json!(["a", "b"])), "more columns"),
        ("child", json!({"kind": "row_count", "minimum": 1}), "control plane"),
        ("child", json!({"kind": "freshness", "maximum_age_seconds": 60}), "control plane"),
        ("bare", not_null("id"), "passed 0/0"),
        ("bare", unique(json!(["id"])), "passed 0/0"),
        ("bare", unique(json!(["id", "word"])), "passed 0/0"),
        ("bare", accepted("word", json!(["a"])), "passed 0/0"),
        ("bare", range("amount", json!("1"), none), "passed 0/0"),
        ("bare", pattern("word", "a"), "passed 0/0"),
        ("bare", refers(json!(["id"]), "parent", json!(["a"])), "passed 0/0"),
        ("gone", not_null("id"), "no such table"),
    ]
}

/// Expectations about tables in `schema`, each known by its place.
pub(super) fn expected(schema: &str, rules: &[(&str, Value)]) -> Expectations {
    let one = |(number, (table, rule)): (usize, &(&str, Value))| {
        let mut rule = rule.clone();
        if let Some(other) = rule.get_mut("references") {
            *other = json!(format!("{schema}.{}", other.as_str().unwrap()));
        }
        TableExpectation {
            id: id(number),
            table: format!("{schema}.{table}"),
            rule: serde_json::from_value::<ExpectationRule>(rule).unwrap(),
        }
    };
    Expectations::new(rules.iter().enumerate().map(one).collect()).unwrap()
}

fn id(number: usize) -> ExpectationId {
    format!("00000000-0000-7000-8000-{number:012}").parse().unwrap()
}

/// The outcomes, in the order of the rules.
pub(super) fn outcomes(profiles: &[TableProfile]) -> Vec<ExpectationOutcome> {
    let mut all: Vec<_> = profiles.iter().flat_map(|table| &table.expectations).collect();
    all.sort_by_key(|told| told.id);
    all.into_iter().map(|told| told.outcome.clone()).collect()
}

/// `passed 0/5`, or why it is not checked.
pub(super) fn short(outcome: &ExpectationOutcome) -> String {
    let counts = || format!("{}/{}", outcome.failing.unwrap(), outcome.checked.unwrap());
    match outcome.state {
        ExpectationState::Passed => format!("passed {}", counts()),
        ExpectationState::Failed => format!("failed {}", counts()),
        ExpectationState::NotChecked => outcome.detail.clone().unwrap(),
    }
}

pub(super) async fn judged(url: &str, request: ProfileRequest) -> Vec<String> {
    outcomes(&profile(url, request).await).iter().map(short).collect()
}

#[tokio::test]
async fn the_same_rules_over_the_same_rows_end_alike_in_every_engine() {
    let postgres = empty();
    postgres.psql(ROWS);
    let (maria, account) = mariadb::empty();
    // A character set of its own: texts are compared as what they say.
    let other =
        ROWS.replace("TIMESTAMP", "DATETIME").replace("VARCHAR(40)", "VARCHAR(40) CHARACTER SET latin1");
    maria.sql(&format!("SET NAMES utf8mb4; {other}"));
    let file = sqlite::File::new(ROWS);
    let engines = [
        ("public", postgres.url_as(&reader(&postgres))),
        (maria.name(), maria.url_as(&account)),
        ("main", file.url()),
    ];
    let cases = cases();
    let rules: Vec<(&str, Value)> = cases.iter().map(|(table, rule, _)| (*table, rule.clone())).collect();
    for (schema, url) in engines {
        let request = ProfileRequest { expectations: expected(schema, &rules), ..ProfileRequest::default() };
        let profiles = profile(&url, request).await;
        let found = outcomes(&profiles);
        assert_eq!(found.len(), cases.len(), "each is told of");
        for ((table, rule, expected), outcome) in cases.iter().zip(&found) {
            let told = short(outcome);
            assert!(told.contains(expected), "{schema}: {table} {rule}: {told}, not {expected}");
            assert_eq!(outcome.checked_at.is_some(), *table != "gone", "{schema}: {rule}");
            let detail = outcome.detail.clone().unwrap_or_default();
            for value in ["alpha", "Ärger", "4.99", "eight", "yesterday", "["] {
                assert!(!detail.contains(value), "{schema}: a detail holds a value: {detail}");
            }
        }
        let gone = profiles.iter().find(|table| table.table.ends_with(".gone")).unwrap();
        assert!(gone.skipped.is_some());
    }
}

#[tokio::test]
async fn hostile_names_stay_names_in_the_statements_that_expectations_need() {
    let names = ["a\"b", "a`b", "it's", "x; DROP TABLE canary; --", "a.b", "ends\\", ":x ?"];
    for name in names {
        let make = |mark: &str| {
            let quoted = format!("{mark}{}{mark}", name.replace(mark, &mark.repeat(2)));
            format!(
                "CREATE TABLE canary (id INTEGER); CREATE TABLE {quoted} ({quoted} INTEGER, other VARCHAR(9)); \
                 INSERT INTO {quoted} VALUES (1, 'a'), (1, 'a'), (2, 'b')"
            )
        };
        let postgres = empty();
        postgres.psql(&make("\""));
        let (maria, account) = mariadb::empty();
        maria.sql(&make("`"));
        let file = sqlite::File::new(&make("\""));
        for (schema, url) in
            [("public", postgres.url()), (maria.name(), maria.url_as(&account)), ("main", file.url())]
        {
            let path = types::snapshot::path_of(&[schema, name]);
            let rule = |rule: Value| TableExpectation {
                id: id(rule["columns"].as_array().unwrap().len()),
                table: path.clone(),
                rule: serde_json::from_value(rule).unwrap(),
            };
            let rules = vec![
                rule(
                    json!({"kind": "referential", "columns": [name], "references": path, "referenced_columns": [name]}),
                ),
                rule(json!({"kind": "unique", "columns": [name, "other"]})),
            ];
            let expectations = Expectations::new(rules).unwrap();
            let found = judged(&url, ProfileRequest { expectations, ..ProfileRequest::default() }).await;
            assert_eq!(found, ["passed 0/3", "failed 1/3"], "{name} in {schema}");
            let canary = format!("{schema}.canary");
            let left =
                profile(&url, ProfileRequest { tables: vec![canary], ..ProfileRequest::default() }).await;
            assert_eq!(left[0].skipped, None, "{name} in {schema}");
        }
    }
}

#[tokio::test]
async fn postgresqls_own_types_are_judged_by_what_they_mean() {
    let database = empty();
    database.psql(
        "CREATE TYPE mood AS ENUM ('sad', 'glad'); \
         CREATE TABLE t (yes bool, uid uuid, feeling mood, half real, num numeric, full_ float8, at timestamptz, code char(4), \
             long text, doc jsonb, span interval, clock time, big numeric); \
         INSERT INTO t VALUES (true, '00112233-4455-6677-8899-aabbccddeeff', 'glad', 0.1, 'NaN', 'Infinity', 'infinity', 'ab', \
             repeat('x', 3000) || '!', '{}', '1 day', '08:30', 1e60 + 0.000001)",
    );
    let rule = |text: &str| ("t", serde_json::from_str::<Value>(text).unwrap());
    let rules = [
        (rule(r#"{"kind": "accepted_values", "column": "yes", "values": ["true"]}"#), "passed 0/1"),
        (
            rule(
                r#"{"kind": "accepted_values", "column": "uid", "values": ["00112233-4455-6677-8899-AABBCCDDEEFF"]}"#,
            ),
            "passed 0/1",
        ),
        (rule(r#"{"kind": "accepted_values", "column": "uid", "values": ["1"]}"#), "cannot be read"),
        (rule(r#"{"kind": "accepted_values", "column": "feeling", "values": ["sad"]}"#), "failed 1/1"),
        (rule(r#"{"kind": "range", "column": "half", "minimum": "0.1", "maximum": "0.1"}"#), "passed 0/1"),
        (rule(r#"{"kind": "range", "column": "num", "minimum": "0"}"#), "failed 1/1"),
        (rule(r#"{"kind": "range", "column": "full_", "minimum": "0"}"#), "passed 0/1"),
        (rule(r#"{"kind": "range", "column": "at", "maximum": "9999-12-31"}"#), "failed 1/1"),
        (rule(r#"{"kind": "accepted_values", "column": "code", "values": ["ab"]}"#), "passed 0/1"),
        (rule(r#"{"kind": "pattern", "column": "long", "pattern": "x!$"}"#), "passed 0/1"),
        (rule(r#"{"kind": "pattern", "column": "doc", "pattern": "x"}"#), "does not fit"),
        (rule(r#"{"kind": "not_null", "column": "doc"}"#), "passed 0/1"),
        (rule(r#"{"kind": "unique", "columns": ["doc", "yes"]}"#), "does not fit"),
        (rule(r#"{"kind": "range", "column": "span", "minimum": "1"}"#), "does not fit"),
        (
            rule(r#"{"kind": "range", "column": "clock", "minimum": "08:30:00", "maximum": "09:00"}"#),
            "passed 0/1",
        ),
        (rule(r#"{"kind": "range", "column": "big", "minimum": "0"}"#), "more digits"),
        (
            rule(
                r#"{"kind": "referential", "columns": ["feeling"], "references": "t", "referenced_columns": ["long"]}"#,
            ),
            "failed 1/1",
        ),
    ];
    let asked: Vec<_> = rules.iter().map(|(rule, _)| rule.clone()).collect();
    let request = ProfileRequest { expectations: expected("public", &asked), ..ProfileRequest::default() };
    let found = judged(&database.url(), request).await;
    for ((rule, expected), told) in rules.iter().zip(&found) {
        assert!(told.contains(expected), "{rule:?}: {told}, not {expected}");
    }
}

#[tokio::test]
async fn only_what_a_pass_cannot_tell_costs_a_statement_and_never_more_than_one() {
    let database = empty();
    database.psql(
        "CREATE TABLE t (id int PRIMARY KEY, n int, word text); \
         INSERT INTO t SELECT g, g % 119999, 'w' || g FROM generate_series(1, 120000) g",
    );
    database.log_statements();
    let rules = [
        json!({"kind": "not_null", "column": "n"}),
        json!({"kind": "unique", "columns": ["id"]}),
        json!({"kind": "range", "column": "id", "minimum": "1"}),
        json!({"kind": "accepted_values", "column": "n", "values": ["1"]}),
        json!({"kind": "pattern", "column": "word", "pattern": "^w"}),
        // More different values than are counted exactly.
        json!({"kind": "unique", "columns": ["n"]}),
        json!({"kind": "unique", "columns": ["n", "word"]}),
        json!({"kind": "referential", "columns": ["n"], "references": "t", "referenced_columns": ["id"]}),
    ]
    .map(|rule| ("t", rule));
    let request = ProfileRequest { expectations: expected("public", &rules), ..ProfileRequest::default() };
    let found = judged(&database.url(), request).await;
    let expected = [
        "passed 0/120000",
        "passed 0/120000",
        "passed 0/120000",
        "failed 119998/120000",
        "passed 0/120000",
        "failed 1/120000",
        "passed 0/120000",
        "failed 1/120000",
    ];
    assert_eq!(found, expected);
    let statements = database.statements();
    let reads = statements.iter().filter(|sent| sent.contains("ONLY \"public\".\"t\""));
    let (copies, more): (Vec<_>, Vec<_>) = reads.partition(|sent| sent.starts_with("COPY"));
    let different: HashSet<_> = copies.iter().collect();
    // Beside the other tests it may be read in stretches.
    assert_eq!((different.len(), more.len()), (copies.len(), 3), "{more:?}");
    assert!(!copies.is_empty());
}

#[tokio::test]
async fn what_was_not_read_whole_never_passes() {
    let database = empty();
    database.psql(
        "CREATE TABLE big (id int, maybe int, n int); \
         INSERT INTO big SELECT g, CASE WHEN g % 4 > 0 THEN g END, 7 FROM generate_series(1, 400000) g; ANALYZE big",
    );
    let rules = [
        json!({"kind": "not_null", "column": "id"}),
        json!({"kind": "not_null", "column": "maybe"}),
        json!({"kind": "unique", "columns": ["n"]}),
        json!({"kind": "unique", "columns": ["id", "n"]}),
        json!({"kind": "range", "column": "n", "minimum": "7"}),
        json!({"kind": "range", "column": "n", "minimum": "8"}),
        json!({"kind": "referential", "columns": ["id"], "references": "big", "referenced_columns": ["id"]}),
    ]
    .map(|rule| ("big", rule));
    let expectations = expected("public", &rules);
    let url = database.url();
    let budget = Budget { bytes: Some(1_000_000), ..Budget::default() };
    let sample = ProfileRequest { level: Level::Sample, expectations, ..ProfileRequest::default() };
    let partial = ProfileRequest { level: Level::Full, budget, ..sample.clone() };
    for request in [sample.clone(), partial] {
        let level = request.level;
        let found = outcomes(&profile(&url, request).await);
        let states: Vec<_> = found.iter().map(|outcome| outcome.state).collect();
        let (failed, unknown) = (ExpectationState::Failed, ExpectationState::NotChecked);
        assert_eq!(states, [unknown, failed, failed, unknown, unknown, failed, unknown], "{level:?}");
        assert!(found[1].detail.as_deref().unwrap().contains("part of the table"), "{found:?}");
        assert!(found[1].checked.unwrap() < 400_000);
    }
    let none = Budget { time: Some(std::time::Duration::ZERO), ..Budget::default() };
    for (request, reason) in [
        (ProfileRequest { level: Level::Estimate, ..sample.clone() }, "Estimates read no row"),
        (ProfileRequest { budget: none, ..sample }, "was not read"),
    ] {
        let found = judged(&url, request).await;
        assert_eq!(found.len(), rules.len());
        assert!(found.iter().all(|told| told.contains(reason)), "{found:?}");
    }
}

#[tokio::test]
async fn a_table_that_the_role_may_not_read_is_not_compared_with() {
    let database = empty();
    database.psql("CREATE TABLE child (id int, p int); INSERT INTO child VALUES (1, 1)");
    let role = reader(&database);
    database.psql(&format!(
        "CREATE TABLE closed (id int); CREATE TABLE half (id int, secret int); \
         GRANT SELECT (id) ON half TO \"{}\"; INSERT INTO half VALUES (1, 1)",
        role.name
    ));
    let refers = |table: &str, column: &str| {
        (
            "child",
            json!({"kind": "referential", "columns": ["p"], "references": table, "referenced_columns": [column]}),
        )
    };
    let rules = [refers("closed", "id"), refers("half", "secret"), refers("half", "id")];
    let request = ProfileRequest { expectations: expected("public", &rules), ..ProfileRequest::default() };
    let found = judged(&database.url_as(&role), request).await;
    assert!(found[0].contains("may not read the table"), "{found:?}");
    assert!(found[1].contains("may not read it"), "{found:?}");
    assert_eq!(found[2], "passed 0/1");
}

#[test]
fn more_expectations_than_an_agent_takes_are_refused() {
    let rule = |table: usize, values: usize| TableExpectation {
        id: id(0),
        table: format!("public.t{table}"),
        rule: ExpectationRule::AcceptedValues { column: "a".into(), values: vec!["v".into(); values] },
    };
    let cases = [
        ((0..500).map(|_| rule(0, 1)).collect(), None),
        ((0..501).map(|_| rule(0, 1)).collect(), Some("at most 500 expectations about one table")),
        ((0..5_000).map(|number| rule(number, 1)).collect(), None),
        ((0..5_001).map(|number| rule(number, 1)).collect(), Some("at most 5000 expectations in one call")),
        (vec![rule(0, 10_000)], None),
        (vec![rule(0, 10_001)], Some("at most 10000 accepted values of one expectation")),
    ];
    for (asked, expected) in cases {
        let refused = Expectations::new(asked).err();
        assert_eq!(refused.as_ref().map(ToString::to_string).as_deref(), expected);
        assert!(refused.is_none_or(|error| error.code() == "too_many"));
    }
}
