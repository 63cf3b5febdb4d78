//! Expectations about tables that nobody wrote to: what is judged again, and what is not.

use scan::{Expectations, Memory};
use serde_json::{Value, json};
use types::profile::Level;

use super::expectation::{expected, outcomes, short};
use super::*;

/// Writes are counted once a session reports them: at once, instead of within a second.
const REPORTED: &str = "; SELECT pg_stat_force_next_flush()";

fn write(database: &Database, sql: &str) {
    database.psql(&format!("{sql}{REPORTED}"));
}

fn about(table: &'static str, rules: &[Value]) -> Vec<(&'static str, Value)> {
    rules.iter().map(|rule| (table, rule.clone())).collect()
}

/// Statements that read rows of a table, apart by whether they are passes.
fn reads(database: &Database, table: &str) -> (usize, usize) {
    let name = format!("\"public\".\"{table}\"");
    let statements = database.statements();
    let reads = statements.iter().filter(|sent| sent.contains(&format!("FROM ONLY {name}")));
    let (copies, more): (Vec<_>, Vec<_>) = reads.partition(|sent| sent.starts_with("COPY"));
    (copies.len(), more.len())
}

/// What is asked, what is written before, how it ends, and what it takes: passes over the table, and statements more.
type Step<'a> = (&'a [Value], &'a str, &'a [&'a str], (usize, usize));

#[tokio::test]
async fn outcomes_are_carried_over_as_long_as_the_same_was_judged_and_the_other_table_is_the_same() {
    let database = empty();
    write(
        &database,
        "CREATE TABLE parent (id int PRIMARY KEY); INSERT INTO parent VALUES (1), (2); \
         CREATE TABLE t (id int, n int, p int); INSERT INTO t VALUES (1, 5, 1), (2, NULL, 2), (3, -1, 2)",
    );
    database.log_statements();
    let url = database.url();
    let memory = Memory::default();
    let at_least = |least: i32| json!({"kind": "range", "column": "n", "minimum": least.to_string()});
    let refers = json!({"kind": "referential", "columns": ["p"], "references": "parent", "referenced_columns": ["id"]});
    let not_null = json!({"kind": "not_null", "column": "n"});
    let both = json!({"kind": "unique", "columns": ["n", "p"]});
    let first = [at_least(0), refers.clone()];
    let more =
        [at_least(0), refers.clone(), not_null.clone(), json!({"kind": "unique", "columns": ["p"]}), both];
    let other = [at_least(-1), refers.clone(), not_null];
    let steps: [Step<'_>; 9] = [
        (&first, "", &["failed 1/2", "passed 0/3"], (1, 1)),
        (&first, "", &["failed 1/2", "passed 0/3"], (0, 0)),
        // Known figures tell, but for the combination.
        (&more, "", &["failed 1/2", "passed 0/3", "failed 1/3", "failed 1/3", "passed 0/2"], (0, 1)),
        (&more, "", &["failed 1/2", "passed 0/3", "failed 1/3", "failed 1/3", "passed 0/2"], (0, 0)),
        // Only the rows tell.
        (&other, "", &["passed 0/2", "passed 0/3", "failed 1/3"], (1, 1)),
        (&other, "DELETE FROM parent WHERE id = 2", &["passed 0/2", "failed 2/3", "failed 1/3"], (0, 1)),
        (&other, "", &["passed 0/2", "failed 2/3", "failed 1/3"], (0, 0)),
        (&other, "UPDATE t SET n = -2 WHERE id = 1", &["failed 1/2", "failed 2/3", "failed 1/3"], (1, 1)),
        (&[], "", &[], (0, 0)),
    ];
    for (number, (rules, change, ends, (passes, statements))) in steps.into_iter().enumerate() {
        if !change.is_empty() {
            write(&database, change);
        }
        let before = reads(&database, "t");
        let request = ProfileRequest {
            expectations: expected("public", &about("t", rules)),
            memory: Some(memory.clone()),
            ..ProfileRequest::default()
        };
        let profiles = profile(&url, request).await;
        let found: Vec<String> = outcomes(&profiles).iter().map(short).collect();
        assert_eq!(found, ends, "step {number}");
        let now = reads(&database, "t");
        assert_eq!((now.0 - before.0, now.1 - before.1), (passes, statements), "step {number}");
        let t = profiles.iter().find(|table| table.table == "public.t").unwrap();
        assert_eq!(t.carried_over, passes == 0, "step {number}");
        let checked =
            |outcome: &types::expectation::ExpectationOutcome| outcome.checked_at == Some(t.profiled_at);
        assert!(outcomes(&profiles).iter().all(checked), "step {number}");
    }
}

#[tokio::test]
async fn rules_add_up_over_the_parts_of_a_table_that_are_read_at_different_times() {
    let database = empty();
    write(
        &database,
        "CREATE TABLE p (id int, n int) PARTITION BY RANGE (id); \
         CREATE TABLE p_old PARTITION OF p FOR VALUES FROM (0) TO (5000); \
         CREATE TABLE p_new PARTITION OF p FOR VALUES FROM (5000) TO (20000); \
         INSERT INTO p SELECT g, g % 10 FROM generate_series(0, 8999) g",
    );
    let range = |most: &str| json!({"kind": "range", "column": "n", "maximum": most});
    let request = |rules: &[Value]| ProfileRequest {
        expectations: expected("public", &about("p", rules)),
        ..ProfileRequest::default()
    };
    let memory = Some(Memory::default());
    let url = database.url();
    let rules = [range("8"), range("7")];
    let first = profile(&url, ProfileRequest { memory: memory.clone(), ..request(&rules) }).await;
    assert_eq!(
        outcomes(&first).iter().map(short).collect::<Vec<_>>(),
        ["failed 900/9000", "failed 1800/9000"]
    );
    write(&database, "INSERT INTO p SELECT g, 9 FROM generate_series(9000, 9999) g");
    let grown = profile(&url, ProfileRequest { memory: memory.clone(), ..request(&rules) }).await;
    assert_eq!(grown[0].rows_carried_over, 5000);
    assert_eq!(
        outcomes(&grown).iter().map(short).collect::<Vec<_>>(),
        ["failed 1900/10000", "failed 2800/10000"]
    );
    write(&database, "INSERT INTO p VALUES (10000, 9)");
    // Counts of other rules mean nothing for these.
    let rules = [range("7"), range("6")];
    let other = profile(&url, ProfileRequest { memory, ..request(&rules) }).await;
    assert_eq!(other[0].rows_carried_over, 0);
    assert_eq!(
        outcomes(&other).iter().map(short).collect::<Vec<_>>(),
        ["failed 2801/10001", "failed 3701/10001"]
    );
}

#[tokio::test]
async fn a_profiles_fingerprint_differs_where_the_expectations_do() {
    let database = empty();
    write(&database, "CREATE TABLE t (id int, p int); INSERT INTO t VALUES (1, 1)");
    let source = source(&database.url());
    let cancel = CancellationToken::new();
    let fingerprint = async |expectations: &Expectations| {
        let request = ProfileRequest { expectations: expectations.clone(), ..ProfileRequest::default() };
        source.profile_fingerprint(&request, Limits::default(), &cancel).await.unwrap().unwrap()
    };
    let not_null = |column: &str| json!({"kind": "not_null", "column": column});
    let expectations = |rules: &[Value]| expected("public", &about("t", rules));
    let mut known = Vec::new();
    for rules in [vec![], vec![not_null("id")], vec![not_null("p")], vec![not_null("id"), not_null("p")]] {
        let asked = expectations(&rules);
        let one = fingerprint(&asked).await;
        assert_eq!(fingerprint(&expectations(&rules)).await, one, "{rules:?}");
        let request = ProfileRequest { expectations: asked, ..ProfileRequest::default() };
        let ended =
            source.profile(&without_rest(&request), Limits::default(), &cancel, &|_| ()).await.unwrap();
        assert_eq!(ended.as_ref(), Some(&one), "{rules:?}");
        assert!(!known.contains(&one), "{rules:?}");
        known.push(one);
    }
}

#[tokio::test]
async fn an_expectation_that_may_be_judged_next_time_leaves_no_fingerprint() {
    let database = empty();
    write(&database, "CREATE TABLE t (id int, p int); INSERT INTO t VALUES (1, 1)");
    let refers =
        json!({"kind": "referential", "columns": ["p"], "references": "t", "referenced_columns": ["id"]});
    let cancel = CancellationToken::new();
    for (bytes, level) in [(Some(1), Level::Full), (None, Level::Full)] {
        let request = ProfileRequest {
            expectations: expected("public", &about("t", std::slice::from_ref(&refers))),
            budget: Budget { bytes, ..Budget::default() },
            level,
            ..ProfileRequest::default()
        };
        let tables = Mutex::new(Vec::new());
        let tell = |event| {
            if let ProfileEvent::Table(table) = event {
                tables.lock().unwrap().push(*table);
            }
        };
        let ended = source(&database.url())
            .profile(&without_rest(&request), Limits::default(), &cancel, &tell)
            .await
            .unwrap();
        let found: Vec<String> = outcomes(&tables.into_inner().unwrap()).iter().map(short).collect();
        let ran_out = "The profile's budget ran out before it could be asked.";
        assert_eq!(found, [if bytes.is_some() { ran_out } else { "passed 0/1" }]);
        assert_eq!(ended.is_some(), bytes.is_none());
    }
}
