use std::sync::Arc;

use testkit::postgres::Template;
use tokio::task::JoinSet;

use super::*;

const BASE: &str = include_str!("../../fixtures/changes/postgres/base.sql");
const CHANGES: &str = include_str!("../../fixtures/changes/postgres/changes.sql");
const SAME: &str = include_str!("../../fixtures/changes/postgres/same.sql");
const HISTORY: &str = include_str!("../../fixtures/changes/postgres/history.sql");

/// How many databases are changed at a time.
const AT_ONCE: usize = 4;

async fn canonical(database: &Database) -> Snapshot {
    canonicalize(scan(&database.url()).await)
}

fn copy(template: &Template) -> Database {
    Server::shared().copy_of(template, "change")
}

#[tokio::test(flavor = "multi_thread")]
async fn each_single_change_of_postgres_is_told_exactly() {
    let template = Server::shared().template("changes", BASE, |database| drop(database.psql(BASE)));
    let elsewhere = Arc::new(canonical(&copy(&template)).await);
    let cases = cases(CHANGES);
    assert!(cases.len() >= 140, "{}", cases.len());
    let (mut running, mut faults) = (JoinSet::new(), Vec::new());
    for case in cases {
        if running.len() == AT_ONCE {
            faults.extend(running.join_next().await.map(Result::unwrap));
        }
        let (template, elsewhere) = (template.clone(), Arc::clone(&elsewhere));
        running.spawn(async move {
            let database = copy(&template);
            let before = canonical(&database).await;
            database.psql(case.sql);
            case.faults(&before, &elsewhere, &canonical(&database).await)
        });
    }
    faults.extend(running.join_all().await);
    assert_none(&faults);
}

#[tokio::test]
async fn what_means_the_same_in_postgres_is_no_change() {
    let (one, other) = (empty(), empty());
    for (sql, otherwise) in same(SAME) {
        one.psql(sql);
        other.psql(otherwise);
    }
    assert_same(&canonical(&one).await, &canonical(&other).await);
}

#[tokio::test]
async fn each_step_of_a_history_of_postgres_is_told_exactly() {
    let (database, elsewhere) = (empty(), empty());
    let first = canonical(&database).await;
    let (mut before, mut faults) = (first.clone(), Vec::new());
    for case in cases(HISTORY) {
        database.psql(case.sql);
        elsewhere.psql(case.sql);
        let after = canonical(&database).await;
        // The ids mean nothing where the database is not known to be the same.
        let mut seen_elsewhere = before.clone();
        seen_elsewhere.header.physical = None;
        faults.push(case.faults(&before, &seen_elsewhere, &after));
        before = after;
    }
    assert_none(&faults);
    let at_once = [
        "enum.added public.state",
        "table.added public.article",
        "table.added public.sale",
        "view.added public.open_sales",
    ];
    assert_eq!(lines(&first, &before), at_once, "to whoever saw nothing in between");
    assert_same(&before, &canonical(&elsewhere).await);
}
