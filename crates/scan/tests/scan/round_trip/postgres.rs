use super::*;
use crate::fingerprint::fingerprint;

const BASE: &str = include_str!("../../fixtures/changes/postgres/base.sql");
const CHANGES: &str = include_str!("../../fixtures/changes/postgres/changes.sql");
const SAME: &str = include_str!("../../fixtures/changes/postgres/same.sql");
const HISTORY: &str = include_str!("../../fixtures/changes/postgres/history.sql");

async fn canonical(database: &Database) -> Snapshot {
    canonicalize(scan(&database.url()).await)
}

fn shop() -> Database {
    let database = empty();
    database.psql(BASE);
    database
}

/// Statements for one of many copies of what is changed, each in schemas of its own.
fn in_copy(copy: usize, sql: &str) -> String {
    let mark = mark(copy);
    let sql = sql.replace("public.", &format!("public{mark}.")).replace("archive", &format!("archive{mark}"));
    format!("SET search_path TO public{mark};\n{sql}\n")
}

/// A copy is whatever lies in its schemas.
fn is_of(object: &Object, mark: &str) -> bool {
    object.parts.first().is_some_and(|schema| schema.ends_with(mark))
}

/// The ids mean nothing where the database is not known to be the same.
fn without_ids(mut snapshot: Snapshot) -> Snapshot {
    snapshot.header.physical = None;
    snapshot
}

/// Every change is made in a copy of its own of all that there is. They lie in one database, since making one takes half
/// a second; what concerns whole schemas has a database for itself.
#[tokio::test]
async fn each_single_change_of_postgres_is_told_exactly() {
    let mut cases = cases(CHANGES);
    assert!(cases.len() >= 140, "{}", cases.len());
    let major = Server::shared().major();
    cases.retain(|case| case.since <= major);
    let is_apart = |case: &Case| case.sql.contains("SCHEMA") || case.sql.contains("EXTENSION");
    let (apart, together): (Vec<Case>, Vec<Case>) = cases.into_iter().partition(is_apart);
    let database = empty();
    // Nothing is changed in the first.
    let make = |copy| format!("CREATE SCHEMA public{};\n{}", mark(copy), in_copy(copy, BASE));
    database.psql(&(0..=together.len()).map(make).collect::<String>());
    let before = scan(&database.url()).await;
    let mut session = database.session();
    let (mut faults, mut last) = (Vec::new(), before.header.fingerprint.clone());
    for (copy, case) in (1..).zip(&together) {
        session.run(&in_copy(copy, case.sql));
        let now = fingerprint(&database.url()).await;
        faults.push(case.unmoved(&last, &now));
        last = now;
    }
    let after = scan(&database.url()).await;
    let only = |copy: usize, snapshot: &Snapshot| only(copy, snapshot, is_of);
    assert_same(&only(0, &before), &only(0, &after));
    let elsewhere = without_ids(only(0, &before));
    let told =
        |(copy, case): (usize, &Case)| case.faults(&only(copy, &before), &elsewhere, &only(copy, &after));
    faults.extend((1..).zip(&together).map(told));
    let elsewhere = canonical(&shop()).await;
    for case in apart {
        let database = shop();
        let before = canonical(&database).await;
        database.psql(case.sql);
        let after = canonical(&database).await;
        faults.push(case.unmoved(&before.header.fingerprint, &after.header.fingerprint));
        faults.push(case.faults(&before, &elsewhere, &after));
    }
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
        faults.push(case.unmoved(&before.header.fingerprint, &after.header.fingerprint));
        faults.push(case.faults(&before, &without_ids(before.clone()), &after));
        before = after;
    }
    assert_none(&faults);
    let at_once = [
        "table.added public.article",
        "view.added public.open_sales",
        "table.added public.sale",
        "enum.added public.state",
    ];
    assert_eq!(lines(&first, &before), at_once, "to whoever saw nothing in between, by path");
    assert_same(&before, &canonical(&elsewhere).await);
}
