use super::*;
use crate::sqlite::File;

const BASE: &str = include_str!("../../fixtures/changes/sqlite/base.sql");
const CHANGES: &str = include_str!("../../fixtures/changes/sqlite/changes.sql");
const SAME: &str = include_str!("../../fixtures/changes/sqlite/same.sql");
const HISTORY: &str = include_str!("../../fixtures/changes/sqlite/history.sql");

async fn canonical(file: &File) -> Snapshot {
    canonicalize(scan(&file.url()).await)
}

#[tokio::test]
async fn each_single_change_of_sqlite_is_told_exactly() {
    let elsewhere = canonical(&File::new(BASE)).await;
    let cases = cases(CHANGES);
    assert!(cases.len() >= 40, "{}", cases.len());
    let mut faults = Vec::new();
    for case in cases {
        let file = File::new(BASE);
        let before = canonical(&file).await;
        file.execute(case.sql);
        let after = canonical(&file).await;
        faults.push(case.unmoved(&before.header.fingerprint, &after.header.fingerprint));
        faults.push(case.faults(&before, &elsewhere, &after));
    }
    assert_none(&faults);
}

#[tokio::test]
async fn what_means_the_same_in_sqlite_is_no_change() {
    let (one, other) = (File::new(""), File::new(""));
    for (sql, otherwise) in same(SAME) {
        one.execute(sql);
        other.execute(otherwise);
    }
    assert_same(&canonical(&one).await, &canonical(&other).await);
}

#[tokio::test]
async fn each_step_of_a_history_of_sqlite_is_told_exactly() {
    let (shop, elsewhere) = (File::new(""), File::new(""));
    let (mut before, mut faults) = (canonical(&shop).await, Vec::new());
    for case in cases(HISTORY) {
        shop.execute(case.sql);
        elsewhere.execute(case.sql);
        let after = canonical(&shop).await;
        faults.push(case.unmoved(&before.header.fingerprint, &after.header.fingerprint));
        faults.push(case.faults(&before, &before, &after));
        before = after;
    }
    assert_none(&faults);
    assert_same(&before, &canonical(&elsewhere).await);
}
